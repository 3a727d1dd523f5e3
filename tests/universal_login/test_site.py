"""Our own side in a real browser: the three lines, and what browsers and sites do to them."""
import pytest
from conftest import DEBIAN
from chromium import Chromium
from https_proxy import HttpsProxy
from test_clients import log_in, who

MAKE_BOB = """
from django.contrib.auth.models import User
print(User.objects.create_user("bob", "bob@example.com").pk)
"""


KINDS = [pytest.param({}, id="as-django-has-it"), pytest.param({"python": DEBIAN}, id="django-3.2"),
         pytest.param({"SITE_SAMESITE": "Strict"}, id="strict-sessions"),
         pytest.param({"SITE_SESSIONS": "signed_cookies"}, id="sessions-in-cookies")]


@pytest.fixture
def site(place, tenant, browser, request):
    """Of the first kind, unless the test says of which."""
    site = place(JUDGE="auth0db", **getattr(request, "param", {}))
    tenant.options(callbacks=[site.url + "/auth0/callback/"], allowed_logout_urls=[site.url + "/auth0/logged-out/"])
    site.run(MAKE_BOB)
    browser.open(tenant.url + "/v2/logout")
    return site


@pytest.mark.parametrize("site", KINDS, indirect=True)
def test_a_person_logs_in_comes_to_where_she_wanted_and_logs_out(site, tenant, browser):
    browser.complaints()
    browser.open(site.url + "/inside/")  # login_required
    log_in(browser, tenant)
    browser.until(lambda: browser.title == "inside", f"{browser.url}: {browser.text}: {site.said()}")
    assert browser.url == site.url + "/inside/" and who(browser, site) == "bob@example.com"
    browser.click("#leave button")  # a form, under form-action 'self'
    browser.until(lambda: browser.title == "site" and browser.text.startswith("nobody"), browser.text)
    browser.click("#enter button")  # a form too; and the tenant asks again
    log_in(browser, tenant)
    browser.until(lambda: browser.text.startswith("bob@example.com"), browser.text)
    assert [each for each in browser.complaints() if "favicon" not in each] == []


def test_back_reload_bookmarks_and_tabs_end_on_pages(site, tenant, browser):
    browser.open(site.url + "/auth0/login/")
    log_in(browser, tenant)
    browser.until(lambda: browser.text.startswith("bob@example.com"), browser.text)
    browser.back()
    browser.back()
    browser.until(lambda: browser.text, "an empty page")
    assert who(browser, site) == "bob@example.com"
    browser.open(site.url + "/auth0/callback/?code=x&state=y")
    browser.until(lambda: "cannot be continued" in browser.text, browser.text)
    assert who(browser, site) == "bob@example.com"


def test_a_cookie_that_was_lost_on_the_way_costs_one_more_round(site, tenant, browser):
    browser.open(site.url + "/auth0/login/?next=/inside/")
    browser.until(lambda: browser.url.startswith(tenant.url + "/u/login"), browser.url)
    browser.forget("auth0db-")
    log_in(browser, tenant)
    browser.until(lambda: browser.title == "site", f"{browser.url}: {browser.text}")
    assert who(browser, site) == "bob@example.com"


@pytest.mark.parametrize("site", [pytest.param({"SITE_PROXY": "1"}, id="secure")], indirect=True)
def test_behind_a_proxy_that_speaks_https_a_person_logs_in_and_out(site, tenant, browser):
    with HttpsProxy(site.url) as proxy:
        tenant.options(callbacks=[proxy.url + "/auth0/callback/"], allowed_logout_urls=[proxy.url + "/auth0/logged-out/"])
        browser.open(proxy.url + "/inside/")
        browser.until(lambda: browser.url.startswith(tenant.url + "/u/login"), f"{browser.url}: {browser.text}")
        log_in(browser, tenant)
        browser.until(lambda: browser.title == "inside", f"{browser.url}: {browser.text}: {site.said()}")
        assert browser.url == proxy.url + "/inside/"
        browser.open(proxy.url + "/")
        browser.click("#leave button")
        browser.until(lambda: browser.title == "site" and browser.text.startswith("nobody"), browser.text)
        assert browser.url == proxy.url + "/"


def test_who_has_switched_the_sites_cookies_off_is_told_so_and_is_not_sent_round(site, tenant):
    with Chromium(trusts_anybody=True, no_cookies_of=site.url) as browser:
        browser.open(site.url + "/auth0/login/")
        log_in(browser, tenant)
        browser.until(lambda: "Cookies are switched off" in browser.text, f"{browser.url}: {browser.text}")
        assert browser.url.startswith(site.url + "/auth0/callback/") and who(browser, site) == "nobody"
