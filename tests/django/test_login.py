"""A login through Django's own login page: who gets in, who does not, and what has moved
afterwards."""

import os
import re

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auth0db import _native
from auth0db.models import Auth0Site, Auth0User, Holdout
from harness import KIND, NEWER, PASSWORD, make_person


def reasons(heard):
    return [named["reason"] for name, named in heard if name == "auth0_login_refused"]


# --- the first login ------------------------------------------------------------------------------


def test_first_login_moves_the_user_with_the_password(tenant, site, person):
    assert site.login(person) == person.pk
    link = Auth0User.objects.get(user=person)
    [there] = tenant.users()
    assert (
        there["user_id"]
        == link.auth0_id
        == _native.expected_id(Auth0Site.current(), str(person.pk))
    )
    assert there["email"] == person.email == link.email
    assert there["email_verified"] is False
    assert link.lane == "login"
    person.refresh_from_db()
    assert link.sync_digest == _native.fingerprint(person.password)
    assert tenant.accepts(person.email, PASSWORD)


def test_first_login_asks_the_tenant_once_and_a_linked_login_once(tenant, site, person):
    site.login(person)
    counts = tenant.requests()["counts"]
    assert counts.pop("POST /api/v2/users") == 1
    assert counts.pop("POST /oauth/token") == 1  # the management token
    assert not {route for route in counts if "jwks" not in route}
    site.login(person)  # the key set is fetched by the first grant
    tenant.clear_requests()
    site.login(person)
    requests = tenant.requests()
    assert requests["counts"] == {"POST /oauth/token": 1}
    assert requests["total"] == 1


def test_wrong_password_is_refused_and_moves_nobody(tenant, site, person, heard):
    assert site.login(person, "Wrong-Password-1") is None
    assert not Auth0User.objects.exists() and tenant.users() == []
    assert reasons(heard) == ["bad_credentials"]


def test_unknown_user_is_refused_the_same_way(tenant, site, heard):
    assert site.login("nobody@people.example") is None
    assert reasons(heard) == ["bad_credentials"]
    assert not get_user_model().objects.exists()


def test_inactive_user_is_not_admitted_before_or_after_moving(tenant, site, person, heard):
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert site.login(person) is None
    get_user_model().objects.filter(pk=person.pk).update(is_active=True)
    assert site.login(person) == person.pk
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert site.login(person) is None
    assert reasons(heard)[-1] == "inactive"


@pytest.mark.usernames
def test_an_email_changed_at_the_tenant_is_followed_once_it_was_used(tenant, site, moved):
    tenant.patch(moved.auth0.auth0_id, email="renamed@people.example")
    assert site.login(moved) is None
    assert site.login("renamed@people.example") == moved.pk
    assert site.login(moved) == moved.pk
    assert type(moved).objects.get().email == moved.email


def test_moved_user_may_log_in_with_the_email(tenant, site, moved):
    assert site.login(moved.email.upper()) == moved.pk
    if KIND != "email":
        assert site.login(moved.username) == moved.pk


@pytest.mark.usernames
def test_a_connection_with_usernames_gets_the_username(tenant, site, person, settings):
    settings.AUTH0_REQUIRE_USERNAME = True
    tenant.connection_options(requires_username=True)
    assert site.login(person) == person.pk
    assert tenant.users()[0]["username"] == person.username
    assert tenant.accepts(person.username, PASSWORD)
    assert site.login(person) == person.pk


@pytest.mark.usernames
def test_the_sites_user_name_goes_into_app_metadata_where_asked(tenant, site, person, settings):
    """As auth0db 0.1 did, for what reads it there."""
    other = make_person("bob", email="bob@people.example")
    assert site.login(other) == other.pk
    settings.AUTH0_LEGACY_USERNAME = True
    assert site.login(person) == person.pk
    told = {user["email"]: user.get("app_metadata", {}) for user in tenant.users()}
    assert told == {person.email: {"username": person.username}, other.email: {}}


# --- sessions -------------------------------------------------------------------------------------


def test_sessions_survive_taking_the_backend_out(tenant, site, person, settings):
    site.login(person)
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert site.me() == person.pk


def test_other_sessions_stay_when_the_same_password_logs_in_again(tenant, site, moved):
    site.login(moved)
    first = site.browser
    site.login(moved)
    site.browser = first
    assert site.me() == moved.pk


def test_sessions_from_before_the_backend_stay(tenant, site, person, settings):
    ours = settings.AUTHENTICATION_BACKENDS
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    site.login(person)
    settings.AUTHENTICATION_BACKENDS = ours
    assert site.me() == person.pk


# --- the tenant rules over whoever has moved ------------------------------------------------------


def refuse_blocked(tenant, auth0_id):
    tenant.patch(auth0_id, blocked=True)


def refuse_mfa(tenant, auth0_id):
    tenant.flag(auth0_id, mfa=True)


def refuse_denied(tenant, auth0_id):
    tenant.flag(auth0_id, deny="not from here")


def refuse_leaked(tenant, auth0_id):
    tenant.flag(auth0_id, leaked=True)


def refuse_captcha(tenant, auth0_id):
    tenant.options(captcha_required=True)


def refuse_too_many(tenant, auth0_id):
    tenant.options(brute_force_max_attempts=1)
    for _ in range(3):
        tenant.accepts(tenant.user(auth0_id)["email"], "Wrong-Password-1")


@pytest.mark.parametrize(
    "refuse, reason",
    [
        (refuse_blocked, "blocked"),
        (refuse_mfa, "mfa_required"),
        (refuse_denied, "denied"),
        (refuse_leaked, "password_leaked"),
        (refuse_captcha, "captcha"),
        (refuse_too_many, "too_many_attempts"),
    ],
)
def test_what_the_tenant_refuses_stays_refused(
    tenant, site, moved, heard, settings, refuse, reason
):
    settings.AUTH0_CLIENT_IP = (
        "project.network.nobody"  # counted by the same address as the tests' own grants
    )
    refuse(tenant, moved.auth0.auth0_id)
    assert site.login(moved) is None, "ModelBackend behind us still knows the password"
    assert reasons(heard) == [reason]


def test_a_block_is_not_lifted_by_a_login(tenant, site, moved):
    tenant.patch(moved.auth0.auth0_id, blocked=True)
    site.login(moved)
    assert tenant.user(moved.auth0.auth0_id)["blocked"] is True


def test_user_deleted_at_the_tenant_stays_deleted(tenant, site, moved):
    tenant.api("DELETE", "/users/" + moved.auth0.auth0_id)
    assert site.login(moved) is None
    assert tenant.users() == []


def test_a_newer_local_password_does_not_bring_a_deleted_user_back(tenant, site, moved, heard):
    tenant.api("DELETE", "/users/" + moved.auth0.auth0_id)
    moved.set_password(NEWER)
    moved.save()
    assert site.login(moved, NEWER) is None
    assert reasons(heard) == ["deleted"] and tenant.users() == []


def test_a_tenant_user_made_anew_by_somebody_else_is_not_the_linked_one(tenant, site, moved, heard):
    tenant.api("DELETE", "/users/" + moved.auth0.auth0_id)
    tenant.create(moved.email, PASSWORD, verified=True)
    assert site.login(moved) is None
    assert reasons(heard) == ["other_account"]


def test_password_changed_at_the_tenant_shuts_the_old_one_out(tenant, site, moved):
    tenant.set_password(moved.auth0.auth0_id, NEWER)
    assert site.login(moved, PASSWORD) is None
    assert site.login(moved, NEWER) == moved.pk
    moved.refresh_from_db()
    assert moved.check_password(NEWER), "the local hash follows"
    assert site.login(moved, PASSWORD) is None


def test_password_changed_on_the_site_is_pushed_by_the_next_login(tenant, site, moved):
    moved.set_password(NEWER)
    moved.save()
    assert site.login(moved, NEWER) == moved.pk
    assert tenant.accepts(moved.email, NEWER) and not tenant.accepts(moved.email, PASSWORD)


def test_a_blocked_user_gets_no_password_pushed(tenant, site, moved, heard):
    tenant.patch(moved.auth0.auth0_id, blocked=True)
    moved.set_password(NEWER)
    moved.save()
    assert site.login(moved, NEWER) is None
    assert tenant.user(moved.auth0.auth0_id)["blocked"] is True
    assert reasons(heard) == ["blocked"]


def test_both_changed_means_the_tenant_decides(tenant, site, moved, heard):
    tenant.set_password(moved.auth0.auth0_id, "Third-Password-9")
    moved.set_password(NEWER)
    moved.save()
    assert site.login(moved, NEWER) is None
    assert reasons(heard) == ["both_changed"]
    assert site.login(moved, "Third-Password-9") == moved.pk


# --- outage ---------------------------------------------------------------------------------------


def test_while_auth0_is_down_everybody_gets_in_and_nobody_moves(tenant, site, moved, heard):
    newcomer = make_person("bob")
    tenant.off()
    assert site.login(moved) == moved.pk
    assert site.login(newcomer) == newcomer.pk
    assert site.login(newcomer, "Wrong-Password-1") is None
    assert not Auth0User.objects.filter(user=newcomer).exists()
    assert not Holdout.objects.exists(), "trouble is nobody's fault"
    assert [named["reason"] for name, named in heard if name == "auth0_users_create_failed"] == [
        "trouble"
    ]


def test_after_the_outage_the_next_login_moves(tenant, site, person):
    tenant.fault("/api/v2/users", status=503, count=1)
    assert site.login(person) == person.pk
    assert not Auth0User.objects.exists()
    assert site.login(person) == person.pk
    assert Auth0User.objects.filter(user=person).exists()


def test_without_fallback_a_moved_user_waits_for_auth0(tenant, site, moved, settings, heard):
    settings.AUTH0_OUTAGE_FALLBACK = False
    newcomer = make_person("bob")
    tenant.off()
    assert site.login(moved) is None
    assert reasons(heard) == ["unavailable"]
    assert site.login(newcomer) == newcomer.pk, "only those who have moved wait"


def test_a_hash_upgraded_during_an_outage_stays_in_step(tenant, site, moved, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    tenant.off()
    assert site.login(moved) == moved.pk
    moved.refresh_from_db()
    assert moved.password.startswith("pbkdf2_sha1$")
    assert moved.auth0.sync_digest == _native.fingerprint(moved.password)


# --- who cannot move ------------------------------------------------------------------------------


def test_weak_password_is_admitted_held_out_and_tried_again_after_a_change(tenant, site, heard):
    person = make_person(password="weak")
    assert site.login(person, "weak") == person.pk
    assert Holdout.objects.get(user=person).reason == "weak-password"
    assert [(n, d["reason"]) for n, d in heard] == [("auth0_users_create_failed", "weak-password")]
    assert "invalid_password" in heard[0][1]["detail"], "the tenant's own word, for operators"
    tenant.clear_requests()
    assert site.login(person, "weak") == person.pk
    assert tenant.requests()["total"] == 0, "the same weak password is not tried again"
    person.set_password(PASSWORD)
    person.save()
    assert site.login(person) == person.pk
    assert Auth0User.objects.filter(user=person).exists() and not Holdout.objects.exists()


@pytest.mark.usernames
def test_two_users_with_one_email_are_both_admitted_and_one_moves(tenant, site):
    first, second = make_person("ada"), make_person("bob", NEWER, email="ADA@people.example")
    assert site.login(first) == first.pk
    assert site.login(second, NEWER) == second.pk
    assert Holdout.objects.get(user=second).reason == "duplicate-email"
    assert tenant.accepts("ada@people.example", PASSWORD)


@pytest.mark.usernames
@pytest.mark.parametrize(
    "email, reason",
    [("", "no-email"), ("not an address", "bad-email"), ("jos\u00e9@people.example", "bad-email")],
)
def test_users_without_a_usable_email_are_admitted_and_held_out(tenant, site, email, reason):
    person = make_person(email=email)
    assert site.login(person) == person.pk
    assert Holdout.objects.get(user=person).reason == reason
    assert tenant.requests()["total"] == 0


@pytest.mark.usernames
def test_a_username_the_connection_does_not_allow_is_held_out_with_its_words(
    tenant, site, settings
):
    settings.AUTH0_REQUIRE_USERNAME = True
    tenant.connection_options(requires_username=True)
    person = make_person("a" * 150, email="ada@people.example")
    assert site.login(person) == person.pk
    holdout = Holdout.objects.get(user=person)
    assert holdout.reason == "invalid-user" and "username" in holdout.detail


def test_a_tenant_user_of_somebody_else_keeps_its_password(tenant, site, person):
    tenant.create(person.email, NEWER)
    assert site.login(person) == person.pk
    assert Holdout.objects.get(user=person).reason == "foreign-account"
    assert tenant.accepts(person.email, NEWER) and not tenant.accepts(person.email, PASSWORD)


def test_adopting_is_a_choice(tenant, site, person, settings):
    settings.AUTH0_ADOPT_EXISTING = True
    there = tenant.create(person.email, NEWER)
    assert site.login(person) == person.pk
    assert Auth0User.objects.get(user=person).auth0_id == there["user_id"]
    assert tenant.accepts(person.email, PASSWORD)


def test_a_tenant_user_with_the_same_password_is_joined(tenant, site, person):
    there = tenant.create(person.email, PASSWORD)
    assert site.login(person) == person.pk
    link = Auth0User.objects.get(user=person)
    assert (link.auth0_id, link.lane) == (there["user_id"], "join")
    assert tenant.user(there["user_id"])["email_verified"] is False


# --- known at the tenant only ---------------------------------------------------------------------


def test_a_user_only_auth0_knows_gets_a_local_one(tenant, site, heard):
    there = tenant.create(
        "eve@tenant.example", PASSWORD, verified=True, given_name="Eve", family_name="Stone"
    )
    key = site.login("eve@tenant.example")
    user = get_user_model().objects.get()
    assert key == user.pk and user.auth0.auth0_id == there["user_id"]
    assert user.email == "eve@tenant.example" and user.check_password(PASSWORD)
    assert [name for name, _ in heard] == ["auth0_user_created"]
    assert site.login("eve@tenant.example") == user.pk
    assert get_user_model().objects.count() == 1


def test_a_user_the_site_cannot_make_is_refused_and_leaves_nothing(
    tenant, site, heard, monkeypatch
):
    """A model that needs more than we know: every try breaks a constraint."""
    from auth0db.backends import MigrateToAuth0Backend

    taken = make_person()

    def new_users(self, told):
        yield get_user_model()(pk=taken.pk, **{taken.USERNAME_FIELD: taken.get_username()})

    monkeypatch.setattr(MigrateToAuth0Backend, "new_users", new_users)
    monkeypatch.setattr(
        get_user_model(), "save", lambda self, **kw: self.save_base(force_insert=True)
    )
    tenant.create("eve@tenant.example", PASSWORD, verified=True)
    assert site.login("eve@tenant.example") is None
    assert reasons(heard) == ["site_error"]
    assert get_user_model().objects.count() == 1 and not Auth0User.objects.exists()


@pytest.mark.usernames
@pytest.mark.parametrize("chosen", [None, "jdoe"])
def test_a_new_local_user_has_no_name_of_its_own_choice(tenant, site, chosen):
    """A backend that finds users by name would give the row of jdoe@evil.example to the real jdoe."""
    if chosen:
        tenant.connection_options(requires_username=True)
    tenant.create("jdoe@evil.example", PASSWORD, verified=True, **({"username": chosen} if chosen else {}))
    key = site.login("jdoe@evil.example")
    assert re.fullmatch(r"auth0-[0-9a-f]{16}", get_user_model().objects.get(pk=key).username)


def test_an_address_that_nobody_has_proven_makes_no_local_user(tenant, site, heard):
    """A stranger signs up at Auth0 under somebody's address."""
    tenant.create("victim@people.example", PASSWORD, verified=False)
    assert site.login("victim@people.example") is None
    assert reasons(heard) == ["unverified_email"]
    assert not get_user_model().objects.exists() and not Auth0User.objects.exists()


def test_an_address_that_does_not_fit_is_not_cut_to_somebody_elses(tenant, site, monkeypatch):
    monkeypatch.setattr(get_user_model()._meta.get_field("email"), "max_length", 12)
    tenant.create("eve@tenant.example.org", PASSWORD, verified=True)
    assert site.login("eve@tenant.example.org") is None
    assert not get_user_model().objects.exists()


def test_creating_local_users_can_be_switched_off(tenant, site, settings, heard):
    settings.AUTH0_CREATE_USERS = False
    tenant.create("eve@tenant.example", PASSWORD, verified=True)
    assert site.login("eve@tenant.example") is None
    assert reasons(heard) == ["no_local_user"]
    assert not get_user_model().objects.exists()


# --- the join rule: take-over is the risk ---------------------------------------------------------


def test_an_unverified_email_at_the_tenant_opens_no_local_account(tenant, site, person, heard):
    tenant.create(person.email, "Attacker-Password-1")
    assert site.login(person.email, "Attacker-Password-1") is None
    assert reasons(heard) == ["unverified_email"]
    assert not Auth0User.objects.exists()


def test_a_verified_email_joins_and_renews_the_local_hash(tenant, site, person):
    there = tenant.create(person.email, NEWER, verified=True)
    assert site.login(person.email, NEWER) == person.pk
    assert Auth0User.objects.get(user=person).auth0_id == there["user_id"]
    person.refresh_from_db()
    assert person.check_password(NEWER)


@pytest.mark.usernames
def test_a_verified_email_that_several_local_users_have_joins_none(tenant, site, heard):
    make_person("ada"), make_person("bob", email="ada@people.example")
    tenant.create("ada@people.example", NEWER, verified=True)
    assert site.login("ada@people.example", NEWER) is None
    assert reasons(heard) == ["duplicate_email"]


@pytest.mark.usernames
def test_a_username_alone_joins_nobody(tenant, site, person, settings, heard):
    settings.AUTH0_REQUIRE_USERNAME = True
    tenant.connection_options(requires_username=True)
    tenant.create("mallory@elsewhere.example", NEWER, verified=True, username=person.username)
    assert site.login(person.username, NEWER) is None
    assert reasons(heard) == ["other_account"]


@pytest.mark.usernames
def test_an_email_that_only_looks_alike_joins_nobody(tenant, site, monkeypatch):
    """A database that folds the Kelvin sign to k must not hand over the account."""
    from auth0db import addresses, people

    kim = make_person("kim", email="\u212aim@people.example")

    monkeypatch.setattr(addresses, "look_up", lambda *of: [kim])  # as a database that folds would
    assert people.with_email(people.users(), "\u212aIM@people.example") == [kim]
    assert people.with_email(people.users(), "kim@people.example") == []


@pytest.mark.usernames
def test_a_tenant_user_is_linked_to_one_local_user_only(tenant, site, moved):
    """The e-mail went from one local user to another, who happens to have the same password."""
    get_user_model().objects.filter(pk=moved.pk).update(email="ada@new.example")
    heir = make_person("heir", email=moved.email)
    assert site.login(heir) == heir.pk
    assert Auth0User.objects.get().user == moved
    assert Holdout.objects.get(user=heir).reason == "duplicate-email"


# --- every stock hasher ---------------------------------------------------------------------------


def encodings():
    import hashlib

    from django.contrib.auth import hashers

    known = hashers.get_hashers_by_algorithm()
    cost = {"pbkdf2_sha256": {"iterations": 3}, "pbkdf2_sha1": {"iterations": 3}}
    for algorithm in (
        "pbkdf2_sha256",
        "pbkdf2_sha1",
        "argon2",
        "bcrypt_sha256",
        "bcrypt",
        "scrypt",
        "md5",
        "sha1",
        "crypt",
        "reversed",
    ):
        # ASan's crypt() calls nowhere where libcrypt was not linked from the start
        if algorithm == "crypt" and "asan" in os.environ.get("LD_PRELOAD", ""):
            continue
        if algorithm in known:
            hasher = known[algorithm]
            hasher.rounds, hasher.time_cost, hasher.memory_cost = 4, 1, 64
            salt = hasher.salt()
            yield algorithm, hasher.encode(PASSWORD, salt, **cost.get(algorithm, {}))
    if "unsalted_sha1" in known:
        yield "unsalted_sha1", "sha1$$" + hashlib.sha1(PASSWORD.encode()).hexdigest()
        yield "unsalted_md5", hashlib.md5(PASSWORD.encode()).hexdigest()


@pytest.mark.parametrize(
    "algorithm, encoded", list(encodings()), ids=[algorithm for algorithm, _ in encodings()]
)
def test_every_hasher_of_this_django_moves_at_login(tenant, site, algorithm, encoded):
    person = make_person()
    get_user_model().objects.filter(pk=person.pk).update(password=encoded)
    assert site.login(person, "Wrong-Password-1") is None
    assert site.login(person) == person.pk
    assert tenant.accepts(person.email, PASSWORD)
    # and when the local password is the newer one, whatever it is hashed with
    newer = encoded if algorithm != "pbkdf2_sha256" else person.password
    get_user_model().objects.filter(pk=person.pk).update(password=newer)
    assert site.login(person) == person.pk


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "!",
        "!unusable",
        "x",
        "pbkdf2_sha256$abc",
        "pbkdf2_sha256$10$salt",
        "argon2$argon2id$v=19$m=8",
        "bcrypt$$2b$12$short",
        "default$1$2$3",
        "unknown$1$2$3",
        "sha1$onlytwo",
        "md5$$\u00e9",
    ],
)
def test_a_malformed_hash_is_a_wrong_password(tenant, site, person, encoded):
    get_user_model().objects.filter(pk=person.pk).update(password=encoded)
    assert site.login(person) is None
    assert site.answer.status_code == 200


def test_a_malformed_hash_of_a_moved_user_is_replaced_by_the_password_the_tenant_takes(
    tenant, site, moved
):
    get_user_model().objects.filter(pk=moved.pk).update(password="pbkdf2_sha256$abc")
    assert site.login(moved, "Wrong-Password-1") is None
    assert site.login(moved) == moved.pk
    moved.refresh_from_db()
    assert moved.check_password(PASSWORD)


# --- the tenant still has the password from before a change -----------------------------------------


@pytest.fixture
def unpushed(tenant, moved):
    """The site has a new password, and the tenant has not heard of it."""
    moved.set_password(NEWER)
    moved.save()
    return moved


def test_a_change_that_never_reached_the_tenant_shuts_the_old_password_out(
    tenant, site, unpushed, heard
):
    assert tenant.accepts(unpushed.email, PASSWORD)
    assert site.login(unpushed, PASSWORD) is None
    assert reasons(heard) == ["bad_credentials"]
    unpushed.refresh_from_db()
    assert unpushed.check_password(NEWER), "the new password is not overwritten by the old one"
    assert site.login(unpushed, NEWER) == unpushed.pk
    assert not tenant.accepts(unpushed.email, PASSWORD)


def test_an_old_password_waits_until_the_tenant_says_whether_it_is_old(
    tenant, site, unpushed, heard
):
    tenant.fault("/api/v2/users", method="GET", status=503)
    assert site.login(unpushed, PASSWORD) is None
    assert reasons(heard) == ["unavailable"]


def test_a_change_right_after_a_join_leaves_the_decision_to_a_reset(tenant, site, person, heard):
    """A joined link has not seen the tenant's mark yet, so nothing tells which password is newer."""
    tenant.create(person.email, PASSWORD, verified=True)
    assert site.login(person) == person.pk
    person.set_password(NEWER)
    person.save()
    assert site.login(person, PASSWORD) is None
    assert reasons(heard) == ["both_changed"]


def test_a_user_without_a_local_password_logs_in_with_the_tenants(tenant, site, moved):
    moved.set_unusable_password()
    moved.save()
    assert site.login(moved) == moved.pk


def test_a_login_of_who_has_moved_costs_three_queries(tenant, moved):
    """The site's name, the user, the link."""
    with CaptureQueriesContext(connection) as queries:
        assert authenticate(None, username=moved.get_username(), password=PASSWORD) == moved
    assert len(queries) == 3, [query["sql"] for query in queries]
