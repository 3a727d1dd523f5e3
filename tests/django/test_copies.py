"""A copied database (staging, a restored backup) changes nothing at Auth0, keeps nobody out, and forgets nothing."""

import io
import json
import shutil

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client

from auth0db import afterwards, copies, outbox
from auth0db.models import Auth0Site, Auth0User, OutgoingMail
from harness import NEWER, PASSWORD, make_person
from test_forms import save


@pytest.fixture
def real(tenant, monkeypatch):
    """Not a run of Django's own tests, where nothing is a copy; and each look is a new one."""
    monkeypatch.setattr(copies, "_is_test", lambda: False)
    monkeypatch.setattr(copies, "LOOK_EVERY", 0)
    copies._looked.clear()
    yield tenant
    copies._looked.clear()


@pytest.fixture
def copied(real, moved):
    """`moved` has moved on the original; what runs now is a copy of it."""
    assert not copies.is_copy()
    elsewhere = [["postgresql db.example:5432/site", "7"]]
    Auth0Site.objects.update(lives_in=json.dumps(elsewhere))
    real.clear_requests()
    return real


def changed(tenant):
    """Requests that change something, or mail somebody."""
    return {
        route: n
        for route, n in tenant.requests()["counts"].items()
        if n and not route.startswith("GET ") and "/oauth/token" not in route
    }


def adopt(**options):
    out = io.StringIO()
    call_command("auth0_site", adopt=True, stdout=out, **options)
    return out.getvalue()


def test_where_the_database_does_not_answer_nothing_is_changed(real, moved, monkeypatch):
    """It may be anybody's."""

    def silent():
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(copies, "entries", silent)
    assert save(moved, NEWER) == "held"
    assert changed(real) == {} and real.accepts(moved.email, PASSWORD)
    monkeypatch.undo()
    copies._looked.clear()
    assert save(moved, NEWER) == "ok" and real.accepts(moved.email, NEWER)


# --- whose database is it? ------------------------------------------------------------------------


def test_a_site_from_before_the_list_adopts_itself_once(real, person, site):
    Auth0Site.row()
    assert copies.entries() is None
    assert site.login(person) and Auth0User.objects.count() == 1
    assert copies.entries() == [list(copies.here())]
    Auth0Site.objects.update(lives_in="[]")
    assert not copies.begin() and copies.is_copy(), "not a second time"


def test_migrate_puts_a_new_site_on_its_list(real):
    call_command("migrate", verbosity=0)
    assert copies.entries() == [list(copies.here())]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of a file")
def test_a_copied_file_is_another_database(real, tmp_path, monkeypatch):
    copies.begin()
    name = str(connection.settings_dict["NAME"])
    shutil.copy(name, tmp_path / "copy.db")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "copy.db"))
    assert copies.is_copy()
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    assert not copies.is_copy()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of a file")
def test_a_file_put_in_its_place_is_another_database(real, tmp_path, monkeypatch):
    path = tmp_path / "site.db"
    path.write_bytes(b"")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    assert copies.adopt() and not copies.is_copy()
    before = copies.here()
    (tmp_path / "restored.db").write_bytes(b"")
    (tmp_path / "restored.db").replace(path)
    assert copies.here()[0] == before[0] and copies.here() != before
    copies._looked.clear()
    assert copies.is_copy()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="of a server")
@pytest.mark.parametrize("name, value", [("NAME", "staging"), ("HOST", "db.staging.example"), ("PORT", "15432")])
def test_another_name_host_or_port_is_another_database(real, monkeypatch, name, value):
    copies.begin()
    monkeypatch.setitem(connection.settings_dict, name, value)
    assert copies.is_copy()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL")
def test_a_dump_restored_into_another_cluster_is_another_database(real, monkeypatch):
    copies.begin()
    place, server = copies.here()
    assert server.isdigit()
    monkeypatch.setattr(copies, "here", lambda: (place, "1" + server))
    assert copies.is_copy()
    monkeypatch.setattr(copies, "here", lambda: (place, ""))
    assert not copies.is_copy(), "what the server does not tell is nobody's fault"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="createdb --template")
def test_a_database_made_of_this_one_by_createdb_is_a_copy(real, monkeypatch):
    copies.begin()
    name = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE site_copy TEMPLATE %s" % connection.ops.quote_name(name))
    try:
        monkeypatch.setitem(connection.settings_dict, "NAME", "site_copy")
        assert copies.is_copy() and copies.entries() is not None
    finally:
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", name)
        with connection._nodb_cursor() as cursor:
            cursor.execute("DROP DATABASE site_copy")
    assert not copies.is_copy()


def dump_into(other):
    """As mariadb-dump and mariadb do it: each table as it is described, and its rows."""
    with connection.cursor() as cursor:
        name, tables = connection.settings_dict["NAME"], connection.introspection.table_names(cursor)
        described = []
        for table in tables:
            cursor.execute("SHOW CREATE TABLE `%s`" % table)
            described.append(cursor.fetchone()[1])
        cursor.execute("CREATE DATABASE %s" % other)
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute("USE %s" % other)
        for table, text in zip(tables, described):
            cursor.execute(text.replace("%", "%%"))
            cursor.execute("INSERT INTO `%s` SELECT * FROM `%s`.`%s`" % (table, name, table))
    connection.close()


@pytest.mark.skipif(connection.vendor != "mysql", reason="of MariaDB")
def test_a_dump_restored_beside_it_is_a_copy(real, moved, site, monkeypatch):
    copies.begin()
    name = connection.settings_dict["NAME"]
    dump_into("site_copy")
    try:
        monkeypatch.setitem(connection.settings_dict, "NAME", "site_copy")
        assert copies.is_copy() and copies.entries() is not None
        moved.set_password(NEWER)
        moved.save()
        assert site.login(moved, NEWER) == moved.pk and not changed(real)
        assert real.accepts(moved.email, PASSWORD)
    finally:
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", name)
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE site_copy")
    assert not copies.is_copy() and site.login(moved) == moved.pk


PLACES = [  # a server with a standby behind another name, a pooler, a cluster that was moved
    ("postgresql db.example:5432/site", "7"),
    ("postgresql standby.example:5432/site", "7"),
    ("postgresql localhost:6432/site", ""),
    ("postgresql db.example:5432/site", "8"),
]
COPIES = [
    ("postgresql db.example:5432/staging", "7"),
    ("postgresql staging.example:5432/site", "7"),
    ("postgresql db.example:5433/site", "7"),
    ("postgresql db.example:5432/site", "9"),
    ("mysql db.example:5432/site", ""),
]


def test_a_site_lives_in_each_of_the_databases_on_record_and_in_no_other(real, monkeypatch):
    at = [PLACES[0]]
    monkeypatch.setattr(copies, "here", lambda: at[0])
    copies.begin()
    for at[0] in PLACES[1:]:
        assert copies.is_copy() and copies.adopt()
    for at[0] in PLACES:
        assert not copies.is_copy()
    for at[0] in COPIES:
        assert copies.is_copy()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="of a server")
@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "::1", "/run/some/socket"])
def test_by_whatever_way_to_this_machine_it_is_one_database(real, monkeypatch, host):
    copies.begin()
    monkeypatch.setitem(connection.settings_dict, "HOST", host)
    assert not copies.is_copy()


def test_of_two_aliases_each_is_looked_at(real, monkeypatch):
    """A router that sends us to another database: what was found of the first one says nothing of it."""
    monkeypatch.setattr(copies, "LOOK_EVERY", 600)
    copies.begin()
    assert not copies.is_copy()
    looked = []
    monkeypatch.setattr(copies, "look", lambda: looked.append(1) or True)
    assert not copies.is_copy() and not looked, "within the minute"
    other = copies.connections["default"].copy("other")
    monkeypatch.setattr(copies.router, "db_for_write", lambda model: "other")
    monkeypatch.setattr(copies.models, "missing", lambda: [])
    setattr(copies.connections._connections, "other", other)
    try:
        assert copies.is_copy() and looked
    finally:
        other.close()
        delattr(copies.connections._connections, "other")


def test_the_runner_of_djangos_tests_is_stopped_by_nothing(tenant):
    Auth0Site.row()
    Auth0Site.objects.update(lives_in="[]")
    assert not copies.is_copy()


# --- what is held back ----------------------------------------------------------------------------


def test_a_first_login_is_admitted_and_makes_nobody(copied, site):
    eve = make_person("eve")
    assert site.login(eve) == eve.pk
    assert not changed(copied) and not Auth0User.objects.filter(user=eve).exists()


def test_who_has_moved_logs_in_by_a_grant(copied, moved, site):
    assert site.login(moved) == moved.pk
    assert site.login(moved, "Wrong-Guess-1") is None
    assert not changed(copied) and copied.requests()["total"] > 0


def test_a_new_password_stays_here_admits_and_is_told_after_the_adoption(copied, moved, site):
    moved.set_password(NEWER)
    moved.save()
    assert site.login(moved, NEWER) == moved.pk
    assert not changed(copied)
    assert Auth0User.objects.get(user=moved).unpushed == "held"
    assert copied.accepts(moved.email, PASSWORD), "the real person's password is as it was"
    assert "own from now on" in adopt()
    assert site.login(moved, NEWER) == moved.pk
    assert copied.accepts(moved.email, NEWER)
    assert Auth0User.objects.get(user=moved).unpushed == ""


def test_the_old_password_admits_nobody_meanwhile(copied, moved, site):
    moved.set_password(NEWER)
    moved.save()
    assert site.login(moved, PASSWORD) is None


def test_auth0s_own_reset_mail_waits_for_the_adoption(copied, monkeypatch):
    copied.create("known-at-auth0@people.example")
    copied.clear_requests()
    Client().post("/forgotten/", {"email": "known-at-auth0@people.example"})
    afterwards.finish(60)
    row = OutgoingMail.objects.get()
    assert not changed(copied) and row.content and row.tries == 0
    adopt()
    assert outbox.send(row.pk) and changed(copied)


def test_the_sites_own_mails_wait_as_well(copied, moved):
    """The row may be the original's, which sends it too: and who is mailed is a real person."""
    mail.outbox.clear()
    Client().post("/forgotten/", {"email": moved.email})
    afterwards.finish(60)
    row = OutgoingMail.objects.get()
    assert mail.outbox == [] and row.content and row.tries == 0
    adopt()
    assert outbox.sweep(outbox.BY_SITE) == 1, "it does not wait for its next turn"
    assert [letter.to for letter in mail.outbox] == [[moved.email]]


@pytest.mark.parametrize("command", ["auth0_import", "auth0_settle", "auth0_undo", "auth0_factors"])
def test_the_commands_that_change_the_tenant_stop(copied, command):
    with pytest.raises(CommandError, match="adopt"):
        call_command(command)
    assert not changed(copied)


# --- it is said -----------------------------------------------------------------------------------


def test_the_log_and_the_check_name_the_cure(copied, moved, site, caplog):
    site.login(moved)
    said = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert said and "auth0_site --adopt" in said[0]
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("auth0_check", json=True, stdout=out)
    found = [f for f in json.loads(out.getvalue())["findings"] if f["setting"] == "DATABASES"]
    assert any("--adopt" in f["cure"] for f in found)


def test_several_databases_are_on_record_and_none_is_forgotten(copied):
    adopt()
    assert [one[1] for one in copies.entries()][-1] == "7" and len(copies.entries()) == 2
    assert "already" in adopt() and len(copies.entries()) == 2


def test_off_this_machine_the_tenant_is_said_by_name(copied, settings, monkeypatch):
    settings.AUTH0_DOMAIN = "acme.eu.auth0.com"
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    for options in ({}, {"tenant": "another"}):
        with pytest.raises(CommandError, match="not adopted"):
            adopt(**options)
    assert len(copies.entries()) == 1
    adopt(tenant="acme")
    assert len(copies.entries()) == 2
