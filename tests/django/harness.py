"""What tests are told with: the tenant (the real sandbox, over HTTP) and the site's people."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).resolve()
# The app would take the command of build/, whatever build is under test
os.environ.setdefault("AUTH0DB_COMMAND", str(BUILD / "auth0db"))
PASSWORD = "Correct-Horse-7"
NEWER = "Battery-Staple-8"
KIND = os.environ.get("SITE_USERS", "username")


def note_secret(secret):
    """For the suite `secrets`, which looks for it all over the run."""
    if os.environ.get("AUTH0DB_TEST_SECRETS"):
        with open(os.environ["AUTH0DB_TEST_SECRETS"], "a") as noted:
            print(secret, file=noted)


class Sandbox:
    """One `auth0db sandbox` process. Started again with the same data it is the same tenant."""

    def __init__(self, *options):
        self.options = list(options)
        self.process = None
        self.info = {}

    def start(self):
        command = [str(BUILD / "auth0db"), "sandbox", "--json", "--quiet", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox did not start: exit %s" % self.process.wait(10))
        self.info = json.loads(line)
        note_secret(self.info["client_secret"])
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()
            self.process = None


class Tenant:
    """The tenant as its administrator sees it."""

    def __init__(self, info):
        self.url = info["url"]
        self.connection = info["connection"]
        self.connection_id = info["connection_id"]
        self.info = info
        self._token = None

    def call(self, method, path, body=None, token=None):
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text else None

    def api(self, method, path, body=None):
        if self._token is None:
            self._token = self.call("POST", "/sandbox/token", {})["access_token"]
        return self.call(method, "/api/v2" + path, body, self._token)

    # --- control

    def reset(self):
        self._token = None
        self.call("POST", "/sandbox/reset", {})
        self.options(bcrypt_cost=4)
        self.connection_options(passwordPolicy="good", requires_username=None)

    def options(self, **options):
        self.call("PATCH", "/sandbox/options", options)

    def connection_options(self, **options):
        self.options(connection_options=options)

    def fault(self, path, **what):
        self.call("POST", "/sandbox/faults", dict(what, path=path))

    def clear_faults(self):
        self.call("DELETE", "/sandbox/faults")

    def flag(self, user_id, **flags):
        self.call("PATCH", "/sandbox/users/" + urllib.parse.quote(user_id), flags)

    def off(self):
        """Auth0 is down: every connection is cut without a byte."""
        self.fault("/oauth", drop=True, execute=False)
        self.fault("/api", drop=True, execute=False)

    def clear_requests(self):
        self.call("DELETE", "/sandbox/requests")

    def requests(self):
        """Counts by route, without the token of our own client and the key set, which are fetched
        once."""
        return self.call("GET", "/sandbox/requests")

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

    def accepts(self, identifier, password):
        """Would Auth0 itself log this person in?"""
        body = {
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm",
            "username": identifier,
            "password": password,
            "realm": self.connection,
            "scope": "openid",
            "client_id": self.info["client_id"],
            "client_secret": self.info["client_secret"],
        }
        try:
            self.call("POST", "/oauth/token", body)
        except urllib.error.HTTPError:
            return False
        return True


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
