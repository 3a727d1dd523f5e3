"""The contract judge itself: it passes what Auth0 documents and names what it does not. No server."""
import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("jsonschema")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from contract import Contract, Exchange  # noqa: E402

USER = {"user_id": "auth0|1", "email": "a@example.org", "created_at": "2026-01-01T00:00:00.000Z",
        "identities": [{"connection": "c", "user_id": "1", "provider": "auth0", "isSocial": False}]}
LIMITS = {"x-ratelimit-limit": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}


@pytest.fixture(scope="module")
def contract():
    return Contract()


def exchange(method, target, status, answer=None, body=None, kind="application/json", token="Bearer x", **headers):
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = {"authorization": token} if token else {}
    if raw:
        asked["content-type"] = kind
    said = b"" if answer is None else answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    given = {"content-type": "application/json; charset=utf-8"} if said else {}
    return Exchange(method, target, asked, raw, status, {**given, **headers}, said)


def error(status, **more):
    return {"statusCode": status, "error": "Bad", "message": "why", **more}


def form(**fields):
    lines = []
    for name, value in fields.items():
        file = '; filename="u.json"\r\nContent-Type: application/octet-stream' if name == "users" else ""
        lines.append(f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n')
    return ("".join(lines) + "--x--\r\n").encode()


MULTIPART = "multipart/form-data; boundary=x"
JOB = {"id": "job_abcdefghijklmnop", "type": "users_import", "status": "pending", "connection": "c",
       "connection_id": "con_abcdefghijklmnop", "created_at": "2026-01-01T00:00:00.000Z"}

FINE = [
    exchange("POST", "/api/v2/users", 201, USER, {"connection": "c", "email": "a@example.org", "password": "x"}),
    exchange("GET", "/api/v2/users/auth0%7C1?fields=email,name&include_fields=true", 200, USER),
    exchange("GET", "/api/v2/users?page=0&per_page=100&include_totals=true", 200,
             {"start": 0, "limit": 100, "length": 1, "total": 1, "users": [USER]}),
    exchange("GET", "/api/v2/users-by-email?email=a%40example.org", 200, [USER]),
    exchange("DELETE", "/api/v2/users/auth0%7C1", 204),
    exchange("GET", "/api/v2/users/auth0%7C1", 404, error(404, errorCode="inexistent_user")),
    exchange("GET", "/api/v2/users/auth0%7C1", 429, error(429), **LIMITS),
    exchange("POST", "/api/v2/jobs/users-imports", 202, JOB, kind=MULTIPART, body=form(
        users='[{"email":"a@example.org"}]', connection_id="con_abcdefghijklmnop", upsert="false")),
]

BROKEN = [
    ("no such operation", exchange("PUT", "/api/v2/users/auth0%7C1", 200, USER, {})),
    ("no bearer token", exchange("GET", "/api/v2/users/auth0%7C1", 200, USER, token=None)),
    ("percent-encoded", exchange("GET", "/api/v2/users/auth0|1", 200, USER)),
    ("'connection' is a required", exchange("POST", "/api/v2/users", 201, USER, {"email": "a@example.org"})),
    ("password_hash", exchange("POST", "/api/v2/users", 201, USER, {"connection": "c", "password_hash": "x"})),
    ("is not a 'email'", exchange("POST", "/api/v2/users", 201, USER, {"connection": "c", "email": "nobody"})),
    ("occurs twice", exchange("POST", "/api/v2/users", 201, USER, b'{"connection":"c","connection":"d"}')),
    ("content type text/plain", exchange("POST", "/api/v2/users", 201, USER, {"connection": "c"}, "text/plain")),
    ("query per_page", exchange("GET", "/api/v2/users?per_page=101", 200, [])),
    ("query per_page", exchange("GET", "/api/v2/users?per_page=ten", 200, [])),
    ("page twice", exchange("GET", "/api/v2/users?page=0&page=1", 200, [])),
    ("unknown limit", exchange("GET", "/api/v2/users?limit=5", 200, [])),
    ("query lacks email", exchange("GET", "/api/v2/users-by-email", 200, [])),
    ("query fields", exchange("GET", "/api/v2/users-by-email?email=a&fields=password", 200, [])),
    ("a body where none", exchange("DELETE", "/api/v2/users/auth0%7C1", 204, body={})),
    ("status 404 is not documented", exchange("DELETE", "/api/v2/users/auth0%7C1", 404, error(404))),
    ("a body with 204", exchange("DELETE", "/api/v2/users/auth0%7C1", 204, {})),
    ("email_verified", exchange("GET", "/api/v2/users/auth0%7C1", 200, {**USER, "email_verified": "yes"})),
    ("email", exchange("GET", "/api/v2/users/auth0%7C1", 200, {**USER, "email": None})),
    ("(body)", exchange("GET", "/api/v2/users", 200, USER)),
    ("not JSON", exchange("GET", "/api/v2/users", 200, b"<html>")),
    ("statusCode", exchange("GET", "/api/v2/users", 400, error(401))),
    ("lacks message", exchange("GET", "/api/v2/users", 400, {"statusCode": 400, "error": "Bad"})),
    ("429 without x-ratelimit-reset", exchange("GET", "/api/v2/users", 429, error(429))),
    ("users[1] email", exchange("POST", "/api/v2/jobs/users-imports", 202, JOB, kind=MULTIPART, body=form(
        users='[{"email":"a@example.org"},{"email":7}]', connection_id="con_abcdefghijklmnop"))),
    ("connection_id", exchange("POST", "/api/v2/jobs/users-imports", 202, JOB, kind=MULTIPART, body=form(
        users='[]', connection_id="nonsense"))),
    ("512000", exchange("POST", "/api/v2/jobs/users-imports", 202, JOB, kind=MULTIPART, body=form(
        users="[" + " " * 512_000 + "]", connection_id="con_abcdefghijklmnop"))),
]


@pytest.mark.parametrize("fine", FINE, ids=str)
def test_what_auth0_documents_passes(contract, fine):
    assert contract.judge(fine) == []


@pytest.mark.parametrize("words, broken", BROKEN, ids=lambda value: str(value)[:50])
def test_what_it_does_not_is_named(contract, words, broken):
    problems = contract.judge(broken)
    assert any(words in problem for problem in problems), problems


def test_a_lenient_judge_lets_bad_requests_be_refused_but_not_taken(contract):
    bad = {"connection": "c", "email": "nobody"}
    refused = exchange("POST", "/api/v2/users", 400, error(400), bad)
    taken = exchange("POST", "/api/v2/users", 201, USER, bad)
    assert contract.judge(refused, strict_requests=False) == []
    assert contract.judge(taken, strict_requests=False)
    refused.request_headers["user-agent"] = "auth0db/0.2.0"
    assert contract.judge(refused, strict_requests=False), "our own client sends nothing invalid, ever"
