"""POST /oauth/token without a user in it, and what stands around tokens: facts on sections 1 and 2."""
import base64
import urllib.parse

import pytest
from conftest import GOOD, REALM, claims_of, error_of


def machine(tenant, **changes):
    body = {"grant_type": "client_credentials", "client_id": tenant.client_id, "client_secret": tenant.client_secret,
            "audience": f"{tenant.url}/api/v2/", **changes}
    status, headers, answer = tenant.ask("POST", "/oauth/token", {k: v for k, v in body.items() if v is not None})
    return status, answer


def test_client_credentials_give_a_management_token(tenant):
    status, answer = machine(tenant)
    assert status == 200
    assert answer["token_type"] == "Bearer" and answer["expires_in"] == 86400
    assert "read:users" in answer["scope"].split()
    claims = claims_of(answer["access_token"])
    assert claims["iss"] == f"{tenant.url}/"
    assert claims["aud"] == f"{tenant.url}/api/v2/"
    assert claims["sub"] == f"{tenant.client_id}@clients"
    assert claims["azp"] == tenant.client_id and claims["gty"] == "client-credentials"
    assert claims["exp"] - claims["iat"] == 86400 and claims["scope"] == answer["scope"]
    assert [e["type"] for e in tenant.events()] == ["seccft"]


def test_a_token_is_not_to_be_cached(tenant):
    body = {"grant_type": "client_credentials", "client_id": tenant.client_id,
            "client_secret": tenant.client_secret, "audience": f"{tenant.url}/api/v2/"}
    assert tenant.ask("POST", "/oauth/token", body)[1]["cache-control"] == "no-store"


@pytest.mark.parametrize("changes, status, error", [
    ({"client_secret": "wrong"}, 401, "access_denied"),
    ({"client_secret": None}, 401, "access_denied"),
    ({"client_id": "nobody"}, 403, "unauthorized_client"),
    ({"client_id": None}, 400, "invalid_request"),
    ({"grant_type": None}, 400, "invalid_request"),
    ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
    ({"grant_type": ["client_credentials"]}, 400, "invalid_request"),
    ({"audience": None}, 400, "invalid_request"),
    ({"audience": "https://elsewhere.example/api/v2/"}, 403, "access_denied"),
])
def test_a_bad_token_request_is_named(tenant, changes, status, error):
    got, answer = machine(tenant, **changes)
    assert (got, answer["error"]) == (status, error)


def test_the_audience_needs_its_trailing_slash(tenant):
    status, answer = machine(tenant, audience=f"{tenant.url}/api/v2")
    assert (status, answer["error"]) == (403, "access_denied")


def test_an_application_without_a_client_grant_is_told_so(tenant):
    tenant.options(scopes=[])
    status, answer = machine(tenant)
    assert (status, answer["error"]) == (403, "access_denied")
    assert "client-grant" in answer["error_description"]


def test_a_grant_that_is_switched_off_is_refused(tenant):
    tenant.options(grant_types=["client_credentials"])
    tenant.create()
    status, answer = tenant.login()
    assert status == 403
    assert error_of(answer) == ("unauthorized_client", f"Grant type '{REALM}' not allowed for the client.")


def test_form_and_basic_authentication_work_too(tenant):
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "audience": f"{tenant.url}/api/v2/"}).encode()
    basic = base64.b64encode(f"{tenant.client_id}:{tenant.client_secret}".encode()).decode()
    status, _, answer = tenant.ask("POST", "/oauth/token", form, {
        "Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"})
    assert status == 200, answer
    wrong = base64.b64encode(f"{tenant.client_id}:no".encode()).decode()
    assert tenant.ask("POST", "/oauth/token", form, {
        "Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {wrong}"})[0] == 401


def test_a_form_keeps_every_byte_of_a_password(tenant):
    password = "Pä+ss & w=rd%20 7"
    tenant.create(password=password)
    form = urllib.parse.urlencode({
        "grant_type": REALM, "realm": tenant.connection, "client_id": tenant.client_id,
        "client_secret": tenant.client_secret, "username": "bob@example.com", "password": password}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert tenant.ask("POST", "/oauth/token", form, kind)[0] == 200


def test_the_issuer_follows_the_host_that_was_used(tenant):
    port = tenant.url.rsplit(":", 1)[1]
    for host in ("localhost", "127.0.0.1"):
        body = {"grant_type": "client_credentials", "client_id": tenant.client_id,
                "client_secret": tenant.client_secret, "audience": f"{tenant.url}/api/v2/"}
        answer = tenant.ask("POST", "/oauth/token", body, {"Host": f"{host}:{port}"})[2]
        assert claims_of(answer["access_token"])["iss"] == f"http://{host}:{port}/"


def test_a_foreign_host_header_does_not_get_into_a_token(tenant):
    body = {"grant_type": "client_credentials", "client_id": tenant.client_id, "client_secret": tenant.client_secret,
            "audience": f"{tenant.url}/api/v2/"}
    answer = tenant.ask("POST", "/oauth/token", body, {"Host": "evil.example"})[2]
    assert claims_of(answer["access_token"])["iss"] == f"{tenant.url}/"


def test_discovery_names_the_endpoints(tenant):
    status, _, answer = tenant.ask("GET", "/.well-known/openid-configuration")
    assert status == 200
    assert answer["issuer"] == f"{tenant.url}/"
    assert answer["token_endpoint"] == f"{tenant.url}/oauth/token"
    assert answer["jwks_uri"] == f"{tenant.url}/.well-known/jwks.json"
    assert answer["userinfo_endpoint"] == f"{tenant.url}/userinfo"
    assert answer["id_token_signing_alg_values_supported"] == ["RS256"]
    assert tenant.ask("GET", "/.well-known/oauth-authorization-server")[2] == answer


def test_the_key_set_shows_public_keys_only(tenant):
    [key] = tenant.ask("GET", "/.well-known/jwks.json")[2]["keys"]
    assert key["kty"] == "RSA" and key["alg"] == "RS256" and key["use"] == "sig" and key["kid"]
    assert set(key) <= {"kty", "alg", "use", "kid", "n", "e", "x5c", "x5t"}


def test_rotation_signs_with_a_new_key_and_keeps_the_old_one(tenant):
    old = tenant.token()
    [before] = [k["kid"] for k in tenant.ask("GET", "/.well-known/jwks.json")[2]["keys"]][:1]
    kids = [k["kid"] for k in tenant.control("POST", "/keys/rotate", {})["keys"]]
    assert kids[1] == before and kids[0] != before
    assert tenant.api("GET", "/users", token=old)[0] == 200
    kids = [k["kid"] for k in tenant.control("POST", "/keys/rotate", {"revoke": True})["keys"]]
    assert len(kids) == 1
    status, _, answer = tenant.api("GET", "/users", token=old)
    assert status == 401 and "signature" in answer["message"]


@pytest.mark.parametrize("token, message", [
    (None, "Missing authentication"),
    ("nonsense", "Invalid token"),
    ("e30.e30.e30", "Invalid token"),
])
def test_the_management_api_wants_a_token(tenant, token, message):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    status, _, answer = tenant.ask("GET", "/api/v2/users", None, headers)
    assert status == 401
    assert answer["statusCode"] == 401 and answer["error"] == "Unauthorized" and answer["message"] == message


def test_a_changed_token_is_refused(tenant):
    head, middle, tail = tenant.token().split(".")
    forged = ".".join([head, middle, ("A" if tail[0] != "A" else "B") + tail[1:]])
    status, _, answer = tenant.api("GET", "/users", token=forged)
    assert (status, answer["message"]) == (401, "Invalid signature received for JSON Web Token validation")


def test_alg_none_is_refused(tenant):
    def part(text):
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    claims = tenant.token().split(".")[1]
    assert tenant.api("GET", "/users", token=part('{"alg":"none","typ":"JWT"}') + f".{claims}.")[0] == 401


def test_a_token_expires_on_the_tenants_clock(tenant):
    token = tenant.token()
    # The tenant's day is exact; a minute is for a machine that does much else meanwhile
    tenant.control("POST", "/clock", {"seconds": 86400 - 60})
    assert tenant.api("GET", "/users", token=token)[0] == 200
    tenant.control("POST", "/clock", {"seconds": 61})
    status, _, answer = tenant.api("GET", "/users", token=token)
    assert (status, answer["message"]) == (401, "Expired token received for JSON Web Token validation")
    fresh = tenant.token()
    assert tenant.api("GET", "/users", token=fresh)[0] == 200
    # ... while whoever reads it sees real time: the clock of the tenant is not the world's
    assert abs(claims_of(fresh)["iat"] - claims_of(token)["iat"]) < 60


@pytest.mark.parametrize("method, path, scope", [
    ("POST", "/users", "create:users"),
    ("GET", "/users", "read:users"),
    ("GET", "/users/auth0%7Cx", "read:users"),
    ("PATCH", "/users/auth0%7Cx", "update:users"),
    ("DELETE", "/users/auth0%7Cx", "delete:users"),
    ("GET", "/users-by-email?email=a%40b.c", "read:users"),
    ("GET", "/connections", "read:connections"),
    ("POST", "/connections", "create:connections"),
    ("GET", "/connections/x", "read:connections"),
    ("GET", "/client-grants", "read:client_grants"),
    ("GET", "/user-blocks?identifier=x", "read:users"),
    ("DELETE", "/user-blocks?identifier=x", "update:users"),
    ("GET", "/logs", "read:logs"),
    ("GET", "/attack-protection/brute-force-protection", "read:attack_protection"),
])
def test_every_call_needs_its_scope(tenant, method, path, scope):
    others = [s for s in tenant.control("GET", "/options")["scopes"] if not s.startswith(scope)]
    body = {} if method in ("POST", "PATCH") else None
    token = tenant.control("POST", "/token", {"scope": " ".join(s for s in others if s != "update:users_app_metadata")})
    status, _, answer = tenant.api(method, path, body, token=token["access_token"])
    assert (status, answer["errorCode"]) == (403, "insufficient_scope")
    assert scope in answer["message"]
    token = tenant.control("POST", "/token", {"scope": scope})
    assert tenant.api(method, path, body, token=token["access_token"])[0] not in (401, 403)


def test_a_users_own_token_does_not_open_the_management_api(tenant):
    tenant.create()
    status, answer = tenant.login()
    assert status == 200
    assert tenant.api("GET", "/users", token=answer["access_token"])[0] == 401


def test_userinfo_shows_what_the_scopes_allow(tenant):
    user = tenant.create(given_name="Bob")
    for scope, names in [("openid", {"sub", "name", "given_name", "nickname", "picture", "updated_at", "email",
                                     "email_verified"}),
                         ("openid email", {"sub", "email", "email_verified"})]:
        answer = tenant.login(scope=scope)[1]
        status, _, info = tenant.ask("GET", "/userinfo", None, {"Authorization": f"Bearer {answer['access_token']}"})
        assert status == 200
        assert set(info) == names and info["sub"] == user["user_id"]


def test_userinfo_needs_a_token_of_a_user(tenant):
    status, headers, answer = tenant.ask("GET", "/userinfo")
    assert (status, answer["error"]) == (401, "invalid_token")
    assert "www-authenticate" in headers
    assert tenant.ask("GET", "/userinfo", None, {"Authorization": f"Bearer {tenant.token()}"})[0] == 401


def test_userinfo_is_limited_to_ten_and_then_five_a_minute(tenant):
    tenant.create()
    tenant.create(email="eve@example.com")
    bearer = {"Authorization": f"Bearer {tenant.login()[1]['access_token']}"}
    other = {"Authorization": f"Bearer {tenant.login('eve@example.com')[1]['access_token']}"}
    assert [tenant.ask("GET", "/userinfo", None, bearer)[0] for _ in range(11)] == [200] * 10 + [429]
    assert tenant.ask("GET", "/userinfo", None, other)[0] == 200  # one bucket a user
    tenant.control("POST", "/clock", {"seconds": 12})
    assert [tenant.ask("GET", "/userinfo", None, bearer)[0] for _ in range(2)] == [200, 429]


def test_a_password_that_needs_no_escaping_is_still_the_same(tenant):
    tenant.create(password=GOOD)
    assert tenant.login()[0] == 200
