"""Both sides hold the same password: whoever sets a new one, whatever is lost on the way, and at the next login."""

import io
import json
import threading

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client

from auth0db import conf, digests
from auth0db.forms import AdminPasswordChangeForm, PasswordChangeForm, SetPasswordForm
from auth0db.models import Auth0User
from harness import KIND, NEWER, PASSWORD

THIRD = "Purple-Giraffe-9"
SYNC = {"NAME": "auth0db.validators.Auth0PasswordSync"}
A_PUSH = {"GET /api/v2/users/{id}": 1, "PATCH /api/v2/users/{id}": 1}
# At the tenant only what the site has sent: nobody is asked for a token in between
with_sync = pytest.mark.usefixtures("sync")


@pytest.fixture
def sync(settings):
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]


@pytest.fixture(params=["form", "validator", "both"])
def mirrors(request, settings, monkeypatch):
    """How the site mirrors: forms that do it, the validator, or both."""
    if request.param != "form":
        settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    if request.param == "validator":
        for form in (SetPasswordForm, PasswordChangeForm, AdminPasswordChangeForm):
            monkeypatch.setattr(form, "push", lambda self: None)
    return request.param


def link_of(user):
    return Auth0User.objects.get(user=user)


def tenant_user(tenant, user):
    return tenant.user(link_of(user).auth0_id)


def in_step(user):
    user.refresh_from_db()
    return digests.standing(link_of(user), user.password)["standing"] == "same"


def set_locally(user, password):
    """As a script or another server would, telling nobody."""
    get_user_model().objects.filter(pk=user.pk).update(password=make_password(password))


def set_at_tenant(tenant, user, password):
    tenant.set_password(link_of(user).auth0_id, password)


def counts(tenant):
    return {
        route: n for route, n in tenant.requests()["counts"].items() if route != "POST /oauth/token"
    }


def assert_sent_once(tenant, user, password=NEWER):
    assert counts(tenant) == A_PUSH
    assert in_step(user) and link_of(user).unpushed == ""
    assert tenant.accepts(user.email, password)


# --- every way to set a password -----------------------------------------------------------------


def test_the_change_page(tenant, site, moved, mirrors):
    site.login(moved)
    tenant.clear_requests()
    answer = site.browser.post(
        "/change/", {"old_password": PASSWORD, "new_password1": NEWER, "new_password2": NEWER}
    )
    assert answer.status_code == 302, answer.content
    assert site.me() == moved.pk, "this session goes on"
    assert_sent_once(tenant, moved)


def test_the_reset_page(tenant, moved, mirrors):
    from test_forms import reset_page

    browser, page = reset_page(moved)
    tenant.clear_requests()
    assert (
        browser.post(page, {"new_password1": NEWER, "new_password2": NEWER}).status_code == 302
    )
    assert_sent_once(tenant, moved)


@pytest.mark.skipif(KIND != "username", reason="this site's admin has no page for passwords")
def test_the_admins_page(tenant, site, moved, mirrors, monkeypatch):
    from django.contrib import admin

    page = admin.site._registry[get_user_model()]
    monkeypatch.setattr(type(page), "change_password_form", AdminPasswordChangeForm)
    root = get_user_model().objects.create_superuser("root", "root@people.example", PASSWORD)
    browser = Client()
    browser.force_login(root, "django.contrib.auth.backends.ModelBackend")
    answer = browser.post(
        "/admin/auth/user/%s/password/" % moved.pk,
        {"password1": NEWER, "password2": NEWER, "usable_password": "true"},
    )
    assert answer.status_code == 302, answer.content
    assert_sent_once(tenant, moved)
    form = AdminPasswordChangeForm(moved, {"usable_password": "false", "password1": THIRD})
    if not form.fields.get("usable_password"):
        return  # before Django 5.1
    tenant.clear_requests()
    assert form.is_valid(), form.errors
    form.save()
    assert form.auth0_outcome is None and counts(tenant) == {}, "there is no password to push"


@with_sync
def test_the_command(tenant, moved, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda *args, **kwargs: NEWER)
    call_command("changepassword", moved.get_username(), stdout=io.StringIO())
    assert_sent_once(tenant, moved)


@with_sync
def test_code_that_sets_and_saves(tenant, moved):
    user = get_user_model().objects.get(pk=moved.pk)
    user.set_password(NEWER)
    assert counts(tenant) == {}, "nothing is saved yet"
    user.save()
    assert_sent_once(tenant, user)
    user.save()
    assert counts(tenant) == A_PUSH, "saved again is not set again"


@with_sync
def test_each_change_is_sent_on_its_own(tenant, moved):
    user = get_user_model().objects.get(pk=moved.pk)
    for password in (NEWER, THIRD):
        user.set_password(password)
        user.save()
    assert counts(tenant)["PATCH /api/v2/users/{id}"] == 2
    assert in_step(user) and tenant.accepts(user.email, THIRD)


def test_saved_by_hand_and_pushed_by_hand_it_is_sent_once(tenant, moved, mirrors):
    form = SetPasswordForm(moved, {"new_password1": NEWER, "new_password2": NEWER})
    assert form.is_valid()
    user = form.save(commit=False)
    assert counts(tenant) == {}
    user.save()
    if mirrors != "validator":
        form.push()
        form.push()
        assert form.auth0_outcome == "ok"
    assert_sent_once(tenant, moved)


@with_sync
def test_another_instance_of_the_same_user_sends_nothing_more(tenant, moved):
    from auth0db import passwords

    user = get_user_model().objects.get(pk=moved.pk)
    user.set_password(NEWER)
    user.save()
    assert passwords.push(get_user_model().objects.get(pk=moved.pk), NEWER) == "ok"
    assert_sent_once(tenant, user)


@with_sync
def test_a_password_that_was_not_written_is_not_sent(tenant, moved):
    """Django's hook fires on save(update_fields=...) as well, although the row keeps the old hash."""
    user = get_user_model().objects.get(pk=moved.pk)
    user.set_password(NEWER)
    user.save(update_fields=["last_login"])
    assert counts(tenant) == {} and tenant.accepts(user.email, PASSWORD)


@with_sync
def test_after_a_rollback_the_same_instance_may_be_saved_again(tenant, moved):
    from django.db import transaction

    form = SetPasswordForm(moved, {"new_password1": NEWER, "new_password2": NEWER})
    assert form.is_valid()
    with pytest.raises(ZeroDivisionError):
        with transaction.atomic():
            form.save()
            1 / 0
    assert counts(tenant) == {}
    moved.save()
    form.push()
    assert_sent_once(tenant, moved)


@with_sync
def test_users_who_have_not_moved_cost_nothing(tenant, person):
    person.set_password(NEWER)
    person.save()
    call_command(
        "createsuperuser",
        interactive=False,
        **{get_user_model().USERNAME_FIELD: "root@people.example", "email": "root@people.example"},
    )
    assert counts(tenant) == {}


@with_sync
def test_with_settings_that_are_wrong_the_password_is_saved_all_the_same(tenant, moved, settings):
    settings.AUTH0_DOMAIN = "http://not-loopback.example"
    form = SetPasswordForm(moved, {"new_password1": NEWER, "new_password2": NEWER})
    assert form.is_valid()
    form.save()
    assert form.auth0_outcome == "misconfigured"
    moved.refresh_from_db()
    assert moved.check_password(NEWER)


@with_sync
def test_an_error_report_of_a_push_shows_no_password_in_our_frames(tenant, moved, monkeypatch):
    import sys

    from django.db import OperationalError
    from django.test import RequestFactory
    from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

    from auth0db import marks, passwords

    def fails(user, known, *events, **changes):
        raise OperationalError("disk full")

    monkeypatch.setattr(marks, "change", fails)
    monkeypatch.setattr(SafeExceptionReporterFilter, "is_active", lambda self, request: True)
    moved.set_password(NEWER)
    moved._password = None  # the validator would not let it out
    moved.save()
    try:
        passwords.push_on_commit(moved, NEWER)
    except OperationalError:
        report = ExceptionReporter(RequestFactory().get("/reset/"), *sys.exc_info())
    text = report.get_traceback_html()
    package = passwords.__file__.rsplit("/", 1)[0] + "/"  # a clone may be called auth0db as well
    ours = [part for part in text.split("<li class=") if package in part]
    assert ours and "disk full" in text
    assert not [part for part in ours if NEWER in part]


# --- at the next login ---------------------------------------------------------------------------


def test_a_newer_local_password_is_pushed(tenant, site, moved):
    set_locally(moved, NEWER)
    tenant.clear_requests()
    assert site.login(moved, NEWER) == moved.pk
    assert counts(tenant) == A_PUSH
    assert in_step(moved) and tenant.accepts(moved.email, NEWER)
    assert not tenant.accepts(moved.email, PASSWORD)
    tenant.clear_requests()
    assert site.login(moved, NEWER) == moved.pk
    assert counts(tenant) == {}


def test_the_password_before_a_reset_that_the_tenant_has_not_heard_of_is_no_good(
    tenant, site, moved
):
    """The tenant still takes it: whoever stole it must not undo the reset with it."""
    set_locally(moved, NEWER)
    assert tenant.accepts(moved.email, PASSWORD)
    assert site.login(moved, PASSWORD) is None
    moved.refresh_from_db()
    assert moved.check_password(NEWER)
    tenant.fault("/api/v2/users", status=503, execute=False)
    assert site.login(moved, PASSWORD) is None, "nor while nobody can say which is newer"
    tenant.clear_faults()
    conf._client = None
    assert site.login(moved, NEWER) == moved.pk
    assert in_step(moved) and not tenant.accepts(moved.email, PASSWORD)


def test_a_local_password_made_unusable_is_not_a_newer_one(tenant, site, moved):
    moved.set_unusable_password()
    moved.save()
    assert site.login(moved) == moved.pk, "the tenant's password stands"


def test_a_newer_tenant_password_renews_the_local_hash(tenant, site, moved):
    set_at_tenant(tenant, moved, NEWER)
    assert site.login(moved, PASSWORD) is None
    assert site.login(moved, NEWER) == moved.pk
    moved.refresh_from_db()
    assert moved.check_password(NEWER) and in_step(moved)
    tenant.clear_requests()
    assert site.login(moved, NEWER) == moved.pk
    assert counts(tenant) == {}, "one grant, nothing else"


def test_changed_on_both_sides_the_way_out_is_a_reset(tenant, site, moved):
    set_at_tenant(tenant, moved, NEWER)
    set_locally(moved, THIRD)
    assert site.login(moved, THIRD) is None
    assert "both_changed" in site.answer.content.decode()
    assert tenant.accepts(moved.email, NEWER), "nobody has touched it"
    moved.refresh_from_db()
    form = SetPasswordForm(moved, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert form.is_valid()
    form.save()
    assert site.login(moved, PASSWORD) == moved.pk
    assert in_step(moved) and tenant.accepts(moved.email, PASSWORD)


def test_the_tenants_password_still_opens_when_both_have_changed(tenant, site, moved):
    set_at_tenant(tenant, moved, NEWER)
    set_locally(moved, THIRD)
    assert site.login(moved, NEWER) == moved.pk
    assert in_step(moved)
    assert site.login(moved, THIRD) is None, "the tenant rules"


@with_sync
def test_a_push_whose_answer_was_lost_is_found_out(tenant, site, moved):
    tenant.fault("/api/v2/users", method="PATCH", drop=True, execute=True, count=1)
    moved.set_password(NEWER)
    moved.save()
    assert tenant.accepts(moved.email, NEWER) and not in_step(moved)
    assert link_of(moved).unpushed == "unavailable"
    conf._client = None
    assert site.login(moved, NEWER) == moved.pk
    assert in_step(moved) and link_of(moved).unpushed == ""


@pytest.mark.parametrize("down", ["read", "write", "both"])
@with_sync
def test_a_lost_answer_does_not_lock_out_the_change_after_it(tenant, site, moved, down):
    """The tenant holds NEWER and the site does not know it; then THIRD is set and cannot be sent."""
    tenant.fault("/api/v2/users", method="PATCH", drop=True, execute=True, count=1)
    if down == "write":  # the look after the lost answer finds nobody: GET, PATCH, and this GET
        tenant.fault("/api/v2/users", method="GET", body=json.dumps(tenant_user(tenant, moved)), count=1)
        tenant.fault("/api/v2/users", method="GET", status=503, execute=False, count=1)
    moved.set_password(NEWER)
    moved.save()
    assert tenant.accepts(moved.email, NEWER)
    tenant.clear_faults()
    conf._client = None
    for method in {"read": ["GET"], "write": ["PATCH"], "both": ["GET", "PATCH"]}[down]:
        tenant.fault("/api/v2/users", method=method, status=503, execute=False)
    moved.set_password(THIRD)
    moved.save()
    assert link_of(moved).unpushed == "unavailable"
    tenant.clear_faults()
    conf._client = None
    assert site.login(moved, THIRD) == moved.pk
    assert in_step(moved) and tenant.accepts(moved.email, THIRD)


@with_sync
def test_a_push_that_never_arrived_is_made_at_the_login(tenant, site, moved):
    tenant.fault("/api/v2/users", method="PATCH", drop=True, execute=False)
    moved.set_password(NEWER)
    moved.save()
    tenant.clear_faults()
    conf._client = None
    assert tenant.accepts(moved.email, PASSWORD)
    assert site.login(moved, NEWER) == moved.pk
    assert in_step(moved) and tenant.accepts(moved.email, NEWER)


@with_sync
def test_blocked_while_pushing(tenant, site, moved):
    """The block comes after the site has read the user, and before it sets the password: setting it lifts the
    block at Auth0. A block that was there before stops the push."""
    auth0_id = link_of(moved).auth0_id
    tenant.patch(auth0_id, blocked=True)
    moved.set_password(NEWER)
    moved.save()
    assert link_of(moved).unpushed == "blocked"
    assert counts(tenant)["GET /api/v2/users/{id}"] == 1
    assert site.login(moved, NEWER) is None and site.login(moved, PASSWORD) is None
    assert tenant.user(auth0_id)["blocked"] is True
    tenant.patch(auth0_id, blocked=False)
    assert site.login(moved, NEWER) == moved.pk
    assert in_step(moved) and link_of(moved).unpushed == ""


def another_server(work):
    """work() in a thread with connections of its own; what it returned, in a list."""
    from django.db import connections

    said = []

    def run():
        try:
            said.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, said


@pytest.mark.parametrize("slow", ["GET", "PATCH"])
def test_two_changes_at_once_arrive_in_their_order(tenant, site, moved, slow):
    """Also where the second is saved while the first is on its way: it waits for it."""
    from auth0db import marks, passwords

    ours, others = (get_user_model().objects.get(pk=moved.pk) for _ in range(2))
    ours.set_password(NEWER)
    ours.save()
    tenant.fault("/api/v2/users", method=slow, delay_ms=700, count=1)

    def second_change():
        while not marks.under_way(link_of(moved).tenant_mark):
            pass
        others.set_password(THIRD)
        others.save()
        return passwords.push(others, THIRD)

    other, said = another_server(second_change)
    assert passwords.push(ours, NEWER) == "ok"
    other.join(30)
    assert said == ["ok"]
    assert tenant.accepts(moved.email, THIRD) and in_step(moved)
    assert site.login(moved, NEWER) is None and site.login(moved, THIRD) == moved.pk


def test_an_older_change_is_not_sent_once_a_newer_one_is_saved(tenant, moved):
    from auth0db import passwords

    ours, others = (get_user_model().objects.get(pk=moved.pk) for _ in range(2))
    ours.set_password(NEWER)
    ours.save()
    others.set_password(THIRD)
    others.save()
    assert passwords.push(ours, NEWER) is None and counts(tenant) == {}
    assert passwords.push(others, THIRD) == "ok" and in_step(moved)


# --- Django's own hash upgrade, and sessions -----------------------------------------------------


def test_a_hash_upgrade_is_not_a_newer_password(tenant, site, moved, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    user = get_user_model().objects.get(pk=moved.pk)
    before = user.password
    tenant.off()
    assert site.login(moved) == moved.pk, "the outage's login is Django's, and upgrades"
    user.refresh_from_db()
    assert user.password != before and in_step(user)
    tenant.clear_faults()
    conf._client = None
    set_at_tenant(tenant, moved, NEWER)
    assert site.login(moved, PASSWORD) is None, "the upgraded hash does not pass for a newer password"
    assert tenant.accepts(moved.email, NEWER)


def elsewhere(user, password=PASSWORD):
    """The same person at another computer."""
    browser = Client()
    answer = browser.post("/login/", {"username": user.get_username(), "password": password})
    assert answer.status_code == 302
    return browser


def is_in(browser):
    return browser.get("/me/").content != b""


def test_a_login_does_not_end_the_sessions_elsewhere(tenant, site, moved):
    other = elsewhere(moved)
    for _ in range(2):
        assert site.login(moved) == moved.pk
        assert is_in(other)


@with_sync
def test_a_push_at_login_ends_no_session_of_that_password(tenant, site, moved):
    set_locally(moved, NEWER)
    first = elsewhere(moved, NEWER)
    assert site.login(moved, NEWER) == moved.pk
    assert is_in(first)


def test_sessions_elsewhere_end_when_the_tenants_password_has_changed(tenant, site, moved):
    other = elsewhere(moved)
    set_at_tenant(tenant, moved, NEWER)
    assert is_in(other), "nobody here knows yet"
    assert site.login(moved, NEWER) == moved.pk
    assert not is_in(other)
    assert site.me() == moved.pk, "but the new one goes on"


@with_sync
def test_sessions_elsewhere_end_when_the_password_is_changed_here(tenant, site, moved):
    other = elsewhere(moved)
    site.login(moved)
    site.browser.post(
        "/change/", {"old_password": PASSWORD, "new_password1": NEWER, "new_password2": NEWER}
    )
    assert site.me() == moved.pk and not is_in(other)
    assert site.login(moved, NEWER) == moved.pk


def test_a_push_nobody_knows_of_followed_by_one_that_never_left(tenant, site, moved):
    """The tenant has the password in the middle, and its mark moved when nobody looked."""
    from auth0db.passwords import push

    there = "/api/v2/users/" + moved.auth0.auth0_id.replace("|", "%7C")
    moved.set_password("Lost-Answer-1")
    moved.save()
    tenant.fault(there, method="PATCH", drop=True, execute=True)
    # the first read passes, the look after the lost answer does not
    tenant.fault(there, method="GET", delay_ms=0, count=1)
    tenant.fault(there, method="GET", status=503)
    push(moved, "Lost-Answer-1")
    tenant.clear_faults()
    assert tenant.accepts(moved.email, "Lost-Answer-1"), "it had arrived"
    tenant.fault("/api", status=503)
    moved.set_password("Never-Left-2")
    moved.save()
    push(moved, "Never-Left-2")
    tenant.clear_faults()
    conf._client = None  # the breaker's pause is over
    assert site.login(moved, "Lost-Answer-1") is None, "replaced on the site since"
    assert site.login(moved, "Never-Left-2") == moved.pk
    assert tenant.accepts(moved.email, "Never-Left-2")


def test_a_login_and_a_change_that_push_the_same_password_send_it_once(
    tenant, site, moved, monkeypatch
):
    from django.db import connections

    from auth0db.answers import Answers
    from auth0db.passwords import push

    mark_in_step, said = Answers.mark_in_step, []

    def other_server():
        try:
            said.append(push(get_user_model().objects.get(pk=moved.pk), NEWER))
        finally:
            connections.close_all()

    other = threading.Thread(target=other_server)

    def overtaken(self, question):
        other.start()
        other.join(0.3)
        assert not said, "it waits for the login's push"
        return mark_in_step(self, question)

    moved.set_password(NEWER)
    moved.save()
    monkeypatch.setattr(Answers, "mark_in_step", overtaken)
    assert site.login(moved, NEWER) == moved.pk
    other.join(30)
    assert said == ["ok"] and counts(tenant) == A_PUSH
    assert in_step(moved)
    assert link_of(moved).tenant_mark == tenant_user(tenant, moved)["last_password_reset"]


def test_a_login_whose_push_another_one_has_made_is_let_in(tenant, site, moved, monkeypatch, settings):
    """Two first logins with a password that the tenant does not know yet."""
    from auth0db.answers import Answers

    settings.AUTH0_OUTAGE_FALLBACK = False
    begin_push, entered = Answers.begin_push, []

    def overtaken(self, question):
        monkeypatch.setattr(Answers, "begin_push", begin_push)
        entered.append(elsewhere(moved, NEWER))
        return begin_push(self, question)

    set_locally(moved, NEWER)
    monkeypatch.setattr(Answers, "begin_push", overtaken)
    assert site.login(moved, NEWER) == moved.pk
    assert entered and counts(tenant)["PATCH /api/v2/users/{id}"] == 1


def test_a_password_replaced_while_its_login_was_about_to_push_it_is_not_sent(
    tenant, site, moved, monkeypatch
):
    from auth0db.answers import Answers

    begin_push = Answers.begin_push

    def overtaken(self, question):
        set_locally(moved, THIRD)
        return begin_push(self, question)

    set_locally(moved, NEWER)
    monkeypatch.setattr(Answers, "begin_push", overtaken)
    assert site.login(moved, NEWER) is None
    monkeypatch.undo()
    assert tenant.accepts(moved.email, PASSWORD), "nothing has been sent"
    assert site.login(moved, THIRD) == moved.pk and tenant.accepts(moved.email, THIRD)


@pytest.mark.parametrize("again", ["read", "lost"])
def test_a_login_whose_push_lost_its_answer(tenant, site, moved, again):
    """The tenant holds NEWER; before anybody can know, THIRD replaces it on the site."""
    set_locally(moved, NEWER)
    there = "/api/v2/users/" + moved.auth0.auth0_id.replace("|", "%7C")
    tenant.fault(there, method="PATCH", drop=True, execute=True)
    if again == "lost":
        tenant.fault(there, method="GET", delay_ms=0, count=1)
        tenant.fault(there, method="GET", status=503)
    assert site.login(moved, NEWER) is None, "one lost answer is no outage"
    tenant.clear_faults()
    conf._client = None
    assert tenant.accepts(moved.email, NEWER) and not in_step(moved)
    set_locally(moved, THIRD)
    assert site.login(moved, NEWER) is None, "replaced on the site since"
    assert site.login(moved, THIRD) == moved.pk
    assert in_step(moved) and tenant.accepts(moved.email, THIRD)


def test_blocked_while_a_login_pushes(tenant, site, moved):
    """Setting the password lifts a block, at Auth0 as here. One that comes after it is seen."""
    set_locally(moved, NEWER)
    auth0_id = moved.auth0.auth0_id
    there = "/api/v2/users/" + auth0_id.replace("|", "%7C")
    tenant.fault(there, method="PATCH", drop=True, execute=False, count=1)
    tenant.fault(there, method="GET", delay_ms=0, count=1)
    blocked = dict(tenant_user(tenant, moved), blocked=True)
    tenant.clear_faults()
    tenant.fault(there, method="PATCH", drop=True, execute=False, count=1)
    tenant.fault(there, method="GET", delay_ms=0, count=1)
    tenant.fault(there, method="GET", body=json.dumps(blocked), count=1)
    assert site.login(moved, NEWER) is None


@with_sync
def test_set_on_the_site_while_nobody_reaches_the_tenant(tenant, site, moved):
    """The tenant's had changed before, and the site did not know: the later of the two holds."""
    set_at_tenant(tenant, moved, NEWER)
    tenant.off()
    moved.set_password(THIRD)
    moved.save()
    tenant.clear_faults()
    conf._client = None
    assert site.login(moved, NEWER) is None
    assert site.login(moved, THIRD) == moved.pk
    assert in_step(moved) and tenant.accepts(moved.email, THIRD)


@with_sync
def test_set_at_the_tenant_after_the_site_could_not_reach_it(tenant, site, moved):
    tenant.off()
    moved.set_password(NEWER)
    moved.save()
    tenant.clear_faults()
    conf._client = None
    set_at_tenant(tenant, moved, THIRD)
    assert site.login(moved, NEWER) is None
    assert site.login(moved, THIRD) == moved.pk
    assert in_step(moved) and tenant.accepts(moved.email, THIRD)
