import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
if os.environ.get("PYTHONPATH") is None:
    sys.path.insert(0, str(HERE.parent.parent / "python"))

import differs  # noqa: E402
from databases import SERVERS  # noqa: E402
from harness import KIND, PASSWORD, Tenant, make_person  # noqa: E402
from sandbox import Sandbox  # noqa: E402


def pytest_configure(config):
    """The sandbox and the site's database are there before Django reads its settings."""
    config.ends = ExitStack()
    try:
        start(config)
    except BaseException:
        config.ends.close()
        raise


def start(config):
    folder = config.ends.enter_context(tempfile.TemporaryDirectory(prefix="auth0db-django-"))
    config.sandbox = Sandbox("--quiet")
    config.ends.callback(config.sandbox.stop)
    os.environ["SITE_TENANT"] = json.dumps(config.sandbox.info)
    os.environ["SITE_DATABASE"] = str(Path(folder) / "site.db")
    if os.environ.get("SITE_SERVER"):
        server = SERVERS[os.environ["SITE_SERVER"]](folder)
        config.ends.callback(server.stop)
        os.environ["SITE_DATABASE_SETTINGS"] = json.dumps(server.settings())
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    import django
    from django.core.management import call_command
    from django.db import connections
    from django.test.utils import setup_test_environment

    django.setup()
    config.ends.callback(connections.close_all)
    setup_test_environment()
    call_command("migrate", verbosity=0)


def pytest_unconfigure(config):
    config.ends.close()


@pytest.fixture
def sandbox(pytestconfig):
    return pytestconfig.sandbox


@pytest.fixture(scope="session", autouse=True)
def the_sandbox_ends_well(pytestconfig):
    yield
    assert pytestconfig.sandbox.stop() == 0, pytestconfig.sandbox.stderr()


@pytest.fixture
def tenant(sandbox):
    tenant = Tenant(sandbox)
    tenant.reset()
    return tenant


@pytest.fixture
def scopes_without(tenant):
    """Takes these scopes away from the application."""

    def take(*names):
        told = tenant.sandbox.control("GET", "/options")
        tenant.options(scopes=[scope for scope in told["scopes"] if scope not in names])

    return take


@pytest.fixture(autouse=True)
def empty_site():
    """Every test starts with a site without users, in a process that has not met the tenant."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.models import Session

    from auth0db import conf
    from auth0db.models import Auth0Site, ImportBatch, OutgoingMail, Tombstone

    conf._client = None
    get_user_model().objects.all().delete()
    Session.objects.all().delete()
    Tombstone.objects.all().delete()
    OutgoingMail.objects.all().delete()
    ImportBatch.objects.all().delete()  # whose claims went with their users
    Auth0Site.objects.all().delete()
    yield


@pytest.fixture
def settings():
    """settings.NAME = value, until the test ends; receivers of setting_changed are told."""
    from django.conf import settings as django_settings
    from django.test.utils import override_settings

    class Settings:
        def __setattr__(self, name, value):
            override = override_settings(**{name: value})
            override.enable()
            overrides.append(override)

        def __getattr__(self, name):
            return getattr(django_settings, name)

    overrides = []
    yield Settings()
    for override in reversed(overrides):
        override.disable()


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def moved(tenant, person, site):
    """A person who has moved: logged in once, and again, so that the tenant's keys are known to
    this process."""
    assert site.login(person) == person.pk
    assert site.login(person) == person.pk
    tenant.clear_requests()
    return person


@pytest.fixture
def heard():
    """What the signals said, in order: (signal, named arguments)."""
    from auth0db import signals

    said, receivers = [], []
    for name in ("auth0_user_created", "auth0_users_create_failed", "auth0_login_refused"):

        def receiver(sender, signal, _name=name, **named):
            said.append((_name, named))

        getattr(signals, name).connect(receiver)
        receivers.append((name, receiver))
    yield said
    for name, receiver in receivers:
        getattr(signals, name).disconnect(receiver)


class Site:
    """A browser in front of the site's own login page."""

    def login(self, who, password=PASSWORD, browser=None):
        """The key of the user who is logged in on the page after the login page, or None."""
        from django.test import Client

        identifier = who if isinstance(who, str) else who.get_username()
        self.browser = browser or Client()
        self.answer = self.browser.post("/login/", {"username": identifier, "password": password})
        return self.me()

    def me(self):
        from django.contrib.auth import get_user_model

        key = self.browser.get("/me/").content.decode()
        return get_user_model()._meta.pk.to_python(key) if key else None


@pytest.fixture
def site():
    return Site()


def pytest_collection_modifyitems(config, items):
    """Tests that need usernames say so, and do not run on a site that has none. SITE_DIFFERS: what this site has of its
    own; only what that can change is run."""
    if KIND == "email":
        skip = pytest.mark.skip(reason="this site's users have no usernames")
        for item in items:
            if item.get_closest_marker("usernames"):
                item.add_marker(skip)
    aspect = os.environ.get("SITE_DIFFERS")
    if aspect:
        chosen = [i for i in items if differs.is_chosen(i.path.stem, i.originalname, aspect)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
