"""Tenants of 2026 as the bulk lane meets them: identifiers, passwords switched off, second factors."""
import json

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
    # By it who is renamed past every hook is found; of who was sent without one it is not known
    names = dict(g.sql("SELECT user_id, tenant_username FROM auth0db_auth0user"))
    assert names == {i: f"user{i}" if "AUTH0_REQUIRE_USERNAME" in environ else None for i in range(1, 5)}
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


# --- second factors -------------------------------------------------------------------------------

FACTORS = {"version": 1, "users": {"table": "auth_user", "key": "id", "key_type": "integer", "password": "password",
                                   "username": "username", "email": "email", "active": "is_active",
                                   "last_login": "last_login", "joined": "date_joined"},
           "named_by_email": False, "mfa": [{"format": "otp_totp", "label": "otp_totp", "table": "otp_totp", "user": "user_id",
                                             "value": "key", "digits": "digits", "step": "step", "t0": "t0"}]}


@pytest.fixture
def with_devices(ground):
    """Three users, of whom the first has a TOTP device."""
    g = ground(users(3))
    g.sql("CREATE TABLE otp_totp (user_id integer, key varchar(80), digits integer, step integer, t0 integer)")
    g.sql("INSERT INTO otp_totp VALUES (1, '48656c6c6f21deadbeef', 6, 30, 0)")
    g.more = {"SITE_MAP": json.dumps(FACTORS)}
    return g


def grants(g):
    return {i: g.tenant.grant(f"user{i}@example.org", small_site.password_of(i))[1].get("error", "in") for i in (1, 2, 3)}


def test_a_factor_stays_behind_so_that_its_owner_can_log_in_on_the_sites_page(with_devices):
    g = with_devices
    planned = g.run("plan").report
    assert planned["mfa"] == {"taken": False, "moves": 0, "left_behind": [{"label": "otp_totp", "users": 1}]}
    assert g.run("import").status == 0
    g.check_all_moved()
    assert grants(g) == {1: "in", 2: "in", 3: "in"} and g.words() == {}


def test_a_factor_goes_along_where_somebody_says_so(with_devices):
    g = with_devices
    assert g.run("plan", "--with-factors").report["mfa"] == {"taken": True, "moves": 1, "left_behind": []}
    assert g.run("import", "--with-factors").status == 0
    g.check_all_moved()
    assert grants(g) == {1: "mfa_required", 2: "in", 3: "in"} and g.words() == {1: "mfa"}


@pytest.mark.parametrize("policies, name", [
    ([], "never"), (["confidence-score"], "adaptive"), (["all-applications"], "always"),
    (["confidence-score", "all-applications"], "always"), (["of-tomorrow"], "unknown")])
def test_a_plan_says_who_will_be_asked(ground, tenant, policies, name):
    g = ground(users(1))
    tenant.options(mfa_policies=policies)
    told = g.run("plan").report["tenant"]
    assert told["mfa_policy"] == name and "second factor" in told["mfa_says"]
    assert (name == "always") == ("nobody can move" in told["mfa_says"])


@pytest.mark.parametrize("command", [["import"], ["import", "--no-canary"], ["export", "--no-canary", "--folder", "out"]])
def test_nobody_moves_before_universal_login_where_everybody_is_asked(ground, tenant, command):
    g = ground(users(3))
    tenant.options(mfa_policies=["all-applications"])
    command = [str(g.folder / "out") if word == "out" else word for word in command]
    one_line(g.run(*command), "nobody can move before people log in at Universal Login", "--with-factors")
    assert g.tenant_users() == [] and g.batches() == g.batches("canary") == []
    ended = g.run(*command, "--with-factors")
    assert ended.status == 0, ended.errors
    assert all(canary["passed"] for canary in ended.told("canary"))


def test_a_policy_that_is_not_told_is_unknown_and_the_canaries_find_out(ground, tenant):
    g = ground(users(3))
    told = tenant.control("GET", "/options")["scopes"]
    tenant.options(mfa_policies=["all-applications"], scopes=[scope for scope in told if scope != "read:mfa_policies"])
    assert g.run("plan").report["tenant"]["mfa_policy"] == "unknown"
    one_line(g.run("import"), "canary", "second factor that it does not have")
    assert g.tenant_users() == [] and g.links() == {} and g.holdouts() == {}  # no hash is blamed
    tenant.options(mfa_policies=[])
    assert g.run("import").status == 0
    g.check_all_moved()


def test_an_adaptive_policy_that_asks_a_canary_stops_nobody(ground, tenant):
    g = ground(users(2))
    tenant.options(mfa_policies=["confidence-score"], mfa_required=True)
    ended = g.run("import")
    assert ended.status == 0 and all(canary["passed"] for canary in ended.told("canary")), ended.errors


# --- and at the switch-over -----------------------------------------------------------------------

METHODS = ["read:connections", "read:authentication_methods", "create:authentication_methods"]


@pytest.fixture
def moved(with_devices):
    """They have moved, and the second factor has stayed on the site."""
    g = with_devices
    assert g.run("import").status == 0
    g.check_all_moved()
    return g


def counts(ended):
    assert ended.status == 0, ended.errors
    return {name: n for name, n in ended.report.items() if n and name not in ("event", "run")}


def test_factors_that_stayed_behind_are_added_once(moved):
    g = moved
    assert counts(g.run("factors", "--dry-run")) == {"dry_run": True, "users": 1, "totp": 1}
    assert grants(g)[1] == "in"
    assert counts(g.run("factors")) == {"users": 1, "totp": 1}
    assert grants(g) == {1: "mfa_required", 2: "in", 3: "in"}
    assert counts(g.run("factors")) == {"users": 1, "there": 1}


def test_only_what_auth0_has_a_place_for_goes_and_one_of_a_kind(moved):
    g = moved
    g.sql("INSERT INTO otp_totp VALUES (1, 'ff00ff00ff00ff00ff00', 6, 30, 0), (2, 'ff00ff00', 8, 30, 0), (3, 'ff', 6, 30, 0)")
    g.sql("UPDATE auth_user SET is_active = ? WHERE id = 3", False)
    assert counts(g.run("factors")) == {"users": 1, "totp": 1, "stay": 2, "inactive": 1}
    assert grants(g) == {1: "mfa_required", 2: "in", 3: "in"}


def test_a_lost_answer_adds_no_second_one(moved, tenant):
    g = moved
    auth0_id = g.links()[1][0]
    tenant.fault(method="POST", path="/api/v2/users/" + auth0_id.replace("|", "%7C") + "/authentication-methods",
                 execute=True, drop=True, count=1)
    assert counts(g.run("factors")) == {"users": 1, "totp": 1}
    assert tenant.control("GET", "/faults")["faults"] == []  # it has struck
    methods = tenant.api("GET", f"/users/{auth0_id.replace('|', '%7C')}/authentication-methods")[2]
    assert [method["type"] for method in methods if method["type"] == "totp"] == ["totp"]


def test_a_factor_that_the_tenant_does_not_take_is_told_and_the_others_go_on(moved, tenant):
    g = moved
    g.sql("INSERT INTO otp_totp VALUES (2, '48656c6c6f21deadbeef', 6, 30, 0)")
    auth0_id = g.links()[1][0].replace("|", "%7C")
    tenant.fault(method="POST", path=f"/api/v2/users/{auth0_id}/authentication-methods", status=400, count=1, body=json.dumps(
        {"statusCode": 400, "error": "Bad Request", "message": "no such secret", "errorCode": "invalid_body"}))
    ended = g.run("factors")
    assert counts(ended) == {"users": 2, "totp": 1, "refused": 1}
    warning, = ended.told("warning")
    assert "user 1: the tenant takes no totp" in warning["message"] and "JBSWY3DP" not in ended.errors + str(ended.events)


def test_whoever_is_gone_at_the_tenant_stays_gone(moved, tenant):
    g = moved
    assert tenant.api("DELETE", "/users/" + g.links()[1][0].replace("|", "%7C"))[0] == 204
    assert counts(g.run("factors")) == {"users": 1, "gone": 1}
    assert len(g.tenant_users()) == 2


@pytest.mark.parametrize("command, needed", [(["factors"], METHODS), (["factors", "--dry-run"], METHODS[:2])])
def test_a_scope_that_factors_lack_is_named_before_anything_has_changed(moved, tenant, command, needed):
    for missing in needed:
        tenant.options(scopes=[scope for scope in METHODS if scope != missing])
        one_line(moved.run(*command), f"lacks {missing}:")
    tenant.options(scopes=needed)
    assert counts(moved.run(*command))["totp"] == 1
