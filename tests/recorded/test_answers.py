"""Every recorded answer, and each with one member taken out, doubled, of another type or null, is given to our client: no crash,
no admission, no reason that the answer did not give. Runs under the sanitizers too (the suite recorded-asan)."""
import json
import os
import subprocess
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pathlib import Path

import pytest

from auth0db import _native
from shapes import EXCHANGES, example, name_of
from spoil import KINDS, members, text

ID = "auth0|abcdefgh12345678"
EMAIL = "chuck@example.com"
PASSWORD = b"Correct-horse-7"
NEUTRAL = {"unavailable", "unconfirmed", "misconfigured", "refused", "throttled"}  # say nothing about a person
MEMBERS_MAX = 40  # of one answer: the outermost come first

TOOL = Path(os.environ.get("AUTH0DB_BUILD", Path(__file__).parents[2] / "build")) / "tests/support/call_tool"

# path of the exchange -> what our client asks there; a name is a call of the bulk lane (tests/support/call_tool.c)
CALLS = {
    ("POST", "/oauth/token"): [
        lambda c: c.grant(EMAIL, PASSWORD, deadline=2.0),
        lambda c: c.exchange(code="x", redirect_uri="https://a.example/", verifier="v" * 43, nonce="n", max_age=-1,
                             deadline=2.0)],
    ("GET", "/api/v2/users/{id}"): [lambda c: c.user_get(ID, deadline=2.0)],
    ("GET", "/api/v2/users-by-email"): [lambda c: c.users_by_email(EMAIL, deadline=2.0)],
    ("GET", "/api/v2/users"): ["users_by_ids", "username_taken"],
    ("POST", "/api/v2/users"): [
        lambda c: c.user_create(user_id=ID, email=EMAIL, password=PASSWORD, deadline=2.0)],
    ("PATCH", "/api/v2/users/{id}"): [lambda c: c.user_set_password(ID, PASSWORD, deadline=2.0)],
    ("DELETE", "/api/v2/users/{id}"): ["user_delete"],
    ("GET", "/api/v2/users/{id}/authentication-methods"): ["factors"],
    ("POST", "/api/v2/users/{id}/authentication-methods"): ["factor_add"],
    ("GET", "/api/v2/connections"): [lambda c: c.connection(deadline=2.0)],
    ("GET", "/api/v2/clients/{id}"): [
        lambda c: c.application(deadline=2.0),
        lambda c: c.web_setup(callback="https://a.example/", logged_out="https://b.example/",
                              login="https://c.example/", deadline=2.0)],
    ("GET", "/api/v2/custom-domains"): [lambda c: c.web_domain(deadline=2.0)],
    ("GET", "/api/v2/logs"): ["logs_after", "logs_found"],
    ("POST", "/api/v2/jobs/users-imports"): ["job_submit"],
    ("GET", "/api/v2/jobs/{id}"): ["job_get"],
    ("GET", "/api/v2/jobs/{id}/errors"): ["job_errors"],
    ("POST", "/api/v2/tickets/password-change"): ["reset_link"],
    ("POST", "/dbconnections/change_password"): [lambda c: c.reset_mail(EMAIL, deadline=2.0)],
}
# As Auth0's reference has it: none was recorded
DOCUMENTED = [{"method": "POST", "path": "/api/v2/tickets/password-change", "status": 201,
               "content_type": "application/json; charset=utf-8", "response": {"ticket": "url"}},
              {"method": "GET", "path": "/api/v2/custom-domains", "status": 200,
               "content_type": "application/json; charset=utf-8", "response": [
                   {"custom_domain_id": "id", "domain": "str", "primary": "bool", "status": "=ready", "type": "str"}]}]


def all_of(part, whole):
    """Nothing in a list that the whole answer did not say, in any of its elements."""
    return all(each in whole for each in part)


# What a call may tell of a spoilt answer: less than of the whole one, and never another thing
MAY_TELL = {
    "job_get": lambda told, whole: (told["status"] in ("running", whole["status"])
                                    and (not told["has_summary"] or told["numbers"] == whole["numbers"])),
    "job_submit": lambda told, whole: told["id"] in ("", whole["id"]),
    # a row that is lost would be a user who is taken for moved
    "job_errors": lambda told, whole: len(told) == len(whole) and all(
        each["email"] in ("", known["email"]) and all_of(each["codes"], [*known["codes"], ""])
        for each, known in zip(told, whole)),
    "factors": lambda told, whole: all(whole[name] or not told[name] for name in whole),
    "users_by_ids": all_of,
    "username_taken": lambda told, whole: True,  # a hint: whether somebody has it, a create tells
    "reset_link": lambda told, whole: told in ("", whole),
    **dict.fromkeys(["logs_after", "logs_found"], lambda told, whole: all(
        each[name] in ("", *(known[name] for known in whole)) for each in told for name in ("log_id", "type", "user_id"))),
    **dict.fromkeys(["user_delete", "factor_add"], lambda told, whole: True),
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


@pytest.fixture(scope="module")
def tool(stub):
    process = subprocess.Popen([TOOL, f"http://127.0.0.1:{stub.server_address[1]}"], text=True, bufsize=1,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield process
    process.stdin.close()
    assert process.wait(20) == 0


def by_tool(tool, name, client):
    """The call in another process, by a client that remembers nothing: (outcome, what it tells, "")."""
    tool.stdin.write(f"fresh\n{name}\n")
    line = tool.stdout.readline()
    assert line, f"{name}: the process has ended"
    answer = json.loads(line)
    return answer["outcome"], answer.get("told"), ""


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
    if exchange["path"] == "/api/v2/users" and "users" in value:
        value = value["users"]  # we ask without totals
    for user in value if isinstance(value, list) else [value]:
        if isinstance(user, dict) and "identities" in user:
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
    for exchange in EXCHANGES + DOCUMENTED:
        calls = CALLS.get((exchange["method"], exchange["path"]))
        if calls is not None:
            name = name_of(exchange) if exchange in EXCHANGES else "documented"
            yield pytest.param(exchange, calls, list(paths_of(exchange, seen))[:MEMBERS_MAX], id=name)


@pytest.mark.parametrize("exchange, calls, paths", cases())
def test_a_spoilt_answer_gives_no_reason_that_the_whole_one_did_not_give(stub, tool, exchange, calls, paths):
    value = whole(exchange)
    for name in calls:
        call = partial(by_tool, tool, name) if isinstance(name, str) else name
        outcome, known = say(stub, call, exchange, text(value))
        expected = ERRORS.get(EXCHANGES.index(exchange)) if exchange in EXCHANGES else None
        assert expected is None or outcome in expected
        if exchange["path"] == "/oauth/token":
            assert outcome != "ok"  # no recorded token is signed for us
        elif isinstance(name, str):
            assert outcome == "ok", known
        for path in paths:
            for kind in KINDS:
                spoilt, told = say(stub, call, exchange, text(value, path, kind))
                assert spoilt in NEUTRAL | {outcome}, (name, path, kind, spoilt)
                if spoilt == "ok" and isinstance(name, str):
                    assert MAY_TELL[name](told, known), (name, path, kind, told)
                elif spoilt == "ok" and isinstance(told, dict) and "user_id" in told:
                    assert told["user_id"] == ID, (path, kind)


@pytest.mark.parametrize("exchange", [pytest.param(x, id=name_of(x)) for x in EXCHANGES])
def test_no_recorded_answer_of_anything_is_a_login(stub, exchange):
    outcome, user = say(stub, CALLS["POST", "/oauth/token"][0], exchange, json.dumps(example(exchange["response"])))
    assert outcome != "ok" and user is None
    assert outcome in NEUTRAL | {"denied"}  # 345: "access_denied" is what it says
