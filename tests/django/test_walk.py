"""A person who deletes, renames, deactivates, restores, copies and rotates everything finds no way in, and nobody locked
out."""

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction

from auth0db import afterwards, conf, copies
from auth0db.models import Auth0Site, Auth0User, Holdout
from harness import KIND, NEWER, PASSWORD, make_person

User = get_user_model()


@pytest.fixture(autouse=True)
def settled():
    yield
    afterwards.finish(60)


def row_of(user):
    return User.objects.get(pk=user.pk)


def save(user, **changes):
    """As the site does it: what hooks see."""
    user = row_of(user)
    for name, value in changes.items():
        setattr(user, name, value)
    user.save()
    afterwards.finish(60)
    return user


def set_password(user, password):
    user = row_of(user)
    user.set_password(password)
    user.save()


class Backup:
    """All rows of all tables, as any tool for backups has them."""

    def __init__(self):
        quote = connection.ops.quote_name
        self.rows = {}
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute("SELECT * FROM %s" % quote(table))
                columns = ", ".join(quote(column[0]) for column in cursor.description)
                self.rows[table] = columns, cursor.fetchall()

    def restore(self):
        quote = connection.ops.quote_name
        with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
            for table in self.rows:
                cursor.execute("DELETE FROM %s" % quote(table))
            for table, (columns, rows) in self.rows.items():
                values = ", ".join(["%s"] * columns.count(", ") + ["%s"])
                for row in rows:
                    cursor.execute("INSERT INTO %s (%s) VALUES (%s)" % (quote(table), columns, values), row)
        conf._client = None  # the processes are started again


@pytest.fixture
def gets_in(site):
    """Who is logged in by this name and password; None: nobody."""

    def try_it(name, password=PASSWORD):
        return site.login(name, password)

    return try_it


def test_the_database_of_yesterday_beside_the_tenant_of_today(tenant, gets_in, settings):
    settings.AUTH0_ON_DELETE, settings.AUTH0_SYNC_ACTIVE = "delete", True
    ada, bob, cy, dora, eve = (make_person(name) for name in ("ada", "bob", "cy", "dora", "eve"))
    for user in (ada, bob, dora, eve):
        assert gets_in(user) == user.pk
    yesterday = Backup()

    set_password(ada, NEWER)
    bob.delete()
    assert gets_in(cy) == cy.pk
    set_password(cy, NEWER)
    assert gets_in(ada, NEWER) == ada.pk and gets_in(cy, NEWER) == cy.pk  # and Auth0 has it
    save(dora, email="dora.new@people.example")
    save(eve, is_active=False)
    fay = make_person("fay")
    assert gets_in(fay) == fay.pk
    fays = fay.auth0.auth0_id
    afterwards.finish(60)
    yesterday.restore()

    # What was replaced since does not come back, and what is newer gets in
    for user in (ada, cy):
        assert gets_in(user.email) is None
        assert gets_in(user.email, NEWER) == user.pk and gets_in(user.email) is None
    # Her address at Auth0 is the new one, and so is her login
    assert gets_in("dora@people.example") is None
    assert gets_in("dora.new@people.example") == dora.pk
    # Whoever was deleted or deactivated stays out
    assert gets_in(bob.email) is None and gets_in(eve.email) is None
    # ... until somebody says that she was active yesterday: the block is the site's own
    call_command("auth0_sync", stdout=io.StringIO())
    assert gets_in(eve.email) == eve.pk
    # Once her mailbox is known she is let in as by any first login
    assert gets_in(fay.email) is None
    # A key that is given out again does not lead to the account of whom the site has forgotten
    if KIND != "uuid":
        gus = make_person("gus", password=NEWER, **{User._meta.pk.attname: fay.pk})
        assert gets_in(gus, NEWER) == gus.pk
        assert not Auth0User.objects.filter(auth0_id=fays).exists()
    assert tenant.accepts(fay.email, PASSWORD) and not tenant.accepts(fay.email, NEWER)
    tenant.patch(fays, email_verified=True, connection=tenant.connection)
    assert gets_in(fay.email) == Auth0User.objects.get(auth0_id=fays).user_id


def known(tenant):
    """What somebody could have changed."""
    return [[user.get(name) for name in ("user_id", "email", "blocked", "app_metadata")] for user in tenant.users()]


def test_a_person_who_does_everything_to_everybody(tenant, gets_in, settings, monkeypatch):
    settings.AUTH0_ON_DELETE, settings.AUTH0_SYNC_ACTIVE = "block", True
    ada, bob, cy, dora, gil = (make_person(name) for name in ("ada", "bob", "cy", "dora", "gil"))
    for user in (ada, bob, cy, dora, gil):
        assert gets_in(user) == user.pk
    # rotates
    settings.SECRET_KEY = "another secret"
    settings.AUTH0_CLIENT_SECRET = ["wrong", settings.AUTH0_CLIENT_SECRET]
    conf._client = None
    set_password(ada, NEWER)
    assert gets_in(ada.email, NEWER) == ada.pk and gets_in(ada.email) is None
    # renames
    save(dora, email="dora.new@people.example")
    assert gets_in("dora.new@people.example") == dora.pk and gets_in("dora@people.example") is None
    heir = make_person("heir", email="dora@people.example", password=NEWER)
    assert gets_in(heir, NEWER) == heir.pk and gets_in("dora@people.example") is None
    assert gets_in("dora.new@people.example") == dora.pk
    # deactivates
    save(cy, is_active=False)
    assert gets_in(cy.email) is None and not tenant.accepts(cy.email, PASSWORD)
    save(cy, is_active=True)
    assert gets_in(cy) == cy.pk
    # deletes, and signs up again
    bob.delete()
    afterwards.finish(60)
    assert gets_in(bob.email) is None
    again = make_person("bob", password=NEWER)
    assert gets_in(again, NEWER) == again.pk and gets_in(again) is None
    assert Holdout.objects.get(user=again).reason == "foreign-account"
    # deletes by mistake, and restores the row
    row = User.objects.values().get(pk=gil.pk)
    gil.delete()
    afterwards.finish(60)
    assert gets_in("gil@people.example") is None
    User(**row).save(force_insert=True)
    assert gets_in(User.objects.get(email="gil@people.example")) == row[User._meta.pk.attname]
    # copies
    monkeypatch.setattr(copies, "_is_test", lambda: False)
    monkeypatch.setattr(copies, "LOOK_EVERY", 0)
    Auth0Site.objects.update(lives_in=json.dumps([["elsewhere", ""]]))
    before = known(tenant)
    set_password(ada, "Third-Word-9")
    assert gets_in(ada.email, "Third-Word-9") == ada.pk and gets_in(ada.email, NEWER) is None
    assert gets_in("dora.new@people.example") == dora.pk and gets_in(cy) == cy.pk
    dora.delete()
    afterwards.finish(60)
    assert gets_in("dora.new@people.example") is None
    assert known(tenant) == before and tenant.accepts(ada.email, NEWER)
