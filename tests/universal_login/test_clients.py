"""The packages by which Django sites speak to Auth0, against the sandbox, in a real browser: a person logs in, is the
one she is, logs out, and is asked again."""
import pytest
from conftest import PASSWORD

CALLBACKS = {"allauth-auth0": "/accounts/auth0/login/callback/",
             "allauth-oidc": "/accounts/oidc/tenant/login/callback/", "mozilla": "/oidc/callback/",
             "authlib": "/authlib/callback/", "social": "/social/complete/auth0_openidconnect/"}


def who(browser, site):
    browser.open(site.url + "/")
    return browser.until(lambda: browser.text, "no page").split()[0]


def go_in(browser, site, judge):
    browser.open(site.url + "/in/")
    if judge == "social":
        browser.click("button")


def log_in(browser, tenant):
    browser.until(lambda: browser.url.startswith(tenant.url + "/u/login"), browser.url)
    browser.type("#username", "bob@example.com")
    browser.type("#password", PASSWORD)
    browser.click("button")


@pytest.mark.parametrize("judge", CALLBACKS)
def test_a_person_logs_in_and_out(judge, place, tenant, browser):
    site = place(JUDGE=judge)
    tenant.options(callbacks=[site.url + CALLBACKS[judge]], allowed_logout_urls=[site.url + "/"])
    browser.open(tenant.url + "/v2/logout")
    go_in(browser, site, judge)
    log_in(browser, tenant)
    browser.until(lambda: browser.url.startswith(site.url + "/") and "callback" not in browser.url,
                  f"{browser.url}: {browser.text}: {site.said()}")
    assert who(browser, site) == "bob@example.com", site.said()
    browser.open(site.url + "/out/")
    browser.until(lambda: browser.url == site.url + "/", browser.url)
    assert who(browser, site) == "nobody"
    go_in(browser, site, judge)
    browser.until(lambda: browser.url.startswith(tenant.url + "/u/login"), browser.url)
