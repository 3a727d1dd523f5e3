"""Tenants of 2026: by what people log in, and what a check says where that does not fit the site."""

import pytest

from auth0db.models import Auth0User
from harness import NEWER, PASSWORD, make_person
from tenants import (
    BY_OPTIONAL_USERNAME,
    BY_USERNAME,
    NO_PASSWORDS,
    OPTIONAL_USERNAMES,
    PHONE_ALONE,
    USERNAME_IS_NO_IDENTIFIER,
)
from test_commands import findings

NAMES = {"AUTH0_REQUIRE_USERNAME": True}
BY_NAME = {**NAMES, "AUTH0_IDENTIFIER": "username"}
BY_EMAIL = {**NAMES, "AUTH0_IDENTIFIER": "email"}


def set_up(tenant, settings, options, environ):
    tenant.options(connection_options=options)
    for name, value in environ.items():
        setattr(settings, name, value)


@pytest.mark.usernames
@pytest.mark.parametrize(
    "options, environ",
    [
        (BY_USERNAME, NAMES),
        (BY_OPTIONAL_USERNAME, BY_NAME),
        (USERNAME_IS_NO_IDENTIFIER, BY_EMAIL),
        (OPTIONAL_USERNAMES, {}),
        (OPTIONAL_USERNAMES, NAMES),
    ],
)
@pytest.mark.parametrize("typed", ["ada", "ada@people.example"])
def test_whoever_has_moved_logs_in_by_a_name_that_the_connection_takes(
    tenant, settings, site, options, environ, typed
):
    set_up(tenant, settings, options, environ)
    ada = make_person("ada")
    assert site.login("ada") == ada.pk
    assert Auth0User.objects.get().user == ada
    assert site.login(typed) == ada.pk
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert site.login(typed, NEWER) == ada.pk
    assert site.login(typed, PASSWORD) is None
    assert findings("error") == set()


@pytest.mark.parametrize(
    "options, environ, blamed, words",
    [
        (NO_PASSWORDS, {}, "AUTH0_CONNECTION", "passwords switched off"),
        (PHONE_ALONE, {}, "AUTH0_CONNECTION", "phone number"),
        (BY_USERNAME, {}, "AUTH0_IDENTIFIER", "logs nobody in by e-mail"),
        (BY_USERNAME, {}, "AUTH0_REQUIRE_USERNAME", "requires user names"),
        (BY_OPTIONAL_USERNAME, {}, "AUTH0_IDENTIFIER", "logs nobody in by e-mail"),
        (BY_USERNAME, BY_EMAIL, "AUTH0_IDENTIFIER", "logs nobody in by e-mail"),
        (USERNAME_IS_NO_IDENTIFIER, NAMES, "AUTH0_IDENTIFIER", "logs nobody in by user name"),
        (BY_USERNAME, {"AUTH0_IDENTIFIER": "username"}, "AUTH0_IDENTIFIER", "never sent"),
    ],
)
def test_a_check_says_when_no_identifier_fits(tenant, settings, options, environ, blamed, words):
    set_up(tenant, settings, options, environ)
    assert any(setting == blamed and words in message for setting, message in findings("error"))


def test_an_identifier_that_the_tenant_does_not_tell_is_unknown_not_wrong(tenant, settings):
    attributes = {"email": {"profile_required": True}, "username": {"identifier": {"active": True}}}
    set_up(tenant, settings, {"attributes": attributes}, {})
    assert "AUTH0_IDENTIFIER" not in {setting for setting, _ in findings("error")}
    settings.AUTH0_REQUIRE_USERNAME, settings.AUTH0_IDENTIFIER = True, "email"
    assert any("does not tell" in message for _, message in findings("warning"))


def test_an_identifier_that_there_is_not_is_no_setting(settings):
    from test_site_checks import found

    settings.AUTH0_IDENTIFIER = "badge"
    assert found() == {"auth0db.E002"}


# --- second factors -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policies, url, level, words",
    [
        ([], "", "ok", "asks nobody"),
        (["confidence-score"], "", "warning", "whomever it finds suspicious"),
        (["confidence-score"], "/auth0/", "ok", "whomever it finds suspicious"),
        (["all-applications"], "", "error", "nobody can move before people log in at Universal Login"),
        (["all-applications"], "/auth0/", "warning", "asks everybody"),
        (["of-tomorrow"], "", "warning", "is not known"),
    ],
)
def test_a_check_says_who_will_be_asked_for_a_second_factor(
    tenant, settings, policies, url, level, words
):
    settings.AUTH0_UNIVERSAL_LOGIN_URL = url
    tenant.options(mfa_policies=policies)
    said = dict(findings(level))
    assert words in said["AUTH0_UNIVERSAL_LOGIN_URL"]


def test_without_the_scope_nobody_knows_who_will_be_asked(tenant, scopes_without):
    tenant.options(mfa_policies=["all-applications"])
    scopes_without("read:mfa_policies")
    assert findings("error") == set()
    [(_, message)] = findings("warning")
    assert "without read:mfa_policies this command cannot tell who will be asked" in message
    assert "AUTH0_UNIVERSAL_LOGIN_URL" not in dict(findings("ok"))


# --- by whom it mails -----------------------------------------------------------------------------


def test_a_tenant_that_mails_through_auth0s_test_provider_is_named(tenant):
    assert any("provider of its own" in message for _, message in findings("ok"))
    tenant.options(email_provider=False)
    assert any("test provider" in message for _, message in findings("warning"))


def test_an_answer_that_does_not_say_by_whom_it_mails_is_not_taken_for_one(tenant):
    tenant.fault("/api/v2/emails/provider", status=200, body="{}")
    assert any("is not known" in message for _, message in findings("warning"))


def test_without_the_scope_nobody_knows_by_whom_it_mails(tenant, scopes_without):
    scopes_without("read:email_provider")
    assert any("without read:email_provider" in message for _, message in findings("warning"))
