"""What a stranger may try with a browser and time: ask who is there, inject, hide, listen."""

import re

import pytest

from auth0db.models import Auth0User
from browser import Browser
from harness import NEWER, PASSWORD, make_person

WRONG = "Wrong-Password-1"


def logged(tenant, kind=None):
    """Entries of the tenant's log."""
    entries = tenant.api("GET", "/logs?per_page=100")
    return [entry for entry in entries if kind in (None, entry["type"])]


@pytest.fixture
def everybody(tenant, site, ada):
    """One name of each kind: moved, blocked at Auth0, not moved, held back, inactive, and nobody."""
    blocked, _, held, _ = (make_person(name) for name in ("blocked", "fresh", "held", "inactive"))
    Browser(site).log_in("blocked")
    tenant.patch(blocked.auth0.auth0_id, blocked=True)
    tenant.create(held.email, NEWER)
    assert Browser(site).log_in("held") == held.pk
    type(ada).objects.filter(username="inactive").update(is_active=False)
    return ["ada", "blocked", "fresh", "held", "inactive", "nobody"]


def answers(site, names, password=WRONG):
    browsers = {name: Browser(site) for name in names}
    for name, browser in browsers.items():
        assert browser.log_in(name, password) is None
    return {browser.page for browser in browsers.values()}


def test_the_login_page_does_not_tell_who_exists(site, everybody):
    assert len(answers(site, everybody)) == 1


def test_an_outage_does_not_tell_who_exists(tenant, site, everybody):
    tenant.off()
    assert len(answers(site, everybody)) == 1


def test_the_reset_page_does_not_tell_who_exists(site, everybody):
    pages = set()
    for name in everybody:
        browser = Browser(site).submit("/reset/", email=name + "@people.example")
        pages.add((browser.status, browser.at, browser.text))
    assert len(pages) == 1


def test_the_same_work_whoever_is_asked_for(tenant, site, everybody):
    """Timing cannot tell what the same requests and the same hashes cost."""
    work = {}
    for name in ("ada", "fresh", "held", "nobody"):
        tenant.clear_requests()
        Browser(site).open("/spent/")
        Browser(site).log_in(name, WRONG)
        spent = Browser(site).open("/spent/").text
        work[name] = (spent, tenant.requests()["counts"])
    assert list(work.values()) == [('{"hashes": 1}', {"POST /oauth/token": 1})] * 4, work


def test_the_same_work_for_a_name_of_two(tenant, site):
    ada = make_person("ada")
    mallory = make_person(ada.email, NEWER, email="mallory@people.example")
    work = []
    for name, password in ((None, None), (ada.email, NEWER), ("ada", PASSWORD)):  # nobody, he, both
        assert name is None or Browser(site).log_in(name, password) in (ada.pk, mallory.pk)
        tenant.clear_requests()
        Browser(site).open("/spent/")
        assert Browser(site).log_in(ada.email, WRONG) is None
        work.append((Browser(site).open("/spent/").text, tenant.requests()["counts"]))
    assert work == [('{"hashes": 2}', {"POST /oauth/token": 1})] * 3, work


def test_a_throttled_name_does_not_tell_its_email(tenant, site, ada):
    tenant.options(brute_force_max_attempts=3, brute_force_mode="count_per_identifier")
    for _ in range(5):
        Browser(site).log_in("ada", WRONG)
    hers, nobodys, her_own = Browser(site), Browser(site), Browser(site)
    assert hers.log_in(ada.email, WRONG) is None
    assert nobodys.log_in("nobody@people.example", WRONG) is None
    assert hers.page == nobodys.page
    assert her_own.log_in(ada.email) is None
    assert "Too many attempts" in her_own.page[1], "but she is told"


def test_a_session_fixed_before_the_login(site, ada):
    mallory = Browser(site)
    mallory.me()
    fixed = mallory.session()
    assert fixed
    victim = Browser(site)
    for cookie in mallory.cookies:
        victim.cookies.set_cookie(cookie)
    assert victim.session() == fixed
    assert victim.log_in("ada") == ada.pk
    assert victim.session() != fixed and mallory.me() is None


def test_a_forged_forwarded_for(tenant, site, ada):
    """The address that Auth0 counts failures by is the connection's, whatever the browser says."""
    lies = Browser(
        site, X_Forwarded_For="203.0.113.66", auth0_forwarded_for="203.0.113.66", Forwarded="for=203.0.113.66"
    )
    assert lies.log_in("ada", WRONG) is None
    told = {entry["ip"] for entry in logged(tenant, "fp")}
    assert told == {"127.0.0.1"}


BEHIND = {"AUTH0_CLIENT_IP": "auth0db.client_ip.behind"}


def test_one_attacker_behind_everybodys_proxy(tenant, serve):
    """Auth0 counts him, not the proxy that he and everybody else comes through; nor does he get another address by
    beginning the header himself."""
    site = serve(AUTH0_TRUSTED_PROXIES=["127.0.0.1"], **BEHIND)
    tenant.options(brute_force_max_attempts=3, suspicious_ip_max_attempts=4, same_user_limit=False)
    ada, bob = make_person("ada"), make_person("bob")
    for person in (ada, bob):
        for _ in range(2):
            assert Browser(site, X_Forwarded_For="203.0.113.7").log_in(person.username) == person.pk
    for n, name in enumerate(["ada"] * 4 + ["bob"] * 2):
        lies = Browser(site, X_Forwarded_For="198.51.100.%d, 203.0.113.66" % n)
        assert lies.log_in(name, WRONG) is None
    assert {entry["ip"] for entry in logged(tenant) if entry["type"].startswith("f")} == {"203.0.113.66"}
    assert Browser(site, X_Forwarded_For="203.0.113.66").log_in("ada") is None
    for person in (ada, bob):
        assert Browser(site, X_Forwarded_For="203.0.113.8").log_in(person.username) == person.pk


def test_a_forwarded_for_past_the_proxy(tenant, serve):
    """Whoever reaches the site directly is who they are, whatever header they bring."""
    site = serve(AUTH0_TRUSTED_PROXIES=["127.0.0.9", "10.0.0.0/8", "unix"], **BEHIND)
    make_person("ada")
    for header in ("X_Forwarded_For", "Forwarded", "X_Real_IP"):
        lie = "for=203.0.113.66" if header == "Forwarded" else "203.0.113.66"
        assert Browser(site, **{header: lie}).log_in("ada", WRONG) is None
    assert {entry["ip"] for entry in logged(tenant) if entry["type"].startswith("f")} == {"127.0.0.1"}


@pytest.mark.parametrize("value, passed_on", [
    ("203.0.113.66, 10.0.0.1", "127.0.0.1"), ("203.0.113.66\tx", "127.0.0.1"), ("localhost", "127.0.0.1"),
    ("x" * 5000, "127.0.0.1"), ("1.2.3.4:80", "1.2.3.4"),
])  # fmt: skip
def test_a_forwarded_for_that_is_no_address(tenant, serve, value, passed_on):
    """Even where the site believes the browser: only one address is passed on, never a list or a header."""
    site = serve(AUTH0_CLIENT_IP="running.broken.believes_the_browser")
    ada = make_person("ada")
    for _ in range(2):
        assert Browser(site, X_Forwarded_For=value).log_in("ada") == ada.pk
    assert {entry["ip"] for entry in logged(tenant, "s")} == {passed_on}


@pytest.mark.parametrize(
    "typed",
    [
        'x","blocked":false,"email_verified":true,"z":"',
        "x\r\nauth0-forwarded-for: 203.0.113.66",
        "x&grant_type=client_credentials",
        "x%00y",
        "' OR 1=1 --",
        "auth0|000000000000000000000000",
        "*",
        "email:*",
        "${jndi:ldap://x}",
        "{{7*7}}",
    ],
)
def test_an_injection_by_name_or_password(tenant, site, ada, typed):
    assert Browser(site).log_in(typed) is None
    assert Browser(site).log_in("ada", typed) is None
    bob = make_person("bob", typed + "Aa1-long")
    assert Browser(site).log_in("bob", typed + "Aa1-long") == bob.pk
    there = tenant.user(Auth0User.objects.get(user=bob).auth0_id)
    assert there["email"] == bob.email and there["email_verified"] is False
    if not re.search(r"[\r\n]", typed):  # a form makes one line of them
        assert tenant.accepts(bob.email, typed + "Aa1-long")
    assert "203.0.113.66" not in {entry.get("ip") for entry in logged(tenant)}


def test_a_forged_line_in_the_log(site, ada):
    name = "x\nWARNING auth0db user 1 is now auth0|mallory\r\n"
    Browser(site).log_in(name, WRONG)
    Browser(site).log_in(name + "@people.example", WRONG)
    assert not [line for line in site.written().splitlines() if "mallory" in line]


def test_a_lockout_in_front_is_not_passed_by(tenant, site, ada):
    """What django-axes does: the right password does not help whoever is locked out, and Auth0 is not even asked."""
    for _ in range(6):
        assert Browser(site).log_in("ada", WRONG) is None
    tenant.clear_requests()
    assert Browser(site).log_in("ada") is None
    assert tenant.requests()["total"] == 0


def test_a_lockout_hears_of_what_auth0_refuses(tenant, site, ada):
    """A refusal by Auth0 counts as a failure: blocked accounts are not for trying passwords without limit."""
    tenant.patch(ada.auth0.auth0_id, blocked=True)
    for _ in range(6):
        assert Browser(site).log_in("ada") is None
    tenant.clear_requests()
    Browser(site).log_in("ada")
    assert tenant.requests()["total"] == 0


def busy(tenant, site, ada, mails):
    """A day in the life of a site: everything that passwords and tokens pass through."""
    Browser(site).log_in("ada")
    Browser(site).log_in("ada", WRONG)
    Browser(site).submit("/reset/", email=ada.email)
    link = re.search(r"^/reset/\S+/\S+/$", mails()[-1], re.M).group(0)
    Browser(site).submit(link, new_password1=NEWER, new_password2=NEWER)
    Browser(site).log_in("ada", NEWER)
    tenant.patch(ada.auth0.auth0_id, blocked=True)
    Browser(site).log_in("ada", NEWER)
    tenant.off()
    Browser(site).log_in("ada", NEWER)
    tenant.clear_faults()


def secrets_of(tenant):
    return [PASSWORD, WRONG, NEWER, "eyJ", tenant.info["client_secret"]]


def test_the_logs_read_by_somebody(tenant, site, ada, mails):
    busy(tenant, site, ada, mails)
    written = site.written() + "".join(mails())
    assert "login refused (blocked)" in written, "the log says what happened"
    assert [secret for secret in secrets_of(tenant) if secret in written] == []


BROKEN = {
    "a backend of the site's own": {
        "AUTHENTICATION_BACKENDS": ["auth0db.backends.MigrateToAuth0Backend", "running.broken.Broken"]
    },
    "a function of the site's own": {"AUTH0_CLIENT_IP": "running.broken.breaks"},
    "a setting": {"AUTH0_DOMAIN": "http://intern.example"},
    "the database": {"PASSWORD_HASHERS": ["running.broken.Hasher"]},
    "a validator": {"AUTH_PASSWORD_VALIDATORS": [{"NAME": "running.broken.Validator"}]},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_an_error_report_read_by_somebody(tenant, serve, mails, broken):
    """What fails in the middle of a login, or of a reset, is reported with all frames, the settings and the request:
    but no password, token, secret or hash."""
    site = serve(**BROKEN[broken])
    ada, bob = make_person("ada"), make_person("bob", password=None)
    tenant.create(bob.email, PASSWORD, verified=True)
    Browser(site).log_in("bob" if broken == "the database" else "ada")
    Browser(site).submit("/reset/", email=ada.email)
    link = re.search(r"^/reset/\S+/\S+/$", "\n".join(mails()), re.M).group(0)
    Browser(site).submit(link, new_password1=PASSWORD, new_password2=PASSWORD)
    reports = [mail for mail in mails() if "Traceback" in mail]
    assert reports and all("RuntimeError" in report or "BadSetting" in report for report in reports)
    for secret in [*secrets_of(tenant), "pbkdf2_sha256$"]:
        assert [report[:100] for report in reports if secret in report] == []
