"""What our client sends and what the sandbox answers is what Auth0's Management API description allows."""
import importlib.util
import json
import os
import subprocess
import sys
import uuid
from collections import Counter

import pytest

pytest.importorskip("jsonschema")
from contract_proxy import ContractProxy, ContractViolation  # noqa: E402
from contract_sandbox import link  # noqa: E402
from sandbox import BUILD, ROOT, Sandbox  # noqa: E402

PASSWORD = "Correct-horse-7"
DEBIAN_PYTHON = "/usr/bin/python3"


class Through(Sandbox):
    """The sandbox as the proxy shows it."""

    def __init__(self, proxy, info):
        self.info = {**info, "url": proxy.url}
        self.context = None


@pytest.fixture
def lenient(sandbox):
    with ContractProxy(sandbox.url, strict_requests=False) as proxy:
        yield Through(proxy, sandbox.info)
    proxy.raise_problems()


def new_email():
    return f"{uuid.uuid4().hex}@example.org"


def test_the_life_of_a_user(lenient):
    email = new_email()
    status, _, user = lenient.api("POST", "/users", {
        "connection": lenient.connection, "email": email, "password": PASSWORD, "user_id": uuid.uuid4().hex,
        "given_name": "Zoë", "family_name": "B", "name": "Zoë B", "nickname": "z", "verify_email": False,
        "email_verified": True, "picture": "https://example.org/z.png", "user_metadata": {"a": [1, {"b": None}]},
        "app_metadata": {"c": True}})
    assert status == 201
    assert lenient.grant(email, PASSWORD)[0] == 200  # last_login, last_ip and logins_count appear
    path = f"/users/{user['user_id'].replace('|', '%7C')}"
    after = lenient.api("GET", path)[2]
    assert after["logins_count"] == 1 and after["last_login"] and after["last_ip"]
    assert lenient.api("GET", path + "?fields=email,user_id&include_fields=true")[2] == {
        "email": email, "user_id": user["user_id"]}
    assert "email" not in lenient.api("GET", path + "?fields=email&include_fields=false")[2]
    assert lenient.api("GET", f"/users-by-email?email={email}")[2][0]["user_id"] == user["user_id"]
    for query in ("", "?include_totals=true", "?page=0&per_page=1", "?sort=created_at:-1&search_engine=v3",
                  f"?q=email:%22{email}%22&search_engine=v3&include_totals=true&primary_order=false",
                  "?fields=user_id&include_fields=true"):
        assert lenient.api("GET", "/users" + query)[0] == 200, query
    for change in ({"given_name": None}, {"blocked": True}, {"blocked": False}, {"password": "Another-horse-8"},
                   {"email": new_email(), "email_verified": False}, {"user_metadata": {"a": None, "d": 1}},
                   {"app_metadata": {}}):
        assert lenient.api("PATCH", path, change)[0] == 200, change
    assert lenient.api("GET", "/user-blocks?identifier=" + email)[0] == 200
    assert lenient.api("GET", path.replace("/users", "/user-blocks"))[0] == 200
    assert lenient.api("DELETE", path.replace("/users", "/user-blocks"))[0] == 204
    assert lenient.api("DELETE", path)[0] == 204
    assert lenient.api("DELETE", path)[0] == 204
    assert lenient.api("GET", path)[0] == 404


def test_connections_and_settings(lenient):
    for query in ("", "?name=" + lenient.connection, "?name=none", "?strategy=auth0&strategy=waad",
                  "?include_totals=true&page=0&per_page=10", "?take=5", "?fields=name,id&include_fields=true"):
        assert lenient.api("GET", "/connections" + query)[0] == 200, query
    for path in (f"/connections/{lenient.connection_id}", f"/clients/{lenient.client_id}",
                 "/attack-protection/brute-force-protection", "/attack-protection/suspicious-ip-throttling"):
        assert lenient.api("GET", path)[0] in (200, 404), path


def test_tickets(lenient):
    email = new_email()
    user = lenient.api("POST", "/users", {"connection": lenient.connection, "email": email, "password": PASSWORD})[2]
    by_id, by_email = {"user_id": user["user_id"]}, {"email": email, "connection_id": lenient.connection_id}
    for more in ({}, {"ttl_sec": 0}, {"ttl_sec": 60, "mark_email_as_verified": True}, {"result_url": "https://a.example/b"},
                 {"client_id": lenient.client_id, "includeEmailInRedirect": False}):
        assert lenient.api("POST", "/tickets/password-change", {**by_id, **more})[0] == 201, more
        assert lenient.api("POST", "/tickets/password-change", {**by_email, **more})[0] == 201, more
    identity = {"user_id": user["user_id"].partition("|")[2], "provider": "auth0", "connection_id": lenient.connection_id}
    for path in ("/tickets/password-change", "/tickets/email-verification"):
        assert lenient.api("POST", path, {**by_id, "identity": identity})[0] == 201
        for bad in ({}, [], None, {"user_id": 7}, {"user_id": "nobar"}, {**by_id, "ttl_sec": -1}, {**by_id, "ttl_sec": "1"},
                    {**by_id, "result_url": "no url"}, {**by_id, "x": 1}, {**by_id, "organization_id": "org"},
                    {**by_id, "client_id": ""}, {**by_id, "identity": {}}, {**by_id, "includeEmailInRedirect": 1}):
            assert lenient.api("POST", path, json.dumps(bad).encode())[0] == 400, bad
        assert lenient.api("POST", path, {"user_id": "auth0|nobody"})[0] == 404
        assert lenient.api("POST", path, by_id, token=lenient.token("read:users"))[0] == 403


BAD_USERS = [
    {}, [], None, "x", {"connection": ""}, {"connection": 7}, {"connection": "none", "email": "a@example.org"},
    *({"connection": "C", "email": "a@example.org", "password": PASSWORD, **more} for more in (
        {"email": "nobody"}, {"email": "@example.org"}, {"email": None}, {"email": "a b@example.org"},
        {"password": ""}, {"password": None}, {"password": ["x"]}, {"given_name": ""}, {"given_name": "x" * 151},
        {"name": "x" * 301}, {"nickname": ""}, {"picture": "no uri"}, {"user_id": "a b"}, {"user_id": "x" * 256},
        {"username": "x" * 129}, {"email_verified": "yes"}, {"blocked": 1}, {"phone_number": "12"},
        {"user_metadata": []}, {"app_metadata": "x"}, {"password_hash": "$2b$10$x"}, {"__proto__": {}}, {"": 1})),
]


def test_what_the_contract_forbids_is_refused(lenient):
    """A lenient proxy counts an invalid request that is *taken* as a breach, so this compares every answer."""
    for body in BAD_USERS:
        if isinstance(body, dict) and body.get("connection") == "C":
            body = {**body, "connection": lenient.connection}
        raw = json.dumps(body).encode()
        assert 400 <= lenient.api("POST", "/users", raw)[0] < 500, body
    for raw in (b"", b"{", b'{"connection":"a","connection":"b"}', b"\xff\xfe", b"[" * 5000):
        assert 400 <= lenient.api("POST", "/users", raw)[0] < 500, raw[:40]
    for query in ("?per_page=101", "?per_page=-1", "?page=-1", "?page=x", "?sort=email", "?include_totals=maybe",
                  "?search_engine=v9", "?page=11&per_page=100"):
        assert lenient.api("GET", "/users" + query)[0] == 400, query
    for path in ("/users-by-email", "/users-by-email?email=a%40b.c&fields=password",
                 "/connections?per_page=0", "/connections?take=101", "/user-blocks"):
        assert lenient.api("GET", path)[0] == 400, path
    status, _, user = lenient.api("POST", "/users", {"connection": lenient.connection, "email": new_email(),
                                                     "password": PASSWORD})
    path = f"/users/{user['user_id'].replace('|', '%7C')}"
    for change in ({"email": "nobody"}, {"given_name": ""}, {"password": ""}, {"blocked": "yes"},
                   {"user_metadata": 7}, {"email_verified": None}, {"password": PASSWORD, "email": new_email()}, []):
        assert lenient.api("PATCH", path, change)[0] == 400, change


def test_errors_have_auth0s_envelope(lenient):
    nobody = "/users/auth0%7Cnobody"
    assert lenient.api("GET", nobody)[0] == 404
    assert lenient.api("PATCH", nobody, {"name": "x"})[0] == 404
    assert lenient.api("GET", nobody, token="no.such.token")[0] == 401
    assert lenient.ask("GET", "/api/v2" + nobody)[0] == 401
    assert lenient.api("DELETE", nobody, token=lenient.token("read:users"))[0] == 403
    email = new_email()
    for want in (201, 409):
        assert lenient.api("POST", "/users", {"connection": lenient.connection, "email": email,
                                              "password": PASSWORD})[0] == want


def test_the_proxy_raises_on_a_breach(sandbox):
    with ContractProxy(sandbox.url) as proxy:
        through = Through(proxy, sandbox.info)
        assert through.api("GET", "/users?per_page=101")[0] == 400
    with pytest.raises(ContractViolation, match="per_page"):
        proxy.raise_problems()


def load_extension():
    """Without the package around it, which needs Django."""
    path = next((BUILD / "python").glob("_native*.so"))
    spec = importlib.util.spec_from_file_location("auth0db._native", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_our_client_sends_nothing_else(sandbox):
    native = load_extension()
    with ContractProxy(sandbox.url) as proxy:
        client = native.Client(domain=proxy.url, client_id=sandbox.client_id, client_secret=sandbox.client_secret,
                               connection=sandbox.connection)
        email, wanted = new_email(), f"auth0|{uuid.uuid4().hex[:24]}"
        create = {"user_id": wanted, "email": email, "password": PASSWORD.encode(), "given_name": "Zoë",
                  "family_name": "x" * 400, "email_verified": True}
        assert client.user_create(**create)[0] == "ok"
        assert client.user_create(**create)[0] == "exists"
        assert client.user_create(**{**create, "email": "a|b/../c?d#e@example.org", "user_id": wanted + "0"})[0]
        assert client.user_get(wanted)[1]["email"] == email
        for odd in ("auth0|none", "auth0|a/../b", "auth0|%2e%2e?x=1#y", "auth0|é"):
            client.user_get(odd)
        assert client.user_set_password(wanted, b"Another-horse-8")[0] == "ok"
        assert [user["user_id"] for user in client.users_by_email(email.upper())[1]] == [wanted]
        client.users_by_email("x&fields=password#@example.org")
        assert client.connection()[0] == "ok" and client.application()[0] == "ok" and client.scopes()[0] == "ok"
        assert client.grant(email, b"Another-horse-8")[0] == "ok"
    proxy.raise_problems()


# What makes the app talk to the tenant; the other files are about Django's side, at length.
DJANGO = ["test_login.py", "test_forms.py", "test_commands.py", "test_site_checks.py"]


def test_the_django_app_keeps_the_contract(tmp_path):
    """Its own suite, unchanged, with the proxy before the sandbox that it starts. (tests/sandbox judges its own.)"""
    build, summaries = tmp_path / "build", tmp_path / "summaries"
    build.mkdir()
    summaries.mkdir()
    environment = {**os.environ, **link(build, BUILD, sys.executable, summaries)}
    environment.setdefault("PYTHONPATH", str(ROOT / "python"))
    done = subprocess.run([DEBIAN_PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           *(ROOT / "tests" / "django" / name for name in DJANGO)],
                          env=environment, capture_output=True, text=True, timeout=500)
    found = [json.loads(path.read_text()) for path in summaries.iterdir()]
    problems = [problem for summary in found for problem in summary["problems"]]
    counts = sum((Counter(summary["counts"]) for summary in found), Counter())
    assert not problems, f"{len(problems)} breaches:\n" + "\n".join(dict.fromkeys(problems[:40]))
    assert done.returncode == 0, done.stdout[-3000:]
    assert counts["judged"] > 100, counts
