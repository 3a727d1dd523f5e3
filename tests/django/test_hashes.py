"""A stored hash is checked, made and renewed the way the site does it: Django's hashers, those that the site has put in
their place, and the user model's own methods."""

import bcrypt
import pytest
from django.contrib.auth import get_user_model, hashers
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError
from django.test import Client

from auth0db import conf, people
from auth0db.models import Auth0User
from harness import NEWER, PASSWORD, make_person

SHA1 = "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher"
OLD = ["md5", "pbkdf2_sha1", "of other cost"]


def row(user):
    return get_user_model().objects.get(pk=user.pk)


def in_step(user):
    return Auth0User.objects.get(user=user).sync_digest == people.sync_digest(row(user))


def store(user, encoded):
    get_user_model().objects.filter(pk=user.pk).update(password=encoded)


def store_in_step(user, encoded):
    store(user, encoded)
    Auth0User.objects.filter(user=user).update(sync_digest=people.sync_digest(row(user)))


def as_long_ago(kind, password=PASSWORD):
    if kind == "of other cost":
        return hashers.get_hasher().encode(password, "somesalt", 7)
    return hashers.get_hasher(kind).encode(password, "somesalt", *([5] if "pbkdf2" in kind else []))


def is_of_today(user):
    encoded, preferred = row(user).password, hashers.get_hasher()
    return encoded.startswith(preferred.algorithm + "$") and not preferred.must_update(encoded)


def a_failed_change_keeps_the_session(site):
    """Django checks the old password in the form, and upgrades an old hash by that: the session ends."""
    page = {"old_password": PASSWORD, "new_password1": "one", "new_password2": "other"}
    answer = site.browser.post("/change/", page)
    return answer.status_code == 200 and site.me() is not None


# --- the upgrade at a good login ------------------------------------------------------------------


@pytest.mark.parametrize("kind", OLD)
def test_a_moved_users_old_hash_is_made_anew_at_a_good_login(tenant, site, moved, kind):
    store_in_step(moved, as_long_ago(kind))
    tenant.clear_requests()
    assert site.login(moved) == moved.pk, "the session goes on with the new hash"
    assert is_of_today(moved) and row(moved).check_password(PASSWORD)
    assert in_step(moved), "nobody has changed a password"
    assert a_failed_change_keeps_the_session(site)
    assert tenant.requests()["total"] == 1, "and Auth0 need not hear of it"
    assert site.login(moved) == moved.pk and tenant.requests()["total"] == 2


@pytest.mark.parametrize("kind", OLD)
def test_so_is_that_of_somebody_who_moves_by_this_login(tenant, site, person, kind):
    store(person, as_long_ago(kind))
    assert site.login(person) == person.pk
    assert is_of_today(person) and in_step(person) and a_failed_change_keeps_the_session(site)


def test_so_is_that_of_somebody_who_cannot_move(tenant, site, person):
    store(person, as_long_ago("md5"))
    tenant.off()
    assert site.login(person) == person.pk
    assert is_of_today(person) and a_failed_change_keeps_the_session(site)


def test_so_is_that_of_somebody_whose_newer_password_is_told_to_auth0(tenant, site, moved):
    store(moved, as_long_ago("md5", NEWER))
    assert site.login(moved, NEWER) == moved.pk
    assert tenant.accepts(moved.email, NEWER)
    assert is_of_today(moved) and in_step(moved) and site.me() == moved.pk


def test_so_is_that_of_somebody_out_of_step_with_the_password_of_both_sides(tenant, site, moved):
    store(moved, as_long_ago("md5"))
    assert site.login(moved) == moved.pk
    assert is_of_today(moved) and in_step(moved) and site.me() == moved.pk


def test_a_hash_made_anew_is_not_taken_for_a_newer_password(tenant, site, moved):
    store_in_step(moved, as_long_ago("md5"))
    assert site.login(moved) == moved.pk
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert site.login(moved) is None
    assert tenant.accepts(moved.email, NEWER)


@pytest.mark.parametrize("failure", ["fine", "outage"])
def test_a_refused_login_makes_no_hash_anew(tenant, site, moved, failure):
    encoded = as_long_ago("md5")
    store_in_step(moved, encoded)
    tenant.flag(Auth0User.objects.get().auth0_id, blocked=True)
    tenant.off() if failure == "outage" else None
    assert site.login(moved, "Wrong-Horse-9") is None
    assert site.login(moved) is None or failure == "outage"
    assert failure == "outage" or row(moved).password == encoded


def test_a_password_set_during_the_login_is_not_written_over(tenant, site, moved, monkeypatch):
    from auth0db.answers import Answers

    store_in_step(moved, as_long_ago("md5"))
    upgrade = Answers.upgrade_hash

    def overtaken(self, question):
        store(moved, make_password(NEWER))
        return upgrade(self, question)

    monkeypatch.setattr(Answers, "upgrade_hash", overtaken)
    site.login(moved)
    assert row(moved).check_password(NEWER)


def test_no_hook_hears_of_a_hash_made_anew(tenant, site, moved, settings, monkeypatch):
    from django.contrib.auth import password_validation

    told = []
    monkeypatch.setattr(password_validation, "password_changed", lambda *a, **k: told.append(a))
    store_in_step(moved, as_long_ago("md5"))
    assert site.login(moved) == moved.pk and told == []


def test_a_hash_of_a_format_that_the_site_no_longer_lists_is_still_read(tenant, site, moved, settings):
    store_in_step(moved, as_long_ago("md5"))
    settings.PASSWORD_HASHERS = [h for h in settings.PASSWORD_HASHERS if "MD5" not in h]
    assert site.login(moved) == moved.pk


def test_a_hash_whose_hasher_misses_its_library_is_still_read(tenant, site, moved, monkeypatch):
    store_in_step(moved, as_long_ago("pbkdf2_sha1"))

    def missing(self, password, encoded):
        raise ValueError("Couldn't load 'PBKDF2SHA1PasswordHasher' algorithm library")

    monkeypatch.setattr(hashers.PBKDF2SHA1PasswordHasher, "verify", missing)
    tenant.clear_requests()
    assert site.login(moved) == moved.pk
    assert is_of_today(moved) and in_step(moved) and tenant.requests()["total"] == 1


class OfRust(BaseException):
    """As pyo3 tells Python of a panic: on Debian 13 bcrypt does so for a malformed hash."""

    __module__ = "pyo3_runtime"


class ByTheServer(BaseException):
    """As gevent ends a request that takes too long."""


def raising(error):
    def verify(self, password, encoded):
        raise error("range end index 22 out of range")

    return verify


@pytest.mark.parametrize("kind", ["not moved", "moved", "with a check_password of the model's own"])
def test_a_hasher_that_panics_on_a_malformed_hash_has_seen_a_wrong_password(tenant, site, request, monkeypatch, kind):
    person = request.getfixturevalue("moved" if kind == "moved" else "person")
    model = get_user_model()
    model.objects.filter(pk=person.pk).update(password="bcrypt$$2b$12$short")
    monkeypatch.setattr(hashers.BCryptPasswordHasher, "verify", raising(OfRust))
    if kind.startswith("with"):
        monkeypatch.setattr(model, "check_password", lambda user, typed: hashers.check_password(typed, user.password))
    assert site.login(person, "Wrong-Horse-9") is None and site.answer.status_code == 200
    if kind == "moved":
        assert site.login(person) == person.pk


@pytest.mark.parametrize("kind", ["person", "moved"])
def test_what_ends_a_request_is_not_taken_for_a_wrong_password(tenant, site, request, monkeypatch, kind):
    person = request.getfixturevalue(kind)
    store_in_step(person, as_long_ago("pbkdf2_sha1"))
    monkeypatch.setattr(hashers.PBKDF2SHA1PasswordHasher, "verify", raising(ByTheServer))
    with pytest.raises(ByTheServer):
        site.login(person)


@pytest.mark.parametrize("typed, hardened", [("Wrong-Horse-9", True), (PASSWORD, False)], ids=["wrong", "right"])
def test_a_wrong_password_takes_the_time_of_todays_hash(
    tenant, site, moved, monkeypatch, typed, hardened
):
    store_in_step(moved, as_long_ago("of other cost"))
    called = []
    monkeypatch.setattr(
        hashers.PBKDF2PasswordHasher, "harden_runtime", lambda *a: called.append(True)
    )
    site.login(moved, typed)
    assert bool(called) is hardened


def test_an_upgrade_ends_the_other_sessions_as_it_does_without_us(tenant, site, moved):
    other = Client()
    other.post("/login/", {"username": moved.get_username(), "password": PASSWORD})
    assert other.get("/me/").content
    assert site.login(moved) == moved.pk
    assert other.get("/me/").content, "no upgrade, no end"


# --- a hasher of the site's under a stock name ----------------------------------------------------


class Peppered(hashers.PBKDF2PasswordHasher):
    iterations = 10

    def encode(self, password, salt, iterations=None):
        return super().encode(password + "/site-pepper", salt, iterations)


class PepperedMD5(hashers.MD5PasswordHasher):
    def encode(self, password, salt):
        return super().encode("site-pepper/" + password, salt)


@pytest.fixture
def peppered(settings):
    settings.PASSWORD_HASHERS = [
        "test_hashes.Peppered",
        *(h for h in settings.PASSWORD_HASHERS if "Cheap" not in h and h[-21:] != ".PBKDF2PasswordHasher"),
    ]


def test_a_pepper_under_a_stock_name_is_the_sites_to_check(tenant, site, peppered):
    person = make_person()
    for _ in range(2):
        assert site.login(person) == person.pk
    assert in_step(person)
    tenant.off()
    assert site.login(person) == person.pk
    assert site.login(person, "Wrong-Horse-9") is None


def test_so_is_one_that_is_not_the_preferred_hasher_any_more(tenant, site, moved, settings):
    settings.PASSWORD_HASHERS = [
        "project.hashers.Cheap",
        "test_hashes.PepperedMD5",
        *(h for h in settings.PASSWORD_HASHERS if h[-18:] != ".MD5PasswordHasher"),
    ]
    store(moved, PepperedMD5().encode(NEWER, "somesalt"))
    assert site.login(moved, NEWER) == moved.pk, "the newer password, by the site's own hasher"
    assert tenant.accepts(moved.email, NEWER) and is_of_today(moved) and in_step(moved)


# --- the user model's own methods -----------------------------------------------------------------


def set_bare_bcrypt(self, raw):
    self.password = bcrypt.hashpw(raw.encode(), bcrypt.gensalt(4)).decode()
    self._password = raw


def check_bare_bcrypt(self, raw):
    return bcrypt.checkpw(raw.encode(), self.password.encode())


@pytest.fixture
def bare(monkeypatch):
    """The site's users have bare bcrypt, by methods of the model's own."""
    monkeypatch.setattr(get_user_model(), "set_password", set_bare_bcrypt)
    monkeypatch.setattr(get_user_model(), "check_password", check_bare_bcrypt)


def is_bare(user, password):
    return bcrypt.checkpw(password.encode(), row(user).password.encode())


@pytest.fixture
def bare_moved(tenant, site, bare):
    person = make_person()
    person.set_password(PASSWORD)  # the manager's create_user() may know Django's format alone
    person.save()
    assert site.login(person) == person.pk
    assert site.login(person) == person.pk
    tenant.clear_requests()
    return person


def test_bare_bcrypt_moves_by_login_and_logs_in(tenant, site, bare_moved):
    assert site.login(bare_moved) == bare_moved.pk and in_step(bare_moved)
    assert tenant.requests()["total"] == 1
    assert site.login(bare_moved, "Wrong-Horse-9") is None
    tenant.off()
    assert site.login(bare_moved) == bare_moved.pk
    assert site.login(bare_moved, "Wrong-Horse-9") is None


def test_bare_bcrypt_is_written_after_a_change_at_auth0(tenant, site, bare_moved):
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert site.login(bare_moved, NEWER) == bare_moved.pk
    assert is_bare(bare_moved, NEWER) and in_step(bare_moved)
    assert site.login(bare_moved, PASSWORD) is None
    tenant.off()
    assert site.login(bare_moved, NEWER) == bare_moved.pk


@pytest.mark.parametrize("sync", [False, True])
def test_a_password_set_on_the_site_works_afterwards(tenant, site, bare_moved, settings, sync):
    from test_forms import reset_page, save

    if sync:
        settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators.Auth0PasswordSync"}]
    assert save(row(bare_moved), NEWER) == "ok"
    assert is_bare(bare_moved, NEWER) and tenant.accepts(bare_moved.email, NEWER)
    assert site.login(bare_moved, NEWER) == bare_moved.pk
    browser, page = reset_page(bare_moved)
    browser.post(page, {"new_password1": "Third-Horse-9", "new_password2": "Third-Horse-9"})
    assert is_bare(bare_moved, "Third-Horse-9")
    assert tenant.accepts(bare_moved.email, "Third-Horse-9")
    assert site.login(bare_moved, "Third-Horse-9") == bare_moved.pk


def test_a_newer_bare_bcrypt_is_told_to_auth0_by_a_login(tenant, site, bare_moved):
    store(bare_moved, bcrypt.hashpw(NEWER.encode(), bcrypt.gensalt(4)).decode())
    assert site.login(bare_moved, NEWER) == bare_moved.pk
    assert tenant.accepts(bare_moved.email, NEWER) and in_step(bare_moved)


def test_a_column_that_an_earlier_version_wrote_djangos_format_into_is_mended(
    tenant, site, bare_moved
):
    store_in_step(bare_moved, make_password(PASSWORD))
    assert site.login(bare_moved) == bare_moved.pk
    assert is_bare(bare_moved, PASSWORD)


def test_a_user_known_to_auth0_alone_gets_the_models_own_hash(tenant, site, bare):
    tenant.create("new@people.example", verified=True)
    key = site.login("new@people.example")
    assert key is not None and is_bare(get_user_model().objects.get(), PASSWORD)


def test_a_password_that_the_models_method_does_not_take_is_no_error_page(
    tenant, site, bare_moved, monkeypatch
):
    def choosy(self, raw):
        self.password = "half done"
        raise ValueError("no such characters here")

    before = row(bare_moved).password
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    monkeypatch.setattr(get_user_model(), "set_password", choosy)
    assert site.login(bare_moved, NEWER) == bare_moved.pk, "Auth0 has said yes"
    assert row(bare_moved).password == before


@pytest.mark.usernames
def test_every_field_that_the_models_method_changes_is_saved_and_no_other(
    tenant, site, moved, monkeypatch
):
    def dated(self, raw):
        AbstractBaseUser.set_password(self, raw)
        self.last_name = "changed"

    monkeypatch.setattr(get_user_model(), "set_password", dated)
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert site.login(moved, NEWER) == moved.pk
    assert row(moved).last_name == "changed" and row(moved).check_password(NEWER)


@pytest.mark.usernames
def test_an_upgrade_is_no_change_of_a_password(tenant, site, moved, monkeypatch):
    """Django saves the hash alone: an upgrade must not put off the day on which a password expires."""

    def dated(self, raw):
        AbstractBaseUser.set_password(self, raw)
        self.last_name = "changed"

    monkeypatch.setattr(get_user_model(), "set_password", dated)
    store_in_step(moved, as_long_ago("md5"))
    assert site.login(moved) == moved.pk
    assert is_of_today(moved) and row(moved).last_name != "changed"


@pytest.mark.parametrize("own", [False, True])
def test_no_hook_hears_of_a_renewal(tenant, site, moved, monkeypatch, own):
    from django.contrib.auth import password_validation

    told = []
    monkeypatch.setattr(password_validation, "password_changed", lambda *a, **k: told.append(a))
    if own:
        monkeypatch.setattr(get_user_model(), "set_password", set_bare_bcrypt)
        monkeypatch.setattr(get_user_model(), "check_password", check_bare_bcrypt)
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert site.login(moved, NEWER) == moved.pk and told == []


def test_a_models_method_that_fails_for_a_moment_writes_nothing_over(
    tenant, site, bare_moved, monkeypatch
):
    """The site's newer password has not reached Auth0. While it cannot be checked, the older one must not win."""
    newer = bcrypt.hashpw(NEWER.encode(), bcrypt.gensalt(4)).decode()
    store(bare_moved, newer)

    def out_of_order(self, raw):
        raise OSError("the key service is down")

    with monkeypatch.context() as broken:
        broken.setattr(get_user_model(), "check_password", out_of_order)
        assert site.login(bare_moved, PASSWORD) is None
    assert row(bare_moved).password == newer
    assert site.login(bare_moved, NEWER) == bare_moved.pk


def test_a_database_that_fails_below_the_models_method_is_not_a_wrong_password(
    tenant, site, bare_moved, monkeypatch
):
    def broken(self, raw):
        raise DatabaseError("gone")

    monkeypatch.setattr(get_user_model(), "check_password", broken)
    with pytest.raises(DatabaseError):
        site.login(bare_moved)


def test_a_models_method_that_makes_the_hash_anew_itself_stays_in_step(
    tenant, site, moved, monkeypatch
):
    """As models do that came from another framework: what they find of old they replace."""

    def check(self, raw):
        if not self.password.startswith("old$"):
            return AbstractBaseUser.check_password(self, raw)
        if self.password != "old$" + raw[::-1]:
            return False
        self.password = make_password(raw)
        self.save(update_fields=["password"])
        return True

    monkeypatch.setattr(get_user_model(), "check_password", check)
    store_in_step(moved, "old$" + PASSWORD[::-1])  # a text that a search for passwords does not know
    tenant.clear_requests()
    assert site.login(moved) == moved.pk
    assert in_step(moved) and is_of_today(moved) and tenant.requests()["total"] == 1


def test_the_work_of_an_absurd_hash_is_not_done_by_the_model_either(tenant, site, moved):
    store_in_step(moved, "pbkdf2_sha256$2000000000$salt$" + 43 * "A" + "=")
    assert site.login(moved) == moved.pk, "what no password matches is replaced"
    assert is_of_today(moved)
    assert conf.client() is not None
