"""What is done in a site's own process; a step is told by its name, and what came of it as JSON."""
import json
import os
import sys
import warnings

import django

django.setup()
from unittest import mock  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402

from auth0db.migrations import _from_0_1  # noqa: E402
from auth0db.models import look_again  # noqa: E402

PASSWORD, NEWER = "Correct-Horse-7", "Battery-Staple-8"
LINKS = "auth0db_auth0user"


def empty():
    """Whatever a test before has left."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        elif connection.vendor == "mysql":
            cursor.execute("DROP DATABASE " + name)
            cursor.execute("CREATE DATABASE " + name)
    connection.close()
    if connection.vendor == "sqlite" and os.path.exists(name):
        os.unlink(name)


def begin():
    """The dump, and what people type: the dump has no passwords in it."""
    from django.contrib.auth.hashers import make_password

    empty()
    connection.disable_constraint_checking()
    with open(sys.argv[2]) as dump, connection.cursor() as cursor:
        for statement in dump.read().split(";\n"):
            if statement.strip() and statement.strip() not in ("BEGIN TRANSACTION", "COMMIT"):
                cursor.execute(statement.replace("%", "%%"))
        cursor.execute("UPDATE auth_user SET password = %s", [make_password(PASSWORD, None, "default")])
    connection.close()


def login(name, password):
    """"" or the reason of the refusal."""
    from django.contrib.auth import authenticate
    from django.test import RequestFactory

    from auth0db.signals import auth0_login_refused

    reasons = []

    def note(reason, **_):
        reasons.append(reason)

    auth0_login_refused.connect(note)
    user = authenticate(RequestFactory().post("/login/"), username=name, password=password)
    auth0_login_refused.disconnect(note)
    return "" if user is not None else reasons[-1]


def logins():
    return {"%s %s" % (name, word): login(name, password) for name in ("ann", "bob", "cy", "dan", "eve@people.example")
            for word, password in (("old", PASSWORD), ("new", NEWER))}


def killed():
    watch()
    return migrate_killed(3)


def migrate():
    call_command("migrate", fake_initial=True, verbosity=0)


class Killed(Exception):
    pass


left = None  # statements and steps of the take-over until this process is killed


def counted(function):
    def run(*arguments, **named):
        global left
        if left is not None:
            left -= 1
            if left == 0:
                raise Killed
        return function(*arguments, **named)

    return run


def watched(editor):
    return mock.Mock(wraps=editor, connection=editor.connection, deferred_sql=editor.deferred_sql,
                     execute=counted(editor.execute), create_model=counted(editor.create_model))


def watch():
    """From now on the take-over can be killed."""
    for name in ("_link", "_bury", "_put_away"):
        setattr(_from_0_1, name, counted(getattr(_from_0_1, name)))
    codes = (_from_0_1.set_aside, _from_0_1.first_tables, _from_0_1.take_over)
    for migration in MigrationLoader(connection).disk_migrations.values():
        for operation in migration.operations:
            code = getattr(operation, "code", None)
            if code in codes:
                operation.code = lambda apps, editor, code=code: code(apps, watched(editor))


def migrate_killed(at):
    """Was there such a statement?"""
    global left
    left = at
    try:
        migrate()
    except Killed:
        return True
    finally:
        left = None
        look_again()
    return False


def killed_anywhere():
    """At each statement in turn: what can be seen then, and after the next `migrate`."""
    seen = []
    watch()
    for at in range(1, 40):
        begin()
        look_again()
        if not migrate_killed(at):
            return seen
        between = [state(), login("ann", PASSWORD), login("dan", PASSWORD)]
        migrate()
        look_again()
        seen.append([*between, state()])
    raise AssertionError("it is killed for ever")


def state():
    from django.contrib.auth.models import User

    from auth0db.models import Auth0User, Tombstone, missing

    if missing():
        return {"missing": missing()}
    tables = connection.introspection.table_names()
    kept = []
    if LINKS + "_0_1_deleted" in tables:
        with connection.cursor() as cursor:
            cursor.execute("SELECT auth0_id FROM %s_0_1_deleted" % LINKS)
            kept = [row[0] for row in cursor.fetchall()]
    return {"links": {link.user.username: [link.auth0_id, link.email, link.lane] for link in Auth0User.objects.all()},
            "users": sorted(User.objects.values_list("username", flat=True)),
            "tombstones": [[stone.auth0_id, stone.state] for stone in Tombstone.objects.all()],
            "kept": kept, "pending": LINKS + "_0_1" in tables}


def old_names():
    """What a project of 0.1 names."""
    from django.contrib.auth.models import User

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        from auth0db.backends import auth0_user_created, auth0_users_create_failed

        ann = User.objects.get(username="ann").auth0user.auth0_id
        try:
            User.objects.get(username="dan").auth0user
        except User.auth0.RelatedObjectDoesNotExist:
            dan = None
    from auth0db import signals

    assert auth0_user_created is signals.auth0_user_created
    assert auth0_users_create_failed is signals.auth0_users_create_failed
    return {"ann": ann, "dan": dan, "warnings": sorted({str(w.message) for w in seen if w.category is DeprecationWarning})}


STEPS = {"begin": begin, "logins": logins, "migrate": migrate, "state": state, "old names": old_names,
         "killed anywhere": killed_anywhere, "killed": killed}

print(json.dumps({step: STEPS[step]() for step in sys.argv[1].split(", ")}))
