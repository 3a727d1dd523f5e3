"""Somebody wants another person's account: by e-mail, by id, by name."""

import re

from django.contrib.auth import get_user_model

from auth0db import _native
from auth0db.models import Auth0Site, Auth0User, Holdout
from browser import Browser
from harness import NEWER, PASSWORD, make_person

MALLORY = "Mallory-Secret-6"


def test_an_email_registered_at_auth0_before_its_owner_moves(tenant, site):
    ada = make_person("ada")
    there = tenant.create(ada.email, MALLORY)
    assert Browser(site).log_in(ada.email, MALLORY) is None
    assert Browser(site).log_in("ada") == ada.pk, "the owner is not kept out"
    assert Holdout.objects.get(user=ada).reason == "foreign-account"
    assert not Auth0User.objects.exists() and tenant.accepts(ada.email, MALLORY)
    assert Browser(site).log_in(ada.email, MALLORY) is None
    assert tenant.user(there["user_id"])["email_verified"] is False


def test_an_unverified_email_at_auth0(tenant, site):
    ada, bob = make_person("ada"), make_person("bob")
    tenant.create(ada.email, MALLORY)
    tenant.create(bob.email, MALLORY, verified=True)
    assert Browser(site).log_in(ada.email, MALLORY) is None
    assert Browser(site).log_in("ada", MALLORY) is None
    assert Browser(site).log_in(bob.email, MALLORY) == bob.pk, "only the verification differs"
    assert not Auth0User.objects.filter(user=ada).exists()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_an_email_changed_at_auth0_to_a_victims(tenant, site):
    """Mallory has moved, and gives the tenant user the victim's address; even verified, it is Mallory's."""
    ada, mallory = make_person("ada"), make_person("mallory", MALLORY)
    assert Browser(site).log_in("mallory", MALLORY) == mallory.pk
    for verified in (False, True):
        tenant.patch(mallory.auth0.auth0_id, email=ada.email, email_verified=verified)
        assert Browser(site).log_in(ada.email, MALLORY) is None
        assert Browser(site).log_in("ada", MALLORY) is None
    assert not Auth0User.objects.filter(user=ada).exists()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_an_email_changed_on_the_site_to_a_victims(tenant, site):
    """The victim is at Auth0 only. Mallory waits for her in an account that has her address."""
    there = tenant.create("ada@people.example", PASSWORD, verified=True)
    mallory = make_person("mallory", MALLORY)
    waiting = Browser(site)
    assert waiting.log_in("mallory", MALLORY) == mallory.pk
    Auth0User.objects.all().delete()  # one who has not moved: the site's password is all there is
    tenant.api("DELETE", "/users/" + _native.expected_id(Auth0Site.current(), str(mallory.pk)))
    assert waiting.submit("/profile/", email="ada@people.example").at == "/me/"
    assert Browser(site).log_in("mallory", MALLORY) == mallory.pk
    assert Holdout.objects.get(user=mallory).reason == "foreign-account"
    assert tenant.accepts("ada@people.example", PASSWORD), "her password is not overwritten"
    assert Browser(site).log_in("ada@people.example") == mallory.pk
    assert Auth0User.objects.get(user=mallory).auth0_id == there["user_id"]
    assert waiting.me() is None, "the trap closes on Mallory: the session is over"
    assert Browser(site).log_in("mallory", MALLORY) is None


def test_a_moved_users_email_changed_on_the_site_to_a_victims(tenant, site, ada):
    mallory = make_person("mallory", MALLORY)
    browser = Browser(site)
    assert browser.log_in("mallory", MALLORY) == mallory.pk
    browser.submit("/profile/", email=ada.email)
    assert Browser(site).log_in("mallory", MALLORY) == mallory.pk, "still Mallory, and nobody else"
    assert Browser(site).log_in(ada.email, MALLORY) is None
    assert Browser(site).log_in("ada") == ada.pk
    assert tenant.accepts(ada.email, PASSWORD)


def test_two_users_of_the_site_with_one_email(tenant, site):
    ada = make_person("ada")
    mallory = make_person("mallory", MALLORY, email="ADA@people.example")
    assert Browser(site).log_in("mallory", MALLORY) == mallory.pk
    assert Browser(site).log_in("ada") == ada.pk
    assert Holdout.objects.get(user=ada).reason == "duplicate-email"
    assert Browser(site).log_in("ada", MALLORY) is None
    assert Browser(site).log_in("mallory", PASSWORD) is None


def test_a_verified_email_that_two_users_of_the_site_have(tenant, site):
    make_person("ada"), make_person("bob", email="ada@people.example")
    tenant.create("ada@people.example", NEWER, verified=True)
    for name in ("ada", "bob", "ada@people.example"):
        assert Browser(site).log_in(name, NEWER) is None
    assert not Auth0User.objects.exists()


def test_an_email_that_only_looks_like_the_victims(tenant, site):
    """U+212A, the Kelvin sign, is k in lower case; U+0131 is I in upper case; and so on."""
    victim = tenant.create("kim@people.example", PASSWORD, verified=True)
    for number, lookalike in enumerate(["\u212aim", "k\u0131m", "\uff4bim", "kim\u200b"]):
        make_person("mallory%d" % number, MALLORY, email=lookalike + "@people.example")
    key = Browser(site).log_in("kim@people.example")
    newcomer = get_user_model().objects.get(pk=key)
    assert newcomer.email == "kim@people.example" and newcomer.auth0.auth0_id == victim["user_id"]
    for number in range(4):
        name = "mallory%d" % number
        assert Browser(site).log_in(name) is None
        assert Browser(site).log_in(name, MALLORY) == get_user_model().objects.get(username=name).pk
    assert Auth0User.objects.count() == 1 and len(tenant.users()) == 1


def test_a_username_at_auth0_equal_to_the_victims(tenant, serve):
    tenant.connection_options(requires_username=True)
    site = serve(AUTH0_REQUIRE_USERNAME=True)
    ada = make_person("ada")
    tenant.create("mallory@elsewhere.example", MALLORY, verified=True, username="ada")
    assert Browser(site).log_in("ada", MALLORY) is None
    assert Browser(site).log_in("ada") == ada.pk
    assert not Auth0User.objects.exists()


def test_a_known_id_of_another_sites_user(tenant, serve):
    """Ids can be computed by whoever knows a site's name and a primary key. Two sites share the tenant."""
    other = serve(AUTH0_SITE="other site")
    mallory = make_person("mallory", MALLORY)
    assert Browser(other).log_in("mallory", MALLORY) == mallory.pk
    theirs = Auth0User.objects.get().auth0_id
    assert theirs == _native.expected_id("other site", str(mallory.pk))
    get_user_model().objects.all().delete()
    ada = get_user_model()(pk=mallory.pk, username="ada", email="ada@people.example")
    ada.set_password(PASSWORD)
    ada.save()
    site = serve(AUTH0_SITE="this site")
    assert Browser(site).log_in("ada", MALLORY) is None
    assert Browser(site).log_in("ada") == ada.pk
    assert Auth0User.objects.get().auth0_id != theirs and len(tenant.users()) == 2


def test_a_primary_key_given_out_twice(tenant, site, ada):
    """Mallory gets the key of a user who has left the site but not Auth0, and with it the expected id."""
    key, theirs = ada.pk, ada.auth0.auth0_id
    get_user_model().objects.all().delete()
    mallory = get_user_model()(pk=key, username="mallory", email="mallory@people.example")
    mallory.set_password(MALLORY)
    mallory.save()
    assert Browser(site).log_in("mallory", MALLORY) == key
    assert Auth0User.objects.get(user=mallory).auth0_id != theirs, "an account of his own"
    assert tenant.accepts("ada@people.example", PASSWORD), "her password is not overwritten"
    assert not tenant.accepts("ada@people.example", MALLORY)
    assert Browser(site).log_in("mallory", PASSWORD) is None, "nor does she get in as Mallory"


def test_a_key_and_an_email_given_out_twice(tenant, site, ada):
    """Mallory registers the address that a user has left free, and gets her key as well."""
    key, theirs = ada.pk, ada.auth0.auth0_id
    get_user_model().objects.all().delete()
    mallory = get_user_model()(pk=key, username="mallory", email="ada@people.example")
    mallory.set_password(MALLORY)
    mallory.save()
    assert Browser(site).log_in("mallory", MALLORY) == key
    assert tenant.accepts("ada@people.example", PASSWORD), "her password is not overwritten"
    assert not Auth0User.objects.filter(auth0_id=theirs).exists()
    for name in ("mallory", "ada@people.example"):
        assert Browser(site).log_in(name, PASSWORD) is None, "nor does she get in as Mallory"


def test_a_deleted_user_with_the_password_of_before(tenant, site, ada):
    """Auth0 takes it still, under a verified address."""
    tenant.patch(ada.auth0.auth0_id, email_verified=True)
    bob = make_person("bob")  # has not moved, and Auth0 has made the account: its answer was lost
    own = _native.expected_id(Auth0Site.current(), str(bob.pk))
    tenant.create(bob.email, PASSWORD, verified=True, user_id=own[len("auth0|") :])
    get_user_model().objects.all().delete()
    for name in ("ada", "ada@people.example", "bob", "bob@people.example"):
        assert Browser(site).log_in(name) is None
    assert tenant.accepts("ada@people.example", PASSWORD) and not get_user_model().objects.exists()


def test_a_deleted_user_in_the_account_of_who_has_the_address_now(tenant, site, ada):
    tenant.patch(ada.auth0.auth0_id, email_verified=True)
    ada.delete()
    eve = make_person("eve", NEWER, email="ada@people.example")
    for name in ("eve", eve.email):
        assert Browser(site).log_in(name) is None
    assert Browser(site).log_in("eve", NEWER) == eve.pk, "she is not kept out"


# --- one's user name is another's e-mail ----------------------------------------------------------


def test_a_user_name_that_is_the_victims_email(tenant, site):
    """Mallory signs up as "ada@people.example". Whoever of the two has moved, nobody is taken for the other."""
    ada = make_person("ada")
    mallory = make_person(ada.email, MALLORY, email="mallory@people.example")
    for _ in range(2):
        assert Browser(site).log_in(ada.email, MALLORY) == mallory.pk
        assert Browser(site).log_in("ada") == ada.pk
        assert Browser(site).log_in(ada.email) == ada.pk
    tenant.set_password(ada.auth0.auth0_id, NEWER)
    assert Browser(site).log_in(ada.email, NEWER) == ada.pk, "a password that only Auth0 knows"
    assert Browser(site).log_in(ada.email) is None
    assert Browser(site).log_in(ada.email, MALLORY) == mallory.pk
    assert Auth0User.objects.get(user=ada).auth0_id != Auth0User.objects.get(user=mallory).auth0_id


def test_a_name_of_two_under_a_flood_of_guesses(tenant, serve):
    ours = "auth0db.backends.MigrateToAuth0Backend"
    model = "django.contrib.auth.backends.ModelBackend"
    site = serve(AUTHENTICATION_BACKENDS=[ours, model])  # no lockout by the name that was typed
    ada = make_person("ada")
    mallory = make_person(ada.email, MALLORY, email="mallory@people.example")
    assert Browser(site).log_in(ada.email, MALLORY) == mallory.pk
    assert Browser(site).log_in("ada") == ada.pk
    tenant.options(brute_force_max_attempts=3, brute_force_mode="count_per_identifier")
    for _ in range(6):
        assert Browser(site).log_in(ada.email, MALLORY) == mallory.pk, "his are not counted as hers"
    assert Browser(site).log_in(ada.email) == ada.pk
    tenant.set_password(ada.auth0.auth0_id, NEWER)
    for _ in range(6):
        assert Browser(site).log_in(ada.email, NEWER) == ada.pk, "nor hers as his"
    for _ in range(6):
        assert Browser(site).log_in(ada.email, "Guessed-Wrong-1") is None
    assert Browser(site).log_in(ada.email, MALLORY) == mallory.pk



def test_a_mailbox_that_was_left_on_the_site(tenant, site, mails):
    """Ada has moved and changes her e-mail on the site. Mallory reads the old mailbox."""
    ada, bob = make_person("ada"), make_person("bob")
    assert Browser(site).log_in("ada") == ada.pk
    type(ada).objects.filter(pk=ada.pk).update(email="ada@new.example")
    tenant.call("DELETE", "/sandbox/outbox")
    Browser(site).submit("/reset/", email=ada.email)
    Browser(site).submit("/reset/", email=bob.email)
    assert "bob" in mails()[-1], "one of two that were asked for is mailed"
    assert tenant.call("GET", "/sandbox/outbox.json")["total"] == 0
    assert Browser(site).log_in("ada") == ada.pk, "and the owner goes on as before"


def test_a_mailbox_that_was_left_at_auth0(tenant, site, mails):
    """Ada changes her e-mail at Auth0. Mallory reads the old mailbox, which the site still has."""
    ada = make_person("ada")
    assert Browser(site).log_in("ada") == ada.pk
    tenant.patch(ada.auth0.auth0_id, email="ada@new.example", email_verified=True)
    mallory = Browser(site)
    mallory.submit("/reset/", email=ada.email)
    link = re.search(r"^/reset/\S+/\S+/$", mails()[-1], re.M).group(0)
    mallory.submit(link, new_password1=MALLORY, new_password2=MALLORY)
    assert mallory.at == "/reset/done/", mallory.text
    assert tenant.accepts("ada@new.example", PASSWORD) and not tenant.accepts("ada@new.example", MALLORY)
    for name in ("ada", ada.email, "ada@new.example"):
        assert Browser(site).log_in(name, MALLORY) is None
    assert Browser(site).log_in("ada@new.example") == ada.pk


def test_auth0s_own_reset_page_for_a_mailbox_that_was_left(tenant, site):
    """Ada has moved and changes her e-mail on the site. Mallory reads the old mailbox and goes to Auth0."""
    ada = make_person("ada")
    browser = Browser(site)
    assert browser.log_in("ada") == ada.pk
    old = ada.email
    browser.submit("/profile/", email="ada@new.example")
    tenant.call("DELETE", "/sandbox/outbox")
    ask = {"client_id": tenant.sandbox.client_id, "email": old, "connection": tenant.connection}
    assert tenant.sandbox.ask("POST", "/dbconnections/change_password", ask)[0] == 200, "as for anybody"
    assert tenant.call("GET", "/sandbox/outbox.json")["total"] == 0
    assert Browser(site).log_in("ada@new.example") == ada.pk


def test_an_address_that_somebody_has_at_auth0(tenant, site):
    """Mallory has moved, and calls herself by the address of somebody whom only Auth0 knows."""
    there = tenant.create("ada@people.example", PASSWORD, verified=True)
    mallory = make_person("mallory", MALLORY)
    browser = Browser(site)
    assert browser.log_in("mallory", MALLORY) == mallory.pk
    browser.submit("/profile/", email="ada@people.example")
    link = Auth0User.objects.get(user=mallory)
    assert link.unsynced == "exists" and link.auth0_id != there["user_id"]
    assert tenant.accepts("ada@people.example", PASSWORD)
    assert tenant.user(there["user_id"])["email_verified"] is True
    assert Browser(site).log_in("mallory", MALLORY) == mallory.pk
