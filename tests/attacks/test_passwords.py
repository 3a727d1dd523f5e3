"""An old password, a block, a deletion: what was taken away must not come back by the site."""

import re

import pytest
from django.contrib.auth import get_user_model

from auth0db import copies
from auth0db.models import Auth0Site
from browser import Browser
from harness import NEWER, PASSWORD, make_person


def reset_link(mails):
    return re.search(r"^/reset/\S+/\S+/$", mails()[-1], re.M).group(0)


def reset(site, mails, email, password):
    """What the owner of a mailbox does who has forgotten the password."""
    browser = Browser(site)
    browser.submit("/reset/", email=email)
    link = reset_link(mails)
    browser.submit(link, new_password1=password, new_password2=password)
    assert browser.at == "/reset/done/", browser.text


def test_the_stolen_password_after_a_reset_at_auth0(tenant, site, ada):
    tenant.set_password(ada.auth0.auth0_id, NEWER)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD), "ModelBackend behind us would say yes"
    assert Browser(site).log_in("ada") is None
    assert Browser(site).log_in(ada.email) is None
    assert Browser(site).log_in("ada", page="/admin/login/") is None
    assert Browser(site).log_in("ada", NEWER) == ada.pk
    assert Browser(site).log_in("ada") is None


def test_the_stolen_password_after_a_reset_on_the_site(tenant, site, ada, mails):
    thief = Browser(site)
    assert thief.log_in("ada") == ada.pk
    reset(site, mails, ada.email, NEWER)
    assert thief.me() is None, "the thief's session is over"
    assert Browser(site).log_in("ada") is None
    assert not tenant.accepts(ada.email, PASSWORD) and tenant.accepts(ada.email, NEWER)


def test_the_stolen_password_in_an_outage_after_a_reset(tenant, serve, mails):
    """AUTH0_OUTAGE_FALLBACK = False closes what True leaves open."""
    site = serve(AUTH0_OUTAGE_FALLBACK=False)
    ada = make_person("ada")
    assert Browser(site).log_in("ada") == ada.pk
    tenant.set_password(ada.auth0.auth0_id, NEWER)
    tenant.off()
    assert Browser(site).log_in("ada") is None


def new_password_at_auth0(tenant, site, ada):
    """She sets it there, and logs in here with it."""
    tenant.set_password(ada.auth0.auth0_id, NEWER)
    owner = Browser(site)
    assert owner.log_in("ada", NEWER) == ada.pk
    return owner


def in_an_outage(site, password=PASSWORD):
    """Who gets in as ada, once the outage is confirmed."""
    return [Browser(site).log_in("ada", password) for _ in range(5)][-1]


def test_the_stolen_password_in_an_outage_once_its_owner_was_here(tenant, site, ada):
    new_password_at_auth0(tenant, site, ada)
    tenant.off()
    assert in_an_outage(site) is None
    assert in_an_outage(site, NEWER) == ada.pk


def test_an_object_read_before_a_new_password_and_saved_afterwards(tenant, site, ada):
    thief, before = Browser(site), get_user_model().objects.get(pk=ada.pk)
    assert thief.log_in("ada") == ada.pk
    owner = new_password_at_auth0(tenant, site, ada)
    before.first_name = "Ada"
    before.save()
    assert owner.me() == ada.pk and thief.me() is None
    assert Browser(site).log_in("ada") is None
    assert tenant.accepts(ada.email, NEWER) and not tenant.accepts(ada.email, PASSWORD)


def test_an_old_hash_put_back_into_the_database(tenant, site, ada):
    old = get_user_model().objects.get(pk=ada.pk).password
    new_password_at_auth0(tenant, site, ada)
    get_user_model().objects.filter(pk=ada.pk).update(password=old)
    assert Browser(site).log_in("ada") is None
    assert tenant.accepts(ada.email, NEWER) and not tenant.accepts(ada.email, PASSWORD)
    tenant.off()
    assert in_an_outage(site) is None


@pytest.mark.parametrize("status", [403, 429, 503])
def test_the_old_password_while_auth0_cannot_be_read(tenant, site, ada, status):
    """Changed there; here a script has made the hash anew, so that it might be a newer password."""
    from django.contrib.auth.hashers import make_password

    tenant.set_password(ada.auth0.auth0_id, NEWER)
    get_user_model().objects.filter(pk=ada.pk).update(password=make_password(PASSWORD))
    tenant.fault("/api/v2/users", method="GET", status=status, body='{"statusCode": %d}' % status)
    assert Browser(site).log_in("ada") is None
    assert Browser(site).log_in("ada") is None


def test_a_blocked_user_in_an_outage(tenant, site, ada):
    tenant.patch(ada.auth0.auth0_id, blocked=True)
    assert Browser(site).log_in("ada") is None
    tenant.off()
    assert in_an_outage(site) is None


@pytest.fixture
def copied(ada):
    """What runs now is a copy of the site's database."""
    Auth0Site.row()
    Auth0Site.objects.update(lives_in='[["postgresql db.example:5432/site", "7"]]')
    copies._looked.clear()
    yield
    Auth0Site.objects.update(lives_in=None)
    copies._looked.clear()


def test_test_passwords_of_a_staging_copy(tenant, serve, ada, copied):
    """It has the tenant's settings: whoever tests there sets passwords for real people."""
    ada.set_password("Test-Secret-99")
    ada.save()
    staging = serve()
    assert Browser(staging).log_in("ada", "Test-Secret-99") == ada.pk
    assert tenant.accepts(ada.email, PASSWORD) and not tenant.accepts(ada.email, "Test-Secret-99")


def test_a_blocked_superuser_who_is_made_to_stay(tenant, site, serve, ada):
    tenant.patch(ada.auth0.auth0_id, blocked=True)
    assert Browser(site).log_in("ada") is None
    staying = serve(AUTH0_KEEP_LOCAL=["ada"])
    assert Browser(staying).log_in("ada") is None


def test_auth0s_yes_to_an_account_that_stays_on_the_site(tenant, serve):
    root = make_person("root", email="root@people.example")
    staying = serve(AUTH0_KEEP_LOCAL=["root"])
    tenant.create(root.email, NEWER, verified=True)
    assert Browser(staying).log_in(root.email, NEWER) is None
    assert Browser(staying).log_in("root", NEWER) is None
    assert Browser(staying).log_in("root") == root.pk


def test_ten_guesses_bar_nobody_from_an_outage(tenant, site, serve, ada):
    """Auth0 throttles them; and yet nothing of it is remembered against her."""
    for number in range(10):
        assert Browser(site).log_in("ada", "Guess-Number-%d" % number) is None
    tenant.off()
    assert in_an_outage(serve()) == ada.pk


def test_a_reset_link_used_twice(tenant, site, ada, mails):
    Browser(site).submit("/reset/", email=ada.email)
    link = reset_link(mails)
    fields = {"new_password1": NEWER, "new_password2": NEWER}
    assert Browser(site).submit(link, **fields).at == "/reset/done/"
    thief = {"new_password1": "Thief-Secret-66", "new_password2": "Thief-Secret-66"}
    assert Browser(site).submit(link, **thief).at != "/reset/done/"
    assert tenant.accepts(ada.email, NEWER) and not tenant.accepts(ada.email, "Thief-Secret-66")


def test_the_old_password_while_the_new_one_has_not_reached_auth0(tenant, site, ada, mails):
    """Auth0 still takes the old one. The site must not, nor write it over the new one."""
    tenant.fault("/api/v2/users", method="PATCH", status=503)
    reset(site, mails, ada.email, NEWER)
    tenant.clear_faults()
    assert tenant.accepts(ada.email, PASSWORD)
    assert Browser(site).log_in("ada") is None
    ada.refresh_from_db()
    assert ada.check_password(NEWER)
    assert Browser(site).log_in("ada", NEWER) == ada.pk
    assert tenant.accepts(ada.email, NEWER) and Browser(site).log_in("ada") is None


def test_the_password_of_a_reset_whose_answer_was_lost_after_the_next_one(
    tenant, site, serve, ada, mails
):
    """Auth0 has taken it, and nobody here knows; the next one does not get there."""
    stolen, there = "Between-Both-9", "/api/v2/users/" + ada.auth0.auth0_id.replace("|", "%7C")
    tenant.fault(there, method="PATCH", drop=True, execute=True)
    tenant.fault(there, method="GET", delay_ms=0, count=1)
    tenant.fault(there, method="GET", status=503)
    reset(site, mails, ada.email, stolen)
    reset(site, mails, ada.email, NEWER)
    tenant.clear_faults()
    assert tenant.accepts(ada.email, stolen)
    patient = serve()  # a process that has not met the trouble
    assert Browser(patient).log_in("ada", stolen) is None
    assert Browser(patient).log_in("ada", NEWER) == ada.pk
    assert tenant.accepts(ada.email, NEWER) and not tenant.accepts(ada.email, stolen)


def test_a_login_with_the_old_password_during_a_reset(tenant, site, ada, mails):
    """Auth0 is slow to take the new password, and the thief is fast."""
    from threading import Thread

    Browser(site).submit("/reset/", email=ada.email)
    link = reset_link(mails)
    tenant.fault("/api/v2/users", method="PATCH", delay_ms=1500)
    fields = {"new_password1": NEWER, "new_password2": NEWER}
    resetting = Thread(target=Browser(site).submit, args=(link,), kwargs=fields)
    resetting.start()
    while not ada.check_password(NEWER):  # saved here, on its way there
        ada.refresh_from_db()
    admitted = []
    while resetting.is_alive() and len(admitted) < 4:
        thief = Browser(site)
        thief.log_in("ada")
        admitted.append(thief)
        resetting.join(0.3)
    resetting.join()
    assert tenant.accepts(ada.email, NEWER) and not tenant.accepts(ada.email, PASSWORD)
    assert [thief.me() for thief in admitted] == [None] * len(admitted)
    assert Browser(site).log_in("ada", NEWER) == ada.pk
    assert Browser(site).log_in("ada") is None


def test_a_user_deleted_at_auth0(tenant, site, ada, mails):
    tenant.api("DELETE", "/users/" + ada.auth0.auth0_id)
    assert Browser(site).log_in("ada") is None
    reset(site, mails, ada.email, NEWER)
    assert Browser(site).log_in("ada", NEWER) is None
    assert tenant.users() == [], "and nobody made them anew"


def test_an_account_made_anew_at_auth0_after_a_deletion(tenant, site, ada):
    tenant.api("DELETE", "/users/" + ada.auth0.auth0_id)
    tenant.create(ada.email, "Mallory-Secret-6", verified=True)
    assert Browser(site).log_in("ada", "Mallory-Secret-6") is None
    assert Browser(site).log_in(ada.email, "Mallory-Secret-6") is None


@pytest.mark.parametrize("way", ["login", "reset", "stored"])
def test_a_user_blocked_at_auth0(tenant, site, ada, mails, way):
    """Setting a password through the Management API lifts a block: every road to a push must look first."""
    tenant.patch(ada.auth0.auth0_id, blocked=True)
    password = PASSWORD
    if way == "reset":
        reset(site, mails, ada.email, NEWER)
        password = NEWER
    elif way == "stored":
        ada.set_password(NEWER)
        ada.save()
        password = NEWER
    assert Browser(site).log_in("ada", password) is None
    assert Browser(site).log_in("ada", password) is None
    assert tenant.user(ada.auth0.auth0_id)["blocked"] is True


def test_a_blocked_user_with_the_site_password_of_before(tenant, site):
    """Made at Auth0 by a login that was cut off, then blocked, before the site could record the link."""
    ada = make_person("ada")
    tenant.fault("/api/v2/users", method="POST", drop=True, execute=True, count=1)
    assert Browser(site).log_in("ada") == ada.pk
    [there] = tenant.users()
    tenant.patch(there["user_id"], blocked=True)
    assert Browser(site).log_in("ada") is None
    assert Browser(site).log_in("ada") is None
    assert tenant.user(there["user_id"])["blocked"] is True


@pytest.mark.parametrize(
    "encoded",
    [
        "pbkdf2_sha256$2147483647$salt$hash",
        "pbkdf2_sha256$99999999999999999999$salt$aGFzaA==",
        "argon2$argon2id$v=19$m=4294967295,t=4294967295,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        "scrypt$1073741824$salt$8$1$aGFzaA==",
        "bcrypt$$2b$31$" + "a" * 53,
        "pbkdf2_sha256$1$" + "x" * 90,
        "md5$\n\r$x",
    ],
    ids=["iterations", "overflow", "memory", "scrypt", "cost", "cut", "lines"],
)
def test_a_malicious_hash_in_the_database(tenant, site, ada, encoded):
    """Whoever can write one row must not stop the site, nor get in with it."""
    import time

    get_user_model().objects.filter(pk=ada.pk).update(password=encoded)
    started = time.monotonic()
    assert Browser(site).log_in("ada", "Wrong-Password-1") is None
    assert Browser(site).log_in("ada") == ada.pk, "Auth0 knows the password"
    assert time.monotonic() - started < 10


def test_a_malicious_link_in_the_database(tenant, site, ada):
    """An id that leads out of its place in a URL or a header asks for nobody else's."""
    from auth0db.models import Auth0User

    make_person("bob")
    Browser(site).log_in("bob")
    victim = Auth0User.objects.exclude(user=ada).get().auth0_id
    for number, name in enumerate(["auth0|x/../%s" % victim, "x?fields=a#", "x\r\nX-Evil: 1"]):
        Auth0User.objects.filter(user=ada).update(auth0_id=name, sync_digest="")
        tenant.clear_requests()
        assert Browser(site).log_in("ada") is None
        ada.set_password(NEWER + str(number))
        ada.save()
        assert Browser(site).log_in("ada", NEWER + str(number)) is None
        paths = [r["path"] for r in tenant.requests()["requests"]]
        assert not [path for path in paths if victim.partition("|")[2] in path and "%2F" not in path]
    assert tenant.accepts("bob@people.example", PASSWORD)
