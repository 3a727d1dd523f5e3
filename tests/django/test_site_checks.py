"""`manage.py check`: what can be told without the tenant."""

import re
import secrets
from pathlib import Path

import pytest
from django.core.checks import run_checks

from auth0db.backends import MigrateToAuth0Backend
from keys import new_key

OURS = "auth0db.backends.MigrateToAuth0Backend"
MODEL = "django.contrib.auth.backends.ModelBackend"


def found():
    return {message.id for message in run_checks() if message.id.startswith("auth0db.")}


def test_a_complete_site_has_no_findings():
    assert found() == set()


@pytest.mark.parametrize(
    "name, value, identity",
    [
        ("AUTH0_DOMAIN", "", "E001"),
        ("AUTH0_CLIENT_ID", "", "E001"),
        ("AUTH0_CONNECTION", "", "E001"),
        ("AUTH0_CLIENT_SECRET", "", "E001"),
        ("AUTH0_DOMAIN", "http://tenant.example", "E002"),
        ("AUTH0_DEADLINE", "soon", "E002"),
        ("USERNAME_FIELD", "badge", "E003"),
        ("AUTHENTICATION_BACKENDS", [MODEL], "W001"),
        ("AUTHENTICATION_BACKENDS", [OURS], "W002"),
        ("AUTHENTICATION_BACKENDS", [MODEL, OURS], "E005"),
        ("AUTH0_CLIENT_IP", "nowhere.at_all", "E006"),
        ("AUTH0_EMAIL_VERIFIED", "os.sep", "E006"),
    ],
)
def test_what_is_wrong_has_a_number(settings, name, value, identity):
    setattr(settings, name, value)
    assert "auth0db." + identity in found()


@pytest.mark.parametrize(
    "name, value",
    [("AUTH0_DOMAIN", ""), ("AUTH0_CLIENT_SECRET", ""), ("AUTH0_DEADLINE", "soon"),
     ("AUTH0_CLIENT_IP", "nowhere.at_all"), ("AUTH0_UNIVERSAL_LOGIN_URL", "javascript:"),
     ("USERNAME_FIELD", "badge")],
)  # fmt: skip
def test_where_the_backend_is_not_listed_no_setting_is_asked_for(settings, name, value):
    """On a server without it, or before it is put in: nothing reads them."""
    settings.AUTHENTICATION_BACKENDS = [MODEL]
    setattr(settings, name, value)
    assert found() == {"auth0db.W001"}


def test_a_backend_that_is_not_there_is_djangos_to_say(settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, "nowhere.Backend", MODEL]
    assert found() == set()


@pytest.mark.parametrize("version, told", [((3, 1), True), ((3, 2), False), ((5, 1), False),
                                           ((6, 1), False), ((6, 2), True)])  # fmt: skip
def test_an_unknown_django_is_warned_about_and_not_forbidden(monkeypatch, version, told):
    monkeypatch.setattr("django.VERSION", (*version, 1, "final", 0))
    messages = {m.id: m for m in run_checks() if m.id.startswith("auth0db.")}
    assert set(messages) == ({"auth0db.W012"} if told else set())
    assert not any(message.is_serious() for message in messages.values())


def test_nothing_of_the_package_limits_djangos_version_from_above():
    wanted = Path(__file__).parents[2].joinpath("pyproject.toml").read_text()
    assert re.findall(r'"Django([^"]*)"', wanted) == [">=3.2"]


class KeepsOut:
    """As django-tenants does in the public schema: the apps of the customers have no tables there."""

    labels = ()

    def allow_migrate(self, db, app_label, **hints):
        return False if app_label in self.labels else None


def test_a_router_that_keeps_our_tables_from_the_users_is_found_and_one_that_keeps_both_out_is_not(settings):
    from django.contrib.auth import get_user_model

    class Ours(KeepsOut):
        labels = ("auth0db",)

    class Both(KeepsOut):
        labels = ("auth0db", get_user_model()._meta.app_label)

    settings.DATABASE_ROUTERS = [Ours()]
    assert found() == {"auth0db.E010"}
    settings.DATABASE_ROUTERS = [Both()]
    assert found() == set()


# --- views that log somebody in -------------------------------------------------------------------

VIEWS = """
from django.contrib import auth
from django.contrib.auth import authenticate, get_user_model, login, login as enter
from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import path
from django.views.generic import View
NAMED = "django.contrib.auth.backends.ModelBackend"

def sign_up(request):
    user = get_user_model()()
    login(request, user)  # BAD

class SignUp(View):
    def post(self, request):
        enter(self.request, get_user_model()())  # BAD
        auth.login(request=request, user=get_user_model()())  # BAD

def named(request):
    login(request, get_user_model()(), NAMED)
    login(request, get_user_model()(), backend=NAMED)
    login(request, **{"user": 1})

def by_password(request):
    login(request, authenticate(request, username="a", password="b"))

def other(request):
    request.client.login(request, 1)

def to_reset(**told):
    return PasswordResetConfirmView.as_view(**told)

urlpatterns = [
    path("1", sign_up), path("2", SignUp.as_view()), path("3", named), path("4", by_password),
    path("5", other), path("7", to_reset(post_reset_login=True, post_reset_login_backend=NAMED)),
    RESETS
]
"""


@pytest.fixture
def views(tmp_path, monkeypatch, settings):
    """A URLconf of its own; returns the lines that are marked."""

    def make(resets=""):
        name = "views_" + secrets.token_hex(4)
        text = VIEWS.replace("RESETS", resets)
        (tmp_path / (name + ".py")).write_text(text)
        settings.ROOT_URLCONF = name
        return [n for n, line in enumerate(text.splitlines(), 1) if "# BAD" in line]

    monkeypatch.syspath_prepend(str(tmp_path))
    return make


def test_a_sign_up_view_that_names_no_backend_is_found(settings, views):
    """Django raises ValueError as soon as two are listed, and ours is one more."""
    bad = views()
    told = [m for m in run_checks() if m.id == "auth0db.W010"]
    assert [int(re.search(r"\.py:(\d+) ", m.msg).group(1)) for m in told] == bad
    assert "backend='%s'" % MODEL in told[0].hint
    settings.AUTHENTICATION_BACKENDS = [OURS]
    assert "auth0db.W010" not in found()


def test_one_line_in_the_user_model_does_for_all_of_them(views, monkeypatch):
    from django.contrib.auth import get_user_model

    views()
    monkeypatch.setattr(get_user_model(), "backend", MODEL, raising=False)
    assert found() == set()


def test_the_documented_line_logs_in(settings, site, person, rf_with_session):
    from django.contrib.auth import login

    with pytest.raises(ValueError):
        login(rf_with_session, person)
    login(rf_with_session, person, backend=MODEL)
    assert rf_with_session.session["_auth_user_backend"] == MODEL


@pytest.fixture
def rf_with_session():
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    return request


def test_a_reset_that_logs_in_and_names_no_backend_is_found(views):
    views('path("8", to_reset(post_reset_login=True)),')
    assert "auth0db.W011" in found()
    views()
    assert "auth0db.W011" not in found()
    form = "__import__('auth0db.forms').forms.SetPasswordForm"
    views('path("9", to_reset(post_reset_login=True, form_class=%s)),' % form)
    assert "auth0db.W011" not in found(), "our form names a backend itself"


def test_urls_that_cannot_be_read_are_djangos_to_say(settings, tmp_path, monkeypatch):
    from auth0db import signups

    settings.ROOT_URLCONF = "nowhere.urls"
    assert signups.unnamed_logins() == [] and signups.resets_that_log_in() == []


def test_axes_behind_us_is_told(settings, monkeypatch):
    import sys
    import types

    from project.backends import LockedOut

    axes = types.ModuleType("axes.backends")
    axes.AxesBackend = LockedOut
    monkeypatch.setitem(sys.modules, "axes", types.ModuleType("axes"))
    monkeypatch.setitem(sys.modules, "axes.backends", axes)
    settings.AUTHENTICATION_BACKENDS = [OURS, "axes.backends.AxesBackend", MODEL]
    assert found() == {"auth0db.W003"}
    settings.AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", OURS, MODEL]
    assert found() == set()


@pytest.fixture
def key_file(tmp_path):
    return new_key(tmp_path)[0]


def test_logins_by_a_key_cost_the_users_addresses_and_that_is_said(settings, key_file):
    settings.AUTH0_CLIENT_SECRET = ""
    settings.AUTH0_CLIENT_KEY = key_file  # a Path, or text
    assert found() == {"auth0db.W017"}
    settings.AUTH0_CLIENT_KEY = str(key_file)
    assert found() == {"auth0db.W017"}


def test_a_key_of_the_management_application_costs_nothing(settings, key_file):
    settings.AUTH0_MANAGEMENT_CLIENT_ID = "another"
    settings.AUTH0_MANAGEMENT_CLIENT_KEY = str(key_file)
    assert found() == set()


def test_a_key_that_others_can_read_is_not_accepted(settings, key_file):
    key_file.chmod(0o644)
    settings.AUTH0_CLIENT_KEY = str(key_file)
    assert found() == {"auth0db.E002"}


def test_a_ready_token_instead_of_a_secret_is_a_warning(settings):
    settings.AUTH0_CLIENT_SECRET = ""
    settings.AUTH0_USER_JWT = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
    assert found() == {"auth0db.W005"}


def test_a_model_without_an_email_is_told(monkeypatch):
    monkeypatch.setattr("auth0db.people.email_field", lambda: None)
    assert found() == {"auth0db.W004"}


REMOTE = "django.contrib.auth.backends.RemoteUserBackend"


def test_names_that_a_stranger_can_choose_are_named_where_a_backend_finds_users_by_name(settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, MODEL, REMOTE]
    assert "auth0db.W015" not in found(), "ours say nothing"
    settings.AUTHENTICATION_BACKENDS = ["test_site_checks.NamesByMailbox", MODEL, REMOTE]
    assert "auth0db.W015" in found()
    settings.AUTHENTICATION_BACKENDS = ["test_site_checks.NamesByMailbox", MODEL]
    assert "auth0db.W015" not in found()


class NamesByMailbox(MigrateToAuth0Backend):
    def new_users(self, tenant):
        yield from ()
