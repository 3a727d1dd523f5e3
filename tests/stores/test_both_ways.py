"""A site on a server is moved by the command; Django sees what the command wrote, and the command what Django did."""
import json

import pytest

from sandbox import Sandbox
from sites import Site

USERS = 60
MAKE = f"""
import datetime, json
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
User, utc = get_user_model(), datetime.timezone.utc
for i in range(1, {USERS} + 1):
    key = {{"integer": {{}}, "uuid": {{}}, "string": {{"id": "Käthe %03d's" % i}}}}[KEY]
    User.objects.create(
        **key, username="user%d" % i, email="User%d@Example.org" % i, first_name="Zoë 'the \\\\ \U0001f600'",
        password=PBKDF2PasswordHasher().encode("right horse %d" % i, "salt%d" % i, 10), is_active=i != 7,
        last_login=datetime.datetime(2024, 5, 1, tzinfo=utc) + datetime.timedelta(microseconds=i - 11) if i % 2 else None,
        date_joined=datetime.datetime(2024, 3, 31, 2, 30, 0, i, tzinfo=utc))
User.objects.filter(username="user3").update(email="")
User.objects.filter(username="user5").update(email="user4@example.org")
"""
SEE = """
import json
from auth0db.models import Auth0User, Holdout, ImportBatch, ImportClaim
from django.utils import timezone
def age(moment):
    return (timezone.now() - moment).total_seconds()
print(json.dumps({
    "links": {l.user.username: [l.auth0_id, l.email, l.lane, l.sync_digest, age(l.created)]
              for l in Auth0User.objects.select_related("user")},
    "holdouts": {h.user.username: [h.reason, age(h.created)] for h in Holdout.objects.select_related("user")},
    "batches": [[b.kind, b.status, b.users, b.linked, b.held, age(b.created), age(b.settled)]
                for b in ImportBatch.objects.filter(kind="import")],
    "claims": ImportClaim.objects.count()}))
"""


@pytest.fixture(scope="module")
def tenant():
    with Sandbox("--quiet") as sandbox:
        yield sandbox


@pytest.fixture(params=["integer", "uuid", "string"])
def site(server, request, tmp_path):
    site = Site(server, f"both_{request.param}", request.param).migrate()
    site.django("shell", stdin=f"KEY = {request.param!r}" + MAKE)
    site.map = tmp_path / "map.json"
    site.map.write_text(site.django("auth0_site"))
    yield site
    site.drop()


def in_order(ended):
    assert ended.returncode == 0, ended.stderr
    return ended


def test_what_one_side_writes_the_other_side_reads(site, tenant):
    tenant.reset()

    def asked(command, *words):
        return in_order(site.auth0db(command, "--site-map", site.map, *words, **tenant.environ))

    # users 11, 13, ... have logged in since: the bound is a microsecond wide
    since = json.loads(asked("plan", "--json", "--since-login", "2024-05-01").stdout)
    assert since["users"]["selected"] == len(range(11, USERS + 1, 2))
    asked("import", "--yes")
    assert "user7" not in site.ask(SEE)["links"]
    status = json.loads(asked("status", "--json").stdout)
    assert (status["users"], status["inactive"], status["left"]) == (USERS, 1, 0)
    asked("import", "--yes", "--with-inactive")
    seen = site.ask(SEE)
    assert set(seen["holdouts"]) == {"user3", "user4", "user5"}
    assert {reason for reason, _ in seen["holdouts"].values()} == {"no-email", "duplicate-email"}
    assert len(seen["links"]) == USERS - 3 and not set(seen["links"]) & set(seen["holdouts"])
    assert seen["claims"] == 0
    assert sum(users for _, _, users, *_ in seen["batches"]) == USERS - 3
    assert {(kind, status) for kind, status, *_ in seen["batches"]} == {("import", "settled")}
    for moment in [link[-1] for link in seen["links"].values()] + [held[-1] for held in seen["holdouts"].values()] + [
            moment for batch in seen["batches"] for moment in batch[-2:]]:
        assert 0 <= moment < 3600
    for name, (auth0_id, email, lane, digest, _) in seen["links"].items():
        assert (email.lower(), lane, len(digest)) == (f"{name}@example.org", "bulk", 64)
        assert auth0_id.startswith("auth0|")
    for i in (1, 7, USERS):  # 7 is not active
        status, answer = tenant.grant(f"user{i}@example.org", f"right horse {i}")
        assert (status == 200) == (i != 7), answer

    # what Django takes back is no longer there for the command, which makes it again; what the
    # tenant has for a password by now, it does not know
    site.django("shell", stdin="from auth0db.models import Auth0User\n"
                               "Auth0User.objects.filter(user__username__in=['user8', 'user9']).delete()\n")
    assert json.loads(asked("status", "--json").stdout)["links"] == {"bulk": USERS - 5}
    asked("import", "--yes")
    assert {name: link[:3] for name, link in site.ask(SEE)["links"].items()} == {
        name: link[:3] for name, link in seen["links"].items()}
