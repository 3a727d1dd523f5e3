"""Answers of the real sandbox, spoilt on their way: bytes flipped, cut, doubled, values of another shape. Whatever comes,
the client decides nothing that was not said: no login by an answer that is not a login, no other user, no hang, no
crash (the suite also runs under ASan)."""
import http.client
import json
import os
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from auth0db import _native
from sandbox import Sandbox

SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))
ROUNDS = 300
PASSWORD = "Correct-horse-7"
OUTCOMES = {"ok", "bad_credentials", "blocked", "mfa_required", "too_many_attempts", "password_leaked", "denied",
            "captcha", "not_found", "exists", "username_taken", "weak_password", "invalid_user", "throttled",
            "refused", "unavailable", "unconfirmed", "misconfigured"}


def other_shape(rng):
    return rng.choice([None, True, 0, -1, 1e300, 2**63 - 1, "", "x" * 5000, "\u0000", "é" * 300, [], [[]], {}, {"a": {}}])


def spoil_json(rng, value):
    """One member or element somewhere gets another shape, or goes, or occurs twice."""
    if isinstance(value, dict) and value and rng.randrange(3):
        key = rng.choice(list(value))
        return {**value, key: spoil_json(rng, value[key])}
    if isinstance(value, dict) and value and rng.randrange(2):
        return {k: v for k, v in value.items() if k != rng.choice(list(value))}
    if isinstance(value, list) and value and rng.randrange(2):
        return value * rng.randrange(3) if rng.randrange(2) else [spoil_json(rng, value[0]), *value[1:]]
    if isinstance(value, str) and value and rng.randrange(2):  # a token or an id, a little wrong
        at = rng.randrange(len(value))
        return value[:at] + rng.choice(["", "A", ".", "|", "=", "\n", "..", "é"]) + value[at + rng.randrange(2):]
    return other_shape(rng)


def spoil(rng, status, reason, headers, body):
    """-> the bytes of an answer that the sandbox did not give."""
    kind = rng.randrange(9)
    if kind <= 3:
        try:
            body = json.dumps(spoil_json(rng, json.loads(body))).encode()
        except ValueError:
            pass
    elif kind == 4:
        body = bytes(b ^ (1 << rng.randrange(8)) if rng.randrange(40) == 0 else b for b in body)
    elif kind == 5:
        status = rng.choice([200, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 409, 418, 429, 500, 503, 999])
    elif kind == 6:
        body = rng.choice([b"", b"null", b"[]", b"<html>down</html>", b"{" * 4000, body * 2, body[:-3], b"\xff" * 50,
                           b'{"error":"x","error":"y"}'])
    length = len(body)
    if kind == 7:
        length = rng.choice([0, length - 1, length + 1000, -1, 2**62])
    lines = [f"HTTP/1.1 {status} {reason}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers
              if name.lower() not in ("content-length", "connection", "date")]
    lines += rng.choice([[], [], ["Location: http://127.0.0.1:1/"], ["Retry-After: 99999999999999"],
                         ["X-RateLimit-Reset: -5", "X-RateLimit-Remaining: 0"], ["Content-Encoding: gzip"]])
    raw = "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode() + body
    if kind == 8:
        raw = raw[:rng.randrange(len(raw) + 1)]
    return raw


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def relay(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        upstream = http.client.HTTPConnection(*self.server.upstream, timeout=20)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        spoiler = self.server.spoiler
        if spoiler is None or not self.server.rng.randrange(3):  # untouched, so that later steps are reached
            raw = spoil(Never(), answer.status, answer.reason, answer.getheaders(), data)
        else:
            raw = spoil(spoiler, answer.status, answer.reason, answer.getheaders(), data)
        try:
            self.wfile.write(raw)
        except OSError:
            pass
        self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = relay


class Never(random.Random):
    """The dice of a proxy that spoils nothing."""

    def randrange(self, *args):
        return 99

    def choice(self, options):
        return options[0]


@pytest.fixture(scope="module")
def tenant():
    with Sandbox("--quiet") as running:
        running.options(bcrypt_cost=4, brute_force_enabled=False, suspicious_ip_enabled=False, same_user_limit=False)
        yield running


@pytest.fixture
def proxy(tenant):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host, port = tenant.host.rsplit(":", 1)
    server.upstream, server.daemon_threads, server.spoiler = (host, int(port)), True, None
    server.rng = random.Random(SEED)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(tenant, proxy):
    return _native.Client(domain=f"http://127.0.0.1:{proxy.server_address[1]}", client_id=tenant.client_id,
                          client_secret=tenant.client_secret, connection=tenant.connection)


@pytest.fixture
def people(tenant):
    made = {}
    for name in ("ann", "bob"):
        status, _, user = tenant.api("POST", "/users", {
            "connection": tenant.connection, "email": f"{name}-{os.urandom(4).hex()}@example.org", "password": PASSWORD})
        assert status == 201, user
        made[name] = user
    tenant.api("PATCH", f"/users/{made['bob']['user_id'].replace('|', '%7C')}", {"blocked": True})
    return made


def timed(call, limit):
    started = time.monotonic()
    outcome, value, message = call()
    assert time.monotonic() - started < limit + 1
    assert outcome in OUTCOMES
    assert PASSWORD not in message and "wrong-password" not in message
    return outcome, value


def test_the_proxy_spoils_nothing_unless_told(tenant, proxy, people):
    assert client(tenant, proxy).grant(people["ann"]["email"], PASSWORD.encode())[0] == "ok"
    assert client(tenant, proxy).user_get(people["ann"]["user_id"])[0] == "ok"


def test_a_spoilt_answer_is_never_a_login_of_the_wrong_person(tenant, proxy, people):
    proxy.spoiler = random.Random(SEED)
    ann, bob = people["ann"], people["bob"]
    seen = {}
    for turn in range(ROUNDS):
        if turn % 3 == 0:  # the breaker and the caches start anew
            api = client(tenant, proxy)
        right, user = timed(lambda: api.grant(ann["email"], PASSWORD.encode(), deadline=2.0), 2)
        if right == "ok":
            assert user["user_id"] == ann["user_id"]
        seen[right] = seen.get(right, 0) + 1
        for email, password in ((ann["email"], b"wrong-password"), (bob["email"], PASSWORD.encode())):
            outcome, _ = timed(lambda e=email, p=password: api.grant(e, p, deadline=2.0), 2)
            assert outcome != "ok", (turn, email)
    assert seen.get("ok", 0) > ROUNDS / 20 and len(seen) >= 3, seen


def test_spoilt_users_are_not_taken_for_others(tenant, proxy, people):
    proxy.spoiler = random.Random(SEED + 1)
    ann = people["ann"]
    seen = {}
    for turn in range(ROUNDS):
        if turn % 3 == 0:
            api = client(tenant, proxy)
        outcome, user = timed(lambda: api.user_get(ann["user_id"], deadline=2.0), 2)
        assert outcome != "ok" or user["user_id"] == ann["user_id"]
        seen[outcome] = seen.get(outcome, 0) + 1
        outcome, users = timed(lambda: api.users_by_email(ann["email"], deadline=2.0), 2)
        assert outcome != "ok" or all(isinstance(u["user_id"], str) and u["email"].lower() == ann["email"]
                                      for u in users), users
        timed(lambda: api.connection(deadline=2.0), 2)
        timed(lambda: api.application(deadline=2.0), 2)
        timed(lambda: api.scopes(deadline=2.0), 2)
    assert seen.get("ok", 0) > ROUNDS / 20 and len(seen) >= 3, seen


def test_a_spoilt_answer_to_create_never_makes_two(tenant, proxy):
    proxy.spoiler = random.Random(SEED + 2)
    for turn in range(ROUNDS // 4):
        wanted, email = f"auth0|{os.urandom(12).hex()}", f"{os.urandom(6).hex()}@example.org"
        before = len(tenant.api("GET", f"/users-by-email?email={email}")[2])
        assert before == 0
        for _ in range(2):
            api = client(tenant, proxy)
            outcome, user = timed(lambda: api.user_create(user_id=wanted, email=email, password=PASSWORD.encode(),
                                                          deadline=2.0), 2)
            if outcome == "ok":
                assert user["user_id"] == wanted
        assert len(tenant.api("GET", f"/users-by-email?email={email}")[2]) <= 1
