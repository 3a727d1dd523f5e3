"""The local tenant from its outside: one process a module, reset before each test.

Where jsonschema is installed (the suite `sandbox-contract`), every Management API answer of every test is also
held to Auth0's own contract."""
import base64
import json
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sandbox import Sandbox  # noqa: E402

try:
    from contract import Contract, Exchange
    CONTRACT = Contract()
except ImportError:
    CONTRACT = None

GOOD = "Correct-Horse-7"  # good enough for the policy "good"
REALM = "http://auth0.com/oauth/grant-type/password-realm"
TOO_LARGE = (413, 414)  # transport, not API: the contract does not list them


class Tenant(Sandbox):
    """A sandbox with the words that these tests use."""

    def ask(self, method, path, body=None, headers=None, timeout=30):
        status, answered, value = super().ask(method, path, body, headers, timeout)
        if CONTRACT is not None and urlsplit(path).path.startswith("/api/v2/"):
            self.judge(method, path, body, headers or {}, status, answered, value)
        return status, answered, value

    def judge(self, method, path, body, headers, status, answered, value):
        if status in TOO_LARGE or CONTRACT.find(method, urlsplit(path).path[len("/api/v2"):]) is None:
            return
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = {"content-type": "application/json", **{k.lower(): v for k, v in headers.items()}}
        said = b"" if value is None else json.dumps(value).encode() if not isinstance(value, str) else value.encode()
        exchange = Exchange(method, path, asked, raw, status, answered, said)
        assert CONTRACT.judge(exchange, strict_requests=False) == [], exchange

    def connection_options(self, **changes):
        return self.options(connection_options=changes)["connection_options"]

    def create(self, email="bob@example.com", password=GOOD, **more):
        status, _, user = self.api("POST", "/users", {"connection": self.connection, "email": email,
                                                      "password": password, **more})
        assert status == 201, user
        return user

    def user(self, user_id):
        return self.api("GET", f"/users/{quote(user_id, safe='')}")[2]

    def patch(self, user, **changes):
        status, _, answer = self.api("PATCH", f"/users/{quote(user['user_id'], safe='')}", changes)
        return status, answer

    def flag(self, user, **flags):
        return self.control("PATCH", f"/users/{quote(user['user_id'], safe='')}", flags)

    def login(self, identifier="bob@example.com", password=GOOD, ip=None, **more):
        """(status, answer) of a password-realm grant, as if from the address `ip`."""
        body = {"grant_type": REALM, "realm": self.connection, "client_id": self.client_id,
                "client_secret": self.client_secret, "scope": "openid profile email",
                "username": identifier, "password": password, **more}
        body = {name: value for name, value in body.items() if value is not None}
        headers = {"auth0-forwarded-for": ip} if ip else {}
        status, _, answer = self.ask("POST", "/oauth/token", body, headers)
        return status, answer

    def events(self, kind=None):
        return self.control("GET", "/log" + (f"?type={kind}" if kind else ""))["log"]

    def requests(self):
        return self.control("GET", "/requests")


def error_of(answer):
    return answer["error"], answer["error_description"]


def claims_of(token):
    """The claims, unverified: tests/conformance verifies signatures with other people's code."""
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


@pytest.fixture(scope="module")
def process(request):
    with Tenant(*getattr(request.module, "OPTIONS", ["--quiet"])) as tenant:
        yield tenant
        assert tenant.alive(), tenant.stderr()
        assert tenant.stop() == 0, tenant.stderr()


@pytest.fixture
def tenant(process):
    process.reset()
    process.options(bcrypt_cost=4)  # what is tested here is not how slow bcrypt is
    return process


@pytest.fixture
def documented_codes(tenant):
    """The import's codes by the page, which say more of what was wrong than the recorded ones."""
    tenant.options(import_codes="documented")
