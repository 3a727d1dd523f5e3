"""What tests are told with: the tenant (the real sandbox, over HTTP) and the site's people."""

import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
PASSWORD = "Correct-Horse-7"
NEWER = "Battery-Staple-8"
KIND = os.environ.get("SITE_USERS", "username")


class Refused(Exception):
    """The tenant said no, or what is no answer."""

    def __init__(self, status, answer):
        super().__init__("%s: %s" % (status, str(answer)[:200]))
        self.status = status


def told(answered):
    status, _, answer = answered
    if status >= 300 or isinstance(answer, str):
        raise Refused(status, answer)
    return answer


class Tenant:
    """The tenant as its administrator sees it; all but a yes is Refused."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.info = sandbox.info
        self.connection = sandbox.connection

    def call(self, method, path, body=None):
        return told(self.sandbox.ask(method, path, body))

    def api(self, method, path, body=None):
        return told(self.sandbox.api(method, path, body))

    # --- control

    def reset(self):
        self.sandbox.reset()
        self.options(bcrypt_cost=4)
        self.connection_options(passwordPolicy="good", requires_username=None)

    def options(self, **options):
        self.sandbox.options(**options)

    def connection_options(self, **options):
        self.options(connection_options=options)

    def fault(self, path, **what):
        self.sandbox.fault(path=path, **what)

    def clear_faults(self):
        self.sandbox.control("DELETE", "/faults")

    def flag(self, user_id, **flags):
        self.sandbox.control("PATCH", "/users/" + urllib.parse.quote(user_id), flags)

    def off(self):
        """Auth0 is down: every connection is cut without a byte."""
        self.fault("/oauth", drop=True, execute=False)
        self.fault("/api", drop=True, execute=False)

    def clear_requests(self):
        self.sandbox.control("DELETE", "/requests")

    def requests(self):
        """Counts by route, without the token of our own client and the key set, which are fetched
        once."""
        return self.sandbox.control("GET", "/requests")

    # --- users

    def users(self):
        return self.api("GET", "/users?per_page=100")

    def user(self, user_id):
        return self.api("GET", "/users/" + urllib.parse.quote(user_id))

    def create(self, email, password=PASSWORD, verified=False, **fields):
        return self.api(
            "POST",
            "/users",
            dict(
                fields,
                connection=self.connection,
                email=email,
                password=password,
                email_verified=verified,
                verify_email=False,
            ),
        )

    def patch(self, user_id, **fields):
        return self.api("PATCH", "/users/" + urllib.parse.quote(user_id), fields)

    def set_password(self, user_id, password):
        self.patch(user_id, password=password, connection=self.connection)

    def grant(self, identifier, password):
        """What Auth0 itself answers when this person logs in, with nothing of ours between."""
        status, answer = self.sandbox.grant(identifier, password)
        return told((status, {}, answer))

    def accepts(self, identifier, password):
        return self.sandbox.grant(identifier, password)[0] == 200


def make_person(name="ada", password=PASSWORD, email=None, **fields):
    """A user as the site has had it for years."""
    from django.contrib.auth import get_user_model

    email = "%s@people.example" % name if email is None else email
    if KIND == "email":
        return get_user_model().objects.create_user(email, password, **fields)
    return get_user_model().objects.create_user(name, email, password, **fields)


def run_site(*arguments, env=None, **kwargs):
    """Another process of the same site: `python arguments...` with its settings."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=HERE,
        text=True,
        env={**os.environ, **(env or {})},
        **kwargs,
    )
