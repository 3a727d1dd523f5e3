"""The links of auth0db 0.1 become ours.

0.1 had one table under the name of ours: auth0_id (its key), created, and user, which was emptied when the user was
deleted. Its migrations stood in the project, under our app's label: Django (1.7 and later) has "0001_initial" of it on
record, South has it in a table of its own. So either our first migration meets the table (set_aside), or our second
one is the first to run (first_tables); the last one brings the rows over (take_over).

From the first step to the last the table PENDING is there, and while it is, no login is decided (models.missing): a
user whose link has not come over yet would count as one who has not moved, and get in by a password that Auth0 no
longer takes. Each step can be killed, and be done again.
"""

import uuid

from django.contrib.auth import get_user_model
from django.db import models, transaction

OURS = "auth0db_auth0user"
PENDING = "auth0db_auth0user_0_1"
# Who was deleted on the site, but has an account at Auth0: kept for whoever wants to look
KEPT = "auth0db_auth0user_0_1_deleted"
PAGE = 1000


def tables(connection):
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def columns(connection, table):
    with connection.cursor() as cursor:
        return {c.name for c in connection.introspection.get_table_description(cursor, table)}


def is_of_0_1(connection):
    return OURS in tables(connection) and "lane" not in columns(connection, OURS)


def set_aside(apps, schema_editor):
    connection, quote = schema_editor.connection, schema_editor.quote_name
    if not is_of_0_1(connection):
        return
    if PENDING in tables(connection):  # killed before the copy was whole, perhaps: the old one is still there
        schema_editor.execute("DROP TABLE %s" % quote(PENDING))
    _copy(connection, schema_editor, quote)
    schema_editor.execute("DROP TABLE %s" % quote(OURS))


def _copy(connection, schema_editor, quote):
    """A copy and no rename: the names of 0.1's index and constraints are those that ours will have."""
    names = quote(PENDING), quote(OURS)
    if connection.vendor == "mysql":  # replicated, it may take no CREATE ... SELECT, and want a primary key
        schema_editor.execute("CREATE TABLE %s LIKE %s" % names)
        schema_editor.execute("INSERT INTO %s SELECT * FROM %s" % names)
    else:
        schema_editor.execute("CREATE TABLE %s AS SELECT auth0_id, created, user_id FROM %s" % names)


def first_tables(apps, schema_editor):
    """What our first migration would have made, had it run."""
    set_aside(apps, schema_editor)
    there = tables(schema_editor.connection)
    if PENDING not in there:
        return
    for name in ("Auth0Site", "Auth0User", "Holdout"):
        model = apps.get_model("auth0db", name)
        if model._meta.db_table not in there:
            schema_editor.create_model(model)
    # Now, since the next operations change these tables
    while schema_editor.deferred_sql:
        schema_editor.execute(schema_editor.deferred_sql.pop(0))


def take_over(apps, schema_editor):
    connection, quote = schema_editor.connection, schema_editor.quote_name
    if PENDING not in tables(connection):
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _link(connection, cursor, quote)
        cursor.execute(
            "DELETE FROM %s WHERE user_id IN (SELECT user_id FROM %s)" % (quote(PENDING), quote(OURS))
        )
        _bury(apps, connection, cursor, quote)
    _put_away(connection, schema_editor, quote)


def _link(connection, cursor, quote):
    """0.1 asked Auth0 for the user's own e-mail, so that is what the account was found or made by. Nothing is known of
    hashes: the next login asks Auth0, and nobody gets in by the site's alone."""
    user = get_user_model()
    key, email = user._meta.pk.column, _email_column(user, connection)
    names = {
        "ours": quote(OURS), "old": quote(PENDING), "users": quote(user._meta.db_table), "key": quote(key),
        "email": "COALESCE(u.%s, '')" % quote(email) if email else "''",
    }  # fmt: skip
    cursor.execute(
        "INSERT INTO {ours} (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
        "SELECT u.{key}, o.auth0_id, {email}, o.created, 'login', '', '', '' FROM {old} o "
        "JOIN {users} u ON u.{key} = o.user_id "
        # Done again, after a kill. Users' keys are compared, never ids: those columns may differ in their collation
        "WHERE NOT EXISTS (SELECT 1 FROM {ours} l WHERE l.user_id = u.{key})".format(**names)
    )


def _email_column(user, connection):
    """None where the user model has no e-mail of its own."""
    try:
        column = user._meta.get_field(user.get_email_field_name()).column
    except Exception:
        return None
    return column if column in columns(connection, user._meta.db_table) else None


def _bury(apps, connection, cursor, quote):
    """Who is left was deleted on the site. A tombstone bars the account from making a new user: its owner's old
    password would."""
    tombstones = apps.get_model("auth0db", "Tombstone").objects.using(connection.alias)
    nobody = _key_of_nobody(get_user_model()._meta.pk)
    cursor.execute("SELECT auth0_id FROM %s ORDER BY auth0_id" % quote(PENDING))
    ids = [row[0] for row in cursor.fetchall()]
    known = set(tombstones.filter(user_id=nobody).values_list("auth0_id", flat=True))
    new = [auth0_id for auth0_id in ids if auth0_id not in known]
    tombstones.bulk_create(
        [
            tombstones.model(user_id=nobody, number=number, auth0_id=auth0_id, state="left")
            for number, auth0_id in enumerate(new, len(known) + 1)
        ],
        batch_size=PAGE,
    )


def _key_of_nobody(field):
    """0.1 forgot whose account it was: a key that no user has."""
    while field.remote_field:
        field = field.target_field
    if isinstance(field, models.UUIDField):
        return uuid.UUID(int=0)
    return "" if isinstance(field, (models.CharField, models.TextField)) else -1


def _put_away(connection, schema_editor, quote):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM %s" % quote(PENDING))
        left = cursor.fetchone()[0]
    if left and KEPT not in tables(connection):
        schema_editor.execute("ALTER TABLE %s RENAME TO %s" % (quote(PENDING), quote(KEPT)))
        return
    if left:
        schema_editor.execute(
            "INSERT INTO %s (auth0_id, created, user_id) SELECT auth0_id, created, user_id FROM %s"
            % (quote(KEPT), quote(PENDING))
        )
    schema_editor.execute("DROP TABLE %s" % quote(PENDING))


def nothing(apps, schema_editor):
    """Backwards: what is ours stays ours."""
