"""The reset page in a real browser: from the outbox to a login with the new password."""
import http.server
import threading

import pytest
from chromium import Chromium, missing
from conftest import GOOD
from forms import query_of

NEW = "Another-Horse-8"


@pytest.fixture(scope="module")
def browser():
    if missing():
        pytest.skip("no browser: " + " ".join(missing()))
    with Chromium(scripts=False) as browser:
        yield browser


@pytest.fixture
def forgetful(tenant):
    tenant.create(verify_email=False)
    status, _, _ = tenant.ask("POST", "/dbconnections/change_password",
                              {"email": "bob@example.com", "connection": tenant.connection})
    assert status == 200
    return tenant


def open_mail(browser, tenant):
    """As a person would: the outbox, the mail, the link in it."""
    browser.open(tenant.url + "/sandbox/outbox")
    browser.click("=Reset your password")
    assert "bob@example.com" in browser.text
    browser.click("#link")
    browser.until(lambda: "Choose a new password" in browser.text, browser.text)


def choose(browser, first, second):
    browser.type("#new", first)
    browser.type("#again", second)
    browser.click("button")


def test_from_the_outbox_to_a_login(browser, forgetful):
    open_mail(browser, forgetful)
    choose(browser, NEW, NEW)
    browser.until(lambda: "Password changed" in browser.text, browser.text)
    assert "ticket" not in browser.url  # nothing to be found in the history
    assert forgetful.login(password=NEW)[0] == 200 and forgetful.login(password=GOOD)[0] == 403


def test_a_refusal_is_said_on_the_page_and_can_be_repaired_there(browser, forgetful):
    open_mail(browser, forgetful)
    choose(browser, NEW, NEW + "x")
    browser.until(lambda: "not the same" in browser.text, browser.text)
    choose(browser, "weak", "weak")
    browser.until(lambda: "too weak" in browser.text, browser.text)
    choose(browser, NEW, NEW)
    browser.until(lambda: "Password changed" in browser.text, browser.text)
    assert forgetful.login(password=NEW)[0] == 200


def test_a_used_link_says_so(browser, forgetful):
    open_mail(browser, forgetful)
    link = browser.url
    choose(browser, NEW, NEW)
    browser.until(lambda: "Password changed" in browser.text, browser.text)
    browser.open(link)
    assert "cannot be used any more" in browser.text


def test_the_pages_are_styled_and_nothing_is_blocked(browser, forgetful):
    browser.complaints()
    open_mail(browser, forgetful)
    assert browser.css("main", "max-width") == "736px" and browser.css("button", "cursor") == "pointer"
    choose(browser, NEW, NEW)
    browser.until(lambda: "Password changed" in browser.text, browser.text)
    assert [each for each in browser.complaints() if "favicon" not in each] == []


def test_the_browser_follows_to_the_result_url(browser, tenant):
    """The content policy lets the form lead there, and there alone."""
    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>the site's login")
            seen.append((self.path, self.headers.get("Referer")))

        def log_message(self, *args):
            pass

    seen = []
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        user = tenant.create()
        ticket = tenant.api("POST", "/tickets/password-change", {
            "user_id": user["user_id"], "result_url": f"http://127.0.0.1:{site.server_port}/login"})[2]["ticket"]
        browser.open(ticket)
        choose(browser, NEW, NEW)
        browser.until(lambda: "the site's login" in browser.text, browser.text)
        path, referer = next(each for each in seen if each[0].startswith("/login"))
        assert query_of(path)["success"] == "true" and referer is None
    finally:
        site.shutdown()
        site.server_close()
    assert tenant.login(password=NEW)[0] == 200
