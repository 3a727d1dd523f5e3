"""Who was deleted on the site stays out, and whoever comes next is not taken for them."""

import json
import subprocess

import django
import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from auth0db import _native, afterwards, checks, conf, people, tombstones
from auth0db.models import Auth0Site, Auth0User, Holdout, ImportBatch, ImportClaim, Reminder, Tombstone
from auth0db.tenant import check_scopes
from harness import KIND, NEWER, PASSWORD, make_person, run_site

User = get_user_model()


@pytest.fixture(autouse=True)
def settled():
    yield
    afterwards.finish(60)


def log_in(identifier, password=PASSWORD):
    return authenticate(None, username=identifier, password=password)


def name_of(user):
    return user.get_username()


@pytest.fixture
def ada(tenant):
    """She has moved."""
    user = make_person()
    assert log_in(name_of(user)) == user
    return User.objects.get(pk=user.pk)


def verified(tenant, auth0_id):
    tenant.patch(auth0_id, email_verified=True, connection=tenant.connection)


# --- whoever deletes ------------------------------------------------------------------------------


def by_itself(user):
    user.delete()


def by_queryset(user):
    User.objects.filter(pk=user.pk).delete()


def in_the_admin(user):
    client = Client()
    boss = make_person("boss", is_staff=True, is_superuser=True)
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    options = User._meta
    at = "/admin/%s/%s/" % (options.app_label, options.model_name)
    told = client.post("%s%s/delete/" % (at, user.pk), {"post": "yes"})
    assert told.status_code == 302, told.content[:2000]


def by_the_admins_action(user):
    client = Client()
    boss = make_person("boss", is_staff=True, is_superuser=True)
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    options = User._meta
    at = "/admin/%s/%s/" % (options.app_label, options.model_name)
    told = client.post(
        at, {"action": "delete_selected", "_selected_action": [str(user.pk)], "post": "yes"}
    )
    assert told.status_code == 302, told.content[:2000]


of_the_admin = pytest.mark.skipif(KIND != "username", reason="this site's admin has no page of its users")
WAYS = [
    by_itself,
    by_queryset,
    pytest.param(in_the_admin, marks=of_the_admin),
    pytest.param(by_the_admins_action, marks=of_the_admin),
]


@pytest.mark.parametrize("delete", WAYS)
def test_a_deleted_user_stays_out(tenant, ada, delete, settings):
    key, auth0_id, name, email = ada.pk, ada.auth0.auth0_id, name_of(ada), ada.email
    verified(tenant, auth0_id)
    delete(ada)
    stone = Tombstone.objects.get(user_id=key)
    assert (stone.number, stone.auth0_id, stone.state) == (1, auth0_id, "left")
    assert stone.due is stone.lifted is None
    for identifier in {name, email}:
        assert log_in(identifier) is None
    assert tenant.accepts(email, PASSWORD)  # it is us who bar the person
    assert not User.objects.filter(pk=key).exists() and not Auth0User.objects.exists()


def test_a_cascade_leaves_a_tombstone(tenant, ada):
    """A row of the site's that owns users: here a made-up model whose deletion collects them."""
    from django.db.models.deletion import Collector

    collector = Collector(using="default")
    collector.collect(User.objects.filter(pk=ada.pk), source=Group, nullable=False)
    collector.delete()
    assert Tombstone.objects.get().auth0_id.startswith("auth0|")


class Colleague(User):
    class Meta:
        proxy = True
        app_label = User._meta.app_label


def test_who_is_deleted_by_a_proxy_leaves_a_tombstone(tenant, ada):
    tombstones.connect()  # as at the start: this module came later
    Colleague.objects.get(pk=ada.pk).delete()
    assert Tombstone.objects.count() == 1


def test_no_other_model_is_listened_to():
    from django.db.models.signals import pre_delete

    assert pre_delete.has_listeners(User)
    assert not pre_delete.has_listeners(Permission), "every row of the site would be loaded"


def test_a_deletion_that_is_rolled_back_leaves_none(tenant, ada):
    with pytest.raises(RuntimeError), transaction.atomic():
        ada.delete()
        assert Tombstone.objects.count() == 1
        raise RuntimeError
    assert Tombstone.objects.count() == 0
    assert log_in(ada.email) == User.objects.get()


@pytest.mark.parametrize("how", ["sql", "raw_delete"])
def test_what_goes_past_django_fails_and_deletes_nobody(tenant, ada, how):
    with pytest.raises(IntegrityError), transaction.atomic():
        if how == "sql":
            with connection.cursor() as cursor:
                quote = connection.ops.quote_name
                cursor.execute(
                    "DELETE FROM %s WHERE %s = %%s"
                    % (quote(User._meta.db_table), quote(User._meta.pk.column)),
                    [User._meta.pk.get_db_prep_value(ada.pk, connection)],
                )
        else:
            rows = User.objects.filter(pk=ada.pk)
            rows._raw_delete(rows.db)
        connection.check_constraints()
    assert log_in(ada.email) == User.objects.get()


class Company(models.Model):
    """Of a site's, which owns its users."""

    id = models.AutoField(primary_key=True)

    class Meta:
        app_label = "companies"


@pytest.fixture
def owned_by_the_database():
    """A column of the user table by which the database itself deletes users with their company."""
    owner = models.ForeignKey(Company, models.DB_CASCADE, null=True, related_name="+")
    owner.set_attributes_from_name("company")
    owner.model = User
    with connection.schema_editor() as editor:
        editor.create_model(Company)
        editor.add_field(User, owner)
    yield owner.column
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(User)  # as its model is
        else:
            editor.remove_field(User, owner)
        editor.delete_model(Company)


@pytest.mark.skipif(django.VERSION < (6, 1), reason="this Django has no on_delete=DB_CASCADE")
def test_a_cascade_of_the_databases_own_fails_for_who_has_moved(tenant, ada, request):
    column = request.getfixturevalue("owned_by_the_database")
    company, eve = Company.objects.create(), make_person("eve")
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("UPDATE %s SET %s = %%s" % (quote(User._meta.db_table), quote(column)), [company.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.all().delete()
        connection.check_constraints()
    assert log_in(ada.email) == User.objects.get(pk=ada.pk) and User.objects.filter(pk=eve.pk).exists()
    ada.delete()  # as it is meant: by Django, which leaves a tombstone
    Company.objects.all().delete()
    assert not User.objects.exists() and Tombstone.objects.count() == 1


def test_many_are_deleted_at_once(tenant, ada):
    for n in range(30):
        make_person("p%d" % n)
    keys = sorted(User.objects.values_list("pk", flat=True))
    User.objects.all().delete()
    assert sorted(Tombstone.objects.values_list("user_id", flat=True)) == keys
    states = Tombstone.objects.values_list("state", flat=True)
    assert sorted(states) == ["left"] + ["unknown"] * 30


def test_a_user_is_deleted_before_migrate_as_without_us(tenant, ada, monkeypatch):
    monkeypatch.setattr(tombstones, "missing", lambda: ["table " + Tombstone._meta.db_table])
    ada.delete()
    assert Tombstone.objects.count() == 0


# --- who had not moved ----------------------------------------------------------------------------


def expected(user, number=0):
    return _native.expected_id(Auth0Site.current(), people.key_of(user), number)


def test_who_had_not_moved_leaves_one_too(tenant):
    """The tenant may know her: of a login whose answer was lost."""
    ada = make_person()
    auth0_id = expected(ada)
    tenant.create(ada.email, verified=True, user_id=auth0_id[len("auth0|") :])
    name = name_of(ada)
    ada.delete()
    assert Tombstone.objects.get().state == "unknown"
    assert log_in(name) is None and log_in("ada@people.example") is None
    assert not User.objects.exists()


def test_a_holdout_leaves_one_too(tenant):
    ada = make_person(email="")
    assert log_in(name_of(ada)) == ada or KIND == "email"
    ada.delete()
    assert Tombstone.objects.get().state == "unknown"
    assert not Holdout.objects.exists()


def a_batch(status="submitted"):
    return ImportBatch.objects.create(
        external_id="auth0db-0123", kind="import", status=status, users=1, bytes=1
    )


def claimed(user, batch):
    ImportClaim.objects.create(user=user, batch=batch, auth0_id=expected(user), email=user.email)


def test_who_is_deleted_while_an_import_is_under_way_stays_out(tenant):
    ada = make_person()
    claimed(ada, a_batch())
    auth0_id = expected(ada)
    ada.delete()
    assert Tombstone.objects.get().state == "left"
    tenant.create("ada@people.example", verified=True, user_id=auth0_id[len("auth0|") :])  # the job
    assert log_in("ada@people.example") is None and not User.objects.exists()


# --- who signs up again ---------------------------------------------------------------------------


def again(key=None, email="ada@people.example", password=PASSWORD):
    """A new user; of a key that the database gives out again, as SQLite does without AUTOINCREMENT."""
    fields = {} if key is None else {User._meta.pk.attname: key}
    return make_person("anew", email=email, password=password, **fields)


def test_the_same_email_with_another_password_is_not_let_in_with_the_old_one(tenant, ada):
    verified(tenant, ada.auth0.auth0_id)
    ada.delete()
    anew = again(password=NEWER)
    for identifier in {name_of(anew), anew.email}:
        assert log_in(identifier) is None, "the former password opens the new account"
    assert not Auth0User.objects.exists()
    assert log_in(name_of(anew), NEWER) == anew  # the site's word
    assert Holdout.objects.get().reason == "foreign-account"
    assert Tombstone.objects.get().lifted is None


def test_the_same_email_and_password_get_the_account_back_and_it_is_recorded(tenant, ada):
    auth0_id = ada.auth0.auth0_id
    ada.delete()
    anew = again()
    assert log_in(name_of(anew)) == anew
    assert Auth0User.objects.get().auth0_id == auth0_id
    assert Tombstone.objects.get().lifted is not None
    assert log_in(name_of(anew)) == anew


def test_who_got_the_account_back_and_is_deleted_again_stays_out(tenant, ada):
    verified(tenant, ada.auth0.auth0_id)
    ada.delete()
    anew = again()
    assert log_in(name_of(anew)) == anew
    anew.delete()
    assert log_in("ada@people.example") is None and not User.objects.exists()


@pytest.mark.skipif(KIND == "uuid", reason="a UUID is not given out again")
def test_the_same_key_and_another_email_get_another_account(tenant, ada):
    key, auth0_id = ada.pk, ada.auth0.auth0_id
    ada.delete()
    eve = again(key, email="eve@people.example", password=NEWER)
    assert eve.pk == key
    assert log_in(name_of(eve), NEWER) == eve
    assert eve.auth0.auth0_id == expected(eve, 1) != auth0_id
    assert tenant.accepts("ada@people.example", PASSWORD), "the former owner's password was replaced"
    assert log_in("ada@people.example") is None


@pytest.mark.skipif(KIND == "uuid", reason="a UUID is not given out again")
def test_the_same_key_and_email_and_another_password(tenant, ada):
    key, auth0_id = ada.pk, ada.auth0.auth0_id
    verified(tenant, auth0_id)
    ada.delete()
    anew = again(key, password=NEWER)
    assert log_in(anew.email) is None
    assert log_in(name_of(anew), NEWER) == anew and not Auth0User.objects.exists()
    assert tenant.accepts(anew.email, PASSWORD) and not tenant.accepts(anew.email, NEWER)


@pytest.mark.skipif(KIND == "uuid", reason="a UUID is not given out again")
def test_the_third_of_a_key_is_told_from_both(tenant, ada):
    key = ada.pk
    ada.delete()
    second = again(key, email="bob@people.example")
    assert log_in(name_of(second)) == second
    second.delete()
    third = again(key, email="cy@people.example")
    assert log_in(name_of(third)) == third
    assert third.auth0.auth0_id == expected(third, 2)
    assert [stone.number for stone in Tombstone.objects.order_by("pk")] == [1, 2]


def test_a_user_restored_with_the_link_goes_on(tenant, ada, settings):
    """From a backup of the user and the link; the tombstone is newer and stays. What was to be done at Auth0, and waits,
    is not done to who is back."""
    settings.AUTH0_ON_DELETE = "delete"
    link, row = Auth0User.objects.get(), User.objects.values().get(pk=ada.pk)
    with transaction.atomic():
        ada.delete()
        transaction.get_connection().run_on_commit.clear()
    restored = User(**row)
    restored.save(force_insert=True)
    link.save(force_insert=True)
    assert tombstones.sweep() == 1 and Tombstone.objects.get().state == "left"
    assert log_in(restored.email) == restored


def test_who_is_hidden_by_the_sites_own_manager_is_not_made_anew(tenant, monkeypatch):
    """Deleted softly, and not moved."""
    ada = make_person()
    tenant.create(ada.email, verified=True)
    monkeypatch.setattr(type(User._default_manager), "get_queryset", lambda self: User._base_manager.none())
    assert log_in("ada@people.example") is None
    assert User._base_manager.count() == 1


# --- what becomes of the account ------------------------------------------------------------------


def wait():
    afterwards.finish(60)


def test_delete_deletes_it_after_the_commit(tenant, ada, settings):
    settings.AUTH0_ON_DELETE = "delete"
    auth0_id = ada.auth0.auth0_id
    with transaction.atomic():
        ada.delete()
        assert any(u["user_id"] == auth0_id for u in tenant.users())
    wait()
    assert not any(u["user_id"] == auth0_id for u in tenant.users())
    stone = Tombstone.objects.get()
    assert (stone.state, stone.due) == ("deleted", None)


def test_block_blocks_it_and_leaves_our_mark(tenant, ada, settings):
    settings.AUTH0_ON_DELETE = "block"
    auth0_id = ada.auth0.auth0_id
    ada.delete()
    wait()
    there = tenant.user(auth0_id)
    assert there["blocked"] is True
    assert there["app_metadata"]["auth0db"]["blocked"] == "deleted"
    assert Tombstone.objects.get().state == "blocked"
    assert not tenant.accepts("ada@people.example", PASSWORD)


def test_somebody_elses_block_gets_no_mark_of_ours(tenant, ada, settings):
    settings.AUTH0_ON_DELETE = "block"
    auth0_id = ada.auth0.auth0_id
    tenant.patch(auth0_id, blocked=True)
    ada.delete()
    wait()
    assert "auth0db" not in tenant.user(auth0_id).get("app_metadata", {})


@pytest.mark.parametrize("wanted", ["block", "delete"])
def test_an_account_that_is_not_ours_is_left(tenant, settings, wanted):
    settings.AUTH0_ON_DELETE = wanted
    ada = make_person()
    theirs = tenant.create(ada.email, verified=True)["user_id"]
    assert log_in(ada.email) == ada
    assert ada.auth0.auth0_id == theirs
    User.objects.get(pk=ada.pk).delete()
    wait()
    assert not tenant.user(theirs).get("blocked")
    assert Tombstone.objects.get().state == "not-ours"
    assert log_in("ada@people.example") is None


def test_an_outage_is_waited_out_by_the_command(tenant, ada, settings):
    settings.AUTH0_ON_DELETE = "delete"
    auth0_id = ada.auth0.auth0_id
    tenant.off()
    ada.delete()
    wait()
    stone = Tombstone.objects.get()
    assert (stone.state, stone.tries) == ("to-delete", 1) and stone.due > timezone.now()
    tenant.clear_faults()
    conf._client = None  # its breaker
    Tombstone.objects.update(due=timezone.now())
    told = json.loads(call_command("auth0_outbox", json=True))
    assert (told["departed"], told["departed_waiting"]) == (1, 0)
    assert not any(u["user_id"] == auth0_id for u in tenant.users())


def test_what_a_killed_process_has_left_another_does(tenant, ada, settings):
    settings.AUTH0_ON_DELETE = "delete"
    with transaction.atomic():
        ada.delete()
        transaction.get_connection().run_on_commit.clear()  # killed before it came to that
    assert Tombstone.objects.get().state == "to-delete"
    run = run_site("-m", "django", "auth0_outbox", "--json", stdout=subprocess.PIPE)
    told = json.loads(run.communicate(timeout=120)[0])
    assert told["departed"] == 1 and tenant.users() == []


def test_two_servers_do_it_once(tenant, ada, settings):
    settings.AUTH0_ON_DELETE = "delete"
    with transaction.atomic():
        ada.delete()
        transaction.get_connection().run_on_commit.clear()
    one, other = Tombstone.objects.get(), Tombstone.objects.get()
    assert tombstones._do(one) and not tombstones._do(other)


def test_an_import_under_way_is_waited_for(tenant, settings):
    settings.AUTH0_ON_DELETE = "delete"
    ada, batch = make_person(), a_batch()
    claimed(ada, batch)
    auth0_id = expected(ada)
    ada.delete()
    wait()
    assert Tombstone.objects.get().state == "to-delete"
    tenant.create("ada@people.example", user_id=auth0_id[len("auth0|") :])  # the job ends
    ImportBatch.objects.update(status="settled")
    Tombstone.objects.update(due=timezone.now())
    assert tombstones.sweep() == 1
    assert tenant.users() == [] and Tombstone.objects.get().state == "deleted"


def test_who_got_the_account_back_keeps_it(tenant, ada, settings):
    """The deletion waits for an outage to end, and its person has signed up again."""
    settings.AUTH0_ON_DELETE = "delete"
    auth0_id = ada.auth0.auth0_id
    with transaction.atomic():
        ada.delete()
        transaction.get_connection().run_on_commit.clear()
    anew = again()
    assert log_in(name_of(anew)) == anew
    tombstones.sweep()
    assert tenant.user(auth0_id) and Tombstone.objects.get().state == "left"
    assert log_in(name_of(anew)) == anew


def test_what_cannot_be_done_is_given_up_with_a_word(tenant, ada, settings, scopes_without, caplog):
    settings.AUTH0_ON_DELETE = "delete"
    scopes_without("delete:users")
    conf._client = None  # with the token of before
    ada.delete()
    wait()
    Tombstone.objects.update(due=timezone.now(), tries=tombstones.TRIES)
    tombstones.sweep()
    assert Tombstone.objects.get().state == "given-up"
    assert "given up" in caplog.text


def test_a_reminded_user_has_an_account(tenant, settings):
    settings.AUTH0_ON_DELETE = "delete"
    ada = make_person()
    auth0_id = expected(ada)
    tenant.create(ada.email, user_id=auth0_id[len("auth0|") :])
    Reminder.objects.create(
        user=ada, auth0_id=auth0_id, email=ada.email, channel="tenant", status="sent", wave="1"
    )
    ada.delete()
    wait()
    assert tenant.users() == []


# --- erased ---------------------------------------------------------------------------------------


def forget(auth0_id, **options):
    return json.loads(call_command("auth0_forget", auth0_id, json=True, **options))


def test_a_tombstone_is_erased_once_the_account_is_gone(tenant, ada):
    auth0_id = ada.auth0.auth0_id
    ada.delete()
    with pytest.raises(CommandError, match="still at Auth0"):
        forget(auth0_id)
    tenant.api("DELETE", "/users/" + auth0_id.replace("|", "%7C"))
    assert forget(auth0_id) == {"erased": 1, "account": "gone"}
    assert not Tombstone.objects.exists()
    with pytest.raises(CommandError, match="no tombstone"):
        forget(auth0_id)


def test_forget_deletes_an_account_of_ours(tenant, ada):
    auth0_id = ada.auth0.auth0_id
    ada.delete()
    assert forget(auth0_id, delete=True) == {"erased": 1, "account": "deleted"}
    assert tenant.users() == []


def test_forget_deletes_no_account_of_somebody_else(tenant):
    ada = make_person()
    theirs = tenant.create(ada.email, verified=True)["user_id"]
    assert log_in(name_of(ada)) == ada
    User.objects.get(pk=ada.pk).delete()
    with pytest.raises(CommandError, match="not made from a user"):
        forget(theirs, delete=True)
    assert tenant.user(theirs) and Tombstone.objects.exists()
    assert forget(theirs, even_so=True) == {"erased": 1, "account": "left"}


def test_forget_erases_nothing_while_nobody_can_tell(tenant, ada):
    auth0_id = ada.auth0.auth0_id
    ada.delete()
    tenant.off()
    with pytest.raises(CommandError, match="cannot be told"):
        forget(auth0_id)
    assert Tombstone.objects.exists()
    tenant.clear_faults()


@pytest.mark.skipif(KIND == "uuid", reason="a UUID is not given out again")
def test_the_number_of_a_key_that_is_in_use_again_stays(tenant, ada):
    key, auth0_id = ada.pk, ada.auth0.auth0_id
    ada.delete()
    eve = again(key, email="eve@people.example")
    assert log_in(name_of(eve)) == eve
    assert forget(auth0_id, delete=True)["erased"] == 1
    stone = Tombstone.objects.get()
    assert (stone.number, stone.auth0_id) == (1, "")
    eve.delete()
    assert Tombstone.objects.latest("pk").number == 2


# --- what the admin says before -------------------------------------------------------------------

WORDS = {
    "": "the account stays at Auth0, and no longer logs in here",
    "leave": "the account stays at Auth0, and no longer logs in here",
    "block": "the account is blocked at Auth0",
    "delete": "the account is deleted at Auth0 too",
}


def boss():
    client = Client()
    user = make_person("boss", is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked_in_the_admin(client, user):
    """The page that asks once more: of one user, and of the action."""
    at = "/admin/%s/%s/" % (User._meta.app_label, User._meta.model_name)
    chosen = {"action": "delete_selected", "_selected_action": [str(user.pk)]}
    one, many = client.get("%s%s/delete/" % (at, user.pk)), client.post(at, chosen)
    return one.content.decode(), many.content.decode()


@of_the_admin
@pytest.mark.parametrize("wanted", WORDS)
def test_the_admin_says_what_becomes_of_the_account(tenant, ada, settings, wanted):
    settings.AUTH0_ON_DELETE = wanted
    for page in asked_in_the_admin(boss(), ada):
        assert "%s: %s" % (ada.auth0.auth0_id, WORDS[wanted]) in page, page


@of_the_admin
def test_the_admin_says_that_an_account_is_not_ours(tenant, settings):
    settings.AUTH0_ON_DELETE = "delete"
    ada = make_person()
    tenant.create(ada.email, verified=True)
    assert log_in(name_of(ada)) == ada
    for page in asked_in_the_admin(boss(), User.objects.get(pk=ada.pk)):
        assert "was not made from this user. It stays at Auth0" in page


def test_the_admin_lists_who_was_deleted_and_lets_nobody_erase_it(tenant, ada):
    auth0_id = ada.auth0.auth0_id
    ada.delete()
    client = boss()
    assert auth0_id in client.get("/admin/auth0db/tombstone/").content.decode()
    one = "/admin/auth0db/tombstone/%s/" % Tombstone.objects.get().pk
    assert auth0_id in client.get(one + "change/").content.decode()
    assert client.get(one + "delete/").status_code == 403


def test_a_token_that_may_not_delete_is_found(settings):
    granted = ["create:users", "read:users", "update:users"]
    settings.AUTH0_ON_DELETE = "delete"
    assert "AUTH0_ON_DELETE" in {found.setting for found in check_scopes(granted)}
    assert "AUTH0_ON_DELETE" not in {found.setting for found in check_scopes([*granted, "delete:users"])}


def test_an_unset_or_unknown_word_is_found(settings):
    settings.AUTH0_ON_DELETE = ""
    assert [found.id for found in checks.check_deletions()] == ["auth0db.W016"]
    settings.AUTH0_ON_DELETE = "burn"
    assert [found.obj for found in checks.check_client()] == ["AUTH0_ON_DELETE"]
