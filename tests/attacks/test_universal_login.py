"""Auth0's own login page: somebody else's codes, callbacks, sessions and addresses. Two browsers, over HTTP."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from harness import PASSWORD, make_person
from visitor import Visitor

from auth0db.models import Auth0User

LINES = {
    "ROOT_URLCONF": "running.web_urls",
    "LOGIN_URL": "auth0db:login",
    "AUTHENTICATION_BACKENDS": [
        "running.lockout.Lockout",
        "auth0db.backends.MigrateToAuth0Backend",
        "django.contrib.auth.backends.ModelBackend",
        "auth0db.backends.Auth0LinkBackend",
    ],
}


@pytest.fixture
def site(serve, tenant):
    site = serve(**LINES)
    site.tenant = tenant
    tenant.options(callbacks=[site.url + "/auth0/callback/"], allowed_logout_urls=[site.url + "/auth0/logged-out/"])
    return site


@pytest.fixture
def ada(tenant):
    """The victim, who is known to both sides by the same verified address."""
    person = make_person("ada")
    tenant.create("ada@people.example", verified=True)
    return person


@pytest.fixture
def mallory(tenant):
    person = make_person("mallory")
    tenant.create("mallory@people.example", verified=True)
    return person


class Person(Visitor):
    """A browser that goes on where pages do."""

    def __init__(self, site):
        super().__init__()
        self.site = site

    def goes_on(self, page):
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page.html)
        return html.unescape(found.group(1)) if found else None

    def begin(self, query=""):
        return self.goes_on(self.open(self.site.url + "/auth0/login/" + query))

    def callback_of(self, address, name):
        """What the tenant sends this person back with."""
        base = self.site.tenant.info["url"]
        page = self.follow(self.open(address), base)
        if page.location is None:
            page = self.follow(self.submit(page, username=name + "@people.example", password=PASSWORD), base)
        assert page.location.startswith(self.site.url + "/auth0/callback/"), page.text
        return page.location

    def log_in(self, name, query=""):
        page = self.open(self.callback_of(self.begin(query), name))
        return self.goes_on(page)

    def me(self):
        key = self.open(self.site.url + "/me/").html
        return int(key) if key else None


def test_a_strangers_code_in_a_forged_callback(site, ada, mallory):
    """Login CSRF: the victim would fill in mallory's account."""
    attacker, victim = Person(site), Person(site)
    address = attacker.callback_of(attacker.begin(), "mallory")
    code = parse_qs(urlsplit(address).query)["code"][0]
    for forged in (f"?code={code}", f"?code={code}&state=x", f"?code={code}&state={'a' * 22}.1.0.{'b' * 43}"):
        page = victim.open(site.url + "/auth0/callback/" + forged)
        assert page.status == 400 and victim.goes_on(page) is None
    assert victim.me() is None


def test_a_callback_that_another_browser_began(site, ada, mallory):
    attacker, victim = Person(site), Person(site)
    address = attacker.callback_of(attacker.begin(), "mallory")
    victim.open(address)
    assert victim.me() is None


def test_a_strangers_code_in_a_callback_of_ones_own(site, ada, mallory):
    """The victim's browser has begun a login; the code that comes back is mallory's."""
    attacker, victim = Person(site), Person(site)
    code = parse_qs(urlsplit(attacker.callback_of(attacker.begin(), "mallory")).query)["code"][0]
    own = parse_qs(urlsplit(victim.begin()).query)["state"][0]
    page = victim.open(f"{site.url}/auth0/callback/?code={code}&state={own}")
    assert page.status != 200 and victim.me() is None


def test_a_session_that_was_there_before_the_login(site, ada, mallory):
    victim, attacker = Person(site), Person(site)
    attacker.me()  # a session without anybody
    planted = attacker.cookies["127.0.0.1", "sessionid"]
    victim.cookies["127.0.0.1", "sessionid"] = planted
    victim.log_in("ada")
    assert victim.me() == ada.pk and victim.cookies["127.0.0.1", "sessionid"] != planted
    assert attacker.me() is None


def test_a_next_to_another_site(site, ada):
    for evil in ("https://evil.example/", "//evil.example/", "/%5Cevil.example/", "javascript:alert(1)"):
        assert Person(site).log_in("ada", "?next=" + evil) == "/me/"


def test_an_unverified_email_at_the_login_page(site, tenant):
    victim = make_person("ada")
    tenant.create("ada@people.example", verified=False)
    attacker = Person(site)
    page = attacker.open(attacker.callback_of(attacker.begin(), "ada"))
    assert page.status == 403 and attacker.me() is None
    assert not Auth0User.objects.filter(user=victim).exists()


def test_a_code_that_is_used_twice(site, ada):
    """From a history, or a proxy's log."""
    victim, thief = Person(site), Person(site)
    address = victim.callback_of(victim.begin(), "ada")
    thief.cookies.update({key: value for key, value in victim.cookies.items() if key[1].startswith("auth0db-")})
    victim.open(address)
    assert victim.me() == ada.pk
    thief.open(address)
    assert thief.me() is None


def test_a_picture_that_logs_people_out(site, ada):
    victim = Person(site)
    victim.log_in("ada")
    victim.open(site.url + "/auth0/logout/")
    assert victim.open(site.url + "/auth0/logout/", {}).status == 403
    assert victim.me() == ada.pk


def test_words_in_the_address_of_a_refusal(site, ada):
    """What a page of this site says is this site's."""
    victim = Person(site)
    state = parse_qs(urlsplit(victim.begin()).query)["state"][0]
    page = victim.open(f"{site.url}/auth0/callback/?error=x&error_description=Call+555&state={state}")
    assert page.status == 403 and "555" not in page.html


def test_a_user_whom_the_site_has_made_inactive_at_the_login_page(site, ada):
    victim = Person(site)
    victim.log_in("ada")
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)
    assert victim.me() is None
    page = victim.open(victim.callback_of(victim.begin(), "ada"))
    assert page.status == 403 and victim.me() is None
