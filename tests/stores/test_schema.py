"""init-db makes the tables that Django's migrations make."""
import pytest

from sites import Site

TABLES = ["auth0db_auth0site", "auth0db_auth0user", "auth0db_holdout", "auth0db_importbatch", "auth0db_importclaim",
          "auth0db_reminder", "auth0db_resolution", "auth0db_tombstone"]
# As Django itself sees them, without the names
SEEN = f"""
import json
from django.db import connection
tables = {{}}

def seen(column):
    # display_size is, of MySQL, how wide the rows are. A number of its own is written in two ways, since Django 4.1 as an
    # identity, and both give the next one; which way it is tells PostgreSQL's introspection since Django 4.2
    without = {{name: None for name in ("display_size", "is_autofield") if name in column._fields}}
    if str(column.default).startswith("nextval(") or getattr(column, "is_autofield", False):
        without["default"] = "the next number"
    return list(map(str, column._replace(**without)))

with connection.cursor() as cursor:
    for table in {TABLES!r}:
        columns = [seen(column) for column in connection.introspection.get_table_description(cursor, table)]
        constraints = connection.introspection.get_constraints(cursor, table)
        facts = set()
        for name, one in constraints.items():
            of = tuple(one["columns"])
            facts |= {{(kind, of, one["foreign_key"] if kind == "foreign_key" else None)
                      for kind in ("primary_key", "unique", "foreign_key", "index", "check")
                      if one[kind] and not name.endswith("_like")}}  # PostgreSQL: a second index, for LIKE alone
        tables[table] = [columns, sorted(map(repr, facts))]
print(json.dumps(tables))
"""


@pytest.mark.parametrize("key", ["integer", "uuid", "string"])
def test_init_db_makes_the_tables_that_migrations_make(server, key, tmp_path):
    site = Site(server, f"schema_{key}", key).migrate()
    site_map = tmp_path / "map.json"
    site_map.write_text(site.django("auth0_site"))
    by_django = site.ask(SEEN)
    for table in reversed(TABLES):
        site.sql(f"DROP TABLE {table}")
    for _ in range(2):  # once more is harmless
        ended = site.auth0db("init-db", "--site-map", site_map)
        assert ended.returncode == 0, ended.stderr
    by_command = site.ask(SEEN)
    for table in TABLES:
        assert by_command[table] == by_django[table], table
