"""django-allauth's backend behind ours, and one that prefers e-mails: whose name it is, and by which addresses one may
log in."""
import json
from pathlib import Path

from test_integrations import HERE, Sandbox, place, python  # noqa: F401: the fixture


def test_people_of_allauth_log_in_by_each_name_that_is_theirs(place):  # noqa: F811
    with Sandbox("--quiet") as tenant:
        python(place, "-m", "django", "migrate", "--verbosity=0")
        told = {"AUTH0_" + name.upper(): tenant.info[name]
                for name in ("domain", "client_id", "client_secret", "connection")}
        lines = python(place, str(Path(HERE) / "integrations_logins.py"), **told).splitlines()
    checks = [json.loads(line) for line in lines if line.startswith("{")]
    assert [c for c in checks if c["seen"] != c["right"]] == []
    assert len(checks) > 30
