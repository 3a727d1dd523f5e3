"""A stranger at the sandbox's door: garbage, lies about length, floods, forged tokens, injections. Whatever comes in,
the sandbox answers or hangs up, soon, stays alive, and never says 5xx."""
import base64
import hashlib
import hmac
import json
import os
import random
import re
import socket
import string
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sandbox import Sandbox  # noqa: E402

SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))
PASSWORD = "Correct-horse-7"
# A sanitizer keeps what was freed, to see who comes back to it
MEMORY_KB = 2_000_000 if "ASAN_OPTIONS" in os.environ else 200_000


@pytest.fixture(scope="module")
def tenant():
    with Sandbox("--quiet") as running:
        assert running.ask("PATCH", "/sandbox/options", {"bcrypt_cost": 4})[0] == 200
        yield running
        assert running.alive(), running.stderr()
        assert running.stop() == 0, running.stderr()


@pytest.fixture(autouse=True)
def still_well(tenant):
    yield
    assert tenant.alive(), tenant.stderr()
    started = time.monotonic()
    assert tenant.ask("GET", "/.well-known/jwks.json", timeout=5)[0] == 200
    assert time.monotonic() - started < 2
    memory = next(line for line in Path(f"/proc/{tenant.process.pid}/status").read_text().splitlines()
                  if line.startswith("VmRSS"))
    assert int(memory.split()[1]) < MEMORY_KB, memory


def connect(tenant):
    host, port = tenant.host.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def say(tenant, raw, half_close=True):
    """What the sandbox answers to these bytes before it hangs up; b"" where it says nothing."""
    answer = b""
    with connect(tenant) as wire:
        try:
            wire.sendall(raw)
            if half_close:
                wire.shutdown(socket.SHUT_WR)
            while chunk := wire.recv(65536):
                answer += chunk
        except OSError:
            pass  # it hung up on us in the middle, as it may
    return answer


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def bearer(tenant):
    return f"Authorization: Bearer {tenant.token()}\r\n".encode()


GARBAGE = [
    b"", b"\r\n" * 50, b"\0" * 100, b"\xff" * 5000, b"GET", b"GET /\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 300,  # TLS to plain HTTP
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n: no name\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%c0%af HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /" + b"a/" * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/api/v2/users HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"A" * 40 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", b"HEAD /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /?" + b"a=b&" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{}",  # and no more
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n\x1f\x8b",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
    b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nExpect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}",
]


@pytest.mark.parametrize("raw", GARBAGE, ids=lambda raw: repr(raw[:48]))
def test_garbage_is_refused_or_dropped(tenant, raw):
    answer = say(tenant, raw)
    assert all(status < 500 or status in (501, 505) for status in statuses(answer)), answer[:300]
    assert b"evil.example" not in answer and b"root:" not in answer


def test_random_bytes(tenant):
    rng = random.Random(SEED)
    for _ in range(200):
        head = rng.choice([b"", b"GET / HTTP/1.1\r\n", b"POST /api/v2/users HTTP/1.1\r\nContent-Length: 64\r\n\r\n"])
        answer = say(tenant, head + rng.randbytes(rng.randrange(400)))
        assert all(status < 500 or status in (501, 505) for status in statuses(answer)), answer[:300]


def test_a_message_with_two_lengths_is_not_two_messages(tenant):
    """Request smuggling: what follows a body with both lengths must not be served as a request of its own."""
    smuggled = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n"
    raw = (b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled)
    answer = say(tenant, raw)
    assert b'"keys"' not in answer or len(statuses(answer)) <= 2
    raw = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(smuggled) + smuggled
    assert b'"keys"' not in say(tenant, raw)


def test_pipelined_requests_are_answered_in_order(tenant):
    one = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert statuses(say(tenant, one * 20 + two, half_close=False)) == [200] * 20 + [404]


@pytest.mark.parametrize("declared", [True, False], ids=["content-length", "chunked"])
def test_a_huge_body_is_refused_before_it_is_read(tenant, declared):
    size = 60 * 1024 * 1024
    head = b"POST /api/v2/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + bearer(tenant)
    head += b"Content-Length: %d\r\n\r\n" % size if declared else b"Transfer-Encoding: chunked\r\n\r\n"
    block = b"x" * 65536
    sent, answer = 0, b""
    started = time.monotonic()
    with connect(tenant) as wire:
        try:
            wire.sendall(head)
            while sent < size:
                wire.sendall(block if declared else b"10000\r\n" + block + b"\r\n")
                sent += len(block)
            wire.sendall(b"" if declared else b"0\r\n\r\n")
            answer = wire.recv(4096)
        except (ConnectionResetError, BrokenPipeError):
            try:
                answer = wire.recv(4096)
            except OSError:
                pass
    assert time.monotonic() - started < 15
    assert statuses(answer) in ([413], []), answer[:200]


def test_many_small_chunks_are_one_body(tenant):
    body = json.dumps({"grant_type": "client_credentials", "client_id": "x" * 900, "client_secret": "y"}).encode()
    raw = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw += b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert statuses(say(tenant, raw)) in ([401], [403])


def test_slow_senders_do_not_hold_up_the_others(tenant):
    """50 connections that dribble a header for ever, while real requests go through."""
    wires = [connect(tenant) for _ in range(50)]
    try:
        for wire in wires:
            wire.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        for _ in range(5):
            for wire in wires:
                wire.sendall(b" ")
            started = time.monotonic()
            assert tenant.ask("GET", "/.well-known/jwks.json", timeout=5)[0] == 200
            assert time.monotonic() - started < 1
    finally:
        for wire in wires:
            wire.close()


def test_more_connections_than_it_takes(tenant):
    """Beyond its limit it may hang up; when the crowd has gone it serves again."""
    wires = []
    try:
        for _ in range(700):
            wires.append(connect(tenant))
    except OSError:
        pass
    finally:
        for wire in wires:
            wire.close()
    deadline = time.monotonic() + 10
    while True:
        try:
            assert tenant.ask("GET", "/.well-known/jwks.json", timeout=2)[0] == 200
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_clients_that_hang_up_before_the_answer(tenant):
    request = b"GET /api/v2/users HTTP/1.1\r\nHost: x\r\n" + bearer(tenant) + b"\r\n"
    for _ in range(200):
        with connect(tenant) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset, not close
            wire.sendall(request)


# ---- tokens

def encode(part):
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def person(tenant):
    email = f"{os.urandom(6).hex()}@example.org"
    status, _, user = tenant.api("POST", "/users", {"connection": tenant.connection, "email": email,
                                                    "password": PASSWORD})
    assert status == 201, user
    return user


def test_forged_tokens_open_nothing(tenant, person):
    head, claims, signature = tenant.token().split(".")
    header, content = decode(head), decode(claims)
    key = tenant.ask("GET", "/.well-known/jwks.json")[2]["keys"][0]
    grown = encode({**content, "scope": content.get("scope", "") + " everything"})
    status, answer = tenant.grant(person["email"], PASSWORD)
    assert status == 200

    def hs256(secret):
        signed = f"{encode({**header, 'alg': 'HS256'})}.{claims}"
        return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
    forged = [
        "", ".", "..", "...", "a.b.c", head, f"{head}.{claims}", f"{head}.{claims}.", f"{head}.{claims}.{signature}.",
        f"{head}.{claims}.{signature[:-4]}", f"{head}.{claims}.{signature}AA", f"{head}.{grown}.{signature}",
        f"{encode({'alg': 'none'})}.{claims}.", f"{encode({**header, 'alg': 'none'})}.{claims}.{signature}",
        f"{encode({**header, 'alg': 'NoNe'})}.{claims}.", f"{encode({**header, 'alg': None})}.{claims}.{signature}",
        f"{encode({**header, 'alg': 'RS512'})}.{claims}.{signature}",
        f"{encode({**header, 'kid': '../../dev/null'})}.{claims}.{signature}",
        f"{encode({**header, 'kid': 7})}.{claims}.{signature}", f"{encode(b'[]')}.{claims}.{signature}",
        f"{encode({**header, 'jwk': key, 'jku': 'http://evil.example'})}.{claims}.{signature}",
        f"{head}.{encode(b'{')}.{signature}", f"{head}.{encode(b'[' * 5000)}.{signature}",
        hs256(json.dumps(key).encode()), hs256(base64.urlsafe_b64decode(key["n"] + "==")), hs256(b""),
        hs256(tenant.client_secret.encode()), "x" * 30_000, "é", f"{head} .{claims}.{signature}",
        answer["access_token"], answer["id_token"],  # a person's tokens are no administrator's
    ]
    for token in forged:
        raw = f"GET /api/v2/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        assert statuses(say(tenant, raw.encode())) in ([401], [403], [431], [400]), token[:80]
    for scheme in ("Basic", "bearerx", "Token"):
        raw = f"GET /api/v2/users HTTP/1.1\r\nHost: x\r\nAuthorization: {scheme} {tenant.token()}\r\n\r\n"
        assert statuses(say(tenant, raw.encode())) == [401]


def test_an_expired_token_is_refused(tenant):
    short = tenant.control("POST", "/token", {"lifetime_s": 60})["access_token"]
    assert tenant.api("GET", "/users", token=short)[0] == 200
    tenant.control("POST", "/clock", {"seconds": 61})
    assert tenant.api("GET", "/users", token=short)[0] == 401


def test_a_management_token_reads_nobodys_profile(tenant):
    assert tenant.ask("GET", "/userinfo", headers={"Authorization": f"Bearer {tenant.token()}"})[0] in (401, 403)


# ---- words that mean something to somebody

INJECTIONS = ["'", "''", "\"", "\\", "' OR '1'='1", "'; DROP TABLE users; --", "\" OR \"\"=\"", "%' OR 1=1 --", "_", "%",
              "*", "?", "(((((", ")))", "a AND", "NOT", "[a TO", "{1 TO 2]", "/.*/", "\u202e", "😀", "\u0000x", "..",
              "email:\"x\" OR *", "_exists_:email", "user_id:*", "a:b:c:d", "\"unclosed", "\\u0000", "x" * 3000]


@pytest.mark.parametrize("text", INJECTIONS, ids=lambda text: repr(text[:24]))
def test_injections_are_only_text(tenant, person, text):
    quoted = urllib.parse.quote(text, safe="")
    before = tenant.api("GET", f"/users/{urllib.parse.quote(person['user_id'])}")
    for path in (f"/users?q={quoted}&search_engine=v3", f"/users?q=email%3A%22{quoted}%22&search_engine=v3",
                 f"/users?q={quoted}%3A{quoted}&search_engine=v3", f"/users?sort={quoted}", f"/users?fields={quoted}",
                 f"/users/{quoted}", f"/users-by-email?email={quoted}", f"/connections?name={quoted}",
                 f"/connections/{quoted}", f"/user-blocks?identifier={quoted}", f"/user-blocks/{quoted}"):
        status, _, answer = tenant.api("GET", path)
        assert status in (200, 400, 404, 414), (path[:80], status, answer)
        if path.startswith("/users-by-email"):
            assert status != 200 or answer == []
    for body in ({"connection": tenant.connection, "email": f"{text}@example.org", "password": PASSWORD},
                 {"connection": text, "email": "a@example.org", "password": PASSWORD},
                 {"connection": tenant.connection, "email": f"{os.urandom(6).hex()}@example.org", "password": PASSWORD,
                  "name": text, "user_metadata": {text.replace(".", "").replace("$", "") or "x": text}}):
        assert tenant.api("POST", "/users", body)[0] in (201, 400, 409), body
    assert tenant.grant(text, text)[0] in (400, 403, 429)
    assert tenant.grant(person["email"], PASSWORD)[0] == 200
    assert tenant.api("GET", f"/users/{urllib.parse.quote(person['user_id'])}")[2]["email"] == before[2]["email"]


def query(rng):
    """A search that is right, with one time in two a few characters spoilt."""
    fields = ["email", "name", "user_id", "nickname", "logins_count", "user_metadata.a", "created_at", "blocked"]
    values = ["abc", "abc*", '"a b"', "*abc", "[1 TO 5]", "{2026-01-01 TO *]", "true", '"\\""', "é", "10"]
    text = ""
    for i in range(rng.randrange(1, 6)):
        term = f"{rng.choice(fields)}:{rng.choice(values)}"
        term = rng.choice([term, term, f"({term})", f"NOT {term}", f"-{term}", f"_exists_:{rng.choice(fields)}"])
        text += (rng.choice([" AND ", " OR "]) if i else "") + term
    if rng.randrange(2):
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(list("\"*?()[]{}:-+\\~^/ é") + ["AND", "TO", ""]) + text[at + rng.randrange(2):]
    return text


def test_random_searches_find_or_refuse_but_never_break(tenant):
    rng = random.Random(SEED)
    seen = {200: 0, 400: 0}
    for _ in range(1500):
        q = query(rng)
        status, _, answer = tenant.api("GET", f"/users?search_engine=v3&q={urllib.parse.quote(q)}")
        assert status in seen, (q, status, answer)
        seen[status] += 1
    assert min(seen.values()) > 200, seen


# ---- values of every shape

def value(rng, depth=0):
    kind = rng.randrange(9 if depth < 3 else 7)
    if kind == 7:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 8:
        return {rng.choice(["a", "email", "", "$x", "a.b", "password", "é"]): value(rng, depth + 1)
                for _ in range(rng.randrange(4))}
    return [None, True, rng.randrange(-10, 10), rng.choice([2**31, 2**63 - 1, -2**63, 10**30]), rng.random() * 1e300,
            "".join(rng.choice(string.printable + "é😀\u0000") for _ in range(rng.randrange(30))), ""][kind]


MEMBERS = {
    ("POST", "/api/v2/users"): ["connection", "email", "password", "username", "user_id", "email_verified", "blocked",
                                "name", "user_metadata", "app_metadata", "picture", "phone_number", "verify_email", "x"],
    ("PATCH", "/api/v2/users/{id}"): ["email", "password", "blocked", "name", "nickname", "user_metadata", "connection",
                                      "app_metadata", "username", "client_id", "verify_email", "email_verified", "x"],
    ("PATCH", "/api/v2/connections/{con}"): ["options", "display_name", "enabled_clients", "realms", "metadata", "x"],
    ("POST", "/api/v2/connections"): ["name", "strategy", "options", "enabled_clients", "x"],
    ("POST", "/oauth/token"): ["grant_type", "client_id", "client_secret", "username", "password", "realm", "scope",
                               "audience", "x"],
    ("PATCH", "/sandbox/options"): ["bcrypt_cost", "scopes", "tier", "action_denies", "token_lifetime_s", "x"],
    ("POST", "/sandbox/faults"): ["path", "method", "status", "kind", "body", "headers", "times", "x"],
    ("POST", "/sandbox/clock"): ["advance_s", "seconds", "x"],
}


@pytest.mark.parametrize("method, path", MEMBERS)
def test_values_of_the_wrong_shape(tenant, person, method, path):
    rng = random.Random(f"{SEED}{path}")
    target = path.replace("{id}", urllib.parse.quote(person["user_id"], safe="")).replace(
        "{con}", tenant.connection_id)
    right = {"connection": tenant.connection, "email": "right@example.org", "password": PASSWORD,
             "grant_type": "password", "client_id": tenant.client_id, "client_secret": tenant.client_secret,
             "strategy": "auth0"}
    try:
        for _ in range(300):
            members = rng.sample(MEMBERS[method, path], rng.randrange(1, min(5, len(MEMBERS[method, path]))))
            body = {name: right[name] if name in right and rng.randrange(3) else value(rng) for name in members}
            headers = {"Authorization": f"Bearer {tenant.token()}"} if path.startswith("/api") else {}
            status, _, answer = tenant.ask(method, target, body, headers)
            assert status < 500, (body, answer)
            if path == "/sandbox/faults":
                tenant.ask("DELETE", "/sandbox/faults")
    finally:
        tenant.reset()
        tenant.options(bcrypt_cost=4)


def test_odd_documents(tenant):
    token = {"Authorization": f"Bearer {tenant.token()}"}
    for raw in (b"null", b"1", b'"x"', b"[]", b"{}", b"{" * 3000, b"[" * 100_000, b'{"a":1e400}', b'{"a":-1e400}',
                b'{"a":99999999999999999999999}', b'{"a":"\\ud800"}', b'{"a":"\xed\xa0\x80"}', b'{"a":1,}', b"\xef\xbb\xbf{}",
                b'{"connection":"x"}garbage', b'{"a":' + b'"' + b"x" * 900_000 + b'"}', b" " * 900_000):
        assert 400 <= tenant.ask("POST", "/api/v2/users", raw, token)[0] < 500, raw[:30]
        assert 400 <= tenant.ask("POST", "/oauth/token", raw)[0] < 500, raw[:30]
    for raw in (b"&&&&", b"=", b"a=%zz", b"a=%00", b"grant_type", b"a=b&" * 5000, b"grant_type=password&grant_type=password",
                b"\xff=\xfe"):
        assert 400 <= tenant.ask("POST", "/oauth/token", raw, {
            "Content-Type": "application/x-www-form-urlencoded"})[0] < 500, raw[:30]


# ---- many at once

def test_one_user_is_made_once_however_many_try(tenant):
    for _ in range(10):
        body = {"connection": tenant.connection, "email": f"{os.urandom(6).hex()}@example.org", "password": PASSWORD,
                "user_id": os.urandom(6).hex()}
        start = threading.Barrier(12)

        def attempt(_, body=body, start=start):
            start.wait()
            return tenant.api("POST", "/users", body)[0]
        with ThreadPoolExecutor(12) as pool:
            outcomes = sorted(pool.map(attempt, range(12)))
        assert outcomes == [201] + [409] * 11


def test_a_browser_cannot_be_made_to_steer_it(tenant):
    """A page on the internet that its victim opens may send requests here (CSRF, DNS rebinding)."""
    reset = b"POST /sandbox/reset HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n"
    for line in (b"Host: evil.example\r\n", b"Host: %s\r\nOrigin: https://evil.example\r\n" % tenant.host.encode()):
        assert statuses(say(tenant, reset + line + b"\r\n{}")) in ([403], [404], [400]), line
