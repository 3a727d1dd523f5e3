"""auth0db watch, from the import to the verdict: a site in SQLite, a tenant, and people who log in."""
import hashlib
import json
import os
import shlex
import sqlite3
import subprocess

import pytest

import jobs
from sandbox import BUILD, Sandbox

EACH = 8  # users of either hasher
HASHERS = ("sha1", "md5")


def password_of(i):
    return f"right horse {i}"


def stored(i):
    hasher = HASHERS[i // EACH]
    return f"{hasher}$salt${hashlib.new(hasher, b'salt' + password_of(i).encode()).hexdigest()}"


def email_of(i):
    return f"user{i}@example.org"


@pytest.fixture
def fresh(tmp_path):
    """Nobody has moved yet."""
    path = tmp_path / "site.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY, username text, email text, password text,"
                   " first_name text, last_name text, is_active bool, is_staff bool, is_superuser bool,"
                   " last_login datetime, date_joined datetime)")
        db.executemany("INSERT INTO auth_user VALUES (?, ?, ?, ?, '', '', 1, 0, 0, NULL, '2020-01-01 00:00:00')",
                       [(i + 1, f"user{i}", email_of(i), stored(i)) for i in range(2 * EACH)])
    db.close()
    with Sandbox("--quiet") as tenant:
        environ = {**os.environ, **tenant.environ, "DATABASE_URL": f"sqlite:///{path}"}

        def auth0db(*arguments):
            return subprocess.run([BUILD / "auth0db", *arguments], env=environ, capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=120)

        said = auth0db("init-db")
        assert said.returncode == 0, said.stderr
        yield tenant, auth0db


@pytest.fixture
def site(fresh):
    tenant, auth0db = fresh
    said = auth0db("import", "--yes")
    assert said.returncode == 0, said.stderr
    tenant.options(bcrypt_cost=4, brute_force_enabled=False)
    return tenant, auth0db


def spoil(tenant, i):
    """As if this user's hash had travelled badly."""
    status, _, users = tenant.api("GET", f"/users-by-email?email={email_of(i)}")
    assert status == 200 and len(users) == 1
    tenant.control("PATCH", f"/users/{users[0]['user_id'].replace('|', '%7C')}", {
        "custom_password_hash": {"algorithm": "md5", "hash": {"value": "0" * 32, "encoding": "hex"}}})


def test_all_is_well_where_people_get_in(site):
    tenant, auth0db = site
    assert tenant.grant(email_of(0), "a typo")[0] == 403
    for i in range(2 * EACH):
        assert tenant.grant(email_of(i), password_of(i))[0] == 200
    said = auth0db("watch")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "16 users were imported; 16 have tried to log in since." in said.stdout
    assert [line.split() for line in said.stdout.splitlines() if line.startswith(HASHERS)] == [
        ["sha1", "8", "1", "good"], ["md5", "8", "0", "good"]]
    assert all(len(line) <= 80 for line in said.stdout.splitlines())


def test_a_hasher_whose_users_cannot_get_in_stands_out(site):
    tenant, auth0db = site
    for i in range(2 * EACH):
        if i >= EACH:
            spoil(tenant, i)
        assert tenant.grant(email_of(i), password_of(i))[0] == (403 if i >= EACH else 200)
    said = auth0db("watch")
    assert said.returncode == 1 and "Look into it" in said.stdout
    assert [line.split() for line in said.stdout.splitlines() if line.startswith(HASHERS)] == [
        ["md5", "8", "8", "FAILING"], ["sha1", "8", "0", "good"]]
    advised, = [line.split(None, 1)[1] for line in said.stdout.splitlines() if "auth0db undo" in line]
    assert advised == 'undo --dry-run --hasher "md5"'
    undone = auth0db(*shlex.split(advised))
    assert undone.returncode == 0 and "Would delete 8 tenant users" in undone.stdout, undone.stderr
    assert undone.stdout.splitlines()[-1].split() == [*"of other kinds of hashes: not looked at".split(), "8"]
    said = auth0db("watch", "--json")
    report = json.loads(said.stdout)
    assert said.returncode == 1 and report["alarm"] and report["complete"]
    assert report["users"] == {"moved": 16, "tried": 16, "first_failed": 8, "never_in": 8}
    assert {h["hasher"]: h["verdict"] for h in report["hashers"]} == {"md5": "failing", "sha1": "good"}


def test_users_of_a_file_that_was_uploaded_by_hand_are_watched_as_well(fresh, tmp_path):
    tenant, auth0db = fresh
    assert auth0db("export", "--no-canary", str(tmp_path / "out")).returncode == 0
    file, = (tmp_path / "out").iterdir()
    status, _, job = jobs.submit(tenant, file.read_bytes())
    assert status == 202, job
    jobs.settled(tenant, job["id"])
    said = auth0db("settle", "--job", job["id"], "--file", str(file))
    assert said.returncode == 0, said.stderr
    for i in range(EACH):
        assert tenant.grant(email_of(i), password_of(i))[0] == 200
    said = auth0db("watch")
    assert said.returncode == 0, said.stderr
    assert "16 users were imported; 8 have tried to log in since." in said.stdout


def test_a_log_that_does_not_reach_back_says_where_it_begins(site):
    tenant, auth0db = site
    assert json.loads(auth0db("watch", "--json").stdout)["reaches_back"] is True
    said = auth0db("watch", "--since", "2020-01-01")
    assert said.returncode == 0 and "The tenant's log begins at 20" in said.stdout, said.stdout + said.stderr
    assert "cannot be seen any more" in " ".join(said.stdout.split())
    report = json.loads(auth0db("watch", "--json", "--since", "2020-01-01").stdout)
    assert report["reaches_back"] is False and report["log_from"].startswith("20")


def test_attempts_that_name_no_user_are_counted_and_said(site):
    tenant, auth0db = site
    entries = [{"log_id": str(i), "date": "2020-01-31T12:00:00.000Z", "type": kind}
               for i, kind in enumerate(["fp", "sepft", "fepft", "seccft"])]
    tenant.fault(method="GET", path="/api/v2/logs", status=200, body=json.dumps(entries), count=2)
    tenant.fault(method="GET", path="/api/v2/logs", status=200, body="[]")
    said = auth0db("watch", "--json")
    report = json.loads(said.stdout)
    assert (report["unnamed"], report["users"]["tried"]) == (2, 0), said.stderr


def test_a_plan_without_a_log_is_said_as_such(site):
    tenant, auth0db = site
    tenant.fault(method="GET", path="/api/v2/logs", status=403, body=json.dumps({
        "statusCode": 403, "error": "Forbidden", "message": "Please upgrade your subscription to read logs",
        "errorCode": "insufficient_scope"}))
    said = auth0db("watch")
    assert said.returncode == 2 and "plan does not include" in said.stderr and "read:logs" not in said.stderr


def test_wrong_arguments_and_a_silent_tenant_are_told_apart(site):
    tenant, auth0db = site
    for words in (["--since", "yesterday"], ["--entries", "0"], ["--entries", "many"], ["--dry-run"], ["extra"]):
        assert auth0db("watch", *words).returncode == 2, words
    said = auth0db("watch", "--entries", "1", "--json")
    assert said.returncode == 0 and json.loads(said.stdout)["complete"] is False
    tenant.stop()
    said = auth0db("watch")
    assert (said.returncode, said.stdout) == (3, "") and said.stderr.startswith("auth0db: ")
