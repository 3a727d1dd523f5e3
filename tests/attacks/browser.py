"""A browser: cookies, forms with their CSRF tokens, redirects. And the site's process that it talks to."""

import html
import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from harness import PASSWORD

HERE = Path(__file__).resolve().parent


class Running:
    """One process that serves the site. Its log is all that it wrote."""

    def __init__(self, folder, overrides, number):
        self.log_file = Path(folder) / ("site-%d.log" % number)
        self.log = self.log_file.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "running" / "serve.py")],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, "SITE_OVERRIDES": overrides},
        )
        port = self.process.stdout.readline().strip()
        if not port:
            self.stop()
            raise RuntimeError("the site did not start:\n" + self.written())
        self.url = "http://127.0.0.1:%s" % port

    def written(self):
        return self.log_file.read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.process.stdout.close()
        self.log.close()


class Browser:
    def __init__(self, site, **headers):
        self.site = site
        self.cookies = http.cookiejar.CookieJar()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        handler = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(handler)
        self.status, self.text, self.at = None, "", ""

    def open(self, path, fields=None):
        url = urllib.parse.urljoin(self.site.url, path)
        data = None if fields is None else urllib.parse.urlencode(fields, errors="surrogatepass")
        request = urllib.request.Request(url, data and data.encode(), headers=self.headers)
        try:
            response = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            self.status, self.text = response.status, response.read().decode()
            self.at = urllib.parse.urlsplit(response.url).path
        return self

    def submit(self, path, **fields):
        """Opens the page, fills its form, sends it."""
        self.open(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.text)
        if token:
            fields["csrfmiddlewaretoken"] = token.group(1)
        return self.open(self.at, fields)

    def log_in(self, name, password=PASSWORD, page="/login/"):
        """The key of whoever is logged in afterwards, or None."""
        self.submit(page, username=name, password=password)
        self.page = self.without_what_differs(name)
        return self.me()

    def without_what_differs(self, name):
        """The page as it was answered, but for the CSRF token and the name that was typed."""
        text = re.sub(r'value="\w{64}"', "", self.text)
        return (self.status, text.replace(html.escape(name), ""))

    def me(self):
        key = Browser.open(self, "/me/").text
        return int(key) if key else None

    def session(self):
        return next((c.value for c in self.cookies if c.name == "sessionid"), None)
