"""What the site itself would refuse for another reason than the password is refused, and goes on being refused after
the user has moved (S13)."""

import asyncio

import django
import pytest
from django.contrib.auth import authenticate, get_user_model, load_backend
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from auth0db.backends import MigrateToAuth0Backend
from auth0db.models import Auth0User
from harness import NEWER, PASSWORD
from project.backends import Badge, Directory, Door, NoSuspended

OURS = "auth0db.backends.MigrateToAuth0Backend"
MODEL = "django.contrib.auth.backends.ModelBackend"
SESSION = "_auth_user_backend"


def behind(settings, *names):
    settings.AUTHENTICATION_BACKENDS = [
        OURS,
        *(name if "." in name else "project.backends." + name for name in names),
    ]


@pytest.fixture(autouse=True)
def no_rules_yet():
    yield
    for kind in (NoSuspended.suspended, Door.shut, Door.forbidden, Directory.barred, Badge.barred):
        kind.clear()
    del Door.asked[:], Directory.passwords_seen[:]


def reasons(heard):
    return [named["reason"] for _, named in heard if "reason" in named]


def with_newer_at_auth0(tenant, user):
    tenant.set_password(Auth0User.objects.get(user=user).auth0_id, NEWER)


# --- a rule in user_can_authenticate --------------------------------------------------------------


def test_a_suspension_counts_after_the_move(tenant, site, moved, settings, heard):
    behind(settings, "NoSuspended")
    assert site.login(moved) == moved.pk
    NoSuspended.suspended.add(moved.pk)
    assert site.login(moved) is None
    assert reasons(heard) == ["site_rules"]
    assert site.answer.content == site.browser.post(
        "/login/", {"username": moved.get_username(), "password": "Wrong-Horse-9"}
    ).content, "and is told like a wrong password, as without us"
    NoSuspended.suspended.clear()
    assert site.login(moved) == moved.pk


@pytest.mark.parametrize("changed", ["at auth0", "on the site"])
def test_so_it_does_with_a_password_changed_on_either_side(
    tenant, site, moved, settings, changed
):
    behind(settings, "NoSuspended")
    NoSuspended.suspended.add(moved.pk)
    if changed == "at auth0":
        with_newer_at_auth0(tenant, moved)
    else:
        user = get_user_model().objects.get(pk=moved.pk)
        user.set_password(NEWER)
        user.save()
    assert site.login(moved, NEWER) is None
    NoSuspended.suspended.clear()
    assert site.login(moved, NEWER) == moved.pk


def test_a_join_does_not_lift_it(tenant, site, person, settings):
    behind(settings, "NoSuspended")
    NoSuspended.suspended.add(person.pk)
    tenant.create(person.email, NEWER, verified=True)
    assert site.login(person, NEWER) is None
    NoSuspended.suspended.clear()
    assert site.login(person, NEWER) == person.pk


def test_in_an_outage_it_counts_as_well(tenant, site, moved, settings):
    behind(settings, "NoSuspended")
    NoSuspended.suspended.add(moved.pk)
    tenant.off()
    assert site.login(moved) is None


def test_a_session_ends_with_the_suspension_as_without_us(tenant, site, moved, settings):
    behind(settings, "NoSuspended", MODEL)
    assert site.login(moved) == moved.pk
    assert site.browser.session[SESSION] == "project.backends.NoSuspended"
    NoSuspended.suspended.add(moved.pk)
    assert site.me() is None


def test_one_yes_suffices(tenant, site, moved, settings):
    behind(settings, "NoSuspended", MODEL)
    NoSuspended.suspended.add(moved.pk)
    assert site.login(moved) == moved.pk, "without us ModelBackend would let them in"
    assert site.browser.session[SESSION] == MODEL


# --- a rule in an authenticate() of its own -------------------------------------------------------


def test_a_backends_own_authenticate_is_asked_after_the_move(tenant, site, moved, settings, heard):
    behind(settings, "Door")
    assert site.login(moved) == moved.pk and Door.asked
    Door.shut.add(moved.pk)
    assert site.login(moved) is None and reasons(heard) == ["site_rules"]


def test_it_is_asked_once_the_hash_knows_the_password(tenant, site, moved, settings):
    behind(settings, "Door")
    with_newer_at_auth0(tenant, moved)
    assert site.login(moved, NEWER) == moved.pk
    assert site.me() == moved.pk, "with the hash that the session is bound to"
    Door.shut.add(moved.pk)
    tenant.set_password(Auth0User.objects.get().auth0_id, PASSWORD)
    assert site.login(moved) is None


def test_it_is_not_asked_with_a_wrong_password(tenant, site, moved, settings):
    behind(settings, "Door")
    assert site.login(moved, "Wrong-Horse-9") is None
    assert Door.asked == []


@pytest.mark.usernames
def test_it_is_asked_by_the_name_that_it_knows(tenant, site, moved, settings):
    behind(settings, "Door")
    assert site.login(moved.email) == moved.pk
    Door.shut.add(moved.pk)
    assert site.login(moved.email) is None


def test_permission_denied_is_final(tenant, site, moved, settings):
    behind(settings, "Door", MODEL)
    Door.shut.add(moved.pk)
    assert site.login(moved) == moved.pk, "the next one says yes"
    Door.forbidden.add(moved.pk)
    assert site.login(moved) is None


def test_permission_denied_of_a_rule_is_final_too(tenant, site, moved, settings, monkeypatch):
    def denied(self, user):
        raise PermissionDenied

    behind(settings, "NoSuspended", MODEL)
    monkeypatch.setattr(NoSuspended, "user_can_authenticate", denied)
    assert site.login(moved) is None


def test_an_old_hash_is_made_anew_before_and_stays_the_sessions(tenant, site, moved, settings):
    from test_hashes import as_long_ago, in_step, is_of_today, store_in_step

    behind(settings, "Door")
    store_in_step(moved, as_long_ago("md5"))
    assert site.login(moved) == moved.pk
    assert is_of_today(moved) and in_step(moved)


# --- backends of other kinds ----------------------------------------------------------------------


def test_a_directory_is_sent_no_password_of_those_who_have_moved(tenant, site, moved, settings):
    behind(settings, "Directory")
    assert site.login(moved) == moved.pk
    assert Directory.passwords_seen == []


def test_a_directorys_own_rule_counts_and_ends_the_session(tenant, site, moved, settings):
    behind(settings, "Directory")
    assert site.login(moved) == moved.pk
    Directory.barred.add(moved.pk)
    assert site.me() is None
    assert site.login(moved) is None


def test_a_backend_without_a_rule_has_no_say(tenant, site, moved, settings):
    behind(settings, "TokenBackend", "LockedOut")
    assert authenticate(None, username=moved.get_username(), password=PASSWORD) == moved


def test_who_takes_no_password_cannot_vouch_for_one(tenant, site, moved, settings):
    """Django would not ask it at this login, so its yes lifts no suspension."""
    behind(settings, "NoSuspended", "Badge")
    NoSuspended.suspended.add(moved.pk)
    assert site.login(moved) is None
    NoSuspended.suspended.clear()
    Badge.barred.add(moved.pk)
    assert site.login(moved) == moved.pk, "nor does its no bar anybody whom Django would let in"


def test_with_no_backend_behind_the_tenants_yes_is_enough(tenant, site, moved, settings):
    behind(settings)
    assert site.login(moved) == moved.pk


# --- is_active ------------------------------------------------------------------------------------


@pytest.mark.parametrize("active", [True, False, None])
def test_is_active_means_what_model_backend_of_this_django_says(
    tenant, moved, monkeypatch, active
):
    """NULL: "not decided yet". Django before 4.1 lets such a user in."""
    as_read = property(lambda self: active, lambda self, value: None)
    monkeypatch.setattr(get_user_model(), "is_active", as_read)
    theirs = bool(ModelBackend().user_can_authenticate(moved))
    assert MigrateToAuth0Backend().user_can_authenticate(moved) is theirs
    assert theirs is (active is True or (active is None and django.VERSION < (4, 1)))
    admitted = authenticate(None, username=moved.get_username(), password=PASSWORD)
    assert (admitted == moved) is theirs
    assert (MigrateToAuth0Backend().get_user(moved.pk) == moved) is theirs
    assert (asyncio.run(get_async(moved)) == moved) is theirs


async def get_async(user):
    return await MigrateToAuth0Backend().aget_user(user.pk)


def test_async_logins_know_the_rules_as_well(tenant, moved, settings):
    behind(settings, "NoSuspended")

    async def log_in():
        return await MigrateToAuth0Backend().aauthenticate(
            None, username=moved.get_username(), password=PASSWORD
        )

    assert asyncio.run(log_in()) == moved
    NoSuspended.suspended.add(moved.pk)
    with pytest.raises(PermissionDenied):
        asyncio.run(log_in())


def test_a_user_made_for_somebody_whom_auth0_alone_knew_is_asked_about(
    tenant, site, settings, monkeypatch
):
    behind(settings, "NoSuspended")
    monkeypatch.setattr(NoSuspended, "user_can_authenticate", lambda self, user: user.is_staff)
    tenant.create("new@people.example", verified=True)
    assert site.login("new@people.example") is None
    get_user_model().objects.update(is_staff=True)
    assert site.login("new@people.example") is not None


def test_a_session_of_somebody_deactivated_ends_whatever_stands_behind_us(tenant, moved, settings):
    """The backends behind us may have no rule of their own."""
    settings.AUTHENTICATION_BACKENDS = [OURS, "project.backends.TokenBackend"]
    backend = load_backend(OURS)
    assert backend.get_user(moved.pk) == moved
    type(moved).objects.filter(pk=moved.pk).update(is_active=False)
    assert backend.get_user(moved.pk) is None
