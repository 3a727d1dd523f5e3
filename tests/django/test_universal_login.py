"""The site's side of Universal Login: to the tenant's login page, back, and out. The tenant is the real sandbox; the
browser's visit there is made over HTTP, and the site answers a test client."""

import html
import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.test import Client
from django.test.utils import override_script_prefix
from harness import KIND, PASSWORD, make_person
from one_time import one_time_code
from visitor import Visitor

from auth0db import _native, web
from auth0db.models import Auth0User

CALLBACK = "http://testserver/auth0/callback/"
AFTER = "http://testserver/auth0/logged-out/"


@pytest.fixture
def door(tenant, settings):
    """The three lines, and the addresses at the application."""
    settings.ROOT_URLCONF = "project.web_urls"
    settings.LOGIN_URL = "auth0db:login"
    settings.AUTHENTICATION_BACKENDS = [
        "auth0db.backends.MigrateToAuth0Backend",
        "django.contrib.auth.backends.ModelBackend",
        "auth0db.backends.Auth0LinkBackend",
    ]
    tenant.options(callbacks=[CALLBACK], allowed_logout_urls=[AFTER])
    return Door(tenant)


def goes_on(answer):
    """Where a page leads by itself; None: it stays."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.content.decode())
    return html.unescape(found.group(1)) if found else None


class Door:
    """A browser between the site and the tenant."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.site, self.visitor = Client(), Visitor()

    def begin(self, path="/auth0/login/", **query):
        answer = self.site.get(path, query)
        assert answer.status_code == 200, answer.content
        return goes_on(answer)

    def at_tenant(self, address, username="ada@people.example", password=PASSWORD):
        """To the callback: its address, with what it is told."""
        base = self.tenant.info["url"]
        page = self.visitor.follow(self.visitor.open(address), base)
        if page.location is None:
            page = self.visitor.follow(self.visitor.submit(page, username=username, password=password), base)
        assert page.location and page.location.startswith(CALLBACK), page.text
        return page.location

    def back(self, address, browser=None):
        return (browser or self.site).get(address.replace("http://testserver", ""))

    def log_in(self, next_page="/me/", **who):
        return self.back(self.at_tenant(self.begin(next=next_page), **who))

    def me(self):
        return self.site.get("/me/").content.decode()


def cookies(browser):
    return [name for name, morsel in browser.cookies.items() if name.startswith("auth0db-") and morsel.value]


# ---- a login ----


def test_who_has_moved_logs_in_at_auth0_and_is_the_same_user(door, moved):
    answer = door.log_in("/inside/")
    assert goes_on(answer) == "/inside/" and door.me() == str(moved.pk)
    assert door.site.get("/inside/").content == b"inside"
    assert cookies(door.site) == []


def test_the_session_knows_who_and_how_and_holds_no_token(door, moved):
    door.log_in()
    told = door.site.session[web.SESSION_KEY]
    assert told["sub"] == Auth0User.objects.get(user=moved).auth0_id
    assert set(told) == {"sub", "sid", "auth_time", "amr"} and told["sid"]
    assert "ey" not in str(dict(door.site.session.items()))  # the beginning of every JWT


def test_it_costs_one_request_to_the_tenant(door, moved, tenant):
    address = door.at_tenant(door.begin())
    tenant.clear_requests()
    door.back(address)
    assert tenant.requests()["counts"] == {"POST /oauth/token": 1}


def test_the_link_decides_and_never_the_address(door, moved, tenant):
    """Somebody else has the address on the site by now."""
    get_user_model().objects.filter(pk=moved.pk).update(email="other@people.example")
    make_person("eve", email="ada@people.example")
    door.log_in()
    assert door.me() == str(moved.pk)


@pytest.mark.parametrize("verified, gets_in", [(True, True), (False, False)])
def test_without_a_link_the_join_rule_decides(door, tenant, person, verified, gets_in):
    tenant.create("ada@people.example", verified=verified)
    answer = door.log_in()
    assert door.me() == (str(person.pk) if gets_in else "")
    assert answer.status_code == (200 if gets_in else 403)
    assert Auth0User.objects.filter(user=person).exists() == gets_in


@pytest.mark.usernames
def test_an_address_that_two_users_have_joins_nobody(door, tenant, person):
    make_person("twin", email="ADA@people.example")
    tenant.create("ada@people.example", verified=True)
    assert door.log_in().status_code == 403 and door.me() == ""


def test_who_is_known_to_the_tenant_alone_becomes_a_user_without_a_password(door, tenant, settings):
    tenant.create("new@people.example", verified=True)
    door.log_in(username="new@people.example")
    user = Auth0User.objects.get().user
    assert door.me() == str(user.pk) and not user.has_usable_password()


def test_where_no_users_are_made_nobody_is(door, tenant, settings):
    settings.AUTH0_CREATE_USERS = False
    tenant.create("new@people.example", verified=True)
    assert door.log_in(username="new@people.example").status_code == 403
    assert get_user_model().objects.count() == 0


def test_who_is_inactive_on_the_site_stays_out(door, moved):
    get_user_model().objects.filter(pk=moved.pk).update(is_active=False)
    assert door.log_in().status_code == 403 and door.me() == ""


def test_a_joined_hash_admits_nobody_in_an_outage(door, tenant, person, site):
    """The tenant has let the person in; what the site's own hash is worth, nobody knows."""
    tenant.create("ada@people.example", verified=True, password="Other-Horse-9")
    door.log_in(password="Other-Horse-9")
    assert door.me() == str(person.pk)
    tenant.off()
    assert site.login(person) is None


def test_a_login_at_auth0_takes_back_what_was_said_but_not_the_second_factor(door, moved):
    for word, after in (("blocked", ""), ("mfa", "mfa")):
        Auth0User.objects.filter(user=moved).update(word=word)
        door.site = Client()
        door.log_in()
        assert (Auth0User.objects.get(user=moved).word or "") == after


def test_who_was_deleted_on_the_site_comes_back_by_nothing(door, moved):
    moved.delete()
    answer = door.log_in()
    assert answer.status_code == 403 and door.me() == "" and get_user_model().objects.count() == 0


def test_who_stays_on_the_site_does_not_come_in_by_auth0(door, tenant, person, settings):
    settings.AUTH0_KEEP_LOCAL = [person.get_username()]
    tenant.create("ada@people.example", verified=True)
    assert door.log_in().status_code == 403 and door.me() == ""


def test_after_a_suspension_the_session_is_nobodys(door, moved):
    door.log_in()
    get_user_model().objects.filter(pk=moved.pk).update(is_active=False)
    assert door.me() == ""


def test_the_backend_takes_no_credentials_that_a_form_could_hold(door, moved):
    from django.contrib.auth import authenticate

    sub = Auth0User.objects.get(user=moved).auth0_id
    assert authenticate(None, auth0_identity={"user_id": sub}) is None
    assert authenticate(None, auth0_identity=sub) is None


# ---- the table ----


def test_a_state_that_is_not_ours_logs_nobody_in_and_goes_on_to_nothing(door, moved):
    """Login CSRF: the code is somebody else's."""
    code = parse_qs(urlsplit(door.at_tenant(door.begin())).query)["code"][0]
    victim = Client()
    for state in ("", "x", "x" * 5000, "\0", "a.b.c.d", "é" * 22 + ".1.0." + "a" * 43):
        answer = victim.get("/auth0/callback/", {"code": code, "state": state})
        assert answer.status_code == 400 and goes_on(answer) is None
    assert victim.get("/auth0/callback/").status_code == 400
    assert victim.get("/me/").content == b""


def test_another_browsers_callback_begins_anew_and_does_not_log_in(door, moved):
    address = door.at_tenant(door.begin())
    victim = Client()
    answer = door.back(address, victim)
    assert goes_on(answer).startswith(door.tenant.info["url"] + "/authorize?")
    assert victim.get("/me/").content == b""


def test_without_cookies_the_second_try_says_so(door, moved):
    door.site.cookies.clear()
    first = door.back(door.at_tenant(door.begin()), Client())
    second = door.back(door.at_tenant(goes_on(first)), Client())
    assert second.status_code == 400 and goes_on(second) is None
    assert "ookies" in second.content.decode()


def test_who_is_logged_in_already_goes_home(door, moved):
    """Back, or a bookmark of the callback."""
    address = door.at_tenant(door.begin())
    door.back(address)
    assert goes_on(door.back(address)) == "/" and door.me() == str(moved.pk)


def test_a_used_code_is_said(door, moved):
    address = door.at_tenant(door.begin())
    held = {name: morsel.value for name, morsel in door.site.cookies.items()}
    door.back(address)
    again = Client()
    for name, value in held.items():
        again.cookies[name] = value
    answer = door.back(address, again)
    assert answer.status_code == 400 and goes_on(answer) is None and again.get("/me/").content == b""


def test_several_tabs_each_end_where_they_began(door, moved):
    addresses = [door.begin(next="/me/?tab=%d" % n) for n in range(3)]
    for n in (1, 0, 2):
        assert goes_on(door.back(door.at_tenant(addresses[n]))) == "/me/?tab=%d" % n


def test_a_browser_keeps_the_newest_eight(door):
    for _ in range(12):
        door.begin()
    assert len(cookies(door.site)) == web.COOKIES


def test_a_state_is_good_for_an_hour(door, moved, monkeypatch):
    address = door.at_tenant(door.begin())
    now = time.time()
    monkeypatch.setattr(web.time, "time", lambda: now + 3700)
    assert door.back(address).status_code == 400 and door.me() == ""


def test_a_login_goes_on_over_a_new_secret_key(door, moved, settings):
    address = door.at_tenant(door.begin())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a newer one"
    door.back(address)
    assert door.me() == str(moved.pk)


@pytest.mark.parametrize("error, said", [("unauthorized", "blocked"), ("access_denied", "contact"), ("<b>", "contact")])
def test_a_refusal_of_the_tenant_is_a_page_and_no_retry(door, error, said):
    state = parse_qs(urlsplit(door.begin()).query)["state"][0]
    answer = door.site.get("/auth0/callback/", {"error": error, "error_description": "<b>Call 555</b>", "state": state})
    assert answer.status_code == 403 and goes_on(answer) is None and said in answer.content.decode()
    assert "555" not in answer.content.decode() and cookies(door.site) == []


def test_who_is_blocked_at_the_tenant_is_told_so(door, moved, tenant):
    tenant.flag(Auth0User.objects.get(user=moved).auth0_id, blocked=True)
    answer = door.log_in()
    assert answer.status_code == 403 and "blocked" in answer.content.decode() and door.me() == ""


def test_every_row_of_the_table():
    rows = {
        ("strange",): {"state_good": False},
        ("exchange",): {"state_good": True, "cookie": True, "has_code": True},
        ("say_error",): {"state_good": True, "cookie": True, "has_error": True},
        ("home",): {"state_good": True, "logged_in": True, "has_code": True},
        ("again",): {"state_good": True, "has_code": True},
        ("no_cookies",): {"state_good": True, "has_code": True, "again": True},
    }
    for (end,), facts in rows.items():
        assert _native.web_decide(**facts) == end
    both = {"state_good": True, "cookie": True, "has_code": True, "has_error": True}
    assert _native.web_decide(**both) == "say_error"
    assert _native.web_decide(state_good=True, cookie=True) == "strange"
    assert [_native.web_after(True, True), _native.web_after(True, False)] == ["home", "used"]
    assert [_native.web_after(False, True), _native.web_after(False, False)] == ["trouble"] * 2


# ---- next, sessions ----


@pytest.mark.parametrize("evil", [
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "/" + "x" * 300, "\0",
])
def test_next_leads_to_this_site_only(door, moved, evil):
    assert goes_on(door.log_in(evil)) == "/me/"


def test_a_next_that_was_written_into_the_cookie_is_looked_at_again(door, moved):
    address = door.at_tenant(door.begin())
    name = cookies(door.site)[0]
    started = web.Started.read(door.site.cookies[name].value)
    started.next_page = "https://evil.example/"
    door.site.cookies[name] = started.text()
    assert goes_on(door.back(address)) == "/me/"


@pytest.mark.parametrize("text", ["", "x", "a.b.c.d.e", "x" * 40 + ".1.-1.0.é", "x" * 40 + ".1.-1.0.%%%%"])
def test_a_cookie_of_somebody_elses_making_is_none(text):
    assert web.Started.read(text) is None


def test_a_login_gives_the_session_a_new_key(door, moved):
    session = door.site.session
    session["basket"] = 1
    session.save()
    before = door.site.session.session_key
    door.log_in()
    assert door.site.session.session_key != before and door.site.session["basket"] == 1


def test_nothing_of_one_person_is_left_for_the_next(door, moved, tenant):
    door.log_in()
    session = door.site.session
    session["basket"] = 1
    session.save()
    tenant.create("new@people.example", verified=True)
    door.visitor = Visitor()
    door.log_in(username="new@people.example")
    assert "basket" not in door.site.session


def test_the_cookie_is_for_this_host_alone_and_for_no_script(door):
    answer = door.site.get("/auth0/login/", secure=True)
    (name, morsel), = [(n, m) for n, m in answer.cookies.items()]
    assert name.startswith("__Host-auth0db-") and morsel["secure"] and morsel["httponly"]
    assert morsel["samesite"] == "Lax" and morsel["path"] == "/" and not morsel["domain"]


def test_the_login_begins_on_the_host_of_the_callback(door, settings):
    settings.AUTH0_CALLBACK_URL = "https://www.example.com/auth0/callback/"
    assert door.begin(next="/x/") == "https://www.example.com/auth0/login/?next=%2Fx%2F"


# ---- what the tenant answers ----


def test_a_tenant_in_trouble_is_no_login(door, moved, tenant):
    address = door.at_tenant(door.begin())
    tenant.fault("/oauth/token", status=503)
    answer = door.back(address)
    assert answer.status_code == 503 and goes_on(answer) is None and door.me() == ""


@pytest.mark.parametrize("changes", [
    {"nonce": "x"}, {"verifier": "v" * 43}, {"redirect_uri": "http://testserver/"}, {"max_age": 1}, {"code": "x"},
    {"code": "\ud800"},
])
def test_an_answer_that_is_not_of_this_login_is_refused(door, moved, changes):
    from auth0db import conf

    state = parse_qs(urlsplit(address := door.at_tenant(door.begin())).query)
    key, state_id, _again = web.read_state(state["state"][0])
    started = web.Started.read(door.site.cookies["auth0db-" + state_id].value)
    asked = {
        "code": state["code"][0], "redirect_uri": CALLBACK, "max_age": -1, "deadline": 5.0,
        "verifier": _native.web_derive(key, "verifier", state_id, started.random),
        "nonce": _native.web_derive(key, "nonce", state_id, started.random), **changes,
    }  # fmt: skip
    outcome, told, _why = conf.client().exchange(**asked)
    assert told is None and outcome in ("bad_credentials", "unavailable") and address


# ---- second factors ----


def test_a_view_that_wants_a_factor_sends_there_and_lets_nobody_in_without(door, moved, tenant):
    door.log_in()
    assert door.site.get("/factor/").url == "/auth0/login/?" + urlencode({"mfa": "1", "next": "/factor/"})
    address = door.begin("/auth0/login/", mfa="1", next="/factor/")
    assert parse_qs(urlsplit(address).query)["acr_values"] == [web.MULTI_FACTOR]
    answer = door.back(door.at_tenant(address))  # no Action heeds it
    assert answer.status_code == 403 and goes_on(answer) is None
    assert door.site.get("/factor/").status_code == 302


def test_with_a_factor_the_view_opens_until_it_is_too_old(door, moved, tenant, monkeypatch):
    door.log_in()
    session = door.site.session
    session[web.SESSION_KEY] = {**session[web.SESSION_KEY], "amr": ["mfa"], "auth_time": int(time.time())}
    session.save()
    assert door.site.get("/factor/").content == b"with a factor"
    assert door.site.get("/fresh/").content == b"with a fresh factor"
    now = time.time()
    monkeypatch.setattr(web.time, "time", lambda: now + 700)
    assert door.site.get("/fresh/").status_code == 302


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_app(tenant, user):
    sub = Auth0User.objects.get(user=user).auth0_id
    tenant.api("POST", "/users/%s/authentication-methods" % sub, {"type": "totp", "name": "app", "totp_secret": SECRET})
    return sub


def code_at_tenant(door, page):
    page = door.visitor.submit(page, code=one_time_code(SECRET))
    return door.visitor.follow(page, door.tenant.info["url"]).location


def test_a_view_that_wants_a_factor_opens_once_it_was_shown(door, moved, tenant):
    """The Action heeds what is asked for, and the tenant asks for the code of an app."""
    tenant.flag(with_app(tenant, moved), mfa=False)
    door.log_in()
    tenant.options(mfa_on_request=True)
    address = goes_on(door.site.get(door.site.get("/fresh/").url))
    page = door.visitor.follow(door.visitor.open(address), tenant.info["url"])
    page = page if "six digits" in page.text else door.visitor.follow(
        door.visitor.submit(page, username="ada@people.example", password=PASSWORD), tenant.info["url"])
    answer = door.back(code_at_tenant(door, page))
    assert goes_on(answer) == "/fresh/" and door.site.get("/fresh/").content == b"with a fresh factor"
    assert door.site.session[web.SESSION_KEY]["amr"] == ["mfa"]


def test_who_needs_a_factor_comes_from_the_password_form_and_is_logged_in(door, moved, tenant, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "auth0db.middleware.UniversalLoginMiddleware"]
    with_app(tenant, moved)
    answer = door.site.post("/login/?next=/inside/", {"username": moved.get_username(), "password": PASSWORD})
    assert answer.status_code == 302 and answer.url.startswith("/auth0/login/?login_hint=")
    page = door.visitor.follow(door.visitor.open(goes_on(door.site.get(answer.url))), tenant.info["url"])
    assert moved.get_username() in [each.get("value") for each in page.inputs]
    page = door.visitor.follow(door.visitor.submit(page, username="ada@people.example", password=PASSWORD),
                               tenant.info["url"])
    assert goes_on(door.back(code_at_tenant(door, page))) == "/inside/" and door.me() == str(moved.pk)


def test_the_admin_leads_to_its_first_page(door, moved):
    get_user_model().objects.filter(pk=moved.pk).update(is_staff=True)
    assert goes_on(door.back(door.at_tenant(goes_on(door.site.get("/admin/login/"))))) == "/admin/"


def test_a_form_may_have_where_to_go_in_its_address(door, moved):
    address = goes_on(door.site.post("/auth0/login/?next=/inside/"))
    assert goes_on(door.back(door.at_tenant(address))) == "/inside/"


def test_a_clock_that_goes_ahead_sends_nobody_round_for_a_factor(door, moved, monkeypatch):
    """A minute is for the clocks, as at the callback."""
    door.log_in()
    session, now = door.site.session, time.time()
    session[web.SESSION_KEY] = {**session[web.SESSION_KEY], "amr": ["mfa"], "auth_time": int(now)}
    session.save()
    monkeypatch.setattr(web.time, "time", lambda: now + 655)
    assert door.site.get("/fresh/").content == b"with a fresh factor"
    monkeypatch.setattr(web.time, "time", lambda: now + 665)
    assert door.site.get("/fresh/").status_code == 302


def test_a_site_that_does_not_begin_at_the_root_stays_within_itself(door, moved):
    address = door.at_tenant(door.begin())
    door.back(address)
    with override_script_prefix("/shop/"):  # as a server tells Django of it
        assert goes_on(door.back(address)) == "/shop/"
        assert goes_on(door.back(AFTER)) == "/shop/"


def test_the_admin_lets_staff_in_and_tells_others(door, moved):
    address = goes_on(door.site.get("/admin/login/", {"next": "/admin/"}))
    assert goes_on(door.back(door.at_tenant(address))) == "/admin/"
    assert door.site.get("/admin/login/").status_code == 403
    get_user_model().objects.filter(pk=moved.pk).update(is_staff=True)
    assert door.site.get("/admin/").status_code == 200


class Awaited:
    """The browser of a site that is served by ASGI."""

    def __init__(self):
        from django.test import AsyncClient

        self.browser = AsyncClient()

    def __getattr__(self, name):
        return getattr(self.browser, name)

    def get(self, path, query=None):
        async def visit():  # that of Django 3.2 leaves out a query that is no part of the path
            return await self.browser.get(path + ("?" + urlencode(query) if query else ""))

        return async_to_sync(visit)()

    def post(self, path):
        async def visit():
            return await self.browser.post(path)

        return async_to_sync(visit)()


def test_a_site_that_is_served_by_asgi_logs_in_and_out_as_well(door, moved):
    door.site = Awaited()
    assert door.back("/auth0/callback/?state=x").status_code == 400
    assert goes_on(door.log_in("/inside/")) == "/inside/" and door.me() == str(moved.pk)
    assert door.site.get("/auth0/logout/").status_code == 200 and door.me() == str(moved.pk)
    out = goes_on(door.site.post("/auth0/logout/"))
    assert door.me() == "" and door.visitor.open(out).location == AFTER
    assert goes_on(door.back(AFTER)) == "/"


@pytest.mark.parametrize("browser", [Client, Awaited])
def test_a_view_that_is_awaited_wants_a_factor_too(door, moved, browser):
    door.site = browser()
    assert door.site.get("/awaited/").url == "/auth0/login/?" + urlencode({"mfa": "1", "next": "/awaited/"})
    door.log_in()
    assert door.site.get("/awaited/").status_code == 302
    session = door.site.session
    session[web.SESSION_KEY] = {**session[web.SESSION_KEY], "amr": ["mfa"]}
    session.save()
    assert door.site.get("/awaited/").content == b"with a factor, awaited"


def test_a_password_login_that_needs_a_factor_is_sent_here(door, moved, tenant):
    tenant.flag(Auth0User.objects.get(user=moved).auth0_id, mfa=True)
    answer = door.site.post("/login/", {"username": moved.get_username(), "password": PASSWORD})
    assert "/auth0/login/?login_hint=" in answer.content.decode()
    assert KIND and "auth0db-" not in str(answer.cookies)


# ---- out ----


def test_logging_out_ends_both_sessions(door, moved):
    door.log_in()
    answer = door.site.post("/auth0/logout/")
    assert door.me() == ""
    page = door.visitor.open(goes_on(answer))
    assert page.status == 302 and page.location == AFTER
    assert goes_on(door.back(AFTER)) == "/"
    assert door.visitor.follow(door.visitor.open(door.begin()), door.tenant.info["url"]).forms  # asked again


def test_a_picture_on_somebodys_page_logs_nobody_out(door, moved):
    door.log_in()
    assert b"<form" in door.site.get("/auth0/logout/").content and door.me() == str(moved.pk)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = door.site.cookies
    assert strict.post("/auth0/logout/").status_code == 403 and door.me() == str(moved.pk)


def test_pages_are_kept_by_nobody_and_say_their_language(door, settings):
    settings.LANGUAGE_CODE = "de"
    answer = door.site.get("/auth0/callback/")
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "no-referrer"
    assert '<html lang="de">' in answer.content.decode()


# ---- what is missing ----


def findings(address):
    import json
    from io import StringIO

    from django.core.management import CommandError, call_command

    out = StringIO()
    try:
        call_command("auth0_check", "--json", universal_login=address, stdout=out)
    except CommandError:
        pass
    return json.loads(out.getvalue())["findings"]


def check(address):
    return {finding["setting"]: finding["level"] for finding in findings(address)}


def test_a_check_says_what_is_not_registered(door, tenant, settings):
    address = "https://www.example.com"
    found = check(address)
    assert found["Allowed Callback URLs"] == found["Allowed Logout URLs"] == "error"
    assert found["Application Login URI"] == "warning" and "Grant Types" not in found
    tenant.options(callbacks=[address + "/auth0/callback/"], allowed_logout_urls=[address + "/auth0/logged-out/"],
                   initiate_login_uri=address + "/auth0/login/")
    found = check(address)
    assert {found[name] for name in ("Allowed Callback URLs", "Allowed Logout URLs", "Application Login URI")} == {"ok"}
    tenant.options(callbacks=["https://*.example.com/auth0/callback/"], grant_types=["client_credentials"])
    found = check(address)
    assert found["Allowed Callback URLs"] == "warning" and found["Grant Types"] == "error"
    tenant.options(scopes=[])
    assert check(address)["AUTH0_CLIENT_ID"] in ("warning", "error")


@pytest.mark.parametrize("options, level, says", [
    ({}, "ok", "people log in at"),
    ({"custom_domains": ["login.example.com"]}, "warning", "login.example.com"),
    ({"custom_domains": ["127.0.0.1:{port}", "login.example.com"]}, "ok", "people log in at"),
    ({"plan_refuses": ["custom domains"]}, "ok", "people log in at"),
    ({"scopes": ["read:clients"]}, "warning", "read:custom_domains"),
])
def test_a_check_says_at_which_domain_people_log_in(door, tenant, options, level, says):
    port = tenant.info["url"].rsplit(":", 1)[1]
    tenant.options(**{name: [each.format(port=port) for each in value] for name, value in options.items()})
    finding, = [each for each in findings("https://www.example.com")
                if "people log in at" in each["message"] or "a custom domain" in each["message"]]
    assert finding["level"] == level and says in finding["message"] + finding["cure"]


def test_a_check_looks_at_the_sites_own_settings_too(door, settings):
    assert "SESSION_ENGINE" not in check("https://www.example.com")
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    assert check("https://www.example.com")["SESSION_ENGINE"] == "error"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:2]
    found = check("https://www.example.com")
    assert found["SESSION_ENGINE"] == found["AUTHENTICATION_BACKENDS"] == "error"
    assert found["SESSION_COOKIE_SECURE"] == found["SECURE_PROXY_SSL_HEADER"] == "warning"
    assert check("http://www.example.com")["AUTH0_CALLBACK_URL"] == "error"
    assert check("")["--universal-login"] == "error"
    settings.ROOT_URLCONF = "project.urls"
    assert check("https://www.example.com")["ROOT_URLCONF"] == "error"
