"""Web pages as a browser without scripts uses them: open, fill in the form, send it. Standard library alone.

    page = open_page(link)
    page = page.submit(newPassword="...", confirmNewPassword="...")

Redirects are answers, not followed: page.location."""
import html.parser
import http.client
import ssl
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.inputs, self.links, self.texts = [], [], [], []
        self.style = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.style |= tag == "style"
        if tag == "form":
            self.forms.append(attributes)
        elif tag == "input":
            self.inputs.append(attributes)
        elif tag == "a":
            self.links.append(attributes.get("href"))

    def handle_endtag(self, tag):
        self.style &= tag != "style"

    def handle_data(self, data):
        if not self.style:
            self.texts.append(data)


class Page:
    def __init__(self, url, status, headers, body, ca_file=None):
        self.url, self.status, self.headers, self.html, self.ca_file = url, status, headers, body, ca_file
        self.location = headers.get("location")
        reader = _Reader()
        reader.feed(body)
        self.forms, self.inputs, self.links = reader.forms, reader.inputs, reader.links
        self.text = " ".join(" ".join(reader.texts).split())

    def submit(self, **fields):
        """Sends the page's one form with these fields besides its hidden ones."""
        assert len(self.forms) == 1, self.html
        form = self.forms[0]
        known = {each["name"]: each.get("value", "") for each in self.inputs if "name" in each}
        assert set(fields) <= set(known), known
        target = urljoin(self.url, form.get("action", ""))
        sent = urlencode({**known, **fields})
        if form.get("method", "get").lower() == "get":
            return open_page(f"{target}?{sent}", ca_file=self.ca_file)
        return open_page(target, sent, {"Content-Type": "application/x-www-form-urlencoded",
                                        "Origin": "null"}, self.ca_file)


def open_page(url, body=None, headers=None, ca_file=None):
    parts = urlsplit(url)  # what follows # stays here, as in a browser
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    more = {"context": ssl.create_default_context(cafile=ca_file)} if parts.scheme == "https" else {}
    connection = kind(parts.hostname, parts.port, timeout=60, **more)
    try:
        connection.request("GET" if body is None else "POST",
                           parts.path + ("?" + parts.query if parts.query else ""), body,
                           {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", **(headers or {})})
        answer = connection.getresponse()
        raw = answer.read().decode()
    finally:
        connection.close()
    return Page(url, answer.status, {name.lower(): value for name, value in answer.getheaders()}, raw,
                ca_file)


def query_of(url):
    return dict(parse_qsl(urlsplit(url).query))
