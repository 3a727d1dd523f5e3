"""Tenants of 2026 as the bulk lane meets them: identifiers, passwords switched off."""
import pytest

import small_site
from tenants import (BY_OPTIONAL_USERNAME, BY_USERNAME, NO_PASSWORDS, OPTIONAL_USERNAMES, PHONE_ALONE,
                     USERNAME_IS_NO_IDENTIFIER, WITH_PHONE, flexible, attribute, username)
from test_import import one_line

NAMES = {"AUTH0_REQUIRE_USERNAME": "1"}
BY_NAME = {**NAMES, "AUTH0_IDENTIFIER": "username"}
BY_EMAIL = {**NAMES, "AUTH0_IDENTIFIER": "email"}


def users(n, **changes):
    return [small_site.user(i, **changes) for i in range(1, n + 1)]


@pytest.mark.parametrize("options, environ, blamed, words", [
    (NO_PASSWORDS, {}, "AUTH0_CONNECTION", "passwords switched off"),
    (PHONE_ALONE, {}, "AUTH0_CONNECTION", "requires a phone number"),
    (WITH_PHONE, {}, "AUTH0_CONNECTION", "requires a phone number"),
    (flexible(phone_number=attribute(required=False), email=attribute(identifier=False)), {}, "AUTH0_CONNECTION",
     "no identifier fits a Django site"),
    (flexible(username=username()), BY_NAME, "AUTH0_CONNECTION", "knows no e-mails"),
    (BY_USERNAME, {}, "AUTH0_IDENTIFIER", "logs nobody in by e-mail"),
    (BY_OPTIONAL_USERNAME, {}, "AUTH0_IDENTIFIER", "logs nobody in by e-mail"),
    (BY_USERNAME, BY_EMAIL, "AUTH0_IDENTIFIER", "logs nobody in by e-mail"),
    (BY_USERNAME, {"AUTH0_IDENTIFIER": "username"}, "AUTH0_IDENTIFIER", "never sent"),
    (USERNAME_IS_NO_IDENTIFIER, NAMES, "AUTH0_IDENTIFIER", "logs nobody in by user name"),
    (flexible(email=attribute()), NAMES, "AUTH0_REQUIRE_USERNAME", "takes no user names"),
    ({}, {"AUTH0_IDENTIFIER": "badge"}, "AUTH0_IDENTIFIER", "username"),
])
@pytest.mark.parametrize("command", [["plan"], ["import"]])
def test_a_tenant_that_does_not_fit_the_site_is_named_before_anything_has_changed(
        ground, tenant, options, environ, blamed, words, command):
    g = ground(users(3))
    tenant.options(connection_options=options)
    one_line(g.run(*command, **environ), blamed, words)
    assert g.tenant_users() == [] and g.batches() == g.batches("canary") == [] and g.holdouts() == {}


@pytest.mark.parametrize("options, environ, by", [
    (BY_USERNAME, NAMES, "username"), (BY_USERNAME, BY_NAME, "username"), (BY_OPTIONAL_USERNAME, BY_NAME, "username"),
    (USERNAME_IS_NO_IDENTIFIER, BY_EMAIL, "email"), (OPTIONAL_USERNAMES, {}, "email"),
    (OPTIONAL_USERNAMES, NAMES, "username"), (flexible(email=attribute()), {}, "email"),
    ({"requires_username": True}, NAMES, "username")])
def test_the_canaries_log_in_by_a_name_that_is_one_and_no_hash_is_blamed(ground, tenant, options, environ, by):
    g = ground(users(4))
    tenant.options(connection_options=options)
    ended = g.run("import", **environ)
    assert ended.status == 0, ended.errors
    canaries = ended.told("canary")
    assert canaries and all(canary["passed"] for canary in canaries), canaries
    g.check_all_moved()
    for i in range(1, 5):
        name = f"user{i}" if by == "username" else f"user{i}@example.org"
        assert tenant.grant(name, small_site.password_of(i))[0] == 200
    if not options.get("requires_username") and by == "username" and options is not OPTIONAL_USERNAMES:
        assert tenant.grant("user1@example.org", small_site.password_of(1))[0] == 403


def test_user_names_of_other_forms_move_where_the_connection_takes_them(ground, tenant):
    odd = [small_site.user(1), small_site.user(2, username="ada@people.example"), small_site.user(3, username="+4912345")]
    g = ground(odd)
    tenant.options(connection_options=flexible(email=attribute(), username=username()))
    ended = g.run("import", **BY_NAME)
    assert ended.status == 0, ended.errors
    assert g.holdouts() == {2: "bad-username", 3: "bad-username"}
    details = {row["detail"] for row in g.run("plan", **BY_NAME).report["reasons"]}
    assert details == {"email", "phone"}
    tenant.options(connection_options=flexible(email=attribute(), username=username(emails=True, phones=True)))
    ended = g.run("import", **BY_NAME)
    assert ended.status == 0, ended.errors
    g.check_all_moved()
    assert tenant.grant("ada@people.example", small_site.password_of(2))[0] == 200
    assert tenant.grant("+4912345", small_site.password_of(3))[0] == 200
