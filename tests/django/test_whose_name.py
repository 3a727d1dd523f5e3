"""Whose name is it? One person's user name may be another's e-mail, and the site may know people by more spellings than
Auth0 does."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from auth0db.models import Auth0User
from harness import NEWER, PASSWORD, make_person

BERTAS = "berta@people.example"
ALANS_PASSWORD = "Alans-Own-Horse-5"
WRONG = "Wrong-Horse-9"
BEHIND = ["django.contrib.auth.backends.ModelBackend", "project.backends.EmailFirst"]

pytestmark = pytest.mark.usernames


@pytest.fixture(params=BEHIND, ids=["ModelBackend", "EmailFirst"])
def behind(request, settings):
    settings.AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", request.param]
    return request.param


@pytest.fixture
def berta(tenant, behind):
    return make_person("berta", PASSWORD, BERTAS)


@pytest.fixture
def alan(berta):
    """Calls himself by her address."""
    return make_person(BERTAS, ALANS_PASSWORD, "alan@people.example")


def move(site, *people):
    for person in people:
        password = ALANS_PASSWORD if person.email.startswith("alan") else PASSWORD
        name = "berta" if person.email == BERTAS else person.username
        assert site.login(name, password) == person.pk
        assert Auth0User.objects.filter(user=person).exists()



@pytest.mark.parametrize("moved", ["nobody", "alan", "berta", "both"])
def test_each_gets_in_by_the_password_that_is_theirs(tenant, site, alan, berta, behind, moved):
    move(site, *{"nobody": [], "alan": [alan], "berta": [berta], "both": [alan, berta]}[moved])
    for _ in range(3):
        assert site.login(BERTAS, ALANS_PASSWORD) == alan.pk
        if moved in ("berta", "both") or "EmailFirst" in behind:
            assert site.login(BERTAS, PASSWORD) == berta.pk
    assert site.login(BERTAS, WRONG) is None
    assert site.login("berta", PASSWORD) == berta.pk


def test_she_gets_in_by_her_email_with_a_password_that_only_auth0_knows(
    tenant, site, alan, berta
):
    move(site, alan, berta)
    tenant.set_password(Auth0User.objects.get(user=berta).auth0_id, NEWER)
    assert site.login(BERTAS, NEWER) == berta.pk
    assert site.login(BERTAS, PASSWORD) is None
    assert site.login(BERTAS, ALANS_PASSWORD) == alan.pk


def test_her_logins_are_not_counted_against_him(tenant, site, alan, berta):
    """As often as she likes: Auth0 hears her name alone."""
    move(site, alan, berta)
    tenant.options(brute_force_max_attempts=3, brute_force_mode="count_per_identifier")
    tenant.set_password(Auth0User.objects.get(user=berta).auth0_id, NEWER)
    for _ in range(6):
        assert site.login(BERTAS, NEWER) == berta.pk
    assert site.login(BERTAS, ALANS_PASSWORD) == alan.pk


def test_wrong_guesses_at_the_name_are_counted_against_its_owner_alone(tenant, site, alan, berta):
    move(site, alan, berta)
    tenant.options(brute_force_max_attempts=3, brute_force_mode="count_per_identifier")
    for _ in range(6):
        assert site.login(BERTAS, WRONG) is None
    assert site.login(BERTAS, ALANS_PASSWORD) == alan.pk


@pytest.mark.parametrize("failure", ["fine", "outage", "busy"])
@pytest.mark.parametrize("moved", ["nobody", "alan", "berta", "both"])
def test_every_refusal_of_a_name_of_two_is_the_same_work(
    tenant, site, alan, berta, monkeypatch, moved, failure
):
    """Two hashes and one grant: else a stranger's clock would tell who of them has moved."""
    move(site, *{"nobody": [], "alan": [alan], "berta": [berta], "both": [alan, berta]}[moved])
    if failure == "outage":
        tenant.off()
    elif failure == "busy":
        tenant.fault("/oauth/token", status=429, headers={"retry-after": "1"})
    hashed, encode = [], PBKDF2PasswordHasher.encode
    monkeypatch.setattr(
        PBKDF2PasswordHasher, "encode", lambda *a, **k: hashed.append(1) or encode(*a, **k)
    )
    site.login(BERTAS, WRONG)
    assert len(hashed) == 2


def test_a_name_of_one_costs_one_hash_as_ever(tenant, site, berta, monkeypatch):
    move(site, berta)
    hashed, encode = [], PBKDF2PasswordHasher.encode
    monkeypatch.setattr(
        PBKDF2PasswordHasher, "encode", lambda *a, **k: hashed.append(1) or encode(*a, **k)
    )
    for name in ("berta", BERTAS):
        del hashed[:]
        assert site.login(name, WRONG) is None
        assert len(hashed) == 1, name


def test_after_wrong_guesses_at_a_user_name_her_email_tells_a_stranger_nothing(
    tenant, site, berta
):
    """Auth0 counts by the name that it is asked for, and both spellings ask for the same one."""
    move(site, berta)
    tenant.options(brute_force_max_attempts=3, brute_force_mode="count_per_identifier")
    for _ in range(5):
        site.login("berta", WRONG)
    stranger = site.login(BERTAS, WRONG), site.answer.content
    assert stranger == (site.login("nobody@people.example", WRONG), site.answer.content)
    assert site.login(BERTAS, PASSWORD) is None
    assert b"Too many attempts" in site.answer.content, "but she is told"


def test_a_legacy_place_of_passwords_is_still_looked_into(tenant, site, alan, berta, settings):
    """Nobody who has not moved is kept out: the skipped ones look at the hash alone."""
    from project.backends import LegacyBackend

    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "project.backends.LegacyBackend",
    ]
    LegacyBackend.passwords = {BERTAS: "From-The-Directory-3"}
    try:
        assert site.login(BERTAS, "From-The-Directory-3") == alan.pk
    finally:
        LegacyBackend.passwords = {}


def test_an_old_hash_of_the_one_who_is_meant_is_made_anew(tenant, site, alan, berta):
    from test_hashes import as_long_ago, in_step, is_of_today, store_in_step

    move(site, alan, berta)
    for person, password in ((alan, ALANS_PASSWORD), (berta, PASSWORD)):
        store_in_step(person, as_long_ago("md5", password))
        assert site.login(BERTAS, password) == person.pk
        assert is_of_today(person) and in_step(person)


# --- other spellings ------------------------------------------------------------------------------


def by_phone(request, identifier):
    assert request is not None
    return get_user_model().objects.filter(last_name=identifier).first()


def nonsense(request, identifier):
    return "berta"


@pytest.fixture
def phones(settings):
    settings.AUTH0_FIND_USER = "test_whose_name.by_phone"


def test_another_spelling_is_translated_for_auth0(tenant, site, berta, phones):
    get_user_model().objects.update(last_name="+31612345678")
    move(site, berta)
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert site.login("+31612345678", NEWER) == berta.pk
    assert site.login("+31612345678", PASSWORD) is None
    assert site.login("+31600000000", NEWER) is None


def test_another_spelling_that_is_somebody_elses_name_is_a_name_of_two(
    tenant, site, berta, phones
):
    get_user_model().objects.update(last_name="+31612345678")
    alan = make_person("+31612345678", ALANS_PASSWORD, "alan@people.example")
    move(site, alan, berta)
    tenant.set_password(Auth0User.objects.get(user=berta).auth0_id, NEWER)
    assert site.login("+31612345678", NEWER) == berta.pk
    assert site.login("+31612345678", ALANS_PASSWORD) == alan.pk


def test_what_nobody_is_found_for_is_sent_as_it_was_typed(tenant, site, berta, phones):
    tenant.create("new@people.example", NEWER, verified=True)
    assert site.login("new@people.example", NEWER) is not None


def test_the_sites_manager_has_the_last_word(berta, phones, monkeypatch):
    from django.test import RequestFactory

    from auth0db import people

    get_user_model().objects.update(last_name="+31612345678")
    request = RequestFactory().get("/")
    assert people.by_other_spelling(request, "+31612345678") == [berta]
    monkeypatch.setattr(people, "users", lambda: get_user_model().objects.exclude(pk=berta.pk))
    assert people.by_other_spelling(request, "+31612345678") == []


def test_an_answer_that_is_no_user_is_named(tenant, site, berta, settings):
    from auth0db.exceptions import BadSetting

    settings.AUTH0_FIND_USER = "test_whose_name.nonsense"
    with pytest.raises(BadSetting, match="AUTH0_FIND_USER"):
        site.login("somebody", PASSWORD)


def test_a_user_without_a_usable_hash_may_be_one_of_the_two(tenant, site, alan, berta):
    move(site, alan, berta)
    get_user_model().objects.filter(pk=berta.pk).update(password=make_password(None))
    assert site.login(BERTAS, PASSWORD) == berta.pk
    assert site.login(BERTAS, ALANS_PASSWORD) == alan.pk
