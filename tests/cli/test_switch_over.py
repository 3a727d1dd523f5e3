"""auth0db status --switch-over: who is in the way of deleting the old hashes."""
import hashlib
import json

import pytest
from test_bulk import MD5, add, auth0db
from test_holdouts import ask, new_site

# The fingerprint of a stored password: SHA-256 over its length and its bytes
IN_STEP = hashlib.sha256(len(MD5).to_bytes(8, "little") + MD5.encode()).hexdigest()


def move(path, user, lane="bulk"):
    ask(path, "INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
              "VALUES (?, ?, '', '2026-01-01', ?, ?, '', '')", user, "auth0|%024d" % user, lane, IN_STEP)


@pytest.fixture
def people(tmp_path):
    """Four who have moved."""
    site = new_site(tmp_path)
    add(site, *[(name, name + "@example.com", MD5) for name in ("ann", "bob", "cyd", "dan")])
    assert auth0db("init-db", database=site).returncode == 0
    for user in (1, 2, 3, 4):
        move(site, user)
    return site


def looked(path):
    done = auth0db("status", "--switch-over", "--json", database=path)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ready"] else 1), done.stderr
    return report["ready"], {(row["why"], row["reason"]): row["users"] for row in report["in_the_way"]}


def test_nobody_is_in_the_way_when_all_have_moved_in_step(people):
    assert looked(people) == (True, {})
    shown = auth0db("status", "--switch-over", database=people)
    assert shown.returncode == 0 and "MigrateToAuth0Backend" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_those_who_have_moved_are_counted_by_lane(tmp_path):
    site = new_site(tmp_path)
    add(site, *[(name, name + "@example.com", MD5) for name in ("ann", "bob", "cyd")])
    assert auth0db("init-db", database=site).returncode == 0
    for user, lane in ((1, "bulk"), (2, "login"), (3, "bulk")):
        move(site, user, lane)
    report = json.loads(auth0db("status", "--switch-over", "--json", database=site).stdout)
    assert (report["moved"], report["links"]) == (3, {"bulk": 2, "login": 1})
    shown = auth0db("status", "--switch-over", database=site).stdout
    assert [line.split() for line in shown.splitlines()[1:4]] == [
        ["moved", "3"], ["by", "bulk", "2"], ["by", "login", "1"]]


def test_everybody_in_the_way_is_counted_once_with_the_reason(people):
    add(people, *[("u%d" % i, "u%d@example.com" % i, MD5) for i in range(5)])  # 5 to 9
    for user, reason in ((5, "weak-password"), (6, "duplicate-email")):
        ask(people, "INSERT INTO auth0db_holdout (user_id, reason, detail, hash_digest, created) "
                    "VALUES (?, ?, '', '', '2026-01-01')", user, reason)
    ask(people, "INSERT INTO auth0db_importbatch (id, external_id, kind, status, job_id, owner, users, bytes, linked, held, "
                "released, created, detail) VALUES (1, 'x', 'import', 'claimed', '', '', 1, 1, 0, 0, 0, '2026-01-01', '')")
    ask(people, "INSERT INTO auth0db_importclaim (user_id, batch_id, auth0_id, email, sync_digest) "
                "VALUES (7, 1, 'auth0|7', '', '')")
    ask(people, "INSERT INTO auth0db_reminder (user_id, auth0_id, email, channel, status, wave, sync_digest, created, detail) "
                "VALUES (8, 'auth0|8', '', 'tenant', 'sent', '', '', '2026-01-01', '')")
    assert looked(people) == (False, {("held-back", "weak-password"): 1, ("held-back", "duplicate-email"): 1,
                                      ("in-import", ""): 1, ("reminded", ""): 1, ("not-moved", ""): 1})
    shown = auth0db("status", "--switch-over", database=people)
    assert shown.returncode == 1 and "held-back: weak-password" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_a_password_that_is_on_the_site_alone_is_in_the_way(people, digest):
    ask(people, "UPDATE auth0db_auth0user SET sync_digest = ? WHERE user_id = 2", digest)
    assert looked(people) == (False, {("out-of-step", ""): 1})


def test_a_hash_that_opens_nothing_is_in_nobodys_way(people):
    add(people, ("off", "off@example.com", MD5), ("sso", "sso@example.com", "!xyz"), ("none", "none@example.com", ""))
    ask(people, "UPDATE auth_user SET is_active = 0 WHERE username = 'off'")
    ask(people, "UPDATE auth_user SET password = '!gone' WHERE id = 1")  # moved: deleted already
    assert looked(people) == (True, {})


def test_links_of_more_than_a_page_are_all_looked_at(people):
    add(people, *[("m%d" % i, "m%d@example.com" % i, MD5) for i in range(1200)])
    ask(people, "INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
                "SELECT id, 'auth0|' || id, '', '2026-01-01', 'bulk', CASE WHEN id % 400 = 0 THEN '' ELSE ? END, '', '' "
                "FROM auth_user WHERE id > 4", IN_STEP)
    assert looked(people) == (False, {("out-of-step", ""): 3})


def test_second_factors_that_may_have_stayed_on_the_site_are_a_gate(people, tmp_path):
    ask(people, "CREATE TABLE otp_totp (user_id integer, key text, digits integer, step integer, t0 integer)")
    ask(people, "INSERT INTO otp_totp VALUES (1, '48656c6c6f21deadbeef', 6, 30, 0), (1, 'aa', 8, 30, 0), (3, 'ff', 6, 30, 0)")
    ask(people, "UPDATE auth_user SET is_active = 0 WHERE id = 3")
    site_map = tmp_path / "map.json"
    site_map.write_text(json.dumps({
        "version": 1, "named_by_email": False,
        "users": {"table": "auth_user", "key": "id", "key_type": "integer", "password": "password",
                  "username": "username", "email": "email", "active": "is_active"},
        "mfa": [{"format": "otp_totp", "label": "otp_totp", "table": "otp_totp", "user": "user_id", "value": "key",
                 "digits": "digits", "step": "step", "t0": "t0"}]}))
    words = ("status", "--switch-over", "--site-map", str(site_map))
    report = json.loads(auth0db(*words, "--json", database=people).stdout)
    assert not report["ready"] and report["with_factor"] == 1
    assert [(row["why"], row["users"]) for row in report["in_the_way"]] == [("second-factor", 1)]
    shown = auth0db(*words, database=people)
    assert shown.returncode == 1 and "--factors-settled" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    settled = auth0db(*words, "--factors-settled", database=people)
    assert settled.returncode == 0 and "MigrateToAuth0Backend" in settled.stdout


@pytest.mark.parametrize("null_is_active", [False, True])
def test_a_null_in_is_active_means_what_the_sites_django_says(tmp_path, null_is_active):
    site = tmp_path / "pending.db"
    ask(site, "CREATE TABLE people (id integer PRIMARY KEY, password text, email text, is_active bool)")
    for key, active in ((1, None), (2, 1), (3, 0)):
        ask(site, "INSERT INTO people VALUES (?, ?, ?, ?)", key, MD5, "p%d@example.com" % key, active)
    site_map = tmp_path / "map.json"
    site_map.write_text(json.dumps({
        "version": 1, "named_by_email": True, "null_is_active": null_is_active,
        "users": {"table": "people", "key": "id", "key_type": "integer", "password": "password",
                  "email": "email", "active": "is_active"}}))
    assert auth0db("init-db", "--site-map", str(site_map), database=site).returncode == 0
    done = auth0db("status", "--switch-over", "--json", "--site-map", str(site_map), database=site)
    report = json.loads(done.stdout)
    assert report["inactive"] == (1 if null_is_active else 2)
    assert [row["users"] for row in report["in_the_way"]] == [2 if null_is_active else 1]
    selected = json.loads(auth0db("plan", "--json", "--only-active", "--site-map", str(site_map),
                                  database=site).stdout.splitlines()[-1])
    assert selected["fates"]["moves"] == (2 if null_is_active else 1)


def test_factors_asks_first(people):
    from test_bulk import NOWHERE

    done = auth0db("factors", database=people, **NOWHERE)
    assert done.returncode == 2 and "--yes" in done.stderr and done.stderr.count("\n") == 1
    done = auth0db("factors", "--yes", database=people)
    assert done.returncode == 2 and "AUTH0_DOMAIN" in done.stderr
