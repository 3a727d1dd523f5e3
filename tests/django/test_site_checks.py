"""`manage.py check`: what can be told without the tenant."""

import pytest
from django.core.checks import run_checks

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


def test_a_ready_token_instead_of_a_secret_is_a_warning(settings):
    settings.AUTH0_CLIENT_SECRET = ""
    settings.AUTH0_USER_JWT = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
    assert found() == {"auth0db.W005"}


def test_a_model_without_an_email_is_told(monkeypatch):
    monkeypatch.setattr("auth0db.people.email_field", lambda: None)
    assert found() == {"auth0db.W004"}
