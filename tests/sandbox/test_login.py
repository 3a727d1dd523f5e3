"""Password grants: who gets in, and what everyone else is told. facts on section 1.4 and 9."""
import hashlib
import base64

import pytest
from conftest import GOOD, claims_of, error_of

WRONG = (403, ("invalid_grant", "Wrong email or password."))


def refused(result):
    status, answer = result
    return status, error_of(answer)


def test_a_right_password_gives_tokens(tenant):
    user = tenant.create(given_name="Bob", family_name="Base", email_verified=True)
    status, answer = tenant.login()
    assert status == 200
    assert answer["token_type"] == "Bearer" and answer["expires_in"] == 86400
    assert answer["scope"] == "openid profile email"
    claims = claims_of(answer["id_token"])
    assert claims["iss"] == f"{tenant.url}/" and claims["aud"] == tenant.client_id
    assert claims["sub"] == user["user_id"] and claims["exp"] - claims["iat"] == 36000
    assert claims["email"] == "bob@example.com" and claims["email_verified"] is True
    assert (claims["given_name"], claims["family_name"]) == ("Bob", "Base")
    half = hashlib.sha256(answer["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    access = claims_of(answer["access_token"])
    assert access["gty"] == "password" and access["aud"] == f"{tenant.url}/userinfo"


def test_claims_follow_the_scope(tenant):
    tenant.create()
    for scope, has, lacks in [("openid", "email", "phone_number"), ("openid email", "email", "name"),
                              (["openid", "profile"], "name", "email")]:
        claims = claims_of(tenant.login(scope=scope)[1]["id_token"])
        assert has in claims and lacks not in claims
    assert "id_token" not in tenant.login(scope="profile")[1]
    assert refused(tenant.login(scope=7)) == (400, ("invalid_scope", "Scope must be an array or a string"))


def test_wrong_password_and_unknown_user_are_told_the_same(tenant):
    tenant.create()
    assert refused(tenant.login(password="wrong")) == WRONG
    assert refused(tenant.login("nobody@example.com")) == WRONG
    assert [e["type"] for e in tenant.events()][:2] == ["fu", "fp"]


def test_the_other_spelling_of_a_wrong_password(tenant):
    tenant.options(wrong_password="invalid_user_password")
    assert refused(tenant.login()) == (403, ("invalid_user_password", "Wrong email or password"))


def test_a_login_is_counted_and_logged(tenant):
    user = tenant.create()
    tenant.login()
    tenant.login(ip="203.0.113.9")
    seen = tenant.user(user["user_id"])
    assert seen["logins_count"] == 2 and seen["last_ip"] == "203.0.113.9" and seen["last_login"]
    events = [e for e in tenant.events() if e["type"] in ("s", "sepft")]
    assert [e["type"] for e in events] == ["sepft", "s", "sepft", "s"]
    assert events[0]["ip"] == "203.0.113.9" and events[0]["client_ip"] == "127.0.0.1"
    assert events[0]["user_id"] == user["user_id"] and events[0]["connection"] == tenant.connection
    assert "client_ip" not in events[2]


def test_the_identifier_is_taken_in_any_case(tenant):
    tenant.create()
    assert tenant.login("BOB@Example.COM")[0] == 200


def test_usernames_work_where_the_connection_has_them(tenant):
    tenant.connection_options(requires_username=True)
    tenant.create(username="Bobby")
    assert tenant.login("bobby")[0] == 200
    assert tenant.login("BOBBY")[0] == 200
    assert tenant.login("bob@example.com")[0] == 200
    tenant.connection_options(requires_username=False)
    assert refused(tenant.login("bobby")) == WRONG


def test_bytes_after_the_72nd_do_not_count(tenant):
    long = "Aa1-" + "x" * 68
    tenant.create(password=long + "tail")
    assert tenant.login(password=long + "other")[0] == 200
    assert refused(tenant.login(password=long[:-1])) == WRONG


def test_unicode_passwords_are_compared_byte_by_byte(tenant):
    composed, decomposed = "Caf\u00e9-Zebra-7", "Cafe\u0301-Zebra-7"
    tenant.create(password=composed)
    assert tenant.login(password=composed)[0] == 200
    assert refused(tenant.login(password=decomposed)) == WRONG


def test_a_blocked_user_is_told_so_only_with_the_right_password(tenant):
    tenant.create(blocked=True)
    assert refused(tenant.login()) == (403, ("unauthorized", "user is blocked"))
    assert refused(tenant.login(password="wrong")) == WRONG


def test_mfa_stops_a_right_password(tenant):
    user = tenant.create()
    tenant.flag(user, mfa=True)
    status, answer = tenant.login()
    assert (status, answer["error"]) == (403, "mfa_required")
    assert len(answer["mfa_token"]) > 20 and "access_token" not in answer
    assert refused(tenant.login(password="wrong")) == WRONG
    tenant.flag(user, mfa=False)
    tenant.options(mfa_required=True)
    assert tenant.login()[1]["error"] == "mfa_required"


def test_an_action_can_deny(tenant):
    user = tenant.create()
    tenant.flag(user, deny="Your account has expired.")
    assert refused(tenant.login()) == (403, ("access_denied", "Your account has expired."))
    tenant.flag(user, deny=None)
    tenant.options(action_denies="Closed for the night.")
    assert refused(tenant.login()) == (403, ("access_denied", "Closed for the night."))
    assert "fepft" in [e["type"] for e in tenant.events()]


@pytest.mark.parametrize("password", ["AUTH0-TEST-Anything-7", "Paaf213XXYYZZ", "Paat739!!WWXXYYZZ"])
def test_a_password_known_from_a_breach_is_refused(tenant, password):
    user = tenant.create(password=password)
    status, answer = tenant.login(password=password)
    assert (status, answer["error"]) == (401, "password_leaked")
    assert [e["type"] for e in tenant.events()][0] == "pwd_leak"
    assert tenant.patch(user, password=GOOD)[0] == 200
    assert tenant.login()[0] == 200


def test_breach_detection_can_be_off(tenant):
    tenant.options(breached_password_detection=False)
    tenant.create(password="AUTH0-TEST-Anything-7")
    assert tenant.login(password="AUTH0-TEST-Anything-7")[0] == 200


def test_a_leaked_user_is_free_after_a_new_password(tenant):
    user = tenant.create()
    tenant.flag(user, leaked=True)
    assert tenant.login()[1]["error"] == "password_leaked"
    tenant.patch(user, password="Another-Horse-8")
    assert tenant.login(password="Another-Horse-8")[0] == 200


def test_bot_detection_asks_for_a_browser(tenant):
    tenant.create()
    tenant.options(captcha_required=True)
    assert tenant.login()[1]["error"] == "requires_verification"


@pytest.mark.parametrize("missing", ["username", "password", "realm"])
def test_a_missing_parameter_is_named(tenant, missing):
    assert refused(tenant.login(**{"identifier" if missing == "username" else missing: None})) == (
        400, ("invalid_request", f"Missing required parameter: {missing}"))


def test_an_unknown_realm_is_named(tenant):
    assert refused(tenant.login(realm="Nowhere")) == (400, ("invalid_request", "Unknown realm Nowhere."))


def test_a_disabled_connection_lets_nobody_in(tenant):
    tenant.create()
    tenant.options(connection_enabled=False)
    assert refused(tenant.login()) == (400, ("invalid_request", "the connection was disabled"))


def test_the_password_grant_needs_a_default_directory(tenant):
    tenant.create()
    assert refused(tenant.login(grant_type="password")) == (
        500, ("server_error", "Authorization server not configured with default connection."))
    tenant.options(default_directory=tenant.connection)
    assert tenant.login(grant_type="password", realm=None)[0] == 200


def test_an_unknown_audience_is_refused(tenant):
    tenant.create()
    assert tenant.login(audience="https://api.example")[0] == 403
    tenant.options(audiences=["https://api.example"])
    status, answer = tenant.login(audience="https://api.example")
    assert status == 200
    assert claims_of(answer["access_token"])["aud"] == ["https://api.example", f"{tenant.url}/userinfo"]


def test_an_application_without_a_secret_may_log_users_in(tenant):
    tenant.create()
    assert tenant.login(client_secret=None)[0] == 401
    tenant.options(token_endpoint_auth_method="none")
    assert tenant.login(client_secret=None)[0] == 200
    assert tenant.login(client_secret="wrong")[0] == 401


@pytest.mark.parametrize("password", ["", "x" * 5000, "\u202e\U0001f511\ufeff", "a\tb\nc", "'; DROP TABLE users; --"])
def test_odd_passwords_are_just_wrong(tenant, password):
    tenant.create()
    assert refused(tenant.login(password=password)) == WRONG


@pytest.mark.parametrize("identifier", ["bob@example.com\r\nX-Evil: 1", '","admin":true,"x":"', "%s%n", "' OR 1=1 --",
                                        "\u00fcn\u00ef@example.com", "x" * 5000])
def test_odd_identifiers_are_just_unknown(tenant, identifier):
    tenant.create()
    assert refused(tenant.login(identifier)) == WRONG
    assert tenant.events("fu")[0]["user_name"]


def test_a_nul_in_a_password_is_refused(tenant):
    tenant.create()
    status, answer = tenant.login(password=GOOD + "\0tail")
    assert (status, answer["error"]) == (400, "invalid_request")


def test_every_hash_of_a_user_is_bcrypt_of_ten_rounds_unless_told_otherwise(process):
    process.control("POST", "/reset")
    assert process.control("GET", "/options")["bcrypt_cost"] == 10
