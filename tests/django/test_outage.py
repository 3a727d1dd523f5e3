"""Auth0 is down for a while: said once, survived either way, and what happened meanwhile is made good."""

import time

import pytest

from auth0db import conf, outage, signals
from auth0db.forms import SetPasswordForm
from auth0db.models import Auth0User
from harness import NEWER, PASSWORD, make_person


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(outage, "_began", None)


@pytest.fixture
def said():
    """The two signals, in order."""
    heard = []

    def began(sender, domain, **named):
        heard.append(("began", domain))

    def ended(sender, domain, seconds, **named):
        heard.append(("ended", domain))
        assert seconds > 0

    signals.auth0_outage_began.connect(began)
    signals.auth0_outage_ended.connect(ended)
    yield heard
    signals.auth0_outage_began.disconnect(began)
    signals.auth0_outage_ended.disconnect(ended)


def log_in_until_noticed(site, person):
    for _ in range(10):
        assert site.login(person) == person.pk
        if outage.is_on():
            return
    pytest.fail("the breaker did not open")


def log_in_until_over(site, person, password=PASSWORD):
    deadline = time.monotonic() + 20
    while outage.is_on():
        assert time.monotonic() < deadline, "the breaker did not close"
        assert site.login(person, password) == person.pk
        time.sleep(0.2)


def test_each_change_is_said_once(tenant, site, moved, said, caplog):
    caplog.set_level("INFO", "auth0db")
    tenant.off()
    log_in_until_noticed(site, moved)
    assert said == [("began", conf.get("AUTH0_DOMAIN"))]
    assert caplog.text.count("Auth0 does not answer") == 1
    caplog.clear()
    before = time.monotonic()
    for _ in range(10):
        assert site.login(moved) == moved.pk
    if time.monotonic() - before < 1:  # before the first try whether it is back
        assert caplog.text == "", "not a line for each login"
    assert len(said) == 1
    tenant.clear_faults()
    log_in_until_over(site, moved)
    assert said[1:] == [("ended", conf.get("AUTH0_DOMAIN"))]
    assert caplog.text.count("Auth0 answers again") == 1


def test_a_receiver_that_fails_keeps_nobody_out(tenant, site, moved, caplog):
    def fails(sender, **named):
        raise RuntimeError("the pager is down")

    signals.auth0_outage_began.connect(fails)
    try:
        tenant.off()
        log_in_until_noticed(site, moved)
    finally:
        signals.auth0_outage_began.disconnect(fails)


def test_a_single_failure_is_no_outage(tenant, site, moved, said):
    """Nor does it let the site's own password decide: Auth0 answers, but for this once."""
    tenant.fault("/oauth/token", drop=True, count=1)
    assert site.login(moved) is None
    assert site.login(moved) == moved.pk
    assert said == [] and not outage.is_on()


def test_what_happened_meanwhile_is_made_good(tenant, site, moved):
    newcomer = make_person("bob")
    tenant.off()
    log_in_until_noticed(site, moved)
    assert site.login(newcomer) == newcomer.pk
    form = SetPasswordForm(moved, {"new_password1": NEWER, "new_password2": NEWER})
    assert form.is_valid()
    form.save()
    assert site.login(moved, NEWER) == moved.pk
    assert site.login(moved, PASSWORD) is None
    tenant.clear_faults()
    log_in_until_over(site, moved, NEWER)
    assert site.login(newcomer) == newcomer.pk
    assert Auth0User.objects.filter(user=newcomer).exists(), "who logged in meanwhile moves later"
    assert site.login(moved, NEWER) == moved.pk
    assert tenant.accepts(moved.email, NEWER) and not tenant.accepts(moved.email, PASSWORD)
    assert site.login(moved, PASSWORD) is None


def test_without_fallback_who_has_moved_waits_and_then_goes_on(tenant, site, moved, settings, said):
    newcomer = make_person("bob")
    settings.AUTH0_OUTAGE_FALLBACK = False
    tenant.off()
    for _ in range(4):
        assert site.login(moved) is None
        assert site.login(newcomer) == newcomer.pk
    assert [change for change, _ in said] == ["began"]
    tenant.clear_faults()
    deadline = time.monotonic() + 20
    while site.login(moved) is None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert [change for change, _ in said] == ["began", "ended"]


def test_a_password_that_cannot_be_pushed_notices_too(tenant, site, moved, said):
    tenant.off()
    for number in range(4):
        password = NEWER + str(number)
        form = SetPasswordForm(moved, {"new_password1": password, "new_password2": password})
        assert form.is_valid()
        form.save()
    assert [change for change, _ in said] == ["began"]
