"""Hostile identifiers, passwords and tenants: a clear refusal, in time, and never a wrong
admission."""

import time

import pytest
from django.contrib.auth import authenticate, get_user_model

from auth0db.models import Auth0User, Holdout
from harness import PASSWORD, make_person

BAD_PASSWORDS = [
    "",
    " ",
    "\0",
    "nul\0inside",
    "\ud800",
    "x" * 5000,
    "\U0001f511" * 30,
    "\r\nX-Header: 1",
    '","a":"',
    b"\xff\xfe",
    7,
    ["list"],
]
BAD_NAMES = [
    "",
    " ",
    "\0",
    "ada\0",
    "\udfff",
    "x" * 100000,
    "\U0001f600",
    "ada\r\nX-Injected: 1",
    '","blocked":"',
    "ada' OR 1=1 --",
    "%00",
    "../../api/v2/users",
    "@",
    "a@",
    "@b",
    "auth0|123",
    "x" * 300 + "@people.example",
]


@pytest.mark.parametrize("password", BAD_PASSWORDS, ids=repr)
def test_bad_passwords_are_refused(tenant, person, heard, password):
    assert authenticate(None, username=person.get_username(), password=password) is None
    assert [named["reason"] for _, named in heard] == ["bad_credentials"]
    assert not Auth0User.objects.exists()


@pytest.mark.parametrize("password", BAD_PASSWORDS, ids=repr)
def test_bad_passwords_are_refused_to_moved_users(tenant, moved, password):
    assert authenticate(None, username=moved.get_username(), password=password) is None


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: repr(name[:20]))
def test_bad_identifiers_are_refused(tenant, person, name):
    assert authenticate(None, username=name, password=PASSWORD) is None
    assert get_user_model().objects.count() == 1 and tenant.users() == []


@pytest.mark.parametrize("password", ["x" * 73, "x" * 5000, "\U0001f511" * 30])
def test_a_password_auth0_would_cut_admits_locally_and_is_held_out(tenant, site, password):
    person = make_person(password=password)
    assert site.login(person, password) == person.pk
    assert Holdout.objects.get(user=person).reason == "unsendable-password"
    assert tenant.users() == []
    cut = password.encode()[:72].decode(errors="ignore")
    assert site.login(person, cut) is None


def test_emoji_passwords_move(tenant, site):
    password = "Pa55-\U0001f511\U0001f511"
    person = make_person(password=password)
    assert site.login(person, password) == person.pk
    assert tenant.accepts(person.email, password)


@pytest.mark.usernames
@pytest.mark.parametrize(
    "name",
    [
        '","blocked":false,"x":"',
        "ada\r\nX-Injected: 1",
        "<script>",
        "\U0001f600",
        "jos\u00e9",
        "x" * 150,
    ],
)
def test_strange_usernames_move_unharmed(tenant, name):
    person = make_person(name, email="strange@people.example")
    assert authenticate(None, username=name, password=PASSWORD) == person
    [there] = tenant.users()
    assert there["email"] == "strange@people.example"
    assert authenticate(None, username=name, password=PASSWORD) == person


def test_unknown_user_wrong_password_holdout_and_linked_take_the_same_work(
    tenant, site, person, monkeypatch
):
    """Who may log in, and who has an account at all, must not show in the time a refusal takes."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher as Hasher

    held_out = make_person("bob", password="weak")
    site.login(held_out, "weak")
    assert Holdout.objects.filter(user=held_out).exists()
    linked = make_person("cid")
    assert site.login(linked) == site.login(linked) == linked.pk
    hashed = []
    encode = Hasher.encode
    monkeypatch.setattr(
        Hasher, "encode", lambda *args, **kw: hashed.append(1) or encode(*args, **kw)
    )

    def work(name):
        del hashed[:]
        tenant.clear_requests()
        assert site.login(name, "Wrong-Password-1") is None
        counts = tenant.requests()["counts"]
        return len(hashed), counts

    expected = (1, {"POST /oauth/token": 1})
    assert work("nobody@people.example") == expected
    assert work(person.get_username()) == expected
    assert work(held_out.get_username()) == expected
    assert work(linked.get_username()) == expected


def html(tenant, path):
    tenant.fault(path, kind="html")


def huge(tenant, path):
    tenant.fault(path, kind="huge")


def empty(tenant, path):
    tenant.fault(path, kind="empty")


def malformed(tenant, path):
    tenant.fault(path, kind="malformed")


def cut(tenant, path):
    tenant.fault(path, cut_at=5, execute=False)


def silent(tenant, path):
    tenant.fault(path, delay_ms=30000, drop=True)


@pytest.mark.parametrize("failure", [html, huge, empty, malformed, cut, silent])
def test_a_tenant_out_of_its_mind_decides_nothing(tenant, site, moved, settings, failure):
    settings.AUTH0_DEADLINE = 1
    settings.AUTH0_OUTAGE_FALLBACK = False
    newcomer = make_person("bob")
    failure(tenant, "/oauth/token")
    failure(tenant, "/api/v2")
    started = time.monotonic()
    assert site.login(moved) is None, "no answer is no admission"
    assert site.login(newcomer, "Wrong-Password-1") is None
    assert site.login(newcomer) == newcomer.pk, "and keeps nobody out who has not moved"
    assert time.monotonic() - started < 3 * 1.5 + 1, "within three deadlines"
    assert not Auth0User.objects.filter(user=newcomer).exists()


def test_an_outage_soon_costs_no_time(tenant, site, moved, settings):
    settings.AUTH0_DEADLINE = 1
    tenant.fault("/oauth/token", delay_ms=5000, drop=True)
    for _ in range(8):
        site.login(moved)
    costs = []
    for _ in range(5):
        started = time.monotonic()
        assert site.login(moved) == moved.pk
        costs.append(time.monotonic() - started)
    # One of them may be the try that the breaker allows now and then
    assert sorted(costs)[2] < 0.5, "the breaker is open"
