"""auth0db holdouts and resolve: who is held back, and what is done about it. Without a tenant: the site's part."""
import csv
import io
import json
import sqlite3

import pytest
from test_bulk import MD5, TABLE, add, auth0db


def ask(path, query, *values):
    database = sqlite3.connect(path)
    with database:
        rows = database.execute(query, values).fetchall()
    database.close()
    return rows


def new_site(folder):
    path = folder / "site.sqlite3"
    ask(path, TABLE)
    return path


@pytest.fixture
def held(tmp_path):
    """ann (1), ANN (2) and anna (4) share an e-mail; bob (3) has a weak password; cyd (5) has moved."""
    site = new_site(tmp_path)
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


def test_nobody_is_said_in_words_and_to_programs_by_no_line(held):
    assert auth0db("holdouts", "--reason", "no-email", database=held).stdout == "Nobody is held back for no-email.\n"
    assert listed(held, "--reason", "no-email") == []
    ask(held, "DELETE FROM auth0db_holdout")
    assert auth0db("holdouts", database=held).stdout == "Nobody is held back.\n"


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
    assert shown.count("ann@example.com") == 1 and "last in 2026-01-02" in shown and "staff" in shown
    assert "never in" in shown and "last in never" not in shown


def test_more_held_than_one_page_are_all_listed_once(tmp_path):
    site = new_site(tmp_path)
    add(site, *[("u%d" % i, "same%d@example.com" % (i // 2), MD5) for i in range(2100)])
    auth0db("init-db", database=site)
    ask(site, "INSERT INTO auth0db_holdout (user_id, reason, detail, hash_digest, created) "
              "SELECT id, CASE WHEN id % 3 = 0 THEN 'weak-password' ELSE 'duplicate-email' END, '', '', '2026-01-01' "
              "FROM auth_user")
    keys = [int(row["key"]) for row in listed(site)]
    assert sorted(keys) == list(range(1, 2101))


# --- resolve --------------------------------------------------------------------------------------


def resolve(path, *words, status=0):
    done = auth0db("resolve", "--yes", "--json", *words, database=path)
    assert done.returncode == status, (done.stdout, done.stderr)
    return json.loads(done.stdout) if status == 0 else done.stderr


def fates(path):
    """{key: (reason, detail)} of those who do not move, by the plan."""
    done = auth0db("plan", "--no-tenant", "--csv", "-", database=path)
    assert done.returncode == 0, done.stderr
    return {row["key"]: (row["reason"], row["detail"]) for row in csv.DictReader(io.StringIO(done.stdout))}


def decisions(path):
    return ask(path, "SELECT user_id, action, value FROM auth0db_resolution ORDER BY id")


def on_record(path):
    return {row[0]: row[1:] for row in ask(path, "SELECT user_id, reason, detail FROM auth0db_holdout")}


def test_of_those_who_share_the_kept_one_moves_and_the_others_stay(held):
    assert set(fates(held)) == {"1", "2", "4"}
    told = resolve(held, "--keep", "2")
    assert (told["user"]["key"], {other["key"] for other in told["others"]}) == ("2", {"1", "4"})
    other = ("duplicate-email", "kept: other user")
    assert fates(held) == {"1": other, "4": other}
    assert on_record(held) == {1: other, 4: other, 3: ("weak-password", "too short")}
    assert decisions(held) == [(2, "keep", "ann@example.com")]
    assert ask(held, "SELECT actor <> '', created > '2026-01-01' FROM auth0db_resolution") == [(1, 1)]


@pytest.mark.parametrize("how", ["skip", "most-recent"])
def test_of_two_decisions_the_last_counts_whoever_logged_in_last(held, how):
    resolve(held, "--keep", "2")
    resolve(held, "--keep", "anna")
    done = auth0db("plan", "--no-tenant", "--csv", "-", "--duplicates", how, database=held)
    assert {row["key"] for row in csv.DictReader(io.StringIO(done.stdout))} == {"1", "2"}


def test_another_email_sets_free_and_ends_the_group(held):
    resolve(held, "--keep", "2")
    resolve(held, "--email", "1=ann.other@example.com")
    assert ask(held, "SELECT email FROM auth_user WHERE id = 1") == [("ann.other@example.com",)]
    assert set(fates(held)) == {"4"} and 1 not in on_record(held)
    resolve(held, "--email", "4=anna@example.com")
    assert fates(held) == {}
    assert decisions(held)[1:] == [(1, "email", "ann.other@example.com"), (4, "email", "anna@example.com")]


def test_a_kept_user_who_takes_another_email_was_not_kept_for_that(held):
    resolve(held, "--keep", "2")
    resolve(held, "--email", "2=second@example.com")
    assert {key: detail for key, (_, detail) in fates(held).items()} == {"1": "shared", "4": "shared"}


def test_a_reason_is_tried_again(held):
    told = resolve(held, "--retry", "weak-password")
    assert told["users"] == 1 and 3 not in on_record(held) and len(on_record(held)) == 2
    assert decisions(held) == [(3, "retry", "weak-password")]
    assert resolve(held, "--retry", "weak-password")["users"] == 0


def test_a_preview_changes_nothing(held):
    before = held.read_bytes()
    for words in (["--keep", "2"], ["--email", "2=new@example.com"], ["--retry", "weak-password"]):
        told = resolve(held, "--dry-run", *words)
        assert told["dry_run"] and told["users"] == 1
    assert held.read_bytes() == before


def test_without_a_terminal_it_wants_yes_and_shows_first_what_it_would_do(held):
    done = auth0db("resolve", "--keep", "2", database=held)
    assert done.returncode == 2 and "--yes" in done.stderr
    assert "Would move" in done.stdout and "held back: 1 ann" in done.stdout
    assert decisions(held) == []


@pytest.mark.parametrize("words, said", [
    (["--keep", "nobody"], "no such user"), (["--keep", "ann@example.com"], "several"),
    (["--keep", "3"], "nobody else"), (["--keep", "5"], "moved"),
    (["--email", "1=bob@example.com"], "another user"), (["--email", "1=BOB@Example.com"], "another user"),
    (["--email", "1=not an address"], "Auth0 takes"), (["--email", "1=ann@example.com"], "already"),
    (["--email", "cyd=new@example.com"], "moved"), (["--email", "1"], "USER=new@address"),
    (["--retry", "x" * 40], "no reason"), ([], "--keep"), (["--keep", "1", "--retry", "no-email"], "one of"),
])
def test_what_cannot_be_is_refused_and_nothing_is_recorded(held, words, said):
    before = on_record(held)
    assert said in resolve(held, *words, status=2)
    assert (on_record(held), decisions(held)) == (before, [])


def test_whoever_shares_with_one_who_has_moved_cannot_be_kept(held):
    link(held, 4)
    assert "user 4 has moved" in resolve(held, "--keep", "1", status=2)


def test_a_number_that_is_also_a_name_wants_the_key_to_be_plain(held):
    add(held, ("2", "two@example.com", MD5))
    assert "several" in resolve(held, "--keep", "2", status=2)


def test_a_name_is_meant_as_it_is_written(held):
    assert resolve(held, "--keep", "ANN")["user"]["key"] == "2"


@pytest.mark.parametrize("words", [("holdouts", "--reason"), ("resolve", "--yes", "--retry")], ids=["listed", "tried again"])
def test_a_reason_that_there_is_not_is_an_error_and_not_nobody(held, words):
    done = auth0db(*words, "week-password", database=held)
    assert done.returncode == 2 and done.stdout == ""
    assert words[-1] in done.stderr and "week-password" in done.stderr and "auth0db-holdouts(1)" in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 160
