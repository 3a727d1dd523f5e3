"""Two mailboxes: the address was changed on one side, and who reads the old one gets no account by it."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from auth0db import afterwards, digests, mailboxes, people
from auth0db.models import Auth0Site, Auth0User, OutgoingMail
from harness import NEWER, PASSWORD, make_person
from test_forms import reset_page, save

OLD, NEW, OTHER = "ada@people.example", "ada@new.example", "ada@other.example"


@pytest.fixture
def old(tenant, site):
    """A person who has moved, and whom both sides have under OLD."""
    person = make_person(email=OLD)
    assert site.login(person) == person.pk
    assert site.login(person) == person.pk
    tenant.clear_requests()
    return person


def link_of(user):
    return Auth0User.objects.get(user=user)


def readdress_here(user, email):
    """As a script or another server would, telling nobody."""
    get_user_model().objects.filter(pk=user.pk).update(email=email)
    user.refresh_from_db()


def readdress_there(tenant, user, email):
    tenant.patch(link_of(user).auth0_id, email=email, email_verified=True)


def moved(user):
    user.refresh_from_db()
    return mailboxes.moved(link_of(user), people.email_of(user))


def log_in(site, name, password):
    browser = Client()
    browser.post("/login/", {"username": name, "password": password})
    key = browser.session.get("_auth_user_id")
    return key and get_user_model()._meta.pk.to_python(key)


def seen_to_move(tenant, user, email=NEW):
    """The tenant proves the person under the new address: now the site knows."""
    readdress_there(tenant, user, email)
    assert log_in(None, email, PASSWORD) == user.pk


def mailed_for(tenant, email):
    """(the site's mails, the tenant's) after somebody has asked for a reset."""
    OutgoingMail.objects.all().delete()
    mail.outbox.clear()
    tenant.call("DELETE", "/sandbox/outbox")
    assert Client().post("/forgotten/", {"email": email}).status_code == 302
    afterwards.finish()
    return [m.to for m in mail.outbox], tenant.call("GET", "/sandbox/outbox.json")["total"]


# --- only the site's has moved ----------------------------------------------------------------------------------------


def test_the_site_mails_to_its_own_address_and_auth0_is_not_asked_to_mail_the_old_one(tenant, old, settings):
    settings.AUTH0_SYNC_EMAIL = False
    readdress_here(old, NEW)
    assert moved(old) == "site"
    assert mailed_for(tenant, NEW) == ([[NEW]], 0)
    assert mailed_for(tenant, OLD) == ([], 0)


def test_a_reset_at_the_sites_own_address_is_pushed(tenant, site, old, settings):
    settings.AUTH0_SYNC_EMAIL = False
    readdress_here(old, NEW)
    assert save(old, NEWER) == "ok"
    assert tenant.accepts(OLD, NEWER) and log_in(site, NEW, NEWER) == old.pk


# --- only the tenant's has moved --------------------------------------------------------------------------------------


def test_a_reset_at_the_old_mailbox_is_not_pushed_and_opens_nothing(tenant, site, old):
    readdress_there(tenant, old, NEW)
    browser, page = reset_page(old)
    browser.post(page, {"new_password1": NEWER, "new_password2": NEWER})
    assert tenant.accepts(NEW, PASSWORD) and not tenant.accepts(NEW, NEWER)
    assert link_of(old).unpushed == "other-address" and link_of(old).email == NEW
    for name in (OLD, NEW, old.get_username()):
        assert log_in(site, name, NEWER) is None
    tenant.off()
    assert log_in(site, OLD, NEWER) is None, "nor in an outage"


def test_a_password_set_at_the_old_mailbox_while_nobody_could_be_asked_opens_nothing(tenant, site, old):
    readdress_there(tenant, old, NEW)
    with_tenant_off(tenant, lambda: save(old, NEWER))
    assert log_in(site, OLD, NEWER) is None
    assert tenant.accepts(NEW, PASSWORD)
    standing = digests.standing(link_of(old), get_user_model().objects.get(pk=old.pk).password)
    assert standing["standing"] == "replaced" and link_of(old).unpushed == "other-address"


def test_a_move_that_is_known_bars_such_a_password_in_an_outage(tenant, site, old):
    seen_to_move(tenant, old)
    tenant.off()
    save(old, NEWER)
    assert log_in(site, OLD, NEWER) is None


def with_tenant_off(tenant, act):
    from auth0db import conf

    tenant.off()
    act()
    tenant.clear_faults()
    conf._client = None  # the breaker's pause is over


def test_the_owner_gets_in_with_the_tenants_password_by_any_name_and_is_in_step(tenant, site, old):
    readdress_there(tenant, old, NEW)
    save(old, NEWER)
    assert log_in(site, NEW, PASSWORD) == old.pk
    for name in (old.get_username(), OLD, NEW):
        assert log_in(site, name, PASSWORD) == old.pk
        assert log_in(site, name, NEWER) is None


def test_auth0_alone_mails(tenant, site, old):
    seen_to_move(tenant, old)
    assert moved(old) == "tenant"
    assert mailed_for(tenant, OLD) == ([], 0)
    assert mailed_for(tenant, NEW) == ([], 1)


def test_a_reset_link_of_before_the_move_opens_nothing(tenant, site, old):
    browser, page = reset_page(old)
    seen_to_move(tenant, old)
    browser.post(page, {"new_password1": NEWER, "new_password2": NEWER})
    assert tenant.accepts(NEW, PASSWORD) and log_in(site, OLD, NEWER) is None


# --- both ---------------------------------------------------------------------------------------------------------------


def test_where_both_have_moved_nobody_mails(tenant, site, old, settings):
    settings.AUTH0_SYNC_EMAIL = False
    seen_to_move(tenant, old)
    readdress_here(old, OTHER)
    assert moved(old) == "both"
    for email in (OLD, NEW, OTHER):
        assert mailed_for(tenant, email) == ([], 0)
    assert save(old, NEWER) != "ok" and tenant.accepts(NEW, PASSWORD)
    assert log_in(site, OTHER, NEWER) is None


def test_the_same_address_on_both_sides_ends_it(tenant, site, old, settings):
    seen_to_move(tenant, old)
    readdress_here(old, NEW)
    assert moved(old) == "neither"
    assert save(old, NEWER) == "ok" and tenant.accepts(NEW, NEWER)
    assert mailed_for(tenant, NEW) == ([[NEW]], 0)


def test_which_has_moved_is_told_by_fingerprints_that_only_this_site_can_make(tenant, site, old):
    seen_to_move(tenant, old)
    link = link_of(old)
    assert link.email == NEW and OLD not in (link.site_address, link.tenant_address)
    assert link.site_address == link.tenant_address and len(link.site_address) == 22
    Auth0Site.objects.update(digest_key="another")
    assert moved(old) == "both", "what cannot be told is not taken for in step"


def test_a_link_of_an_older_package_or_of_an_import_has_none_and_the_site_has_moved(tenant, old, settings):
    settings.AUTH0_SYNC_EMAIL = False
    assert (link_of(old).site_address, link_of(old).tenant_address) == (None, None)
    readdress_here(old, NEW)
    assert moved(old) == "site"
