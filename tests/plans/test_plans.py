"""No page, login or command of a half-moved site reads or sorts a large table: every statement that is really sent, with
what the database says that it has cost."""
import re
from collections import defaultdict
from pathlib import Path

import pytest

from grounds import MANY, PASSWORD, USERS, auth0_id

COMMANDS = Path(__file__).resolve().parents[2] / "python" / "auth0db" / "management" / "commands"

# (what, statement, why): what may read a large table, once. Nothing may sort one.
ONCE = [
    ("auth0_(status|migrated|import|undo|remind|export|settle).*", r"SELECT count\(.*\).* FROM .(auth_user|auth0db_auth0user).( WHERE .id. IS NULL .*| GROUP BY .*)? ?$|COUNT\(.auth0db_auth0user.\..user_id.\).* GROUP BY",
     "how many there are is counted, once at the beginning and once at the end"),
    ("auth0_(status|migrated).*", r"SELECT count\(.*\).* FROM .auth_user. .*NOT \S*is_active", "inactive users who stay are counted, once"),
    ("auth0_migrated.*", r"SELECT COUNT\(.*FROM .auth_user. LEFT OUTER JOIN .auth0db_holdout.", "who may move is counted, once"),
    ("auth0_(plan|import|export).*", r"l.\S+ IS NULL AND c.\S+ IS NULL .*LIMIT", "a page of those who have not moved passes those who have, each once"),
    ("forgotten password, without the index.*", r"SELECT .* FROM .auth_user. WHERE .*(email.*is_active|is_active.*email)",
     "Django's own form looks an e-mail up so, with us or without, and only the site can find who has not moved"),
]
# Of a statement's pages together: a table may be walked along so often
WALKS = 4


def reason(what, statement):
    return next((why for of, shape, why in ONCE if re.match(of, what) and re.search(shape, statement.shape, re.I)), None)


def faults(statements):
    """What is wrong with these."""
    found, total, times = {}, defaultdict(int), defaultdict(int)
    for what, statement in statements:
        key = (what, statement.shape)
        total[key] += statement.read
        times[key] += 1
        if statement.sql.startswith("CREATE INDEX"):
            continue  # by auth0_index: of all users, once and asked for
        if statement.sorted > MANY:
            found[key] = "sorts %d rows: %s" % (statement.sorted, statement.plan)
        elif statement.read > MANY and reason(what, statement) is None:
            found[key] = "reads %d rows: %s" % (statement.read, statement.plan)
        elif total[key] > WALKS * USERS:
            found[key] = "reads %d rows in %d statements: %s" % (total[key], times[key], statement.plan)
    return ["%s: %s\n    %s" % (what, shape[:400], fault[:600]) for (what, shape), fault in found.items()]


def expect_none(statements):
    assert statements, "nothing was heard of the database"
    found = faults(statements)
    assert not found, "\n".join(found)


def commands(ground):
    """(words, exit statuses, what is typed): every command of manage.py, in an order that leaves something to do."""
    out = ground.folder / "exported"
    return [
        (["auth0_status"], (0,)),
        (["auth0_status", "--switch-over"], (1,)),
        (["auth0_check", "--switch-over"], (1,)),
        (["auth0_holdouts"], (0,)),
        (["auth0_holdouts", "--reason", "weak-password"], (0,)),
        (["auth0_migrated"], (0,)),
        (["auth0_site"], (0,)),
        (["auth0_check"], (0, 1)),
        (["auth0_index", "--json"], (0,)),
        (["auth0_plan"], (0,)),
        (["auth0_plan", "--duplicates", "most-recent", "--since-login", "2020-01-01", "--only-active"], (0,)),
        (["auth0_remind", "--list"], (0,)),
        (["auth0_remind", "--yes", "--even-if-hash-could-move", "--limit", "20", "--rate", "60000"], (0, 1)),
        (["auth0_resolve", "--keep", "user3000", "--yes"], (0,)),
        (["auth0_resolve", "--email", "user5000=fresh@example.org", "--yes"], (0,)),
        (["auth0_resolve", "--email", "shared7@example.org=fresh2@example.org", "--yes"], (0, 1, 2)),
        (["auth0_resolve", "--retry", "weak-password", "--yes"], (0,)),
        (["auth0_import", "--yes", "--limit", "2000"], (0, 1)),
        (["auth0_settle"], (0,)),
        (["auth0_export", "--limit", "100", out], (0, 1)),
        (["auth0_watch"], (0, 1)),
        (["auth0_outbox"], (0,)),
        (["auth0_sync"], (0,)),
        (["auth0_local"], (0, 1)),
        (["auth0_users"], (0,)),
        (["auth0_forget", "auth0|0123456789abcdef01234567"], (0, 1, 2)),
        (["auth0_factors", "--dry-run"], (0,)),
    ]


def at_the_tenant(tenant, key, email, password=PASSWORD, verified=True):
    body = {"connection": tenant.connection, "email": email, "password": password, "email_verified": verified}
    if key:
        body["user_id"] = auth0_id(key).partition("|")[2]
    status, _, answer = tenant.api("POST", "/users", body)
    assert status == 201, answer


# What a page must not be like
BAD = {
    "reads": "SELECT count(*) FROM auth_user WHERE email LIKE '%nobody%'",
    "sorts": "SELECT email FROM auth0db_auth0user WHERE email <> '' ORDER BY created, email LIMIT 100 OFFSET 50000",
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_what_is_bad_is_seen(ground, kind):
    ground.manage("shell", stdin="from django.db import connection\nwith connection.cursor() as c:\n    c.execute(%r)\n    c.fetchall()\n"
                  % BAD[kind])
    assert any(kind in fault for fault in faults(ground.statements("a page")))


def test_without_an_index_no_login_reads_all_users(ground):
    tenant = ground.tenant
    at_the_tenant(tenant, 11, "user11@example.org")
    at_the_tenant(tenant, None, "user60@example.org", "Tenants-Horse-9")
    ground.visit("without the index")
    expect_none([one for one in ground.statements() if one[0] != "between"])


def test_no_login_and_no_page_reads_or_sorts_a_large_table(ground):
    tenant = ground.tenant
    ground.manage("auth0_index", "--yes")
    expect_none([(what, one) for what, one in ground.statements("auth0_index")])
    at_the_tenant(tenant, None, "user50@example.org", "Tenants-Horse-9")
    at_the_tenant(tenant, None, "newcomer@example.org", "Tenants-Horse-9")
    ground.visit("with the index")
    expect_none([one for one in ground.statements() if one[0] != "between"])


def test_no_command_reads_or_sorts_a_large_table(ground):
    found = []
    for words, ends in commands(ground):
        ground.manage(*words, ends=ends)
        found += faults(ground.statements(" ".join(map(str, words))))
    ground.broken_off("auth0_undo", "--dry-run")
    found += faults(ground.statements("auth0_undo"))
    assert not found, "\n".join(found)


def test_no_command_is_left_out(ground):
    there = {path.stem for path in COMMANDS.glob("auth0_*.py")}
    assert there == {words[0] for words, _ in commands(ground)} | {"auth0_undo"}
