"""The control surface: faults, clock, counts. What docs/sandbox.md promises."""
import hashlib
import http.client
import json
import socket
import threading
import time
import urllib.error
from urllib.parse import urlsplit

import pytest
from conftest import GOOD


def broken(tenant, method, path, body=None):
    """Asks, and expects the connection to break."""
    with pytest.raises((http.client.HTTPException, ConnectionError, urllib.error.URLError)):
        tenant.ask(method, path, body)


def test_a_fault_strikes_what_it_matches_and_as_often_as_it_says(tenant):
    tenant.fault(method="GET", path="/api/v2/users", status=503, count=2)
    assert tenant.api("GET", "/connections")[0] == 200
    assert [tenant.api("GET", "/users")[0] for _ in range(3)] == [503, 503, 200]
    assert tenant.control("GET", "/faults") == {"faults": []}


def test_a_fault_without_a_count_stays_until_it_is_cleared(tenant):
    made = tenant.fault(path="/oauth/token", status=500)
    assert tenant.control("GET", "/faults")["faults"] == [{"path": "/oauth/token", "status": 500, "id": made["id"]}]
    assert [tenant.login()[0] for _ in range(3)] == [500] * 3
    tenant.control("DELETE", "/faults")
    assert tenant.login()[0] == 403


def test_a_status_comes_with_the_body_of_its_api(tenant):
    limits = {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    tenant.fault(status=429, headers={"Retry-After": "7", **limits})
    status, headers, answer = tenant.ask("GET", "/api/v2/users")
    assert (status, answer["errorCode"], headers["retry-after"]) == (429, "too_many_requests", "7")
    assert tenant.login()[1]["error"] == "too_many_requests"


def test_a_body_can_be_given(tenant):
    tenant.fault(status=418, body='{"short": "stout"}')
    assert tenant.login() == (418, {"short": "stout"})


def test_html_and_empty_and_malformed_and_huge(tenant):
    tenant.create()
    for kind in ("html", "empty", "malformed", "huge"):
        tenant.fault(path="/oauth/token", kind=kind, count=1)
    status, headers, answer = tenant.ask("POST", "/oauth/token", {})
    assert status == 502 and headers["content-type"] == "text/html" and answer.startswith("<html>")
    assert tenant.ask("POST", "/oauth/token", {})[::2] == (200, None)
    status, headers, answer = tenant.ask("POST", "/oauth/token", {})
    assert status == 200 and headers["content-type"].startswith("application/json") and isinstance(answer, str)
    status, headers, answer = tenant.ask("POST", "/oauth/token", {})
    assert status == 200 and int(headers["content-length"]) == len(answer) >= 20 * 1024 * 1024
    assert tenant.login()[0] == 200


def test_a_true_answer_can_be_cut_in_half(tenant):
    tenant.create()
    tenant.fault(path="/oauth/token", kind="malformed", execute=True, count=1)
    status, answer = tenant.login()
    assert status == 200 and isinstance(answer, str) and answer.startswith('{"access_token"')


def test_a_connection_can_be_dropped_before_anything_happened(tenant):
    tenant.token()
    tenant.fault(method="POST", path="/api/v2/users", drop=True, count=1)
    tenant._token = tenant.token()
    broken(tenant, "POST", "/api/v2/users", {})
    assert tenant.api("GET", "/users")[2] == []


def test_an_answer_can_be_lost_after_the_commit(tenant):
    tenant._token = tenant.token()
    tenant.fault(method="POST", path="/api/v2/users", drop=True, execute=True, count=1)
    with pytest.raises((http.client.HTTPException, ConnectionError, urllib.error.URLError)):
        tenant.create()
    assert [u["email"] for u in tenant.api("GET", "/users")[2]] == ["bob@example.com"]
    last = tenant.requests()["requests"][-2]
    assert (last["method"], last["status"]) == ("POST", 0)


@pytest.mark.parametrize("at", [0, 1, 30])
def test_an_answer_can_be_cut_at_a_byte(tenant, at):
    tenant.fault(path="/.well-known/jwks.json", cut_at=at, count=1)
    connection = http.client.HTTPConnection(urlsplit(tenant.url).netloc, timeout=10)
    connection.request("GET", "/.well-known/jwks.json")
    answer = connection.getresponse()
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    assert len(cut.value.partial) == at
    connection.close()


def test_a_delay_holds_up_that_request_alone(tenant):
    tenant.fault(path="/.well-known/jwks.json", delay_ms=2500, count=1)
    done = []
    slow = threading.Thread(target=lambda: done.append(tenant.ask("GET", "/.well-known/jwks.json")[0]))
    started = time.monotonic()
    slow.start()
    tenant.until_no_fault_is_left()
    assert tenant.ask("GET", "/.well-known/openid-configuration")[0] == 200
    assert done == []
    slow.join()
    assert done == [200] and time.monotonic() - started >= 2.5


def test_a_reset_ends_what_a_fault_still_delays(tenant):
    """Else it would be carried out and counted long after, in the middle of another test."""
    tenant._token, answers = tenant.token(), []
    tenant.fault(method="POST", path="/api/v2/users", delay_ms=20000, count=1)

    def create():
        try:
            answers.append(tenant.create())
        except (http.client.HTTPException, ConnectionError, urllib.error.URLError):
            answers.append("cut")

    slow = threading.Thread(target=create)
    slow.start()
    tenant.until_no_fault_is_left()
    tenant.control("POST", "/reset")
    slow.join()
    assert answers == ["cut"]
    assert tenant.requests()["counts"] == {}
    assert tenant.api("GET", "/users")[2] == []


@pytest.mark.parametrize("bad", [
    {"status": 99}, {"count": 0}, {"delay_ms": -1}, {"kind": "funny"}, {"nonsense": 1}, {"path": "x"}, {"drop": 1},
    {"headers": {"A": "b\r\nC: d"}}, {"cut_at": -1}, {"body": 7}])
def test_a_fault_that_makes_no_sense_is_refused(tenant, bad):
    status, _, answer = tenant.ask("POST", "/sandbox/faults", bad)
    assert status == 400 and answer["where"] == list(bad)[0] and answer["error"]


def test_the_control_surface_itself_never_fails_on_purpose(tenant):
    tenant.fault(status=500)
    assert tenant.ask("GET", "/sandbox/options")[0] == 200


def test_requests_are_counted_by_route_and_by_connection(tenant):
    tenant.control("DELETE", "/requests")
    connection = http.client.HTTPConnection(urlsplit(tenant.url).netloc, timeout=10)
    for path in ("/.well-known/jwks.json", "/api/v2/users/auth0%7Cx", "/api/v2/users/auth0%7Cy", "/nowhere"):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    seen = tenant.requests()
    assert seen["total"] == 4 and seen["connections"] == 1
    assert seen["counts"] == {"GET /.well-known/jwks.json": 1, "GET /api/v2/users/{id}": 2, "unknown": 1}
    assert [r["status"] for r in seen["requests"]] == [200, 401, 401, 404]
    assert len({r["connection"] for r in seen["requests"]}) == 1


def test_a_warm_connection_carries_many_logins(tenant):
    tenant.create()
    tenant.options(same_user_limit=False)
    tenant.control("DELETE", "/requests")
    body = json.dumps({"grant_type": "http://auth0.com/oauth/grant-type/password-realm", "username": "bob@example.com",
                       "realm": tenant.connection, "client_id": tenant.client_id, "password": GOOD,
                       "client_secret": tenant.client_secret})
    connection = http.client.HTTPConnection(urlsplit(tenant.url).netloc, timeout=10)
    for _ in range(50):
        connection.request("POST", "/oauth/token", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()
    connection.close()
    seen = tenant.requests()
    assert (seen["total"], seen["connections"]) == (50, 1)


def test_the_clock_only_goes_on(tenant):
    before = tenant.control("GET", "/clock")
    assert before["advanced_ms"] == 0
    after = tenant.control("POST", "/clock", {"seconds": 90})
    assert after["advanced_ms"] == 90000 and after["now"] > before["now"]
    for bad in ({}, {"seconds": -1}, {"ms": "1"}, {"seconds": 10**12}):
        assert tenant.ask("POST", "/sandbox/clock", bad)[0] == 400
    assert tenant.create()["created_at"] >= after["now"]


def test_options_change_all_or_nothing(tenant):
    before = tenant.control("GET", "/options")
    for bad in ({"nonsense": 1}, {"tier": "gold"}, {"bcrypt_cost": 3}, {"bcrypt_cost": "10"}, {"mfa_required": 1},
                {"grant_types": "password"}, {"scopes": [1]}, {"connection_options": {"passwordPolicy": "strict"}},
                {"connection_enabled": 1}, {"action_denies": "x" * 300}):
        assert tenant.ask("PATCH", "/sandbox/options", {"search_lag_ms": 7, **bad})[0] == 400, bad
    assert tenant.control("GET", "/options") == before
    changed = tenant.options(search_lag_ms=7, connection_options={"passwordPolicy": "low"})
    assert changed["search_lag_ms"] == 7 and changed["connection_options"]["passwordPolicy"] == "low"


def test_every_option_can_be_read_and_written_back(tenant):
    options = tenant.control("GET", "/options")
    assert len(options) > 25
    assert tenant.options(**options) == options


def test_flags_of_a_user(tenant):
    user = tenant.create()
    assert tenant.flag(user, mfa=True, deny="no", leaked=True, blocked=True) == {
        "user_id": user["user_id"], "connection": tenant.connection, "mfa": True, "deny": "no", "leaked": True,
        "blocked": True, "has_password": True, "has_imported_hash": False, "made_by": "api"}
    assert tenant.user(user["user_id"])["blocked"] is True
    assert "mfa" not in tenant.user(user["user_id"])
    path = f"/sandbox/users/{user['user_id'].replace('|', '%7C')}"
    for bad in ({"nonsense": True}, {"mfa": "yes"}, {"deny": True}):
        assert tenant.ask("PATCH", path, bad)[0] == 400
    assert tenant.ask("GET", "/sandbox/users/nobody")[0] == 404


def test_an_imported_hash_works_and_becomes_bcrypt_at_the_first_login(tenant):
    user = tenant.create()
    digest = hashlib.sha256(b"salt" + b"Imported-1").hexdigest()
    flags = tenant.flag(user, custom_password_hash={
        "algorithm": "sha256", "hash": {"value": digest, "encoding": "hex"}, "salt": {"value": "salt"}})
    assert (flags["has_imported_hash"], flags["has_password"]) == (True, False)
    assert tenant.login()[0] == 403
    assert tenant.control("GET", f"/users/{user['user_id'].replace('|', '%7C')}")["has_imported_hash"] is True
    assert tenant.login(password="Imported-1")[0] == 200
    flags = tenant.control("GET", f"/users/{user['user_id'].replace('|', '%7C')}")
    assert (flags["has_imported_hash"], flags["has_password"]) == (False, True)
    assert tenant.login(password="Imported-1")[0] == 200
    tenant.flag(user, password_hash="$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")
    assert tenant.login(password="Imported-1")[0] == 403
    path = f"/sandbox/users/{user['user_id'].replace('|', '%7C')}"
    status, _, answer = tenant.ask("PATCH", path, {"custom_password_hash": {"algorithm": "rot13"}})
    assert status == 400 and answer["where"].startswith("custom_password_hash")


def test_a_ready_token_with_chosen_scopes(tenant):
    made = tenant.control("POST", "/token", {"scope": "read:users", "lifetime_s": 60})
    assert made["scope"] == "read:users" and made["expires_in"] == 60
    assert tenant.api("GET", "/users", token=made["access_token"])[0] == 200
    assert tenant.api("DELETE", "/users/x", token=made["access_token"])[0] == 403
    tenant.control("POST", "/clock", {"seconds": 61})
    assert tenant.api("GET", "/users", token=made["access_token"])[0] == 401


def test_reset_forgets_everything_but_who_we_are(tenant):
    tenant.create()
    tenant.api("POST", "/connections", {"name": "second", "strategy": "auth0"})
    tenant.options(tier="free", connection_options={"requires_username": True}, connection_enabled=False)
    tenant.control("POST", "/clock", {"seconds": 5})
    tenant.fault(path="/oauth/token", status=500)
    tenant.control("POST", "/reset")
    assert tenant.control("GET", "")["client_id"] == tenant.client_id
    assert tenant.control("GET", "/faults") == {"faults": []}
    assert tenant.control("GET", "/clock")["advanced_ms"] == 0
    options = tenant.control("GET", "/options")
    assert options["tier"] == "generous" and options["connection_enabled"] is True
    assert "requires_username" not in options["connection_options"]
    assert tenant.api("GET", "/users")[2] == [] and len(tenant.api("GET", "/connections")[2]) == 1
    assert tenant.api("GET", "/connections")[2][0]["id"] == tenant.connection_id


def test_a_web_page_cannot_steer_it(tenant):
    assert tenant.ask("GET", "/sandbox/options", None, {"Origin": "https://evil.example"})[0] == 403
    assert tenant.ask("GET", "/sandbox/options", None, {"Host": "evil.example"})[0] == 403
    assert tenant.ask("GET", "/sandbox/options", None, {"Host": "127.0.0.1.evil.example"})[0] == 403
    assert tenant.ask("GET", "/sandbox/options", None, {"Host": "localhost.evil.example:80"})[0] == 403


def test_unknown_control_calls_are_404(tenant):
    assert tenant.ask("GET", "/sandbox/nonsense")[0] == 404
    assert tenant.ask("DELETE", "/sandbox/options")[0] == 404
    assert socket.create_connection(urlsplit(tenant.url).netloc.split(":"), 5).close() is None
