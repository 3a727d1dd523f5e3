import json
import os
import quopri
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "django"), str(HERE.parent / "support")]
if os.environ.get("PYTHONPATH") is None:
    sys.path.insert(0, str(HERE.parent.parent / "python"))

from browser import Browser, Running  # noqa: E402
from harness import Tenant, make_person  # noqa: E402
from sandbox import Sandbox  # noqa: E402


def pytest_configure(config):
    """The tenant and the site's database are there before Django reads its settings. Only the folder, which nobody
    else may enter, holds the tenant's key and the site's mail."""
    import tempfile

    config.folder = tempfile.TemporaryDirectory(prefix="auth0db-attacks-")
    folder = Path(config.folder.name)
    config.sandbox = Sandbox("--quiet", "--data", str(folder / "tenant.db"))
    os.environ["SITE_TENANT"] = json.dumps(config.sandbox.info)
    os.environ["SITE_DATABASE"] = str(folder / "site.db")
    os.environ["SITE_MAIL"] = str(folder / "mail")
    os.environ["DJANGO_SETTINGS_MODULE"] = "running.settings"
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def pytest_unconfigure(config):
    from django.db import connections

    connections.close_all()
    config.sandbox.stop()
    config.folder.cleanup()


@pytest.fixture
def folder(pytestconfig):
    return Path(pytestconfig.folder.name)


@pytest.fixture(scope="session", autouse=True)
def the_sandbox_ends_well(pytestconfig):
    yield
    assert pytestconfig.sandbox.stop() == 0, pytestconfig.sandbox.stderr()


@pytest.fixture
def tenant(pytestconfig):
    tenant = Tenant(pytestconfig.sandbox)
    tenant.reset()
    return tenant


@pytest.fixture(autouse=True)
def empty_site(folder):
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.models import Session

    from auth0db import conf
    from auth0db.models import OutgoingMail, Tombstone

    conf._client = None
    get_user_model().objects.all().delete()
    Session.objects.all().delete()
    OutgoingMail.objects.all().delete()
    Tombstone.objects.all().delete()
    for mail in (folder / "mail").glob("*"):
        mail.unlink()
    yield


@pytest.fixture
def serve(tenant, folder):
    """serve(SETTING=value): a process of its own for this attack, with what it may have learned from no other."""
    running = []

    def start(**overrides):
        running.append(Running(folder, json.dumps(overrides), len(running)))
        return running[-1]

    yield start
    for site in running:
        site.stop()


@pytest.fixture
def site(serve):
    return serve()


@pytest.fixture
def ada(site):
    """The victim, who has moved."""
    person = make_person("ada")
    for _ in range(2):  # the second makes the tenant's keys known to the site
        assert Browser(site).log_in("ada") == person.pk
    return person


@pytest.fixture
def mails(folder):
    """All that the site has sent, oldest first, as its readers see it."""

    def read():
        # Django names them by the second and an address in memory: that is no order
        sent = sorted((folder / "mail").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [quopri.decodestring(path.read_bytes()).decode(errors="replace") for path in sent]

    return read
