"""What the login page says to somebody who was refused, and to whom."""

import json
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import translation

from auth0db import checks
from harness import NEWER, PASSWORD, make_person

from test_in_step import set_locally
from test_login import (
    refuse_blocked,
    refuse_captcha,
    refuse_denied,
    refuse_leaked,
    refuse_mfa,
    refuse_too_many,
)

WRONG = "Wrong-Password-1"


def said(identifier, password=PASSWORD, page="/login/"):
    """The login page's general error: (code, words)."""
    answer = Client().post(page, {"username": identifier, "password": password})
    if answer.status_code != 200:
        return None
    [error] = json.loads(answer.context["form"].errors.as_json())["__all__"]
    return error["code"], error["message"]


@pytest.fixture(autouse=True)
def same_address(settings):
    settings.AUTH0_CLIENT_IP = "project.network.nobody"


CASES = [
    (refuse_blocked, "blocked", "is blocked"),
    (refuse_mfa, "mfa_required", "second step"),
    (refuse_denied, "denied", "may not log in"),
    (refuse_leaked, "password_leaked", "leak"),
    (refuse_captcha, "captcha", "by a person"),
    (refuse_too_many, "too_many_attempts", "wait"),
]


@pytest.mark.parametrize("refuse, code, words", CASES)
def test_the_owner_is_told_why(tenant, moved, refuse, code, words):
    refuse(tenant, moved.auth0.auth0_id)
    got, text = said(moved.get_username())
    assert got == code and words in text


@pytest.mark.parametrize("refuse, code, words", CASES)
def test_a_stranger_is_told_nothing_of_the_account(tenant, moved, refuse, code, words):
    refuse(tenant, moved.auth0.auth0_id)
    wrong, unknown = said(moved.get_username(), WRONG), said("nobody@people.example", WRONG)
    assert wrong == unknown
    assert wrong[0] == "invalid_login"


def test_what_is_said_is_what_the_table_of_refusals_says():
    from auth0db import _native, refusals

    said = {reason: words for reason, (_, words) in _native.refusals().items() if words}
    with translation.override(None):  # as they are written
        assert {reason: str(words) for reason, words in refusals.WORDS.items()} == said
    told = {reason for reason, (whom, _) in _native.refusals().items() if whom != "nobody"}
    assert told == set(said)
    assert {reason for reason, (whom, _) in _native.refusals().items() if whom == "anybody"} == {
        "busy",
        "unavailable",
    }


def test_a_tenant_that_tells_blocks_to_anybody_does_not_tell_them_through_us(tenant, moved):
    """Auth0 does not say whether it looks at the password before the block."""
    tenant.fault(
        "/oauth/token",
        status=403,
        body='{"error": "unauthorized", "error_description": "user is blocked"}',
    )
    assert said(moved.get_username(), WRONG)[0] == "invalid_login"
    assert said(moved.get_username())[0] == "blocked"


def test_mfa_leads_to_universal_login_where_it_is_named(tenant, moved, settings):
    refuse_mfa(tenant, moved.auth0.auth0_id)
    assert "<a" not in said(moved.get_username())[1]
    settings.AUTH0_UNIVERSAL_LOGIN_URL = 'https://login.example/?a="b"&c'
    link = '<a href="https://login.example/?a=&quot;b&quot;&amp;c&amp;login_hint=%s">'
    assert link % quote(moved.get_username()) in said(moved.get_username())[1]


@pytest.fixture
def universal_login(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "auth0db.middleware.UniversalLoginMiddleware"]
    settings.AUTH0_UNIVERSAL_LOGIN_URL = "/auth0/login/?x=1#y"
    return "/auth0/login/?x=1&login_hint=%s%s#y"


@pytest.mark.parametrize("page", ["/login/", "/admin/login/"])
@pytest.mark.parametrize("refuse", [refuse_mfa, refuse_captcha])
def test_whoever_auth0_wants_in_a_browser_is_sent_to_universal_login(
    tenant, moved, universal_login, refuse, page
):
    """With Django's own view and form, and in the admin."""
    refuse(tenant, moved.auth0.auth0_id)
    name = moved.get_username()

    def sent(password=PASSWORD, query=""):
        answer = Client().post(page + query, {"username": name, "password": password})
        return answer.get("Location")

    assert sent() == universal_login % (quote(name), "")
    assert sent(query="?next=/me/%3Fa") == universal_login % (quote(name), "&next=%2Fme%2F%3Fa")
    assert sent(query="?next=https://evil.example/") == universal_login % (quote(name), "")
    assert sent(WRONG) is None  # a stranger learns nothing


def test_only_a_page_that_shows_the_form_again_is_replaced(tenant, moved, universal_login, settings):
    from django.http import HttpResponse, JsonResponse
    from django.test import RequestFactory

    from auth0db import refusals
    from auth0db.middleware import UniversalLoginMiddleware

    def after(answer, reason="mfa_required", method="post"):
        request = getattr(RequestFactory(), method)("/login/")
        refusals.note(request, reason, "ada")
        return UniversalLoginMiddleware(lambda _: answer)(request).get("Location")

    assert after(HttpResponse()) == universal_login % ("ada", "")
    assert after(HttpResponse(status=403)) is None
    assert after(JsonResponse({})) is None
    assert after(HttpResponse(), method="get") is None
    assert after(HttpResponse(), reason="blocked") is None
    assert after(HttpResponse(), reason=None) is None
    settings.AUTH0_UNIVERSAL_LOGIN_URL = ""
    assert after(HttpResponse()) is None
    settings.AUTH0_UNIVERSAL_LOGIN_URL = "https://acme.eu.auth0.com/authorize?client_id=x"
    assert after(HttpResponse()) == "https://acme.eu.auth0.com/authorize?client_id=x&login_hint=ada"


def test_both_changed_leads_to_the_reset_page(tenant, moved):
    tenant.set_password(moved.auth0.auth0_id, "Third-Password-9")
    moved.set_password("Battery-Staple-8")
    moved.save()
    code, text = said(moved.get_username(), "Battery-Staple-8")
    assert code == "both_changed" and 'href="/reset/"' in text
    assert said(moved.get_username(), WRONG)[0] == "invalid_login"


def test_unavailable_is_said_to_everybody_alike(tenant, moved, settings):
    settings.AUTH0_OUTAGE_FALLBACK = False
    tenant.off()
    assert {
        said(moved.get_username()),
        said(moved.get_username(), WRONG),
        said("nobody@people.example", WRONG),
    } == {said(moved.get_username())}
    assert said(moved.get_username())[0] == "unavailable"


def test_with_fallback_an_outage_does_not_tell_who_has_moved(tenant, moved):
    tenant.off()
    assert said(moved.get_username(), WRONG) == said("nobody@people.example", WRONG)


def test_the_admin_says_it_too(tenant, moved):
    refuse_blocked(tenant, moved.auth0.auth0_id)
    assert said(moved.get_username(), page="/admin/login/")[0] == "blocked"
    assert said(moved.get_username(), WRONG, page="/admin/login/")[0] == "invalid_login"


def test_the_admin_still_wants_staff(tenant, moved):
    assert said(moved.get_username(), page="/admin/login/")[0] == "invalid_login"


def test_the_reason_of_one_attempt_is_not_left_for_the_next(tenant, moved):
    from django.contrib.auth import authenticate
    from django.test import RequestFactory

    request = RequestFactory().post("/login/")
    refuse_blocked(tenant, moved.auth0.auth0_id)
    assert authenticate(request, username=moved.get_username(), password=PASSWORD) is None
    assert request.auth0_refusal == "blocked"
    assert authenticate(request, username="nobody", password=PASSWORD) is None
    assert request.auth0_refusal is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://login.example/", "login"])
def test_a_link_that_leads_nowhere_safe_is_a_finding(settings, url):
    settings.AUTH0_UNIVERSAL_LOGIN_URL = url
    assert [message.id for message in checks.check_link()] == ["auth0db.E007"]


def test_a_second_factor_is_asked_for_after_a_push_too(tenant, site, moved):
    """Auth0 takes the new password from us, which says nothing of the second step that it asks for."""
    refuse_mfa(tenant, moved.auth0.auth0_id)
    set_locally(moved, NEWER)
    assert site.login(moved, NEWER) is None
    assert tenant.user(moved.auth0.auth0_id)["last_password_reset"], "it has been pushed"
    assert site.login(moved, NEWER) is None


def counted(name, password):
    """The failures that a lockout counts which asks refusals.is_no_failure, as django-axes does."""
    from django.contrib.auth import authenticate
    from django.contrib.auth.signals import user_login_failed
    from django.http import HttpRequest

    from auth0db.refusals import is_no_failure

    request, failures = HttpRequest(), []

    def count(sender, credentials, request, **kwargs):
        if not is_no_failure(request, credentials):
            failures.append(credentials)

    assert not is_no_failure(request, {}), "before the login a lockout would be passed by"
    user_login_failed.connect(count)
    try:
        assert authenticate(request, username=name, password=password) is None
    finally:
        user_login_failed.disconnect(count)
    assert not is_no_failure(request, {}), "a second login with this request would pass a lockout by"
    return len(failures)


def test_a_lockout_need_not_count_a_right_password_that_nobody_has_decided_about(tenant, moved):
    tenant.fault("/oauth/token", status=429, headers={"Retry-After": "60"})
    assert counted(moved.get_username(), PASSWORD) == 0


def test_a_lockout_counts_wrong_passwords_in_every_outcome(tenant, moved):
    unlinked = make_person("bob")
    assert counted(moved.get_username(), WRONG) == 1
    tenant.fault("/oauth/token", status=429, headers={"Retry-After": "60"})
    assert counted(moved.get_username(), WRONG) == 1
    assert counted(unlinked.get_username(), WRONG) == 1
    tenant.clear_faults()
    tenant.off()
    for _ in range(5):
        assert counted(moved.get_username(), WRONG) == 1
