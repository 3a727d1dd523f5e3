"""In step for more than passwords: e-mail, user name, verification and the active flag go to Auth0 as well."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from auth0db import conf, marks, people, sync
from auth0db.models import Auth0User, Holdout
from harness import KIND, NEWER, PASSWORD, make_person
from test_mailboxes import NEW, OLD, log_in, mailed_for, readdress_here, readdress_there, seen_to_move
from test_mailboxes import old  # noqa: F401  (a fixture)

needs_names = pytest.mark.skipif(KIND == "email", reason="this site's users have no names")


def link_of(user):
    return Auth0User.objects.get(user=user)


def there(tenant, user):
    return tenant.user(link_of(user).auth0_id)


def readdress(user, email):
    user.refresh_from_db()
    user.email = email
    user.save()


def lose_the_answer(tenant):
    tenant.fault("/api/v2/users/", method="PATCH", execute=True, drop=True, count=1)


# --- the e-mail -------------------------------------------------------------------------------------------------------


def test_a_new_e_mail_is_told_verified_as_the_site_knows_it(tenant, site, old, settings, monkeypatch):  # noqa: F811
    for email, verified in ((NEW, False), ("ada@third.example", True)):
        monkeypatch.setattr(conf, "email_verified", lambda user: verified)
        tenant.call("DELETE", "/sandbox/outbox")
        readdress(old, email)
        assert there(tenant, old)["email"] == email
        assert there(tenant, old)["email_verified"] is verified
        assert link_of(old).email == email and link_of(old).syncing is None
        assert tenant.call("GET", "/sandbox/outbox.json")["total"] == 0, "and nobody is mailed"
        assert log_in(site, email, PASSWORD) == old.pk


def test_after_it_the_old_mailbox_resets_nothing_anywhere(tenant, site, old):  # noqa: F811
    readdress(old, NEW)
    assert mailed_for(tenant, OLD) == ([], 0)
    outcome, _, _ = conf.client().reset_mail(OLD)
    assert outcome == "ok" and tenant.call("GET", "/sandbox/outbox.json")["total"] == 0, "nobody has it"


@pytest.mark.parametrize("how", ["update_fields", "rolled back", "setting", "joined", "not moved"])
def test_when_it_is_not_told(tenant, site, old, settings, how):  # noqa: F811
    if how == "setting":
        settings.AUTH0_SYNC_EMAIL = False
    if how == "joined":
        Auth0User.objects.update(auth0_id="auth0|" + "f" * 24, lane="join")
    if how == "not moved":
        Auth0User.objects.all().delete()
    old.refresh_from_db()
    tenant.clear_requests()
    old.email = NEW
    if how == "update_fields":
        old.save(update_fields=["last_login"])
    elif how == "rolled back":
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            old.save()
            1 / 0
    else:
        old.save()
    assert tenant.requests()["total"] == 0


def test_what_no_hook_saw_is_found_by_the_next_login(tenant, site, old):  # noqa: F811
    readdress_here(old, NEW)
    assert there(tenant, old)["email"] == OLD
    assert log_in(site, NEW, PASSWORD) == old.pk
    assert there(tenant, old)["email"] == NEW
    tenant.clear_requests()
    assert log_in(site, NEW, PASSWORD) == old.pk
    assert tenant.requests()["total"] == 1, "and not again"


def test_or_by_the_command(tenant, site, old):  # noqa: F811
    readdress_here(old, NEW)
    out = io.StringIO()
    call_command("auth0_sync", stdout=out)
    assert there(tenant, old)["email"] == NEW and "1 user" in out.getvalue()


def test_the_answer_was_lost_and_every_name_gets_in(tenant, site, old):  # noqa: F811
    lose_the_answer(tenant)
    readdress(old, NEW)
    tenant.clear_faults()
    conf._client = None
    for name in (NEW, old.get_username()):
        assert log_in(site, name, PASSWORD) == old.pk
    assert link_of(old).email == NEW and link_of(old).syncing is None


def test_a_process_that_was_killed_after_sending(tenant, site, old):  # noqa: F811
    readdress_here(old, NEW)
    readdress_there(tenant, old, NEW)
    Auth0User.objects.update(syncing=marks.until(-1))
    assert log_in(site, old.get_username(), PASSWORD) == old.pk
    assert link_of(old).email == NEW and link_of(old).syncing is None


def test_a_process_that_was_killed_before_sending(tenant, site, old):  # noqa: F811
    readdress_here(old, NEW)
    Auth0User.objects.update(syncing=marks.until(-1))
    assert log_in(site, NEW, PASSWORD) == old.pk
    assert there(tenant, old)["email"] == NEW and link_of(old).syncing is None


def test_two_at_once_are_told_once(tenant, site, old):  # noqa: F811
    Auth0User.objects.update(syncing=marks.until(60))
    tenant.clear_requests()
    readdress(old, NEW)
    assert tenant.requests()["total"] == 0 and there(tenant, old)["email"] == OLD


def test_in_an_outage_it_waits_for_the_next_login(tenant, site, old):  # noqa: F811
    tenant.off()
    readdress(old, NEW)
    assert get_user_model().objects.get(pk=old.pk).email == NEW, "the site's own change stands"
    tenant.clear_faults()
    conf._client = None
    assert log_in(site, NEW, PASSWORD) == old.pk
    assert there(tenant, old)["email"] == NEW and link_of(old).unsynced == ""


def test_a_conflict_is_recorded_and_not_tried_for_ever(tenant, site, old):  # noqa: F811
    tenant.create(NEW)
    readdress(old, NEW)
    assert link_of(old).unsynced == "exists" and there(tenant, old)["email"] == OLD
    assert log_in(site, old.get_username(), PASSWORD) == old.pk
    tenant.clear_requests()
    assert log_in(site, old.get_username(), PASSWORD) == old.pk
    assert tenant.requests()["total"] == 1
    readdress(old, "ada@third.example")
    assert link_of(old).unsynced == "" and there(tenant, old)["email"] == "ada@third.example"


@needs_names  # elsewhere an e-mail is a key
def test_an_e_mail_that_two_users_have_is_not_told(tenant, site, old):  # noqa: F811
    make_person("bob", email=NEW)
    readdress(old, NEW)
    assert link_of(old).unsynced == "duplicate-email" and there(tenant, old)["email"] == OLD


def test_where_the_tenants_has_moved_too_nothing_is_told(tenant, site, old):  # noqa: F811
    readdress_there(tenant, old, "ada@third.example")
    readdress(old, NEW)
    assert link_of(old).unsynced == "other-address"
    assert there(tenant, old)["email"] == "ada@third.example"


def test_a_freed_address_moves_with_its_new_owner(tenant, site, old):  # noqa: F811
    """(c) Neither in the other's account, nor held back for ever."""
    readdress_here(old, NEW)
    newcomer = make_person("bob", NEWER, email=OLD)
    assert log_in(site, newcomer.get_username(), NEWER) == newcomer.pk
    assert Holdout.objects.get(user=newcomer).reason == "foreign-account"
    assert log_in(site, NEW, PASSWORD) == old.pk
    assert not Holdout.objects.filter(user=newcomer).exists()
    assert log_in(site, newcomer.get_username(), NEWER) == newcomer.pk
    assert there(tenant, newcomer)["email"] == OLD
    assert link_of(newcomer).auth0_id != link_of(old).auth0_id


def test_a_verification_after_the_move_follows(tenant, old, monkeypatch):  # noqa: F811
    assert there(tenant, old)["email_verified"] is False
    sync.tell(old.pk, verifies=True)
    assert there(tenant, old)["email_verified"] is False, "the site knows nothing of one"
    monkeypatch.setattr(conf, "email_verified", lambda user: True)
    sync.tell(old.pk, verifies=True)
    assert there(tenant, old)["email_verified"] is True


def test_a_verification_is_of_the_address_that_the_tenant_has(tenant, old, monkeypatch):  # noqa: F811
    tenant.patch(link_of(old).auth0_id, email="ada@third.example", email_verified=False)
    monkeypatch.setattr(conf, "email_verified", lambda user: True)
    sync.tell(old.pk, verifies=True)
    assert there(tenant, old)["email_verified"] is False


# --- the user name ----------------------------------------------------------------------------------------------------


@pytest.fixture
def named(tenant, site, settings):
    settings.AUTH0_REQUIRE_USERNAME = True
    tenant.connection_options(requires_username=True)
    person = make_person("ada", email=OLD)
    assert log_in(site, "ada", PASSWORD) == person.pk
    return person


@needs_names
def test_a_new_user_name_is_told(tenant, site, named):
    assert there(tenant, named)["username"] == "ada" and link_of(named).tenant_username == "ada"
    named.username = "lovelace"
    named.save()
    assert there(tenant, named)["username"] == "lovelace"
    assert link_of(named).tenant_username == "lovelace"
    assert log_in(site, "lovelace", PASSWORD) == named.pk


@needs_names
@pytest.mark.parametrize("trouble", ["update", "off", "lost", "setting", "taken"])
def test_neither_name_locks_out(tenant, site, named, settings, trouble):
    if trouble == "setting":
        settings.AUTH0_SYNC_EMAIL = False
    if trouble == "taken":
        tenant.create("other@people.example", username="lovelace")
    if trouble == "off":
        tenant.off()
    if trouble == "lost":
        lose_the_answer(tenant)
    if trouble == "update":
        get_user_model().objects.filter(pk=named.pk).update(username="lovelace")
    else:
        named.username = "lovelace"
        named.save()
    tenant.clear_faults()
    conf._client = None
    for _ in range(2):
        for name in ("lovelace", OLD):
            assert log_in(site, name, PASSWORD) == named.pk
    told = there(tenant, named)["username"]
    assert told == ("ada" if trouble in ("setting", "taken") else "lovelace")
    assert (link_of(named).unsynced or "") == ("username-taken" if trouble == "taken" else "")


@needs_names
def test_of_a_link_without_a_name_on_record_the_hook_keeps_the_old_one(tenant, site, named):
    Auth0User.objects.update(tenant_username=None)
    tenant.off()
    named.username = "lovelace"
    named.save()
    tenant.clear_faults()
    conf._client = None
    assert link_of(named).tenant_username == "ada"
    assert log_in(site, "lovelace", PASSWORD) == named.pk


# --- the active flag --------------------------------------------------------------------------------------------------


def set_active(user, yes):
    user.refresh_from_db()
    user.is_active = yes
    user.save()


def test_who_is_deactivated_is_blocked_where_a_setting_says_so(tenant, site, old, settings):  # noqa: F811
    set_active(old, False)
    assert not there(tenant, old).get("blocked"), "off by default"
    settings.AUTH0_SYNC_ACTIVE = True
    call_command("auth0_sync", stdout=io.StringIO())
    assert there(tenant, old)["blocked"] is True
    assert there(tenant, old)["app_metadata"] == {"auth0db_blocked": True}
    set_active(old, True)
    assert not there(tenant, old).get("blocked")
    assert log_in(site, OLD, PASSWORD) == old.pk
    set_active(old, False)
    assert there(tenant, old)["blocked"] is True


def test_a_block_of_somebody_elses_is_never_lifted(tenant, old, settings):  # noqa: F811
    settings.AUTH0_SYNC_ACTIVE = True
    tenant.patch(link_of(old).auth0_id, blocked=True)
    set_active(old, False)
    set_active(old, True)
    call_command("auth0_sync", stdout=io.StringIO())
    assert there(tenant, old)["blocked"] is True


def test_a_block_that_was_made_anew_without_our_mark_is_never_lifted(tenant, old, settings):  # noqa: F811
    settings.AUTH0_SYNC_ACTIVE = True
    set_active(old, False)
    tenant.patch(link_of(old).auth0_id, app_metadata={"auth0db_blocked": None})
    set_active(old, True)
    assert there(tenant, old)["blocked"] is True and link_of(old).block == ""


@pytest.mark.parametrize("how", ["by_the_command", "by_a_save"])
def test_a_block_of_ours_that_is_on_no_record_here_is_lifted(tenant, site, old, settings, how):  # noqa: F811
    """Imported while inactive; or blocked before the database was restored. The account says whose block it is."""
    tenant.patch(link_of(old).auth0_id, blocked=True, app_metadata={"auth0db_blocked": True})
    if how == "by_a_save":
        get_user_model().objects.update(is_active=False)
        Auth0User.objects.update(word="blocked")
    else:
        assert log_in(site, OLD, PASSWORD) is None and link_of(old).word == "blocked"
    for settings.AUTH0_SYNC_ACTIVE in (False, True):
        assert there(tenant, old)["blocked"] is True
        if how == "by_a_save":
            set_active(old, False)
            set_active(old, True)
        else:
            call_command("auth0_sync", stdout=io.StringIO())
    assert not there(tenant, old).get("blocked")
    assert log_in(site, OLD, PASSWORD) == old.pk and link_of(old).word == ""


def test_a_change_of_a_user_is_one_look_and_one_request(tenant, old):  # noqa: F811
    readdress(old, NEW)
    counts = tenant.requests()["counts"]
    counts.pop("POST /oauth/token", None)
    assert counts == {"GET /api/v2/users/{id}": 1, "PATCH /api/v2/users/{id}": 1}
