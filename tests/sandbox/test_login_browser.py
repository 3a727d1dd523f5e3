"""The login page in a real browser without scripts: with a keyboard alone, on a phone, and to the callback."""
import http.server
import threading
from urllib.parse import urlencode

import pytest
from chromium import Chromium, missing
from conftest import GOOD
from forms import query_of
from one_time import one_time_code
from test_universal_login import SECRET, with_app

ENTER, TAB = "\ue007", "\ue004"


class Application(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!doctype html><title>site</title><p>Back at the site"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser():
    if missing():
        pytest.skip("no browser: " + " ".join(missing()))
    with Chromium(scripts=False) as browser:
        yield browser


@pytest.fixture
def page(browser, tenant, site):
    """The login page of a tenant with bob."""
    tenant.options(callbacks=[site], bcrypt_cost=4)
    tenant.bob = tenant.create(email_verified=True)
    tenant.address = f"{tenant.url}/authorize?" + urlencode({
        "client_id": tenant.client_id, "redirect_uri": site, "response_type": "code", "scope": "openid", "state": "s"})
    browser.open(f"{tenant.url}/v2/logout")
    browser.complaints()
    return browser.open(tenant.address)


def back(browser):
    browser.until(lambda: "Back at the site" in browser.text, browser.text)
    assert [each for each in browser.complaints() if "favicon" not in each] == []
    return query_of(browser.url)


def test_from_the_login_page_back_to_the_site(page, tenant):
    assert page.title == "Log in"
    page.type("#username", "bob@example.com")
    page.type("#password", GOOD)
    page.click("button")
    assert set(back(page)) == {"code", "state"}
    page.open(tenant.address)
    assert set(back(page)) == {"code", "state"}  # the session asks nothing


def test_a_keyboard_is_enough(page):
    page.keys("bob@example.com" + TAB + GOOD + ENTER)
    assert "code" in back(page)


def test_a_wrong_password_is_said_and_the_next_try_begins_at_the_password(page):
    page.keys("bob@example.com" + TAB + "Wrong-Horse-7" + ENTER)
    page.until(lambda: "Wrong email or password" in page.text, page.text)
    page.until(lambda: page.focused == "password", "no field has the focus")
    page.complaints()  # of the status 400
    page.keys(GOOD + ENTER)
    assert "code" in back(page)


def test_with_an_app_the_code_is_typed(page, tenant):
    with_app(tenant)
    page.keys("bob@example.com" + TAB + GOOD + ENTER)
    page.until(lambda: "Verify your identity" in page.text and page.focused == "code", page.text)
    page.keys(one_time_code(SECRET) + ENTER)
    assert "code" in back(page)


def test_a_refusal_leads_back_to_the_site(page, tenant):
    tenant.flag(tenant.bob, blocked=True)
    page.keys("bob@example.com" + TAB + GOOD + ENTER)
    assert back(page)["error_description"] == "user is blocked"


def test_every_field_has_a_name_that_is_read_aloud(page, tenant):
    with_app(tenant)
    assert page.names("input:not([type=hidden]), button, a") == ["Email address", "Password", "Continue", "Forgot password?"]
    page.keys("bob@example.com" + TAB + GOOD + ENTER)
    page.until(lambda: "Verify your identity" in page.text, page.text)
    assert page.names("input:not([type=hidden]), button") == ["Code of six digits", "Continue"]


def test_on_a_phone_nothing_is_wider_than_the_screen(page):
    page.resize(360, 740)
    width = float(page.css("main", "width").removesuffix("px"))
    assert width <= 500  # Chromium's own windows are not narrower
    assert float(page.css("button", "height").removesuffix("px")) >= 44
    page.resize(1000, 800)
