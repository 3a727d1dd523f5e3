"""What has been replaced does not come back: an object that was read before and is saved afterwards, a row that is
put back, a copy of an older hash."""

import pickle
import threading
from contextlib import contextmanager

import pytest
from django.contrib.auth import authenticate, get_user_model, hashers
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from auth0db import conf, digests, marks, people
from auth0db.models import Auth0Site, Auth0User, Holdout
from harness import NEWER, PASSWORD, make_person
from test_in_step import counts, elsewhere, is_in, link_of, set_at_tenant, set_locally

THIRD = "Purple-Giraffe-9"
SYNC = {"NAME": "auth0db.validators.Auth0PasswordSync"}


def read(user):
    return get_user_model().objects.get(pk=user.pk)


def standing(user):
    return digests.standing(link_of(user), read(user).password)["standing"]


@pytest.fixture
def renewed(tenant, site, moved):
    """Her password was stolen; she has set another one at Auth0 and logged in with it."""
    moved.as_before = read(moved)
    moved.thief = elsewhere(moved)
    set_at_tenant(tenant, moved, NEWER)
    assert site.login(moved, NEWER) == moved.pk
    assert not is_in(moved.thief) and is_in(site.browser)
    tenant.clear_requests()
    return moved


def assert_nothing_came_back(tenant, site, user, password=NEWER):
    assert not is_in(user.thief), "an ended session stays ended"
    assert site.login(user, PASSWORD) is None
    assert read(user).check_password(password)
    assert site.login(user, password) == user.pk
    assert tenant.accepts(user.email, password) and not tenant.accepts(user.email, PASSWORD)


# --- an object that was read before ---------------------------------------------------------------


def slow_view(user):
    user.is_staff = True
    user.save()


def task(user):
    user.is_staff = True
    user.save(update_fields=["is_staff", "password"])


def login_of_django_1_4(user):
    user.last_login = timezone.now()
    user.save()


def saved_in_a_transaction(user):
    with transaction.atomic():
        user.save()


@pytest.mark.parametrize("save", [slow_view, task, login_of_django_1_4, saved_in_a_transaction])
def test_an_object_read_before_a_renewal_and_saved_afterwards(tenant, site, renewed, save, caplog):
    save(renewed.as_before)
    assert "is kept" in caplog.text and renewed.as_before.check_password(NEWER)
    assert is_in(site.browser), "her session goes on"
    assert_nothing_came_back(tenant, site, renewed)


def test_the_rest_of_such_an_object_is_saved(renewed):
    slow_view(renewed.as_before)
    assert read(renewed).is_staff


def test_a_new_password_set_on_such_an_object_is_a_new_password(tenant, site, renewed, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    renewed.as_before.set_password(THIRD)
    renewed.as_before.save()
    assert_nothing_came_back(tenant, site, renewed, THIRD)


def test_the_old_password_may_be_set_anew_by_its_owner(tenant, site, renewed, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    user = read(renewed)
    user.set_password(PASSWORD)
    user.save()
    assert site.login(renewed, PASSWORD) == renewed.pk and tenant.accepts(renewed.email, PASSWORD)


def test_an_object_read_before_a_change_on_the_site(tenant, site, moved, settings):
    """While Auth0 cannot be reached, so that it still takes the old one."""
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    moved.thief, before = elsewhere(moved), read(moved)
    tenant.fault("/api/v2/users", status=503, execute=False)
    user = read(moved)
    user.set_password(NEWER)
    user.save()
    assert standing(moved) == "told"
    before.save()
    assert standing(moved) == "told" and tenant.accepts(moved.email, PASSWORD)
    tenant.clear_faults()
    conf._client = None
    assert site.login(moved, PASSWORD) is None
    assert site.login(moved, NEWER) == moved.pk
    assert_nothing_came_back(tenant, site, moved)


# --- of somebody who has not moved: nothing is on record, but the object knows what it was read with ----


@pytest.fixture
def stale(site, person):
    """Read before a thief's password was changed on the site; nobody has moved."""
    person.as_before, person.thief = read(person), elsewhere(person)
    set_locally(person, NEWER)
    return person


def assert_stays_changed(site, user):
    assert not is_in(user.thief), "an ended session stays ended"
    assert site.login(user, PASSWORD) is None and site.login(user, NEWER) == user.pk


@pytest.mark.parametrize("save", [slow_view, task, login_of_django_1_4, saved_in_a_transaction])
def test_users_who_have_not_moved_are_not_put_back_either(tenant, site, stale, save, caplog):
    save(stale.as_before)
    assert "is kept" in caplog.text and stale.as_before.check_password(NEWER)
    assert_stays_changed(site, stale)


def test_an_object_that_was_kept_in_a_cache(tenant, site, person):
    cached = pickle.dumps(read(person))
    person.thief = elsewhere(person)
    set_locally(person, NEWER)
    slow_view(pickle.loads(cached))
    assert_stays_changed(site, person)


def test_an_object_that_was_saved_before_is_stale_by_the_next_change(person):
    before = read(person)
    slow_view(before)
    set_locally(person, NEWER)
    before.save()
    assert read(person).check_password(NEWER)


def test_whoever_puts_the_old_hash_back_means_it(person):
    user = read(person)
    old = user.password
    user.set_password(NEWER)
    user.save()
    user.password = old
    user.save()
    assert read(person).check_password(PASSWORD)


def test_a_password_whose_save_was_rolled_back_is_saved_the_next_time(person):
    user = read(person)
    user.set_password(NEWER)
    with transaction.atomic():
        user.save()
        transaction.set_rollback(True)
    assert read(person).check_password(PASSWORD)
    user.save()
    assert read(person).check_password(NEWER)


def test_a_password_set_on_an_object_that_is_stale(person):
    before = read(person)
    set_locally(person, NEWER)
    before.set_password(THIRD)
    before.save()
    assert read(person).check_password(THIRD)


@pytest.mark.parametrize("marker", ["!", "*", "", "locked"])
def test_a_marker_is_always_written(person, marker):
    """It opens nothing, and may have been set a second time."""
    put_back(person, marker)
    before = read(person)
    set_locally(person, NEWER)
    before.save()
    assert read(person).password == marker


def test_a_hash_that_was_set_past_every_hook_after_a_user_had_moved(tenant, moved):
    before = read(moved)
    put_back(moved, make_password(NEWER))
    before.save()
    assert read(moved).check_password(NEWER)


def test_two_hashes_of_one_password_are_no_news(tenant, site, moved, caplog):
    before = read(moved)
    user = read(moved)
    old, user.password = user.password, make_password(PASSWORD, hasher="pbkdf2_sha1")
    put_back(user, user.password)
    marks.follow_new_encoding(user, old)
    before.save()
    assert read(moved).password == old and "is kept" not in caplog.text


def test_twenty_hashes_later_it_is_still_the_old_one(tenant, site, renewed, settings):
    """Two servers with other iterations hash the password anew at every login."""
    for at in range(25):
        encoded = hashers.PBKDF2SHA1PasswordHasher().encode(NEWER, "salt%d" % at, iterations=10)
        user = read(renewed)
        before, user.password = user.password, encoded
        get_user_model().objects.filter(pk=user.pk).update(password=encoded)
        marks.follow_new_encoding(user, before)
        assert standing(renewed) == "same"
    renewed.as_before.save()
    assert_nothing_came_back(tenant, site, renewed)


def says_that_a_row_has_changed():
    """To a transaction under REPEATABLE READ that began before: PostgreSQL, and MariaDB from 11.6 on."""
    if connection.vendor != "mysql":
        return connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW VARIABLES LIKE 'innodb_snapshot_isolation'")
        return cursor.fetchone() in [("innodb_snapshot_isolation", "ON")]


@pytest.fixture
def shows_old_rows():
    if connection.vendor != "mysql" or says_that_a_row_has_changed():
        pytest.skip("others keep such a reader out, and say so")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a reader keeps writers out")
def test_under_repeatable_read(tenant, site, renewed):
    """The transaction of a slow request began before the renewal, and sees the rows of then."""
    level = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    if connection.vendor == "mysql":
        level = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    set_at_tenant(tenant, renewed, THIRD)

    def renew():
        from django.db import connections

        try:
            Client().post("/login/", {"username": renewed.get_username(), "password": THIRD})
        finally:
            connections.close_all()

    with connection.cursor() as cursor:
        cursor.execute(level)
    try:
        with transaction.atomic():
            before = read(renewed)
            other = threading.Thread(target=renew)
            other.start()
            other.join(30)
            before.is_staff = True
            before.save()
    except DatabaseError:
        connection.close()
        assert says_that_a_row_has_changed()
    finally:
        connection.close()
    assert read(renewed).check_password(THIRD)
    assert site.login(renewed, NEWER) is None and site.login(renewed, THIRD) == renewed.pk


def beside(work):
    """In another thread, with a connection of its own: has it ended in time?"""

    def run():
        from django.db import connections

        try:
            work()
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    other.start()
    other.join(15)
    return not other.is_alive()


@contextmanager
def repeatable_read():
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    try:
        with transaction.atomic():
            yield
    finally:
        connection.close()


def logs_in(person):
    return Client().post("/login/", {"username": person.get_username(), "password": PASSWORD})


@pytest.mark.usefixtures("shows_old_rows")
@pytest.mark.parametrize("made", [Auth0Site.current, Auth0Site.current_digest_key, lambda: Auth0Site.row().name])
def test_what_is_made_once_is_the_same_for_two_who_make_it_at_once_under_repeatable_read(made):
    """The transaction of the slower one does not see the row of the other: with another name, or no key, nobody would
    find again what it has recorded."""
    others = []
    with repeatable_read():
        assert not Auth0Site.objects.exists()
        assert beside(lambda: others.append(made()))
        assert [made()] == others and others[0]


@pytest.mark.usefixtures("shows_old_rows")
def test_of_two_first_logins_under_repeatable_read_both_get_in(tenant, person):
    """The transaction of the slower one does not see the link of the other."""
    Auth0Site.current()
    with repeatable_read():
        read(person)
        assert beside(lambda: logs_in(person))
        assert authenticate(username=person.get_username(), password=PASSWORD) == person
    assert Auth0User.objects.count() == 1
    assert not Holdout.objects.exists(), "who has moved is held back"


@pytest.mark.skipif(connection.vendor != "mysql", reason="locks what is not there")
def test_a_first_login_under_repeatable_read_holds_up_nobody_else(tenant, person):
    """Its hash is made anew before it is linked: to lock a link that is not there locks all that come after."""
    other = make_person("bob")
    with repeatable_read():
        user = read(person)
        before, user.password = user.password, make_password(PASSWORD, hasher="pbkdf2_sha1")
        get_user_model().objects.filter(pk=user.pk).update(password=user.password)
        marks.follow_new_encoding(user, before)
        assert beside(lambda: logs_in(other)), "waits, and where that one waits too both are ended"
    assert Auth0User.objects.get().user_id == other.pk


# --- a row that was put back past every hook ------------------------------------------------------


def put_back(user, encoded):
    get_user_model().objects.filter(pk=user.pk).update(password=encoded)


def test_a_row_put_back_is_pushed_to_nobody_and_renewed_by_a_yes(tenant, site, renewed):
    put_back(renewed, renewed.as_before.password)
    assert standing(renewed) == "replaced"
    assert site.login(renewed, PASSWORD) is None
    assert "PATCH /api/v2/users/{id}" not in counts(tenant)
    assert site.login(renewed, NEWER) == renewed.pk
    assert standing(renewed) == "same" and read(renewed).check_password(NEWER)


def test_a_row_put_back_opens_nothing_in_an_outage(tenant, site, renewed):
    put_back(renewed, renewed.as_before.password)
    tenant.off()
    for _ in range(4):  # the first ones are no outage yet
        assert site.login(renewed, PASSWORD) is None


def test_a_row_put_back_while_the_newer_password_waits(tenant, site, moved, settings):
    """Auth0 still takes the old one, the row knows it again: and yet it was replaced."""
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    old = read(moved).password
    tenant.fault("/api/v2/users", method="PATCH", status=503, execute=False)
    user = read(moved)
    user.set_password(NEWER)
    user.save()
    tenant.clear_faults()
    conf._client = None
    put_back(moved, old)
    assert tenant.accepts(moved.email, PASSWORD)
    assert site.login(moved, PASSWORD) is None


def test_a_hash_that_nobody_saw_being_set_opens_nothing_in_an_outage(tenant, site, moved):
    put_back(moved, make_password(THIRD))
    tenant.off()
    for _ in range(4):
        assert site.login(moved, THIRD) is None


# --- links of an older package --------------------------------------------------------------------


def as_an_older_package(user, sync_digest=None):
    changes = {"same": None, "replaced": None, "told": None, "word": None, "word_at": None}
    if sync_digest is not None:
        changes["sync_digest"] = sync_digest
    Auth0User.objects.filter(user=user).update(**changes)


def test_a_link_of_an_older_package_is_in_step_and_converted_when_next_recorded(
    tenant, site, moved
):
    as_an_older_package(moved)
    before = read(moved)
    assert standing(moved) == "same" and site.login(moved) == moved.pk
    set_at_tenant(tenant, moved, NEWER)
    assert site.login(moved, NEWER) == moved.pk
    link = link_of(moved)
    assert link.same and link.replaced and link.sync_digest == people.sync_digest(read(moved))
    before.save()
    assert read(moved).check_password(NEWER)


def test_an_older_package_at_work_beside_this_one_is_followed(tenant, site, renewed):
    """It renews the hash, and writes the sync digest alone."""
    encoded = make_password(THIRD)
    newer = read(renewed)
    put_back(renewed, encoded)
    Auth0User.objects.filter(user=renewed).update(sync_digest=people.sync_digest(read(renewed)))
    assert standing(renewed) == "same"
    put_back(renewed, newer.password)
    assert standing(renewed) == "replaced"


def test_the_hash_that_an_import_or_an_older_package_recorded_is_not_forgotten_by_a_push(
    tenant, site, moved
):
    """Such a link has the sync digest alone, and a push empties it for as long as it is under way."""
    as_an_older_package(moved)
    before = read(moved)
    put_back(moved, make_password(NEWER))  # past every hook: the link's column alone knows the hash of before
    assert site.login(moved, NEWER) == moved.pk and tenant.accepts(moved.email, NEWER)
    put_back(moved, before.password)
    assert site.login(moved, PASSWORD) is None and tenant.accepts(moved.email, NEWER)


# --- what is no hash ------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", ["!", "*", "", "locked"])
def test_a_site_that_takes_the_password_away_can_do_so_twice(tenant, site, moved, settings, marker):
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    for password in (NEWER, THIRD):
        user = read(moved)
        user.password = marker
        user.save()
        assert read(moved).password == marker
        user.set_password(password)
        user.save()
        assert read(moved).check_password(password)


def test_an_unusable_hash_of_django_does_not_come_back(tenant, site, moved, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    user = read(moved)
    user.set_unusable_password()
    user.save()
    before = read(moved)
    user.set_password(NEWER)
    user.save()
    before.save()
    assert read(moved).check_password(NEWER)


# --- hashes without salt --------------------------------------------------------------------------


@pytest.fixture
def unsalted(settings):
    if not hasattr(hashers, "UnsaltedMD5PasswordHasher"):
        pytest.skip("this Django has no such hasher")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.UnsaltedMD5PasswordHasher"]
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]


def test_a_hash_without_salt_is_kept_as_a_digest_by_the_sites_key(tenant, site, unsalted, person):
    assert site.login(person) == person.pk
    link = link_of(person)
    assert link.sync_digest == "" and len(link.same) == 22 and standing(person) == "same"
    key = Auth0Site.objects.get().digest_key
    Auth0Site.objects.update(digest_key="another")
    assert standing(person) == "other", "nobody can try passwords against it without the key"
    Auth0Site.objects.update(digest_key=key)
    assert site.login(person) == person.pk
    tenant.clear_requests()
    assert site.login(person) == person.pk and counts(tenant) == {}


def test_a_password_without_salt_that_is_set_again_has_the_hash_of_before(
    tenant, site, unsalted, person
):
    assert site.login(person) == person.pk
    for password in (NEWER, PASSWORD):
        user = read(person)
        user.set_password(password)
        user.save()
        assert standing(person) == "same" and tenant.accepts(person.email, password)
    assert site.login(person) == person.pk and site.login(person, NEWER) is None


def test_a_link_of_an_older_package_with_a_hash_without_salt(tenant, site, unsalted, person):
    assert site.login(person) == person.pk
    as_an_older_package(person, people.sync_digest(read(person)))
    assert standing(person) == "same" and site.login(person) == person.pk
    set_at_tenant(tenant, person, NEWER)
    assert site.login(person, NEWER) == person.pk
    before = read(person)
    assert standing(person) == "same" and link_of(person).replaced
    put_back(person, make_password(PASSWORD))
    assert standing(person) == "replaced" and before.pk


# --- a backend of the site's that writes the hash -------------------------------------------------


def test_a_hash_that_a_backend_writes_is_in_step_only_if_it_knows_what_was_typed(
    tenant, site, moved, monkeypatch
):
    """In an outage the site's backends decide. One that lets somebody in and stores another password's
    hash has not made the old one anew."""
    from django.contrib.auth.backends import ModelBackend

    asked = ModelBackend.authenticate

    def sets_another(self, request, **credentials):
        user = asked(self, request, **credentials)
        if user is not None:
            user.password = make_password(THIRD)
            user.save(update_fields=["password"])
        return user

    tenant.off()
    for _ in range(4):
        site.login(moved)
    monkeypatch.setattr(ModelBackend, "authenticate", sets_another)
    assert site.login(moved) == moved.pk
    assert read(moved).check_password(THIRD) and standing(moved) == "other"
