"""Every recorded answer, and each with one member taken out, doubled, of another type or null, is given to our client: no crash,
no admission, no reason that the answer did not give. Runs under the sanitizers too (the suite recorded-asan)."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from auth0db import _native
from shapes import EXCHANGES, example, name_of
from spoil import KINDS, members, text

ID = "auth0|abcdefgh12345678"
EMAIL = "chuck@example.com"
PASSWORD = b"Correct-horse-7"
NEUTRAL = {"unavailable", "unconfirmed", "misconfigured", "refused", "throttled"}  # say nothing about a person
MEMBERS_MAX = 40  # of one answer: the outermost come first

# path of the exchange -> what our client asks there
CALLS = {
    ("POST", "/oauth/token"): lambda c: c.grant(EMAIL, PASSWORD, deadline=2.0),
    ("GET", "/api/v2/users/{id}"): lambda c: c.user_get(ID, deadline=2.0),
    ("GET", "/api/v2/users-by-email"): lambda c: c.users_by_email(EMAIL, deadline=2.0),
    ("POST", "/api/v2/users"): lambda c: c.user_create(user_id=ID, email=EMAIL, password=PASSWORD, deadline=2.0),
    ("PATCH", "/api/v2/users/{id}"): lambda c: c.user_set_password(ID, PASSWORD, deadline=2.0),
    ("GET", "/api/v2/connections"): lambda c: c.connection(deadline=2.0),
    ("GET", "/api/v2/clients/{id}"): lambda c: c.application(deadline=2.0),
    ("POST", "/dbconnections/change_password"): lambda c: c.reset_mail(EMAIL, deadline=2.0),
}
# What the untouched answers of errors come down to
ERRORS = {307: {"refused", "misconfigured"}, 317: {"not_found"}, 89: {"misconfigured", "not_found"}}


class Stub(BaseHTTPRequestHandler):
    """Tokens of the machine; for everything else the answer under test."""
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one segment: no waiting for an acknowledgement

    def log_message(self, *args):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status, kind, raw = self.server.under_test
        if self.path == "/oauth/token" and b"client_credentials" in body:
            status, kind, raw = 200, "application/json", b'{"access_token":"a.b.c","token_type":"Bearer","expires_in":86400}'
        elif self.path.endswith("jwks.json"):
            status, kind, raw = 200, "application/json", b'{"keys":[]}'
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/json")
        self.send_header("Content-Length", "0" if status == 204 else str(len(raw)))
        self.end_headers()
        if status != 204:
            self.wfile.write(raw)

    do_GET = do_POST = do_PATCH = do_DELETE = answer


@pytest.fixture(scope="module")
def stub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.daemon_threads, server.client = True, None
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(stub):
    return _native.Client(domain=f"http://127.0.0.1:{stub.server_address[1]}", client_id="a" * 32,
                          client_secret="not-a-secret", connection="Username-Password-Authentication")


def say(stub, call, exchange, raw):
    """What the call makes of that answer: (outcome, value). After trouble with a new client: no breaker, nothing remembered."""
    stub.under_test = (exchange["status"], exchange["content_type"], raw.encode())
    stub.client = stub.client or client(stub)
    outcome, value, message = call(stub.client)
    assert PASSWORD.decode() not in message
    if outcome in NEUTRAL:
        stub.client = None
    return outcome, value


def whole(exchange):
    value = example(exchange["response"])
    for user in value if isinstance(value, list) else [value]:
        if isinstance(user, dict) and "user_id" in user:
            user.update(user_id=ID, email=EMAIL)
            user["identities"][0]["user_id"] = ID[len("auth0|"):]
    return value


def paths_of(exchange, seen):
    """The members to be spoilt: each once a call and status, since another answer's are read by the same lines."""
    value = whole(exchange)
    key = exchange["method"], exchange["path"], exchange["status"]
    for path in members(value) if isinstance(value, (dict, list)) else []:
        if (key, path) not in seen:
            seen.add((key, path))
            yield path


def cases():
    seen = set()
    for exchange in EXCHANGES:
        call = CALLS.get((exchange["method"], exchange["path"]))
        if call is not None:
            yield pytest.param(exchange, call, list(paths_of(exchange, seen))[:MEMBERS_MAX], id=name_of(exchange))


@pytest.mark.parametrize("exchange, call, paths", cases())
def test_a_spoilt_answer_gives_no_reason_that_the_whole_one_did_not_give(stub, exchange, call, paths):
    value = whole(exchange)
    outcome, _ = say(stub, call, exchange, text(value))
    expected = ERRORS.get(EXCHANGES.index(exchange))
    assert expected is None or outcome in expected
    if exchange["path"] == "/oauth/token":
        assert outcome != "ok"  # no recorded token is signed for us
    for path in paths:
        for kind in KINDS:
            spoilt, told = say(stub, call, exchange, text(value, path, kind))
            assert spoilt in NEUTRAL | {outcome}, (path, kind, spoilt)
            if spoilt == "ok" and isinstance(told, dict) and "user_id" in told:
                assert told["user_id"] == ID, (path, kind)


@pytest.mark.parametrize("exchange", [pytest.param(x, id=name_of(x)) for x in EXCHANGES])
def test_no_recorded_answer_of_anything_is_a_login(stub, exchange):
    outcome, user = say(stub, CALLS["POST", "/oauth/token"], exchange, json.dumps(example(exchange["response"])))
    assert outcome != "ok" and user is None
    assert outcome in NEUTRAL | {"denied"}  # 345: "access_denied" is what it says
