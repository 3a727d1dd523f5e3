"""Who plays in the demonstration: a browser, the site in a process of its own, and the tenant in
another."""

import html
import http.cookiejar
import json
import os
import re
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from chromium import Chromium, missing  # noqa: E402
from forms import open_page  # noqa: E402

PATIENCE = 30


class Trouble(Exception):
    """Something did not start, or does not answer."""


class Browser:
    """Pages, forms and cookies, nothing else. A new one is a new person at another computer."""

    def __init__(self, url):
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def open(self, path, data=None):
        url = urllib.parse.urljoin(self.url, path)
        try:
            with self.opener.open(
                urllib.request.Request(url, data, {"Referer": url}), timeout=PATIENCE
            ) as page:
                return page.geturl(), page.read().decode()
        except urllib.error.HTTPError as error:
            raise Trouble("%s answers %d" % (url, error.code)) from None
        except OSError as error:
            raise Trouble("%s does not answer: %s" % (url, error)) from None

    def submit(self, path, **fields):
        """Open the page with the form, fill it in and send it with its CSRF token. The page that
        comes back."""
        where, page = self.open(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token is None:
            raise Trouble("there is no form on %s" % path)
        fields["csrfmiddlewaretoken"] = token.group(1)
        return self.open(where, urllib.parse.urlencode(fields).encode())

    def log_in(self, username, password):
        """The name by which the site greets now, or None."""
        self.submit("/login/", username=username, password=password)
        greeted = re.search(r'id="user">([^<]*)<', self.open("/")[1])
        return html.unescape(greeted.group(1)) if greeted else None


def end(process):
    if process is not None and process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process is not None:
        process.stdout.close()


class FormReader:
    """Follows the link in a mail and fills in the form, without a browser."""

    name = "over HTTP"

    def set_password(self, tenant, letter, password):
        page = open_page(letter["link"].split("#")[0])
        page = page.submit(newPassword=password, confirmNewPassword=password)
        if "Password changed" not in page.text:
            raise Trouble("the reset page says: %s" % page.text[:300])


class ChromiumReader:
    """A person at a browser: finds the mail in the outbox, opens it, follows the link."""

    name = "in headless Chromium"

    def set_password(self, tenant, letter, password):
        with Chromium(scripts=False) as browser:
            to = urllib.parse.quote(letter["to"])
            browser.open("%s/sandbox/outbox?to=%s" % (tenant.info["url"], to))
            browser.click("=" + letter["subject"])
            browser.click("#link")
            browser.until(lambda: "Choose a new password" in browser.text, browser.text)
            browser.type("#new", password)
            browser.type("#again", password)
            browser.click("button")
            browser.until(lambda: "Password changed" in browser.text, browser.text)


def reader():
    return FormReader() if missing() else ChromiumReader()


class Tenant:
    """`auth0db sandbox`. Its data is in a file, so that it is the same tenant after being switched
    off."""

    def __init__(self, command, run):
        self.command = command
        self.run = run
        self.process = None
        self.info = None

    def start(self):
        arguments = [
            str(self.command),
            "sandbox",
            "--json",
            "--quiet",
            "--data",
            str(self.run / "tenant.db"),
        ]
        if self.info is not None:
            arguments += ["--listen", urllib.parse.urlsplit(self.info["url"]).netloc]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise Trouble("the sandbox did not start")
        self.info = json.loads(line)

    def stop(self):
        end(self.process)
        self.process = None

    def settings(self):
        return {
            "AUTH0_" + name.upper(): self.info[name]
            for name in ("domain", "client_id", "client_secret", "connection")
        }

    def call(self, method, path, body=None, token=None):
        request = urllib.request.Request(self.info["url"] + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def api(self, method, path, body):
        token = self.call("POST", "/sandbox/token", {})["access_token"]
        return self.call(method, "/api/v2" + path, body, token)

    def patch(self, user_id, **changes):
        self.api("PATCH", "/users/" + urllib.parse.quote(user_id), changes)

    def create(self, email, password):
        self.api(
            "POST",
            "/users",
            {
                "connection": self.info["connection"],
                "email": email,
                "email_verified": True,  # nobody becomes a user of the site by an address that is not theirs
                "password": password,
            },
        )

    def accepts(self, identifier, password):
        body = {
            "grant_type": "http://auth0.com/oauth/grant-type/password-realm",
            "username": identifier,
            "password": password,
            "realm": self.info["connection"],
            "client_id": self.info["client_id"],
            "client_secret": self.info["client_secret"],
        }
        try:
            self.call("POST", "/oauth/token", body)
        except urllib.error.HTTPError:
            return False
        return True

    def mails(self, to=""):
        """Newest first, with the link in it."""
        path = "/sandbox/outbox.json?limit=1000&kind=reset_email&to=" + urllib.parse.quote(to)
        return self.call("GET", path)["mails"]

    def forget_requests(self):
        self.call("DELETE", "/sandbox/requests")

    def requests(self):
        return self.call("GET", "/sandbox/requests")["total"]


class LegacySite:
    """The Django project beside this file, in its own process, with its database in `run`."""

    def __init__(self, project, run, tenant):
        self.project = project
        self.run = run
        self.tenant = tenant
        self.process = None
        self.url = None
        self.django_version = None

    def environment(self):
        given = os.environ.get("PYTHONPATH") or str(self.project.parent.parent / "python")
        return {
            **os.environ,
            **self.tenant.settings(),
            "LEGACY_DATA": str(self.run),
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, given.split(os.pathsep))),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def manage(self, *arguments, with_errors=False):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.project,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0:
            raise Trouble("manage.py %s failed\n%s" % (arguments[0], (done.stderr or done.stdout)[-2000:]))
        return done.stdout

    def seed(self, users):
        self.django_version = self.manage("version").strip()
        self.manage("migrate", "--verbosity=0")
        return self.manage("seed", "--users", str(users))

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "serve.py"],
            cwd=self.project,
            env=self.environment(),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise Trouble("the site did not start")

    def stop(self):
        end(self.process)
        self.process = None

    def query(self, sql, *values):
        database = sqlite3.connect(
            "file:%s?mode=ro" % self.run.joinpath("site.db"), uri=True, timeout=PATIENCE
        )
        try:
            return (database.execute(sql, values).fetchone() or [None])[0]
        finally:
            database.close()

    def auth0_id(self, username):
        return self.query(
            "SELECT auth0_id FROM auth0db_auth0user JOIN auth_user ON auth_user.id = user_id"
            " WHERE username = ?",
            username,
        )

    def state(self, username):
        """ "moved", the reason for which the user is held back, or "not moved"."""
        if self.auth0_id(username):
            return "moved"
        return (
            self.query(
                "SELECT reason FROM auth0db_holdout JOIN auth_user ON auth_user.id = user_id"
                " WHERE username = ?",
                username,
            )
            or "not moved"
        )

    def link_in_mail(self):
        """The link in the newest mail that the site has sent."""
        mails = sorted((self.run / "mail").glob("*.log"), key=lambda mail: mail.stat().st_mtime)
        link = re.search(r"http://\S+/password/new/\S+", mails[-1].read_text()) if mails else None
        if link is None:
            raise Trouble("the site has sent no mail with a link")
        return link.group(0)
