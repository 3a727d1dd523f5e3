"""A table without a rule: whatever a row holds, the import comes to its end, and every user is linked or held back."""
import csv
import io

import pytest

from sandbox import Sandbox
from sites import Site

TABLE = """CREATE TABLE auth_user (id bigint PRIMARY KEY, username {text}, email {text}, password {text}, first_name {text},
    last_name {text}, is_active {flag}, is_staff {flag}, is_superuser {flag}, last_login {time}, date_joined {time})"""
MB = "repeat('x', 1000000)"
MD5 = "'md5$salt$" + "0" * 32 + "'"
# key: what differs from a plain user, and whether such a user moves
ROWS = {
    -3: ({}, True),
    1: ({name: "NULL" for name in ("username", "email", "password", "first_name", "last_name", "is_active", "is_staff",
                                   "is_superuser", "last_login", "date_joined")}, False),
    2: ({"first_name": "'\U0001f600 o''neil \"x\" ; -- %s ? $1'", "last_name": r"'\\" + "\u202e'"}, True),
    3: ({"first_name": MB}, False),
    4: ({"password": MB}, False),
    5: ({"email": MB}, False),
    6: ({"is_active": "NULL"}, True),
    7: ({"password": "''"}, False),
    8: ({"email": "concat('a', {chr}(1), '@example.org')"}, False),
    9: ({"last_login": "{first}", "date_joined": "{last}"}, True),
    10: ({"last_login": "{least}", "date_joined": "{most}"}, True),
    9223372036854775807: ({}, True),
}
ENGINE = {
    "postgresql": {"text": "text", "flag": "boolean", "time": "timestamptz", "first": "'-infinity'", "last": "'infinity'",
                   "least": "'4713-01-01 BC'", "most": "'294276-12-31'", "chr": "chr"},
    "mysql": {"text": "longtext", "flag": "tinyint(1)", "time": "datetime", "first": "'0000-00-00 00:00:00'",
              "last": "'9999-12-31 23:59:59'", "least": "'2024-00-00 00:00:00'", "most": "'1000-01-01'", "chr": "char"},
}
# Bytes that are no text: PostgreSQL lets none in
NO_TEXT = {20: ("password", False), 21: ("email", False), 22: ("username", True), 23: ("first_name", True)}


def lawless(site):
    words = ENGINE[site.vendor]
    site.sql(TABLE.format(**words))
    rows = dict(ROWS)
    if site.vendor == "mysql":
        for key, (column, moves) in NO_TEXT.items():
            site.sql(f"ALTER TABLE auth_user MODIFY {column} longblob")
            rows[key] = ({column: "x'c328ff00fe'"}, moves)
    for key, (changes, _) in rows.items():
        row = {"id": str(key), "username": f"'user{key}'", "email": f"'user{key}@example.org'", "password": MD5,
               "first_name": "'Ada'", "last_name": "'Lovelace'", "is_active": "true", "is_staff": "false",
               "is_superuser": "false", "last_login": "NULL", "date_joined": "'2024-05-01'", **changes}
        site.sql(f"INSERT INTO auth_user ({', '.join(row)}) VALUES ({', '.join(row.values()).format(**words)})")
    return rows


@pytest.fixture
def site(server):
    site = Site(server, "lawless")
    yield site
    site.drop()


def test_every_row_ends_as_a_link_or_as_a_holdout(site):
    rows = lawless(site)
    assert site.auth0db("init-db").returncode == 0
    planned = site.auth0db("plan", "--with-inactive", "--no-tenant", "--csv", "-")
    assert planned.returncode == 0, planned.stderr
    with Sandbox("--quiet") as tenant:
        ended = site.auth0db("import", "--with-inactive", "--yes", **tenant.environ)
        assert ended.returncode == 0, ended.stderr
    links = {row[0] for row in site.sql("SELECT user_id FROM auth0db_auth0user")}
    held = {row[0] for row in site.sql("SELECT user_id FROM auth0db_holdout")}
    assert links == {key for key, (_, moves) in rows.items() if moves}
    assert held == set(rows) - links
    assert {int(row["key"]) for row in csv.DictReader(io.StringIO(planned.stdout))} == held
