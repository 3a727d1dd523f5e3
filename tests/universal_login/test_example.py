"""The example site, after its three lines: a user who has moved by the password form logs in at Auth0's page, and out."""
import sys

import pytest
from conftest import DEBIAN, NEWEST, PASSWORD, needs_newest
from sandbox import Sandbox
from test_clients import log_in

MAKE_BOB = f"""
from django.contrib.auth.models import User
User.objects.create_user("bob", "bob@example.com", "{PASSWORD}")
"""


@pytest.fixture
def plain_tenant():
    with Sandbox("--quiet") as tenant:
        tenant.options(bcrypt_cost=4)
        yield tenant


@pytest.mark.parametrize("django, python", [
    pytest.param("3.2", DEBIAN, id="3.2"), pytest.param("5.2", sys.executable, id="5.2"),
    pytest.param("6.1", NEWEST, id="6.1", marks=needs_newest)])
def test_a_moved_user_of_the_example_logs_in_at_auth0_and_out(django, python, plain_tenant, places, browser):
    site = places(plain_tenant, python, DJANGO_SETTINGS_MODULE="legacy.settings")
    assert site.run("print(django.__version__)").rsplit(".", 1)[0] == django
    plain_tenant.options(callbacks=[site.url + "/auth0/callback/"],
                         allowed_logout_urls=[site.url + "/auth0/logged-out/"])
    site.run(MAKE_BOB)
    browser.open(site.url + "/login/")
    browser.type("[name=username]", "bob")
    browser.type("[name=password]", PASSWORD)
    browser.click("button, [type=submit]")
    browser.until(lambda: browser.url == site.url + "/", f"{browser.url}: {browser.text}")
    assert [user["email"] for user in plain_tenant.api("GET", "/users")[2]] == ["bob@example.com"]  # moved
    browser.forget("sessionid")
    browser.open(site.url + "/auth0/login/")
    log_in(browser, plain_tenant)
    browser.until(lambda: browser.url == site.url + "/", f"{browser.url}: {browser.text}: {site.said()}")
    assert "bob" in browser.text
    browser.open(site.url + "/auth0/logout/")
    browser.click("button")
    browser.until(lambda: browser.url == site.url + "/", f"{browser.url}: {browser.text}")
    assert "bob" not in browser.text
    browser.open(site.url + "/auth0/login/")
    browser.until(lambda: browser.url.startswith(plain_tenant.url + "/u/login"), browser.url)
