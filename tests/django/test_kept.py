"""Break-glass: who stays on the site (AUTH0_KEEP_LOCAL) never moves, and never depends on Auth0."""

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from auth0db import afterwards, kept, mailboxes, marks, passwords
from auth0db.forms import SetPasswordForm
from auth0db.models import Auth0User
from auth0db.site_map import site_map
from harness import KIND, NEWER, PASSWORD, make_person

has_groups = hasattr(get_user_model(), "groups")


@pytest.fixture
def root(tenant):
    person = make_person("root", is_superuser=True)
    tenant.clear_requests()
    return person


@pytest.fixture
def kept_superusers(settings):
    settings.AUTH0_KEEP_LOCAL = ["superusers"]


@pytest.fixture
def moved_root(moved, tenant, settings):
    """Moved long ago, and named only now."""
    settings.AUTH0_KEEP_LOCAL = [moved.get_username()]
    return moved


def link_of(person):
    return Auth0User.objects.get(user=person)


def asked_nothing(tenant):
    return not any(tenant.requests().values())


def stays_named(person):
    return person.email.startswith("robot@")


def has_failed(person):
    raise LookupError("the directory is away")


NO_FUNCTION = 7


# --- who it is ------------------------------------------------------------------------------------


def test_a_superuser_who_stays_logs_in_and_out_of_anything_auth0_hears_nothing(
    kept_superusers, root, tenant, site
):
    assert site.login(root) == root.pk
    assert site.login(root, "Wrong-Guess-1") is None
    assert site.login(root, "") is None
    assert asked_nothing(tenant) and not Auth0User.objects.exists()


def test_whoever_is_not_named_moves(kept_superusers, tenant, site):
    assert site.login(make_person()) and Auth0User.objects.count() == 1


def test_somebody_named_stays(tenant, settings, site):
    ada, eve = make_person(), make_person("eve")
    settings.AUTH0_KEEP_LOCAL = ["user:" + ada.get_username()]
    assert site.login(ada) and site.login(eve)
    assert list(Auth0User.objects.values_list("user_id", flat=True)) == [eve.pk]


@pytest.mark.skipif(not has_groups, reason="this site's users have no groups")
def test_a_group_stays(tenant, settings, site):
    robot, ada = make_person("robot"), make_person()
    robot.groups.add(Group.objects.get_or_create(name="Service: accounts")[0])
    settings.AUTH0_KEEP_LOCAL = ["group:Service: accounts"]
    assert site.login(robot) and site.login(ada)
    assert list(Auth0User.objects.values_list("user_id", flat=True)) == [ada.pk]


def test_whom_a_function_of_the_site_says_stays(tenant, settings, site):
    settings.AUTH0_KEEP_LOCAL = ["function:test_kept.stays_named"]
    robot, ada = make_person("robot"), make_person()
    assert site.login(robot) and site.login(ada)
    assert list(Auth0User.objects.values_list("user_id", flat=True)) == [ada.pk]
    assert kept.keys() == [str(robot.pk)] == site_map()["keep_local"]


def test_a_function_that_fails_admits_nobody(tenant, settings, person):
    settings.AUTH0_KEEP_LOCAL = ["function:test_kept.has_failed"]
    with pytest.raises(LookupError):
        Client().post("/login/", {"username": person.get_username(), "password": PASSWORD})
    assert asked_nothing(tenant)


def test_a_site_that_keeps_nobody_says_nothing_of_it_in_its_map():
    assert "keep_local" not in site_map()


BROKEN = {  # beside AUTH0_KEEP_LOCAL, whatever else is wrong
    "AUTH0_DOMAIN": ("", "http://intern.example"),
    "AUTH0_CLIENT_ID": ("",),
    "AUTH0_CLIENT_SECRET": (7,),
    "AUTH0_CONNECTION": ("",),
    "AUTH0_DEADLINE": ("soon",),
    "AUTH0_CLIENT_IP": ("nowhere.at_all",),
    "AUTH0_EMAIL_VERIFIED": ("nowhere.at_all",),
    "AUTH0_FIND_USER": ("nowhere.at_all",),
    "AUTH0_KEEP_LOCAL": (["function:nowhere.at_all", "superusers"],),
}


def gets_in(site, person, password):
    try:
        return site.login(person, password) is not None
    except (ImproperlyConfigured, ImportError):
        return False


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("name", BROKEN)
def test_broken_settings_lock_only_others_out(kept_superusers, root, tenant, settings, site, name, linked):
    if linked:
        settings.AUTH0_KEEP_LOCAL = []
        assert site.login(root) == root.pk and Auth0User.objects.exists()
        settings.AUTH0_KEEP_LOCAL = ["superusers"]
        tenant.clear_requests()
    ada = make_person()
    for value in BROKEN[name]:
        setattr(settings, name, value)
        assert site.login(root) == root.pk
        assert not gets_in(site, root, "Wrong-Guess-1")
        assert not gets_in(site, ada, PASSWORD) or name == "AUTH0_FIND_USER"
    root.set_password(NEWER)
    root.save()
    assert site.login(root, NEWER) == root.pk and not gets_in(site, root, PASSWORD)


def test_a_wrong_password_of_who_stays_is_the_same_error_as_anybodys(kept_superusers, root, settings, site):
    settings.AUTH0_DOMAIN = ""
    for name in (root.get_username(), make_person().get_username(), "nobody"):
        with pytest.raises(ImproperlyConfigured, match="AUTH0_DOMAIN"):
            site.login(name, "Wrong-Guess-1")


# --- one who had moved ----------------------------------------------------------------------------


def test_who_had_moved_is_decided_on_the_site_from_then_on(moved_root, tenant, site):
    tenant.flag(link_of(moved_root).auth0_id, blocked=True)
    assert site.login(moved_root) == moved_root.pk
    assert site.login(moved_root, "Wrong-Guess-1") is None
    assert asked_nothing(tenant)


@pytest.mark.parametrize("word", ["blocked", "mfa", "leaked", "denied", "gone"])
def test_what_auth0_has_said_before_still_counts(moved_root, tenant, site, heard, word):
    Auth0User.objects.update(word=word, word_at=timezone.now())
    assert site.login(moved_root) is None and asked_nothing(tenant)
    assert [said[1]["reason"] for said in heard] == ["keep_local"]


def test_a_password_that_was_replaced_does_not_come_back(moved_root, tenant, site):
    old = moved_root.password
    moved_root.set_password(NEWER)
    moved_root.save()
    get_user_model().objects.filter(pk=moved_root.pk).update(password=old)
    assert site.login(moved_root) is None and asked_nothing(tenant)


def test_a_password_set_on_the_site_counts_and_is_sent_nowhere(moved_root, tenant, site):
    moved_root.set_password(NEWER)
    moved_root.save()
    assert passwords.push(moved_root, NEWER) is None
    assert site.login(moved_root, NEWER) == moved_root.pk
    assert site.login(moved_root) is None
    assert asked_nothing(tenant)


def test_named_no_more_the_newer_password_goes_to_auth0(moved_root, tenant, settings, site):
    moved_root.set_password(NEWER)
    moved_root.save()
    assert site.login(moved_root, NEWER)
    settings.AUTH0_KEEP_LOCAL = []
    assert site.login(moved_root, NEWER) == moved_root.pk
    assert tenant.accepts(moved_root.email, NEWER)


def test_who_runs_the_site_may_accept_the_password_by_hand(moved_root, tenant, site):
    Auth0User.objects.update(word="mfa", word_at=timezone.now())
    marks.change(moved_root, None, ("replaced", None, moved_root.password))
    assert site.login(moved_root) is None
    out = io.StringIO()
    call_command("auth0_local", stdout=out)
    assert moved_root.get_username() in out.getvalue() and "mfa" in out.getvalue()
    call_command("auth0_local", accept=moved_root.get_username(), stdout=out)
    assert site.login(moved_root) == moved_root.pk and asked_nothing(tenant)


def test_whose_mailbox_was_changed_at_auth0_is_not_let_in_by_the_old_one(moved_root, tenant, site):
    """Whoever reads the old mailbox has a reset mail of the site's; the new address is on record at the link."""
    link = link_of(moved_root)
    mailboxes.follow(link, moved_root.email, "elsewhere@people.example")
    moved_root.set_password(NEWER)
    moved_root.save()
    assert site.login(moved_root, NEWER) is None
    assert any("changed at Auth0" in said for said in findings("error"))
    call_command("auth0_local", accept=moved_root.get_username(), stdout=io.StringIO())
    assert site.login(moved_root, NEWER) == moved_root.pk and asked_nothing(tenant)


def test_nobody_else_can_be_accepted(moved_root, tenant):
    Auth0User.objects.update(word="blocked")
    make_person("eve")
    for name in ("eve", "eve@people.example", "nobody"):
        with pytest.raises(CommandError):
            call_command("auth0_local", accept=name)
    assert link_of(moved_root).word == "blocked"


# --- the tenant's yes opens nothing ---------------------------------------------------------------


def test_auth0s_yes_does_not_open_an_account_that_stays(kept_superusers, root, tenant, site, heard):
    """Somebody signs up at Auth0 under the superuser's address, and has it verified there."""
    tenant.create(root.email, NEWER, verified=True)
    assert site.login(root.email, NEWER) is None and site.login(root, NEWER) is None
    assert not Auth0User.objects.exists()


# --- mails and forms ------------------------------------------------------------------------------


def test_a_reset_is_the_sites_own_affair(moved_root, tenant, settings):
    mail.outbox.clear()
    answer = Client().post("/forgotten/", {"email": moved_root.email})
    afterwards.finish(60)
    assert answer.status_code == 302 and len(mail.outbox) == 1
    form = SetPasswordForm(moved_root, {"new_password1": NEWER, "new_password2": NEWER})
    assert form.is_valid(), form.errors
    form.save()
    assert form.auth0_outcome is None and asked_nothing(tenant)
    assert moved_root.backend == settings.AUTHENTICATION_BACKENDS[0]


def test_auth0_is_not_asked_to_mail_somebody_who_stays_and_has_no_password(
    kept_superusers, root, tenant
):
    root.set_unusable_password()
    root.save()
    Client().post("/forgotten/", {"email": root.email})
    afterwards.finish(60)
    assert asked_nothing(tenant)


# --- what is wrong with the setting ---------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["superusers", [7], ["function:nowhere.at_all"], ["function:test_kept.NO_FUNCTION"], 5],
)
def test_a_setting_that_means_nothing_is_an_error(settings, value):
    settings.AUTH0_KEEP_LOCAL = value
    said = [message for message in run_checks() if message.id == "auth0db.E020"]
    assert len(said) == 1 and "AUTH0_KEEP_LOCAL" in said[0].msg


def findings(level):
    return [f.message for f in kept.findings() if f.level == level]


def test_who_is_not_there_is_named(tenant, settings):
    settings.AUTH0_KEEP_LOCAL = ["superusers", "nobody", "group:Nowhere"]
    said = " ".join(findings("error"))
    assert "'nobody'" in said and "'Nowhere'" in said


def test_a_site_whose_superusers_all_move_is_warned(root, settings):
    assert len(findings("warning")) == 1
    settings.AUTH0_KEEP_LOCAL = ["superusers"]
    assert not findings("warning") and not findings("error")
    get_user_model().objects.update(is_active=False)
    make_person("other", is_superuser=True)
    settings.AUTH0_KEEP_LOCAL = [root.get_username()]
    assert len(findings("warning")) == 1


def test_a_site_without_superusers_is_not():
    make_person()
    assert not findings("warning")


def test_who_stays_and_cannot_log_in_is_said(moved_root):
    assert any("moved before" in said for said in findings("warning"))
    Auth0User.objects.update(word="blocked")
    assert any(moved_root.get_username() in said for said in findings("error"))


def test_the_map_names_them_by_key(kept_superusers, root):
    make_person()
    told = json.loads(json.dumps(site_map()))
    assert told["keep_local"] == [root._meta.pk.value_to_string(root)]
