"""Connections, the application, client grants, logs: what a check of one's settings reads. facts on section 4.7."""
import pytest
from sandbox import Sandbox


def test_the_connection_is_found_by_name_and_by_id(tenant):
    [found] = tenant.api("GET", f"/connections?name={tenant.connection}&strategy=auth0")[2]
    assert found["id"] == tenant.connection_id and found["strategy"] == "auth0"
    assert found["options"]["passwordPolicy"] == "good" and found["realms"] == [tenant.connection]
    assert tenant.api("GET", f"/connections/{tenant.connection_id}")[2] == found
    assert tenant.api("GET", "/connections?name=Nowhere")[2] == []
    assert tenant.api("GET", "/connections?strategy=google-oauth2")[2] == []
    assert tenant.api("GET", "/connections?strategy=sms&strategy=auth0")[2] == [found]
    status, _, answer = tenant.api("GET", "/connections/con_0000000000000000")
    assert (status, answer["errorCode"]) == (404, "inexistent_connection")


# Comes with every answer, whatever `fields` wants (recorded)
ALWAYS = {"is_domain_connection": False, "authentication": {"active": True}, "connected_accounts": {"active": False}}


def test_fields_and_pages(tenant):
    for name in ("two", "three"):
        assert tenant.api("POST", "/connections", {"name": name, "strategy": "auth0"})[0] == 201
    [third] = tenant.api("GET", "/connections?fields=name&per_page=2&page=1")[2]
    assert third == {"name": "three", "id": third["id"], **ALWAYS}
    page = tenant.api("GET", "/connections?include_totals=true&per_page=1&fields=name")[2]
    assert page == {"start": 0, "limit": 1, "total": 3, "connections": [
        {"name": tenant.connection, "id": tenant.connection_id, **ALWAYS}]}
    first = tenant.api("GET", "/connections?take=2&fields=name")[2]
    assert len(first["connections"]) == 2
    # not judged: a last page, without `next`, is valid under two of the contract's alternatives at once
    last = Sandbox.ask(tenant, "GET", f"/api/v2/connections?take=2&fields=name&from={first['next']}", None,
                       {"Authorization": f"Bearer {tenant.token()}"})[2]
    assert last == {"connections": [third]}
    for bad in ("per_page=0", "per_page=101", "take=0", "fields=nonsense"):
        assert tenant.api("GET", f"/connections?{bad}")[0] == 400


def test_a_new_connection_is_a_realm_of_its_own(tenant):
    status, _, made = tenant.api("POST", "/connections", {
        "name": "Staff-1", "strategy": "auth0", "display_name": "Staff",
        "options": {"requires_username": True, "passwordPolicy": "low"}, "enabled_clients": [tenant.client_id]})
    assert status == 201 and made["id"].startswith("con_") and len(made["id"]) == 20
    assert made["display_name"] == "Staff" and made["options"]["requires_username"] is True
    tenant.create(connection="Staff-1", password="simple", username="bob")
    assert tenant.login("bob", "simple", realm="Staff-1")[0] == 200


@pytest.mark.parametrize("status, body", [
    (400, {"strategy": "auth0"}),
    (400, {"name": "bad name", "strategy": "auth0"}),
    (400, {"name": "-x", "strategy": "auth0"}),
    (400, {"name": "x" * 129, "strategy": "auth0"}),
    (400, {"name": "x"}),
    (400, {"name": "x", "strategy": "carrier-pigeon"}),
    (400, {"name": "x", "strategy": "auth0", "nonsense": 1}),
    (400, {"name": "x", "strategy": "auth0", "options": []}),
    (400, {"name": "x", "strategy": "auth0", "options": {"passwordPolicy": "strict"}}),
    (400, {"name": "x", "strategy": "auth0", "options": {"requires_username": "yes"}}),
    (400, {"name": "x", "strategy": "auth0", "options": {"validation": {"username": {"min": 9, "max": 3}}}}),
    (409, {"name": "Username-Password-Authentication", "strategy": "auth0"}),
])
def test_a_bad_connection_is_refused(tenant, status, body):
    assert tenant.api("POST", "/connections", body)[0] == status
    assert len(tenant.api("GET", "/connections")[2]) == 1


def test_options_are_replaced_as_a_whole(tenant):
    path = f"/connections/{tenant.connection_id}"
    before = tenant.api("GET", path)[2]["options"]
    kept = ("authentication_methods", "passkey_options", "brute_force_protection")  # what nobody has to send
    status, _, changed = tenant.api("PATCH", path, {"options": {"requires_username": True}})
    assert status == 200
    assert changed["options"] == {"requires_username": True, **{name: before[name] for name in kept}}
    assert "passwordPolicy" in before
    assert tenant.api("PATCH", path, {"name": "other"})[0] == 400
    assert tenant.api("PATCH", path, {"options": {"passwordPolicy": "nonsense"}})[0] == 400
    assert tenant.api("GET", path)[2] == changed


def flexible(*active, **more):
    names = ("email", "username", "phone_number")
    return {"attributes": {name: {"identifier": {"active": name in active}, "profile_required": name == "email",
                                  **more.get(name, {})} for name in names}}


@pytest.mark.parametrize("active", [("email",), ("username",), ("phone_number",), ("email", "username")])
def test_people_log_in_by_active_identifiers_alone(tenant, active):
    assert tenant.api("PATCH", f"/connections/{tenant.connection_id}", {"options": flexible(*active)})[0] == 200
    tenant.create(email="ann@example.com", username="ann", phone_number="+4912345")
    names = {"email": "ann@example.com", "username": "ann", "phone_number": "+4912345"}
    assert {name for name, text in names.items() if tenant.login(text)[0] == 200} == set(active)


@pytest.mark.parametrize("options, message", [
    ({**flexible("email"), "requires_username": True}, "Cannot set both options.attributes and options.requires_username"),
    ({**flexible("email"), "validation": {}}, "Cannot set both options.attributes and options.validation"),
    (flexible(), "attributes must contain one active identifier"),
    ({"attributes": []}, "Expected type object"),
])
def test_attributes_are_refused_as_recorded(tenant, options, message):
    status, _, answer = tenant.api("PATCH", f"/connections/{tenant.connection_id}", {"options": options})
    assert (status, answer["errorCode"], answer["message"]) == (400, "invalid_body", message)


def test_user_names_of_another_form_want_leave(tenant):
    path, strange = f"/connections/{tenant.connection_id}", ["b@example.org", "+4912345"]
    for emails, phones in ((False, False), (True, False), (False, True)):
        rules = {"min_length": 1, "max_length": 40, "allowed_types": {"email": emails, "phone_number": phones}}
        options = flexible("username", username={"validation": rules})
        assert tenant.api("PATCH", path, {"options": options})[0] == 200
        for name, taken in zip(strange, (emails, phones)):
            status, _, made = tenant.api("POST", "/users", {
                "connection": tenant.connection, "email": f"x{emails}{phones}{taken}@example.com", "username": name,
                "password": "Correct-Horse-7"})
            assert status == (201 if taken else 400), made
            if taken:
                tenant.api("DELETE", "/users/" + made["user_id"].replace("|", "%7C"))


def test_without_passwords_none_is_right(tenant):
    tenant.create(email="ann@example.com")
    assert tenant.login("ann@example.com")[0] == 200
    tenant.options(connection_options={"authentication_methods": {"password": {"enabled": False}}})
    assert tenant.login("ann@example.com")[0] == 403


def test_options_want_a_scope_of_their_own(tenant):
    """facts/oidc.md: since July 2025."""
    path, scope = f"/connections/{tenant.connection_id}", "read:connections update:connections"
    narrow = tenant.token(scope)
    whole = tenant.api("GET", path)[2]
    bare = {name: value for name, value in whole.items() if name != "options"}
    assert tenant.api("GET", path, token=narrow)[2] == bare
    assert tenant.api("GET", f"/connections?name={tenant.connection}", token=narrow)[2] == [bare]
    assert tenant.api("PATCH", path, {"enabled_clients": [tenant.client_id]}, token=narrow)[2] == bare
    status, _, answer = tenant.api("PATCH", path, {"options": {"passwordPolicy": "low"}}, token=narrow)
    assert (status, answer["errorCode"]) == (403, "insufficient_scope")
    assert tenant.api("GET", path, token=tenant.token("read:connections read:connections_options"))[2] == whole
    tenant.options(connection_options_without_scope=True)
    assert tenant.api("GET", path, token=narrow)[2] == whole
    assert tenant.api("PATCH", path, {"options": {"passwordPolicy": "low"}}, token=narrow)[0] == 200


def test_a_connection_says_who_may_use_it(tenant):
    path = f"/connections/{tenant.connection_id}"
    assert tenant.api("GET", path + "/clients")[2] == {"clients": [{"client_id": tenant.client_id}]}
    assert tenant.api("PATCH", path, {"enabled_clients": []})[0] == 200
    assert tenant.api("GET", path + "/clients")[2] == {"clients": []}
    status, _, answer = tenant.api("POST", "/users", {"connection": tenant.connection, "email": "a@example.com",
                                                      "password": "Correct-Horse-7"})
    assert (status, answer["message"]) == (400, "Connection is disabled.")


def test_the_application_shows_its_grants_and_whether_it_trusts_the_ip_header(tenant):
    path = f"/clients/{tenant.client_id}"
    client = tenant.api("GET", path)[2]
    assert "http://auth0.com/oauth/grant-type/password-realm" in client["grant_types"]
    assert client["is_token_endpoint_ip_header_trusted"] is True and client["client_secret"] == tenant.client_secret
    narrow = tenant.api("GET", path, token=tenant.token("read:clients"))[2]
    assert "client_secret" not in narrow and "signing_keys" not in narrow
    tenant.options(grant_types=["client_credentials"], trust_forwarded_for=False,
                   token_endpoint_auth_method="none")
    client = tenant.api("GET", path + "?fields=grant_types,is_token_endpoint_ip_header_trusted",
                        token=tenant.token("read:clients"))[2]
    assert client == {"grant_types": ["client_credentials"], "is_token_endpoint_ip_header_trusted": False}
    assert tenant.api("GET", "/clients/nobody")[0] == 404


def test_client_grants_name_the_scopes(tenant):
    [grant] = tenant.api("GET", f"/client-grants?client_id={tenant.client_id}")[2]
    assert grant["audience"] == f"{tenant.url}/api/v2/" and "read:users" in grant["scope"]
    assert tenant.api("GET", "/client-grants?client_id=nobody")[2] == []
    assert tenant.api("GET", "/client-grants?include_totals=true")[2]["total"] == 1


def test_attack_protection_is_shown_as_set(tenant):
    tenant.options(brute_force_max_attempts=5, brute_force_mode="count_per_identifier", brute_force_block=False,
                   suspicious_ip_max_attempts=7, suspicious_ip_allowlist=["192.0.2.0/24"])
    assert tenant.api("GET", "/attack-protection/brute-force-protection")[2] == {
        "enabled": True, "shields": ["user_notification"], "allowlist": [], "mode": "count_per_identifier",
        "max_attempts": 5}
    shown = tenant.api("GET", "/attack-protection/suspicious-ip-throttling")[2]
    assert shown["stage"]["pre-login"] == {"max_attempts": 7, "rate": 864000}
    assert shown["allowlist"] == ["192.0.2.0/24"] and shown["shields"] == ["block", "admin_notification"]


def test_logs_are_paged_searched_and_followed(tenant):
    tenant.create()
    tenant.login()
    tenant.login(password="wrong")
    every = tenant.api("GET", "/logs")[2]
    assert [e["type"] for e in every][:3] == ["fp", "sepft", "s"]
    assert all(e["log_id"] and e["date"] and e["ip"] for e in every)
    assert [e["type"] for e in tenant.api("GET", "/logs?q=type:fp")[2]] == ["fp"]
    assert [e["type"] for e in tenant.api("GET", "/logs?q=type%3A%22fp%22")[2]] == ["fp"]
    page = tenant.api("GET", "/logs?per_page=1&page=1&include_totals=true")[2]
    assert page["total"] == len(every) and [e["type"] for e in page["logs"]] == ["sepft"]
    oldest = every[-1]["log_id"]
    followed = tenant.api("GET", f"/logs?from={oldest}&take=2")[2]
    assert [e["log_id"] for e in followed] == [e["log_id"] for e in every[-2:-4:-1]]
    assert tenant.api("GET", "/logs?q=user_id:x")[0] == 400


def test_no_password_is_in_the_log(tenant):
    secret = "Secret-In-No-Log-7"
    user = tenant.create(password=secret)
    tenant.login(password=secret)
    tenant.login(password=secret + "x")
    tenant.patch(user, password=secret + "y")
    assert secret not in str(tenant.events()) + str(tenant.requests()) + tenant.stderr()
