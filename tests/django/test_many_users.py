"""A site of many users: what is typed by a stranger reads none of them but the one who is meant."""

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import connection, connections

from auth0db import addresses, indexes, people
from auth0db.models import Auth0User, Holdout
from harness import NEWER, PASSWORD, make_person


@pytest.fixture
def many(monkeypatch):
    """As if 10,000 were none: what follows is what a site of more than that meets."""
    monkeypatch.setattr(addresses, "FEW", -1)
    addresses.costs.forget()
    if connection.vendor == "postgresql":  # on a small table it would never take an index
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = on")
    drop_index()
    addresses.costs.forget()


def drop_index():
    model, index = indexes.of_users(people.email_field())
    if indexes.is_there(connection, model._meta.db_table, index.name) is not False:
        with connection.schema_editor() as editor:
            editor.remove_index(model, index)


def make_index(*options):
    out = io.StringIO()
    call_command("auth0_index", *options, stdout=out)
    return out.getvalue()


class Asked:
    """SQL of the users' table that named an e-mail."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        self.statements.append((sql, params))
        return execute(sql, params, many, context)

    def read_all(self):
        """On SQLite, which takes an index of a small table too; tests/plans has the others, and the users."""
        if connection.vendor != "sqlite":
            return []
        model = get_user_model()
        selects = [one for one in self.statements if one[0].lstrip().startswith("SELECT") and not one[0].endswith(" LIMIT 0")]
        return [sql for sql, params in selects
                if addresses.statement_reads_all(connection, model, sql, params)]


def asked_at_login(site, *credentials):
    asked = Asked()
    with connection.execute_wrapper(asked):
        user = site.login(*credentials)
    return user, asked


@pytest.mark.usernames
def test_a_strangers_guess_reads_nobody(tenant, site, many):
    make_person("ada")
    for guess in ("nobody@people.example", "ADA@people.example"):
        user, asked = asked_at_login(site, guess, PASSWORD)
        assert asked.statements and not asked.read_all()


@pytest.mark.usernames  # users named by e-mail are found by their model's own manager, at its own cost
def test_who_has_moved_is_found_by_the_links_address(tenant, site, moved, many):
    user, asked = asked_at_login(site, moved.email.upper(), PASSWORD)
    assert user == moved.pk and not asked.read_all()


@pytest.mark.usernames
def test_the_links_address_is_not_a_second_name(tenant, site, moved, many):
    """Whoever has another e-mail on the site by now is not named by the old one: it may be another's."""
    get_user_model().objects.filter(pk=moved.pk).update(email="new@people.example")
    assert people.with_email(people.users(), moved.email) == []


@pytest.mark.usernames
def test_without_an_index_an_unlinked_email_is_the_sites_own_matter(tenant, site, person, many, heard):
    tenant.create(person.email, NEWER, verified=True)
    assert site.login(person.email, NEWER) is None
    assert not Auth0User.objects.exists(), "joined by an e-mail that somebody else may have as well"
    assert site.login(person) == person.pk, "the user name is found by its own index"


@pytest.mark.usernames
def test_with_the_index_it_joins_as_ever(tenant, site, person, many):
    make_index("--yes")
    tenant.create(person.email, NEWER, verified=True)
    user, asked = asked_at_login(site, person.email.upper(), NEWER)
    assert user == person.pk and not asked.read_all()


@pytest.mark.usernames
def test_a_small_site_needs_none(tenant, site, person):
    addresses.costs.forget()
    tenant.create(person.email, NEWER, verified=True)
    assert site.login(person.email, NEWER) == person.pk


def test_nobody_is_made_twice(tenant, site, many):
    """Who has the e-mail of a user that is not looked for must not become a second user of it."""
    tenant.create("cyd@people.example", NEWER, verified=True)
    assert site.login("cyd@people.example", NEWER) is None
    assert not get_user_model().objects.filter(email="cyd@people.example").exists()
    make_index("--yes")
    assert site.login("cyd@people.example", NEWER) is not None


@pytest.mark.parametrize("word", ["index", "no index"])
def test_the_reset_page_finds_them_too(tenant, site, moved, many, word):
    from auth0db.forms import PasswordResetForm

    if word == "index":
        make_index("--yes")
    form, asked = PasswordResetForm({"email": moved.email.upper()}), Asked()
    assert form.is_valid()
    with connection.execute_wrapper(asked):
        found = list(form.get_users(form.cleaned_data["email"]))
    assert found == [moved]
    if word == "index":
        assert not asked.read_all()


# --- saying it, and making it ---------------------------------------------------------------------


def told():
    return [one for one in checks.run_checks(tags=["database"], databases=["default"]) if one.id == "auth0db.W013"]


def test_the_check_says_which_of_the_three_it_is(tenant, person, many, monkeypatch):
    [warning] = [one for one in told() if "CREATE INDEX" in one.hint]
    assert "would read all users" in warning.msg and "CREATE INDEX" in warning.hint
    assert "manage.py auth0_index" in warning.hint
    make_index("--yes")
    assert not [one for one in told() if "CREATE INDEX" in one.hint]
    monkeypatch.setattr(addresses, "FEW", 10_000)
    drop_index()
    assert told() == []


def test_it_prints_the_sql_of_this_database(person, many):
    sql = " ".join(json.loads(make_index("--json"))["sql"])
    assert {"postgresql": "CONCURRENTLY", "sqlite": "COLLATE NOCASE", "mysql": "CREATE INDEX"}[connection.vendor] in sql
    assert ("UPPER(" in sql and "::text" in sql) == (connection.vendor == "postgresql")


def test_it_asks_first(person, many, monkeypatch):
    answers = iter(["", "no", "y"])
    monkeypatch.setattr("builtins.input", lambda words: next(answers))
    for _ in range(2):
        make_index()
        assert json.loads(make_index("--json"))["state"] == "none"
    assert "The index is there. The site uses it" in make_index()
    assert json.loads(make_index("--json"))["state"] == "index"


def test_where_nobody_answers_it_makes_nothing(person, many, monkeypatch):
    def nobody(words):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="--yes"):
        make_index()
    assert json.loads(make_index("--json"))["state"] == "none"


def test_once_more_is_harmless(person, many):
    make_index("--yes")
    assert json.loads(make_index("--yes", "--json"))["made"] is False


def test_an_index_that_comes_is_used_soon_and_one_that_is_there_not_asked_for_at_every_login(person, many, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(addresses.time, "monotonic", lambda: now[0])
    addresses.costs.forget()
    assert not people.finds_everybody()
    make_index_beside_us()
    assert not people.finds_everybody(), "this is remembered"
    now[0] += addresses.AND_IF_NOT
    assert people.finds_everybody()
    asked = Asked()
    with connection.execute_wrapper(asked):
        now[0] += addresses.AND_IF_NOT
        assert people.finds_everybody() and not asked.statements


def make_index_beside_us():
    """As another process does: nothing is forgotten here."""
    known = dict(addresses.costs.known)
    make_index("--yes")
    addresses.costs.known.update(known)


def test_each_schema_of_a_connection_is_asked_about(person, many, monkeypatch):
    """django-tenants: one connection, one users' table a customer."""
    wrapper = vars(connections["default"])
    monkeypatch.setitem(wrapper, "schema_name", "one")
    make_index("--yes")
    assert people.finds_everybody()
    monkeypatch.setitem(wrapper, "schema_name", "two")
    drop_index()
    assert not people.finds_everybody()


@pytest.mark.usernames
def test_an_account_that_is_there_already_is_not_joined_before_others_can_be_looked_up(tenant, site, many):
    """Whether somebody else has this e-mail is not known: nobody is joined, nobody is kept out, nothing is recorded that
    would stand in the way later."""
    ada = make_person("ada")
    tenant.create(ada.email, PASSWORD)
    user, asked = asked_at_login(site, "ada", PASSWORD)
    assert user == ada.pk and not asked.read_all()
    assert not Auth0User.objects.exists() and not Holdout.objects.exists()
    make_index("--yes")
    addresses.costs.forget()
    user, asked = asked_at_login(site, "ada", PASSWORD)
    assert user == ada.pk and not asked.read_all()
    assert Auth0User.objects.get().user_id == ada.pk


@pytest.mark.usernames
def test_an_admin_page_says_that_it_has_not_looked_instead_of_reading_everybody(tenant, many, client_of_root):
    ada, bob = make_person("ada"), make_person("bob", email="ada@people.example")
    for user in (ada, bob):
        Holdout.objects.create(user=user, reason="duplicate-email", hash_digest=people.holdout_digest(user))
    page = "/admin/auth0db/holdout/%s/change/" % ada.pk
    assert "auth0_index" in client_of_root.get(page).content.decode()
    make_index("--yes")
    addresses.costs.forget()
    assert "auth0_index" not in client_of_root.get(page).content.decode()


@pytest.fixture
def client_of_root():
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", "root@people.example", PASSWORD), OURS)
    return client


OURS = "auth0db.backends.MigrateToAuth0Backend"
