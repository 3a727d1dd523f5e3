"""auth0db holdouts and resolve: who is held back, and what is done about it. Without a tenant: the site's part."""
import csv
import io
import json
import sqlite3

import pytest
from test_bulk import MD5, add, auth0db, one_line_that_says, site  # noqa: F401


def ask(path, query, *values):
    database = sqlite3.connect(path)
    with database:
        rows = database.execute(query, values).fetchall()
    database.close()
    return rows


@pytest.fixture
def held(site):  # noqa: F811
    """ann (1), ANN (2) and anna (4) share an e-mail; bob (3) has a weak password; cyd (5) has moved."""
    add(site, ("ann", "ann@example.com", MD5), ("ANN", "Ann@Example.com", MD5), ("bob", "bob@example.com", MD5),
        ("anna", "ann@example.com", MD5), ("cyd", "cyd@example.com", MD5))
    assert auth0db("init-db", database=site).returncode == 0
    ask(site, "UPDATE auth_user SET date_joined = '2020-01-01 00:00:00'")
    ask(site, "UPDATE auth_user SET last_login = '2026-01-02 03:04:05', is_staff = 1 WHERE username = 'ANN'")
    for user, reason, detail in ((1, "duplicate-email", "shared"), (2, "duplicate-email", "shared"),
                                 (3, "weak-password", "too short")):
        ask(site, "INSERT INTO auth0db_holdout (user_id, reason, detail, hash_digest, created) "
                  "VALUES (?, ?, ?, '', '2026-01-01')", user, reason, detail)
    link(site, 5)
    return site


def link(path, user):
    ask(path, "INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
              "VALUES (?, ?, '', '2026-01-01', 'login', '', '', '')", user, "auth0|%024d" % user)


def listed(path, *words):
    done = auth0db("holdouts", "--json", *words, database=path)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_those_who_share_an_email_are_side_by_side_with_what_tells_them_apart(held):
    rows = listed(held)
    assert [(row["key"], row["reason"]) for row in rows] == [
        ("3", "weak-password"), ("1", "duplicate-email"), ("2", "duplicate-email"), ("4", "")]
    ann = rows[2]
    assert (ann["username"], ann["email"], ann["last_login"], ann["joined"], ann["active"], ann["staff"],
            ann["superuser"]) == ("ANN", "Ann@Example.com", "2026-01-02 03:04:05", "2020-01-01 00:00:00", True, True, False)
    assert rows[0]["detail"] == "too short"


def test_an_account_of_the_group_that_has_moved_is_said_to_have(held):
    link(held, 4)
    assert [(row["key"], row["detail"]) for row in listed(held, "--reason", "duplicate-email")] == [
        ("1", "shared"), ("2", "shared"), ("4", "moved")]


def test_one_reason_is_listed_alone(held):
    assert [row["key"] for row in listed(held, "--reason", "weak-password")] == ["3"]
    assert listed(held, "--reason", "no-email") == []


def test_the_csv_carries_the_same(held):
    done = auth0db("holdouts", "--csv", "-", database=held)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    told = {name: {True: "yes", False: "no"}.get(value, value) for name, value in listed(held)[2].items()}
    assert rows[2] == told and len(rows) == 4


def test_people_see_a_group_under_its_email(held):
    shown = auth0db("holdouts", database=held).stdout
    assert shown.count("ann@example.com") == 1 and "last login 2026-01-02" in shown and "staff" in shown


def test_more_held_than_one_page_are_all_listed_once(site):  # noqa: F811
    add(site, *[("u%d" % i, "same%d@example.com" % (i // 2), MD5) for i in range(2100)])
    auth0db("init-db", database=site)
    ask(site, "INSERT INTO auth0db_holdout (user_id, reason, detail, hash_digest, created) "
              "SELECT id, CASE WHEN id % 3 = 0 THEN 'weak-password' ELSE 'duplicate-email' END, '', '', '2026-01-01' "
              "FROM auth_user")
    keys = [int(row["key"]) for row in listed(site)]
    assert sorted(keys) == list(range(1, 2101))
