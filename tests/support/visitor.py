"""A browser without scripts that keeps cookies: opens pages, sends their forms, and follows redirects when told to.

    visitor = Visitor()
    page = visitor.open(url)                 # page.location, page.text, as in forms.py
    page = visitor.submit(page, username="...", password="...")
    page = visitor.follow(page, "http://127.0.0.1:4711/")   # as long as they lead there
"""
import http.client
import ssl
from urllib.parse import urlencode, urljoin, urlsplit

from forms import Page


class Visitor:
    def __init__(self, ca_file=None):
        self.ca_file, self.cookies = ca_file, {}  # {(host, name): value}: a browser's know no ports

    def _connect(self, parts):
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=60,
                                               context=ssl.create_default_context(cafile=self.ca_file))
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def open(self, url, fields=None, headers=None):
        parts = urlsplit(url)
        sent = {name: value for (host, name), value in self.cookies.items() if host == parts.hostname}
        more = {"Cookie": "; ".join(f"{name}={value}" for name, value in sent.items())} if sent else {}
        if fields is not None:
            more["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connect(parts)
        try:
            connection.request("GET" if fields is None else "POST", parts.path + ("?" + parts.query if parts.query else ""),
                               None if fields is None else urlencode(fields), {"Accept": "text/html", **more, **(headers or {})})
            answer = connection.getresponse()
            page = Page(url, answer.status, {name.lower(): value for name, value in answer.getheaders()},
                        answer.read().decode(), self.ca_file)
            page.cookies = answer.headers.get_all("Set-Cookie") or []
        finally:
            connection.close()
        for each in page.cookies:
            self._keep(parts.hostname, each)
        return page

    def _keep(self, host, cookie):
        pair, _, attributes = cookie.partition(";")
        name, _, value = pair.strip().partition("=")
        if "max-age=0" in attributes.lower():
            self.cookies.pop((host, name), None)
        else:
            self.cookies[host, name] = value

    def submit(self, page, **fields):
        """The page's one form, with these fields besides those it has."""
        assert len(page.forms) == 1, page.html
        known = {each["name"]: each.get("value", "") for each in page.inputs if "name" in each}
        assert set(fields) <= set(known), known
        return self.open(urljoin(page.url, page.forms[0].get("action", "")), {**known, **fields},
                         {"Origin": "null"})

    def follow(self, page, origin):
        """Redirects, as long as they lead to this origin; then the page, or the redirect that leads away."""
        for _ in range(10):
            target = urljoin(page.url, page.location) if page.location else None
            if target is None or not target.startswith(origin):
                return page
            page = self.open(target)
        raise AssertionError(f"it goes round in circles: {page.url}")
