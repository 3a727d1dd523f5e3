"""The backends around ours: those in front are obeyed, those behind speak for the site."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import PermissionDenied

from auth0db.backends import MigrateToAuth0Backend
from auth0db.models import Auth0User
from harness import KIND, NEWER, PASSWORD
from project import backends

OURS = "auth0db.backends.MigrateToAuth0Backend"
MODEL = "django.contrib.auth.backends.ModelBackend"
HERE = "project.backends."


def test_credentials_without_a_password_are_not_ours(tenant, person):
    backend = MigrateToAuth0Backend()
    assert backend.authenticate(None) is None
    assert backend.authenticate(None, username="ada") is None
    assert backend.authenticate(None, password=PASSWORD) is None
    assert backend.authenticate(None, token="abc") is None
    assert tenant.requests()["total"] == 0


def test_a_lockout_in_front_of_us_is_final(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [HERE + "LockedOut", OURS, MODEL]
    backends.LockedOut.locked = {person.get_username()}
    try:
        assert authenticate(None, username=person.get_username(), password=PASSWORD) is None
    finally:
        backends.LockedOut.locked = set()
    assert tenant.requests()["total"] == 0
    assert authenticate(None, username=person.get_username(), password=PASSWORD) == person


def test_an_email_backend_moves_its_users(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "EmailBackend"]
    assert authenticate(None, email=person.email, password=PASSWORD) == person
    assert Auth0User.objects.filter(user=person).exists()


@pytest.mark.usernames
def test_an_email_typed_as_a_username_reaches_the_email_backend(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "EmailBackend"]
    assert authenticate(None, username=person.email, password=PASSWORD) == person
    assert Auth0User.objects.filter(user=person).exists()


@pytest.mark.usernames
def test_a_legacy_backend_that_makes_its_own_users_moves_them(tenant, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "LegacyBackend"]
    backends.LegacyBackend.passwords = {"old": PASSWORD}
    user = authenticate(None, username="old", password=PASSWORD)
    assert user.username == "old" and user.auth0.email == "old@legacy.example"
    assert tenant.accepts("old@legacy.example", PASSWORD)
    # Moved, the tenant rules: the old table's password is history once it changes there
    tenant.set_password(user.auth0.auth0_id, NEWER)
    assert authenticate(None, username="old", password=PASSWORD) is None
    assert authenticate(None, username="old", password=NEWER) == user


def test_a_token_backend_is_never_offered_a_password(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "TokenBackend", MODEL]
    backends.TokenBackend.asked = []
    assert authenticate(None, username=person.get_username(), password=PASSWORD) == person
    assert backends.TokenBackend.asked == []
    assert authenticate(None, token="abc") is None
    assert backends.TokenBackend.asked == ["abc"]


def test_a_backend_behind_us_may_stop_the_others(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "Stopper", MODEL]
    assert authenticate(None, username=person.get_username(), password=PASSWORD) is None


def test_an_error_behind_us_is_not_taken_for_a_wrong_password(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "Broken", MODEL]
    with pytest.raises(RuntimeError):
        authenticate(None, username=person.get_username(), password=PASSWORD)


def test_a_subclass_of_ours_behind_us_is_not_entered_again(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, "test_around.Again", MODEL]
    assert authenticate(None, username=person.get_username(), password=PASSWORD) == person
    counts = tenant.requests()["counts"]
    assert counts == {"POST /oauth/token": 1, "POST /api/v2/users": 1}, "one login, not two"


class Again(MigrateToAuth0Backend):
    pass


def test_refusal_stops_model_backend(tenant, moved):
    tenant.set_password(moved.auth0.auth0_id, NEWER)
    moved.refresh_from_db()
    assert moved.check_password(PASSWORD), "the local hash is old, ModelBackend would say yes"
    with pytest.raises(PermissionDenied):
        MigrateToAuth0Backend().authenticate(None, username=moved.get_username(), password=PASSWORD)
    assert authenticate(None, username=moved.get_username(), password=PASSWORD) is None


def test_a_user_the_sites_manager_hides_is_not_admitted_by_the_tenant(
    tenant, moved, monkeypatch, settings
):
    model = get_user_model()
    settings.AUTHENTICATION_BACKENDS = [
        OURS,
        HERE + "LockedOut",
    ]  # ModelBackend would not see them either

    hiding = BaseUserManager()
    hiding.model = model
    monkeypatch.setattr(hiding, "get_queryset", model._base_manager.none)
    monkeypatch.setattr("auth0db.people.users", lambda: hiding)
    assert authenticate(None, username=moved.email, password=PASSWORD) is None
    assert model.objects.count() == 1


def test_get_user_forgets_the_inactive(person):
    backend = MigrateToAuth0Backend()
    assert backend.get_user(person.pk) == person
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert backend.get_user(person.pk) is None


class Suspends(MigrateToAuth0Backend):
    def user_can_authenticate(self, user):
        return False


def test_a_session_ends_by_a_rule_of_our_own_class_too(person):
    """The backends behind it know nothing of that suspension."""
    assert MigrateToAuth0Backend().get_user(person.pk) == person
    assert Suspends().get_user(person.pk) is None


class Listens(BaseBackend):
    heard = []

    def authenticate(self, request, **credentials):
        self.heard.append(sorted(credentials))


def test_trouble_at_auth0_is_in_the_log_for_who_runs_the_site(tenant, site, moved, caplog):
    assert site.login(moved) == moved.pk and "Auth0:" not in caplog.text
    tenant.off()
    site.login(moved)
    assert "Auth0: " in caplog.text


def test_a_backend_in_front_of_us_is_not_asked_a_second_time(tenant, person, settings):
    """It may count failures, or be a directory that does."""
    settings.AUTHENTICATION_BACKENDS = ["test_around.Listens", OURS, MODEL]
    Listens.heard = []
    assert authenticate(None, username=person.get_username(), password=NEWER) is None
    assert len(Listens.heard) == 1


def test_backends_behind_us_get_the_credentials_as_they_came(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, "test_around.Listens", HERE + "EmailBackend"]
    Listens.heard = []
    assert authenticate(None, email=person.email, password=PASSWORD) == person
    assert Listens.heard == [["email", "password"]]


def test_without_the_backend_listed_it_still_asks_the_others(tenant, person, settings):
    settings.AUTHENTICATION_BACKENDS = [MODEL]
    found = MigrateToAuth0Backend().authenticate(
        None, username=person.get_username(), password=PASSWORD
    )
    assert found == person


# --- async ----------------------------------------------------------------------------------------


def test_aauthenticate_moves_too(tenant, person):
    from asgiref.sync import async_to_sync
    from django.contrib import auth

    if hasattr(auth, "aauthenticate"):
        found = async_to_sync(auth.aauthenticate)(
            None, username=person.get_username(), password=PASSWORD
        )
    else:
        found = async_to_sync(MigrateToAuth0Backend().aauthenticate)(
            None, person.get_username(), PASSWORD
        )
    assert found == person and Auth0User.objects.filter(user=person).exists()


def test_aauthenticate_refuses_too(tenant, moved):
    from asgiref.sync import async_to_sync

    tenant.patch(moved.auth0.auth0_id, blocked=True)
    with pytest.raises(PermissionDenied):
        async_to_sync(MigrateToAuth0Backend().aauthenticate)(None, moved.get_username(), PASSWORD)


def test_aget_user(person):
    from asgiref.sync import async_to_sync

    assert async_to_sync(MigrateToAuth0Backend().aget_user)(person.pk) == person


# --- which users, which request -------------------------------------------------------------------


def test_other_username_fields_are_refused_by_name(tenant, person, settings):
    from auth0db import UnhandledUserNameField

    settings.USERNAME_FIELD = "badge_number"
    with pytest.raises(UnhandledUserNameField, match="badge_number"):
        authenticate(None, username="1", password=PASSWORD)


@pytest.mark.usernames
def test_the_setting_can_make_the_email_the_identifier(tenant, person, settings):
    settings.USERNAME_FIELD = "email"
    settings.AUTHENTICATION_BACKENDS = [OURS, HERE + "EmailBackend"]
    assert authenticate(None, email=person.email, password=PASSWORD) == person


def test_the_end_users_address_reaches_the_tenant(tenant, site, moved, settings):
    settings.AUTH0_CLIENT_IP = "test_around.somewhere"
    site.login(moved)
    logs = tenant.api("GET", "/logs?per_page=50")
    assert "203.0.113.9" in {entry.get("ip") for entry in logs}


def somewhere(request):
    return "203.0.113.9"


def test_emails_the_site_has_confirmed_are_confirmed_at_the_tenant(tenant, site, person, settings):
    settings.AUTH0_EMAIL_VERIFIED = "test_around.confirmed"
    site.login(person)
    assert tenant.users()[0]["email_verified"] is True


def confirmed(user):
    return True


def test_two_sites_never_make_the_same_id(tenant, site, person, settings):
    from auth0db.models import Auth0Site

    first = Auth0Site.current()
    assert Auth0Site.current() == first and len(first) == 32
    Auth0Site.objects.all().delete()
    assert Auth0Site.current() != first
    settings.AUTH0_SITE = "shop"
    assert Auth0Site.current() == "shop"


def test_a_receiver_that_fails_keeps_nobody_out(tenant, site, person, caplog):
    from auth0db.signals import auth0_user_created

    def fails(sender, **named):
        raise RuntimeError("mail server down")

    auth0_user_created.connect(fails)
    try:
        assert site.login(person) == person.pk
    finally:
        auth0_user_created.disconnect(fails)
    assert "receiver" in caplog.text


def test_no_password_in_logs_or_signals(tenant, site, person, heard, caplog):
    caplog.set_level("DEBUG")
    site.login(person, "Wrong-Password-1")
    site.login(person)
    tenant.off()
    site.login(person)
    text = caplog.text + repr(heard)
    assert "auth0_user_created" in text
    assert PASSWORD not in text and "Wrong-Password-1" not in text


def test_the_kind_of_site_is_the_one_asked_for(person):
    expected = {"username": int, "email": int, "uuid": __import__("uuid").UUID}[KIND]
    assert isinstance(person.pk, expected)


def test_an_error_report_shows_no_password(tenant, person, settings, monkeypatch):
    """Django mails the local variables of every frame to the administrators."""
    import sys

    from django.db import OperationalError
    from django.test import RequestFactory
    from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

    from auth0db.answers import Answers

    def fails(self, *arguments):
        raise OperationalError("disk full")

    monkeypatch.setattr(Answers, "_write_link", fails)
    monkeypatch.setattr(SafeExceptionReporterFilter, "is_active", lambda self, request: True)
    request = RequestFactory().get("/login/")
    try:
        MigrateToAuth0Backend().authenticate(
            request, username=person.get_username(), password=PASSWORD
        )
    except OperationalError:
        report = ExceptionReporter(request, *sys.exc_info())
    text = report.get_traceback_html() + report.get_traceback_text()
    package = sys.modules[Answers.__module__].__file__.rsplit("/", 1)[0] + "/"
    ours = [part for part in text.split("<li class=") if package in part]
    assert ours and "disk full" in text
    assert not [part for part in ours if PASSWORD in part]
