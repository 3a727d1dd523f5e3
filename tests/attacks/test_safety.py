"""S1 to S14 of docs/architecture.md, on the running site: each as the attack that it is there for."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from auth0db.models import Auth0User, Holdout
from browser import Browser
from harness import NEWER, PASSWORD, make_person
from sandbox import wait_until

WRONG = "Wrong-Password-1"
REFUSALS = {
    "blocked": lambda tenant, there: tenant.patch(there, blocked=True),
    "mfa": lambda tenant, there: tenant.flag(there, mfa=True),
    "denied": lambda tenant, there: tenant.flag(there, deny="not from here"),
    "leaked": lambda tenant, there: tenant.flag(there, leaked=True),
    "captcha": lambda tenant, there: tenant.options(captcha_required=True),
    "throttled": lambda tenant, there: [
        tenant.options(brute_force_max_attempts=1, brute_force_mode="count_per_identifier"),
        *(tenant.accepts("ada@people.example", WRONG) for _ in range(3)),
    ],
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_s1_what_auth0_refuses_is_not_admitted_by_the_local_password(tenant, site, ada, refusal):
    REFUSALS[refusal](tenant, ada.auth0.auth0_id)
    assert ada.check_password(PASSWORD)
    for name in ("ada", ada.email):
        assert Browser(site).log_in(name) is None


def test_s2_an_old_local_password_never_comes_back(tenant, site, ada):
    """Neither the one from before the last change nor the one before that, by whichever name."""
    for newer, old in ((NEWER, [PASSWORD]), ("Third-Password-9", [PASSWORD, NEWER])):
        tenant.set_password(ada.auth0.auth0_id, newer)
        for name in ("ada", ada.email):
            assert [Browser(site).log_in(name, password) for password in old] == [None] * len(old)
        assert Browser(site).log_in("ada", newer) == ada.pk
        assert Browser(site).log_in("ada", old[-1]) is None
        assert tenant.accepts(ada.email, newer)


def test_s3_nobody_is_joined_without_proof(tenant, site):
    for name in ("ada", "bob"):
        make_person(name)
    tenant.create("ada@people.example", NEWER)  # unverified
    tenant.create("bob@elsewhere.example", NEWER, verified=True)  # another e-mail
    for name in ("ada", "bob", "ada@people.example", "bob@people.example"):
        assert Browser(site).log_in(name, NEWER) is None
    assert not Auth0User.objects.exists()


def test_s4_a_foreign_tenant_users_password_is_never_written(tenant, site):
    ada = make_person("ada")
    there = tenant.create(ada.email, NEWER, verified=True)
    for _ in range(2):
        assert Browser(site).log_in("ada") == ada.pk
    ada.set_password("Third-Password-9")
    ada.save()
    assert Browser(site).log_in("ada", "Third-Password-9") == ada.pk
    assert tenant.accepts(ada.email, NEWER)
    assert tenant.user(there["user_id"]).get("last_password_reset") is None


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 503},
        {"status": 429},
        {"status": 401},
        {"kind": "html"},
        {"drop": True},
        {"delay_ms": 20000, "drop": True},
    ],
    ids=["down", "throttled", "unauthorized", "html", "cut", "silent"],
)
def test_s5_trouble_at_auth0_keeps_nobody_out_who_has_not_moved(tenant, serve, trouble):
    site = serve(AUTH0_DEADLINE=1)
    ada = make_person("ada")
    tenant.fault("/oauth", **trouble)
    tenant.fault("/api", **trouble)
    assert Browser(site).log_in("ada", WRONG) is None
    assert Browser(site).log_in("ada") == ada.pk
    assert not Auth0User.objects.exists() and not Holdout.objects.exists()


def test_s6_logins_at_once_make_one_tenant_user_and_one_link(tenant, site):
    ada = make_person("ada")
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: Browser(site).log_in("ada"), range(8)))
    assert keys == [ada.pk] * 8
    [there] = tenant.users()
    assert Auth0User.objects.get().auth0_id == there["user_id"]


def test_s6_a_site_killed_in_the_middle_of_a_first_login(tenant, serve):
    ada = make_person("ada")
    dying = serve()
    tenant.fault("/api/v2/users", method="POST", delay_ms=2000, execute=True, count=1)
    with ThreadPoolExecutor(1) as threads:
        cut = threads.submit(Browser(dying).log_in, "ada")
        tenant.sandbox.until_no_fault_is_left()
        dying.kill()
        with pytest.raises(OSError):
            cut.result()
    wait_until(tenant.users)
    assert Browser(serve()).log_in("ada") == ada.pk
    [there] = tenant.users()
    assert Auth0User.objects.get().auth0_id == there["user_id"]


def test_s7_an_inactive_user_is_never_admitted(tenant, site, ada):
    make_person("bob")
    get_user_model().objects.update(is_active=False)
    tenant.create("bob@people.example", NEWER, verified=True)
    for name, password in (("ada", PASSWORD), ("bob", PASSWORD), ("bob", NEWER)):
        assert Browser(site).log_in(name, password) is None
    tenant.off()
    assert Browser(site).log_in("ada") is None


def test_s8_processes_and_the_database_keep_no_password(tenant, site, ada, folder):
    Browser(site).log_in("ada", WRONG)
    ada.set_password(NEWER)
    ada.save()
    Browser(site).log_in("ada", NEWER)
    process = Path("/proc/%d" % site.process.pid)
    texts = [(process / name).read_bytes() for name in ("cmdline", "environ", "comm")]
    texts += [file.read_bytes() for file in folder.glob("site*")]
    connection.close()
    secrets = [PASSWORD, WRONG, NEWER, "eyJhbGciOi"]
    assert [s for s in secrets if any(s.encode() in text for text in texts)] == []
    assert os.environ["SITE_DATABASE"] in [str(file) for file in folder.glob("site*")]


def test_s9_a_login_costs_what_it_may(tenant, serve):
    site = serve()
    ada = make_person("ada")
    costs = []
    for password in (PASSWORD, PASSWORD, PASSWORD, WRONG):
        tenant.clear_requests()
        Browser(site).log_in("ada", password)
        counts = tenant.requests()["counts"]
        token = 1 if not costs else 0
        costs.append(sum(n for route, n in counts.items() if "jwks" not in route) - token)
    assert costs == [1, 1, 1, 1]
    impatient = serve(AUTH0_DEADLINE=1)
    tenant.fault("/oauth/token", delay_ms=20000, drop=True)
    started = time.monotonic()
    assert Browser(impatient).log_in("ada") == ada.pk
    assert time.monotonic() - started < 10


def test_s10_a_wrong_password_looks_the_same_for_everybody(tenant, site, ada):
    held = make_person("held")
    tenant.create(held.email, NEWER)
    assert Browser(site).log_in("held") == held.pk
    pages = set()
    for name in ("ada", "held", "nobody"):
        browser = Browser(site)
        assert browser.log_in(name, WRONG) is None
        pages.add(browser.page)
    assert len(pages) == 1


def test_s11_nothing_is_unblocked_made_anew_or_verified(tenant, site, ada):
    assert tenant.user(ada.auth0.auth0_id)["email_verified"] is False
    bob, cid = make_person("bob"), make_person("cid")
    for name in ("bob", "cid"):
        Browser(site).log_in(name)
    tenant.patch(bob.auth0.auth0_id, blocked=True)
    tenant.api("DELETE", "/users/" + cid.auth0.auth0_id)
    for person in (ada, bob, cid):
        person.set_password(NEWER)
        person.save()
        Browser(site).log_in(person.username, NEWER)
        Browser(site).log_in(person.email, NEWER)
    there = {user["email"]: user for user in tenant.users()}
    assert set(there) == {ada.email, bob.email}
    assert there[bob.email]["blocked"] is True
    assert there[ada.email]["email_verified"] is False


def test_s12_nobody_is_made_at_auth0_without_the_password(tenant, site):
    long, weak = make_person("long", "Long-7" * 20), make_person("weak", "weak")
    ada = make_person("ada")
    assert Browser(site).log_in("long", "Long-7" * 20) == long.pk
    assert Browser(site).log_in("weak", "weak") == weak.pk
    assert tenant.users() == []
    assert Browser(site).log_in("ada") == ada.pk
    assert tenant.accepts(ada.email, PASSWORD)


def test_s13_what_the_site_itself_would_refuse_is_refused(tenant, serve):
    """Suspended on the site, which Auth0 does not know: by the password of both, a newer one of Auth0's, in a session."""
    ours = "auth0db.backends.MigrateToAuth0Backend"
    site = serve(AUTHENTICATION_BACKENDS=[ours, "project.backends.NoSuspended"])
    ada, waiting = make_person("ada"), Browser(site)
    assert waiting.log_in("ada") == ada.pk
    get_user_model().objects.update(last_name="suspended")
    assert waiting.me() is None
    assert Browser(site).log_in("ada") is None and Browser(site).log_in(ada.email) is None
    tenant.set_password(ada.auth0.auth0_id, NEWER)
    assert Browser(site).log_in("ada", NEWER) is None
    tenant.off()
    assert Browser(site).log_in("ada", NEWER) is None
    tenant.clear_faults()
    get_user_model().objects.update(last_name="")
    assert Browser(site).log_in("ada", NEWER) == ada.pk


def test_s14_who_was_deleted_or_deactivated_gets_in_nowhere(tenant, site):
    ada, bob = make_person("ada"), make_person("bob")
    for person in (ada, bob):
        assert Browser(site).log_in(person.username) == person.pk
        tenant.patch(person.auth0.auth0_id, email_verified=True)
    ada.delete()
    get_user_model().objects.filter(pk=bob.pk).update(is_active=False)
    for name in ("ada", "ada@people.example", "bob", bob.email):
        assert Browser(site).log_in(name) is None
    assert get_user_model().objects.get() == bob
