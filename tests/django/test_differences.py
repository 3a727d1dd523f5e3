"""auth0_check --switch-over: what is not the same on the site and at Auth0, and that each cure works."""

import io
import json

import pytest
from django.contrib.auth import hashers
from django.core.management import CommandError, call_command

from auth0db import conf, marks
from auth0db.models import Auth0User, Tombstone
from harness import NEWER, PASSWORD, make_person
from test_mailboxes import NEW, OLD, link_of, log_in, readdress_here, readdress_there, seen_to_move
from test_mailboxes import old  # noqa: F401  (a fixture)
from test_sync import named, needs_names  # noqa: F401

THIRD = "ada@third.example"


def check():
    """(in the way, what differs beside that, the cures)."""
    out = io.StringIO()
    try:
        call_command("auth0_check", "--switch-over", "--json", stdout=out)
        ended = 0
    except CommandError as error:
        ended = error.returncode
    report = json.loads(out.getvalue())
    assert ended == (0 if report["ready"] else 1) and report["ready"] == (not report["in_the_way"])
    lists = [{(row["why"], row["reason"]): row["users"] for row in report[name]} for name in ("in_the_way", "differences")]
    return (*lists, [row["cure"] for row in report["in_the_way"] + report["differences"]])


def expect(in_the_way=(), differences=()):
    found = check()
    assert (set(found[0]), set(found[1])) == (set(in_the_way), set(differences)), found
    assert set(found[0].values()) | set(found[1].values()) <= {1}
    return found[2]


def rename_here(user, name):
    type(user).objects.filter(pk=user.pk).update(username=name)


def sync():
    out = io.StringIO()
    call_command("auth0_sync", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_nothing_differs_for_who_has_moved(tenant, old):  # noqa: F811
    expect()


def test_a_new_e_mail_that_nobody_told_auth0(tenant, old):  # noqa: F811
    readdress_here(old, NEW)
    [cure] = expect([("other-email", "changed-here")])
    assert "manage.py auth0_sync" in cure
    sync()
    expect()


def test_a_new_e_mail_that_another_account_has(tenant, old):  # noqa: F811
    tenant.create(NEW)
    readdress_here(old, NEW)
    sync()
    expect([("other-email", "exists")])
    readdress_here(old, THIRD)
    expect([("other-email", "exists")])
    sync()
    expect()


@needs_names  # elsewhere an e-mail is a key
def test_a_new_e_mail_that_another_user_of_the_site_has(tenant, old):  # noqa: F811
    bob = make_person("bob", email=NEW)
    readdress_here(old, NEW)
    sync()
    expect([("other-email", "duplicate-email"), ("not-moved", "")])
    readdress_here(bob, THIRD)
    sync()
    expect([("not-moved", "")])


def test_an_e_mail_that_was_changed_at_auth0(tenant, site, old):  # noqa: F811
    seen_to_move(tenant, old)
    [cure] = expect(differences=[("other-email", "changed-at-auth0")])
    assert "give them the same e-mail here" in cure
    readdress_here(old, NEW)
    expect()


def test_e_mails_that_were_changed_on_both_sides(tenant, site, old):  # noqa: F811
    readdress_there(tenant, old, THIRD)
    readdress_here(old, NEW)
    sync()
    expect([("other-email", "changed-in-both")])
    readdress_here(old, THIRD)  # where the mailbox at Auth0 is hers
    expect()


@pytest.mark.parametrize("here", [OLD, NEW])
def test_and_corrected_at_auth0_the_site_sees_it(tenant, site, old, here):  # noqa: F811
    readdress_there(tenant, old, THIRD)
    readdress_here(old, NEW)
    assert sync() == {"in_step": 0, "left": {"other-address": 1}}
    readdress_here(old, here)
    assert sync() == {"in_step": 0, "left": {"other-address": 1}}
    readdress_there(tenant, old, here)
    assert sync() == {"in_step": 1, "left": {}}
    expect()
    assert link_of(old).unsynced == "" and log_in(site, here, PASSWORD) == old.pk


def test_what_was_taken_back_on_the_site_is_no_conflict_any_more(tenant, site, old):  # noqa: F811
    tenant.create(NEW)
    readdress_here(old, NEW)
    assert sync() == {"in_step": 0, "left": {"exists": 1}}
    readdress_here(old, OLD)
    assert sync() == {"in_step": 1, "left": {}} and link_of(old).unsynced == ""
    assert sync() == {"in_step": 0, "left": {}}


def test_the_e_mail_of_an_account_that_was_joined(tenant, site):
    ann = make_person("ann", email="ann@people.example")
    tenant.create("ann@people.example", verified=True)
    assert site.login(ann) == ann.pk and link_of(ann).lane == "join"
    expect()
    readdress_here(ann, NEW)
    sync()
    [cure] = expect([("other-email", "not-ours")])
    assert "give them the same one here" in cure
    readdress_here(ann, "ann@people.example")
    expect()


@needs_names
def test_a_new_user_name(tenant, site, named):  # noqa: F811
    rename_here(named, "lovelace")
    expect([("other-user-name", "changed-here")])
    sync()
    expect()


@needs_names
def test_a_new_user_name_that_another_account_has(tenant, site, named):  # noqa: F811
    tenant.create("other@people.example", username="lovelace")
    rename_here(named, "lovelace")
    sync()
    expect([("other-user-name", "username-taken")])
    rename_here(named, "countess")
    sync()
    expect()


def test_a_change_that_was_killed_on_its_way(tenant, site, old):  # noqa: F811
    Auth0User.objects.update(syncing=marks.until(-1))
    expect([("change-in-doubt", "")])
    sync()
    expect()


def test_who_was_deactivated_here_and_is_active_there(tenant, old, settings):  # noqa: F811
    type(old).objects.filter(pk=old.pk).update(is_active=False)
    [cure] = expect(differences=[("inactive-here", "")])
    assert "AUTH0_SYNC_ACTIVE" in cure
    settings.AUTH0_SYNC_ACTIVE = True
    sync()
    expect()
    type(old).objects.filter(pk=old.pk).update(is_active=True)
    expect([("blocked-at-auth0", "by-the-site")])
    sync()
    expect()


def test_who_was_blocked_at_auth0(tenant, site, old):  # noqa: F811
    tenant.patch(link_of(old).auth0_id, blocked=True)
    assert log_in(site, OLD, PASSWORD) is None
    expect(differences=[("blocked-at-auth0", "by-others")])
    tenant.patch(link_of(old).auth0_id, blocked=False)
    assert log_in(site, OLD, PASSWORD) == old.pk
    expect()


def test_a_deleted_user_whose_account_is_left(tenant, old):  # noqa: F811
    auth0_id = link_of(old).auth0_id
    old.delete()
    expect(differences=[("deleted-here", "left")])
    call_command("auth0_forget", auth0_id, "--delete", stdout=io.StringIO())
    expect()
    assert not Tombstone.objects.exists()


def test_a_hash_without_salt_is_in_step_once_a_login_has_recorded_it(tenant, site, settings):
    if not hasattr(hashers, "UnsaltedMD5PasswordHasher"):
        pytest.skip("not in this Django any more")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.UnsaltedMD5PasswordHasher"]
    ann = make_person("ann", email="ann@people.example")
    assert site.login(ann) == ann.pk
    assert link_of(ann).sync_digest == "", "nothing that guesses passwords"
    expect()
    tenant.off()
    ann.refresh_from_db()
    ann.set_password(NEWER)
    ann.save()
    expect([("out-of-step", "")])
    tenant.clear_faults()
    conf._client = None
    assert site.login(ann, NEWER) == ann.pk
    expect()
