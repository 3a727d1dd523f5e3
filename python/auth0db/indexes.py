"""Indexes for e-mail addresses. An address is looked up as this database folds it (`alike` of
auth0db.addresses); the few rows found are then compared by ourselves (people.same_email)."""

from django.contrib.auth import get_user_model
from django.db import models
from django.db.migrations.operations import AddIndex

# Around the column, as the lookup writes it: Django's own `iexact`, and for SQLite, whose LIKE takes
# no index, a comparison of ours. MariaDB and MySQL fold by the column's collation.
FOLDED = {"postgresql": "(UPPER(%(columns)s::text))", "sqlite": "(%(columns)s COLLATE NOCASE)"}


def fold_columns(statement, vendor):
    """The CREATE INDEX of Django's schema editor, over folded values."""
    if vendor in FOLDED:
        statement.template = statement.template.replace("(%(columns)s)", FOLDED[vendor])
    return statement


class AddressIndex(models.Index):
    """Of one column, an e-mail address. In a model's Meta, and not beside it, because SQLite's
    changes of a table drop whatever the model does not name."""

    def create_sql(self, model, schema_editor, using="", **kwargs):
        statement = super().create_sql(model, schema_editor, using=using, **kwargs)
        return fold_columns(statement, schema_editor.connection.vendor)


class AddIndexOnline(AddIndex):
    """AddIndex that keeps nobody from writing while a large table is read: for a migration with
    `atomic = False`. Done again after it was broken off, it goes on."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return
        if add_online(schema_editor, model, self.index):
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return "Online: %s" % super().describe()


# --- of the site's own table ----------------------------------------------------------------------


OF_USERS = "auth0db_user_email"


def of_users(name):
    """(model, index) for the users' e-mail field: the model whose table has the column."""
    model = get_user_model()._meta.get_field(name).model
    return model, AddressIndex(fields=[name], name=OF_USERS)


def statements(connection, model, index):
    """SQL that makes the index, beside the site's work where the database can."""
    table = connection.ops.quote_name(model._meta.db_table)
    postgresql = connection.vendor == "postgresql"
    concurrently = {"concurrently": True} if postgresql else {}
    making = index.create_sql(model, connection.schema_editor(collect_sql=True), **concurrently)
    remains = is_there(connection, model._meta.db_table, index.name) is None
    dropping = "DROP INDEX CONCURRENTLY " + connection.ops.quote_name(index.name)
    # PostgreSQL knows nothing of the folded values before it has looked at them
    return [*([dropping] if remains else []), str(making), *(["ANALYZE " + table] if postgresql else [])]


# --- making one -----------------------------------------------------------------------------------


def is_there(connection, table, name):
    """True, False, or None: PostgreSQL keeps the remains of an index whose making was broken off."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
        if name not in constraints:
            return False
        if connection.vendor != "postgresql":
            return True
        cursor.execute(
            "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE c.relname = %s AND i.indrelid = %s::regclass",
            [name, connection.ops.quote_name(table)],
        )
        row = cursor.fetchone()
        return True if row is not None and row[0] else None


def add_online(schema_editor, model, index):
    """Whether there is nothing left to do."""
    connection = schema_editor.connection
    there = is_there(connection, model._meta.db_table, index.name)
    if there:
        return True
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return False
    if there is None:
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS %s" % connection.ops.quote_name(index.name))
    schema_editor.execute(index.create_sql(model, schema_editor, concurrently=True), params=None)
    return True
