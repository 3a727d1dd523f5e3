"""Finding rows by an e-mail address without reading a large table: a stranger's guess costs no more
than anybody's login."""

import json
import logging
import time

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, transaction
from django.db.models.functions import Collate

from auth0db.models import Auth0User

log = logging.getLogger("auth0db")

FEW = 10_000  # rows: read whole within some milliseconds, so that a small site needs no index
AT_MOST = 100  # rows with one address: more are nobody in particular
STANDS_FOR = 600  # seconds: what was found out about a table,
AND_IF_NOT = 60  # or that an index is missing: it may be made at any moment
SOMEBODY = "somebody@example.com"


def look_up(queryset, column, email, at_most=AT_MOST):
    """Rows whose column is this address as the database folds it, which is wider than same_email of
    auth0db.people: callers compare. AddressIndex is made for these queries. In no order: with one,
    PostgreSQL would rather walk along the key."""
    if connections[queryset.db].vendor == "sqlite":  # its LIKE takes no index
        queryset = queryset.alias(auth0db_address=Collate(column, "NOCASE"))
        queryset = queryset.filter(auth0db_address=email)
    else:
        queryset = queryset.filter(**{column + "__iexact": email})
    return queryset.order_by()[:at_most]


# --- what a look-up costs -------------------------------------------------------------------------


class Costs:
    """Of look-ups in this process, remembered for a while: the first one asks the database."""

    def __init__(self):
        self.known = {}

    def are_low(self, queryset, column):
        """Is the table small, or does the database use an index for `look_up`?"""
        return self.remembered(
            queryset, column, lambda: has_few_rows(queryset) or has_index(queryset, column)
        )

    def few_rows(self, queryset):
        """Has the table so few rows that no index is needed for anything?"""
        return self.remembered(queryset, "", lambda: has_few_rows(queryset))

    def remembered(self, queryset, column, find_out):
        # One connection has several schemas where each customer of the site has one (django-tenants)
        schema = getattr(connections[queryset.db], "schema_name", "")
        what = (queryset.db, schema, queryset.model._meta.label, column)
        until, verdict = self.known.get(what, (0.0, False))
        if time.monotonic() >= until:
            verdict = find_out()
            self.known[what] = (time.monotonic() + (STANDS_FOR if verdict else AND_IF_NOT), verdict)
        return verdict

    def forget(self):
        self.known.clear()


costs = Costs()


def has_few_rows(queryset):
    """Counted no further than to FEW; those whom the site's own manager hides are read too."""
    rows = queryset.model._base_manager.using(queryset.db).order_by().values("pk")
    return rows[: FEW + 1].count() <= FEW


def has_index(queryset, column):
    """Does the database use one for `look_up`, on this table as it is?"""
    try:
        with transaction.atomic(using=queryset.db):
            return not reads_all(look_up(queryset, column, SOMEBODY))
    except DatabaseError as error:
        log.warning("the database does not explain a look-up by e-mail: %s", type(error).__name__)
        return False


# --- what the database would do -------------------------------------------------------------------


def reads_all(queryset):
    """Would the database read the model's table, or one of its indexes, from end to end?"""
    connection = connections[queryset.db]
    try:
        sql, params = queryset.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return False
    return statement_reads_all(connection, queryset.model, sql, params)


def statement_reads_all(connection, model, sql, params):
    explain, judge = EXPLAIN.get(connection.vendor, (None, None))
    if explain is None:
        return True
    models = [model, *model._meta.parents, Auth0User]
    tables = {plain(model._meta.db_table) for model in models}
    with connection.cursor() as cursor:
        cursor.execute(explain + sql, params)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    return any(plain(table) in tables for table in judge(rows))


def plain(table):
    return table.replace('"', "").replace("`", "").rpartition(".")[2].lower()


def read_by_sqlite(rows):
    for row in rows:
        kind, *words = row["detail"].replace(" TABLE ", " ").split()
        if kind == "SCAN" and words:
            yield words[0]


def read_by_postgresql(rows):
    told = rows[0]["QUERY PLAN"]
    plans = json.loads(told) if isinstance(told, str) else told
    for plan in plans:
        yield from read_by_node(plan["Plan"])


def read_by_node(node, table=""):
    table = node.get("Relation Name", table)  # the scan of an index for a bitmap stands below it
    kind = node["Node Type"]
    if kind.endswith("Seq Scan") or ("Index" in kind and "Index Cond" not in node):
        yield table
    for inner in node.get("Plans", ()):
        yield from read_by_node(inner, table)


def read_by_mysql(rows):
    return [row["table"] for row in rows if str(row["type"]).lower() in ("all", "index")]


EXPLAIN = {
    "sqlite": ("EXPLAIN QUERY PLAN ", read_by_sqlite),
    "postgresql": ("EXPLAIN (FORMAT JSON) ", read_by_postgresql),
    "mysql": ("EXPLAIN ", read_by_mysql),
}
