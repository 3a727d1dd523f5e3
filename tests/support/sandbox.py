"""One `auth0db sandbox` for a test, in a process of its own. Standard library alone."""
import json
import os
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).resolve()
# The app would take the command of build/, whatever build is under test
os.environ.setdefault("AUTH0DB_COMMAND", str(BUILD / "auth0db"))
# An ASan build of the extension needs LD_PRELOAD in Python; the command brings its own, and Node none at all.
# Python must not be searched for leaks; the command must.
CLEAN_ENV = {name: value.replace("detect_leaks=0", "detect_leaks=1")
             for name, value in os.environ.items() if name != "LD_PRELOAD"}


def note_secret(secret):
    """For the suite `secrets`, which looks for it all over the run."""
    if os.environ.get("AUTH0DB_TEST_SECRETS"):
        with open(os.environ["AUTH0DB_TEST_SECRETS"], "a") as noted:
            print(secret, file=noted)


def wait_until(happened, patience=60):
    """What it returns, once that is true."""
    ends = time.monotonic() + patience
    while True:
        seen = happened()
        if seen:
            return seen
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


class Sandbox:
    """with Sandbox("--tls") as tenant: tenant.url, tenant.client_id, ... (the members of its first line)"""

    _token = None  # for everything, once it was asked for

    def __init__(self, *options):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [BUILD / "auth0db", "sandbox", "--json", "--listen", "127.0.0.1:0", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True, env=CLEAN_ENV)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise AssertionError(f"the sandbox did not start: {self.stderr()}")
        self.info = json.loads(line)
        note_secret(self.info["client_secret"])
        self.host = urlsplit(self.info["url"]).netloc  # what https://{domain} of an SDK wants
        self.context = None
        if self.info.get("ca_file"):
            self.context = ssl.create_default_context(cafile=self.info["ca_file"])

    @property
    def environ(self):
        """What makes it the tenant of a command."""
        return {"AUTH0_" + name.upper(): self.info[name]
                for name in ("domain", "client_id", "client_secret", "connection")}

    def __getattr__(self, name):
        try:
            return self.info[name]
        except KeyError:
            raise AttributeError(name) from None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        """Ends it and says how: the exit status, 0 where all is well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def alive(self):
        return self.process.poll() is None

    def stderr(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def ask(self, method, path, body=None, headers=None, timeout=30):
        """(status, headers, JSON or text). Any status is an answer."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.info["url"] + path, data, method=method, headers={
            **({"Content-Type": "application/json"} if data is not None else {}), **(headers or {})})
        try:
            answer = urllib.request.urlopen(request, timeout=timeout, context=self.context)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            raw = answer.read()
        try:
            value = json.loads(raw) if raw else None
        except ValueError:
            value = raw.decode(errors="replace")
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, value

    def token(self, scope=None):
        """A management token; with `scope` one that holds no more, as a narrower application would have."""
        status, _, answer = self.ask("POST", "/sandbox/token", {"scope": scope} if scope else {})
        assert status == 200, answer
        return answer["access_token"]

    def bearer(self, token=None):
        """The header that opens the Management API: with a token for everything, asked for once, or with this one."""
        if token is None:
            token = self._token = self._token or self.token()
        return {"Authorization": f"Bearer {token}"}

    def api(self, method, path, body=None, token=None):
        """One Management API call; `path` below /api/v2."""
        return self.ask(method, f"/api/v2{path}", body, self.bearer(token))

    def control(self, method, path, body=None):
        """What the sandbox's own surface answers, which refuses nothing here; `path` below /sandbox."""
        status, _, answer = self.ask(method, f"/sandbox{path}", body)
        assert status < 300, answer
        return answer

    def options(self, **changes):
        return self.control("PATCH", "/options", changes)

    def fault(self, **what):
        return self.control("POST", "/faults", what)

    def until_no_fault_is_left(self):
        """Each has found its last request, which may not be answered yet."""
        wait_until(lambda: not self.control("GET", "/faults")["faults"])

    def reset(self):
        """As after its first start."""
        self.control("POST", "/reset")
        self._token = None

    def mails(self, to=None, **more):
        """What the tenant would have mailed, newest first."""
        query = urlencode({**({"to": to} if to else {}), **more})
        status, _, answer = self.ask("GET", "/sandbox/outbox.json" + ("?" + query if query else ""))
        assert status == 200, answer
        return answer["mails"]

    def grant(self, username, password, **more):
        """A password-realm grant: (status, answer)."""
        status, _, answer = self.ask("POST", "/oauth/token", {
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "realm": self.connection,
            "client_id": self.client_id, "client_secret": self.client_secret, "scope": "openid profile email",
            "username": username, "password": password, **more})
        return status, answer
