"""plan, import, status, init-db as a person or a script meets them: before anything has changed."""
import csv
import http.server
import io
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import threading

import pytest

from at_a_terminal import at_a_terminal
from keys import new_key
from sandbox import BUILD, Sandbox

COMMAND = BUILD / "auth0db"
TABLE = """CREATE TABLE auth_user (id integer PRIMARY KEY AUTOINCREMENT, password varchar(128), last_login datetime,
    is_superuser bool, username varchar(150) UNIQUE, last_name varchar(150), email varchar(254), is_staff bool,
    is_active bool, date_joined datetime, first_name varchar(150))"""
MD5 = "md5$salt$" + "0" * 32
NOWHERE = {"AUTH0_DOMAIN": "http://127.0.0.1:9", "AUTH0_CLIENT_ID": "id", "AUTH0_CLIENT_SECRET": "very-secret-indeed",
           "AUTH0_CONNECTION": "users"}


@pytest.fixture
def site(tmp_path):
    """A site with a table of users and none of ours."""
    path = tmp_path / "site.sqlite3"
    database = sqlite3.connect(path)
    database.execute(TABLE)
    database.commit()
    database.close()
    return path


def add(path, *users):
    database = sqlite3.connect(path)
    with database:
        for name, email, password in users:
            database.execute("INSERT INTO auth_user (username, email, password, is_active, is_staff, is_superuser, "
                             "first_name, last_name, date_joined) VALUES (?, ?, ?, 1, 0, 0, '', '', '2020-01-01')",
                             (name, email, password))
    database.close()


def auth0db(*words, database=None, stdin="", **environ):
    env = {"PATH": os.environ["PATH"], **environ}
    if database is not None:
        env["DATABASE_URL"] = database if isinstance(database, str) else f"sqlite:///{database}"
    return subprocess.run([COMMAND, *words], input=stdin, capture_output=True, text=True, timeout=60, env=env)


def one_line_that_says(done, status, *words):
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("auth0db") and done.stderr.count("\n") == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


# --- what is wrong, before anything has changed ---------------------------------------------------


def test_without_a_database_the_setting_is_named():
    one_line_that_says(auth0db("plan"), 2, "DATABASE_URL", "sqlite:")


@pytest.mark.parametrize("url", ["oracle://a:hunter2@b/c", "sqlite:relative", "postgresql://u:hunter2@/",
                                 "postgresql://u:hunter2%zz@h/d", "hunter2"])
def test_a_url_that_is_none_is_refused_without_its_password(url):
    done = auth0db("plan", database=url)
    one_line_that_says(done, 2, "DATABASE_URL")
    assert "hunter2" not in done.stderr


def test_an_identifier_that_there_is_not_is_named(site):
    one_line_that_says(auth0db("plan", database=site, **{**NOWHERE, "AUTH0_IDENTIFIER": "badge"}), 2,
                       "AUTH0_IDENTIFIER", "username")


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    path = tmp_path / "missing.sqlite3"
    done = auth0db("status", database=path)
    assert done.returncode in (2, 3) and "missing.sqlite3" in done.stderr and done.stderr.count("\n") == 1
    assert not path.exists()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n" * 1000)
    done = auth0db("plan", "--no-tenant", database=path)
    assert done.returncode in (2, 3) and "notes.txt" in done.stderr
    assert path.read_text() == "dear diary\n" * 1000


def test_a_table_that_is_missing_is_named_with_what_to_do(tmp_path):
    path = tmp_path / "empty.sqlite3"
    sqlite3.connect(path).close()
    path.touch()
    one_line_that_says(auth0db("plan", "--no-tenant", database=path), 3, "auth_user", "is it the site's database?")


@pytest.mark.parametrize("command", ["status", "holdouts", "watch"])
def test_what_is_on_record_is_asked_before_there_are_tables_for_it(site, command):
    one_line_that_says(auth0db(command, database=site, **NOWHERE), 3, "auth0db_auth0user", "manage.py migrate", "init-db")


def test_a_site_with_a_json_field_is_read(site):
    database = sqlite3.connect(site)
    database.execute('CREATE TABLE shop_order (data text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)))')
    database.close()
    add(site, ("ada", "ada@example.com", MD5))
    done = auth0db("plan", "--no-tenant", "--json", database=site)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["users"]["all"] == 1


def test_our_tables_missing_is_said_before_the_tenant_is_asked(site):
    add(site, ("ada", "ada@example.com", MD5))
    done = auth0db("import", "--yes", database=site, **NOWHERE)
    assert done.returncode in (2, 3) and "init-db" in done.stderr, done.stderr


def spoil(site, statement):
    """Our tables as an older package, or a migrate that was broken off, leaves them."""
    assert auth0db("init-db", database=site).returncode == 0
    database = sqlite3.connect(site)
    database.execute(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize("missing, statement", [
    ("has no table auth0db_reminder", "DROP TABLE auth0db_reminder"),
    ("table auth0db_auth0user has no column word", "ALTER TABLE auth0db_auth0user DROP COLUMN word"),
], ids=["a table", "a column"])
@pytest.mark.parametrize("words", [["import", "--yes"], ["plan", "--no-tenant"], ["undo", "--yes"], ["remind", "--yes"]],
                         ids=lambda words: words[0])
def test_half_made_tables_are_named_and_nothing_is_begun(site, words, missing, statement):
    add(site, ("ada", "ada@example.com", MD5))
    spoil(site, statement)
    before = site.read_bytes()
    one_line_that_says(auth0db(*words, database=site, **NOWHERE), 3, missing, "manage.py migrate", "init-db")
    assert site.read_bytes() == before


def test_a_tenant_that_does_not_answer_changes_nothing(site):
    add(site, ("ada", "ada@example.com", MD5))
    assert auth0db("init-db", database=site).returncode == 0
    before = site.read_bytes()
    done = auth0db("import", "--yes", database=site, **NOWHERE)
    one_line_that_says(done, 3, "AUTH0_DOMAIN", "connect")
    assert "very-secret-indeed" not in done.stderr + done.stdout
    database = sqlite3.connect(site)
    for table in ("auth0db_auth0user", "auth0db_importclaim"):
        assert database.execute("SELECT count(*) FROM %s" % table).fetchone() == (0,)
    database.close()
    assert len(site.read_bytes()) >= len(before)


def test_an_import_needs_a_tenant(site):
    one_line_that_says(auth0db("import", "--yes", database=site), 2, "AUTH0_DOMAIN")


@pytest.mark.parametrize("map_text, word", [("", "site"), ("{", "site"), ('{"version": 2}', "version"),
                                            ('{"version": 1, "users": {"table": 7}}', "users")])
def test_a_site_map_that_is_none_is_refused_by_its_path(site, tmp_path, map_text, word):
    path = tmp_path / "map.json"
    path.write_text(map_text)
    done = auth0db("plan", "--no-tenant", "--site-map", path, database=site)
    assert done.returncode in (2, 3) and word in done.stderr and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("words, said", [
    (["plan", "--duplicates", "all"], "--duplicates"), (["plan", "--limit", "-1"], "--limit"),
    (["plan", "--limit", "many"], "--limit"), (["plan", "--since-login"], "since-login"),
    (["plan", "--yes"], "--yes"), (["status", "--limit", "3"], "--limit"), (["status", "extra"], "extra"),
])
def test_an_argument_that_is_none_is_a_usage_error(words, said):
    one_line_that_says(auth0db(*words), 2, said, "--help")


@pytest.mark.parametrize("date", ["yesterday", "2026-02-30", "2026-13-01", "31.01.2026"])
def test_a_date_that_is_none_is_refused(site, date):
    done = auth0db("plan", "--no-tenant", "--since-login", date, database=site)
    assert done.returncode == 2 and "since_login" in done.stderr.replace("-", "_")


# --- answers --------------------------------------------------------------------------------------


def test_a_plan_changes_nothing_and_says_so_in_json_or_a_table(site):
    add(site, ("ada", "ada@example.com", MD5), ("bob", "", MD5), ("cyd", "cyd@example.com", "!"))
    before = site.read_bytes()
    done = auth0db("plan", "--no-tenant", "--json", database=site)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["fates"] == {"moves": 1, "must_reset": 1, "holdouts": 1}
    table = auth0db("plan", "--no-tenant", database=site).stdout
    assert "no-email" in table and max(map(len, table.splitlines())) <= 80
    assert site.read_bytes() == before


def test_the_csv_of_a_plan_can_be_opened_in_a_spreadsheet(site, tmp_path):
    add(site, ("=cmd|' /C calc'!A0", "", MD5), ('quote"d, and\ncut', "", MD5))
    path = tmp_path / "held.csv"
    done = auth0db("plan", "--no-tenant", "--csv", path, database=site)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert [row["reason"] for row in rows] == ["no-email", "no-email"]
    assert rows[0]["username"] == "'=cmd|' /C calc'!A0"
    assert rows[1]["username"] == 'quote"d, and?cut'
    again = auth0db("plan", "--no-tenant", "--csv", path, database=site)
    assert again.returncode != 0 and "exists" in again.stderr.lower()


def test_a_csv_is_for_its_owner_alone_whatever_the_umask(site, tmp_path):
    add(site, ("ada", "", MD5))
    path, before = tmp_path / "held.csv", os.umask(0)
    try:
        assert auth0db("plan", "--no-tenant", "--csv", path, database=site).returncode == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


TURNED = "ada\u202emoc\u200b"


def test_what_cannot_be_seen_in_a_name_is_shown(site):
    """A name that reads from the right, or has a letter of no width, is taken for another one."""
    add(site, (TURNED, "", MD5))
    assert auth0db("init-db", database=site).returncode == 0
    database = sqlite3.connect(site)
    database.execute("INSERT INTO auth0db_holdout (user_id, reason, detail, hash_digest, created) "
                     "VALUES (1, 'no-email', 'b\u2066ad', '', '2026-01-01')")
    database.commit()
    database.close()
    said = {words: auth0db(*words, database=site) for words in (
        ("plan", "--no-tenant", "--csv", "-"), ("holdouts",), ("holdouts", "--json"), ("holdouts", "--csv", "-"),
        ("resolve", "--dry-run", "--email", f"{TURNED}=new@example.com"),
        ("resolve", "--dry-run", "--json", "--email", f"{TURNED}=new@example.com"))}
    for words, done in said.items():
        assert done.returncode == 0, done.stderr
        assert r"ada\u202emoc\u200b" in done.stdout, words
        assert not re.search("[\u202e\u200b\u2066]", done.stdout), words
    held = json.loads(said["holdouts", "--json"].stdout)
    assert (held["username"], held["detail"]) == (TURNED, "b\u2066ad")
    assert json.loads(said["resolve", "--dry-run", "--json", "--email", f"{TURNED}=new@example.com"].stdout)[
        "user"]["username"] == TURNED


def test_nor_is_it_hidden_in_an_error(site):
    assert auth0db("init-db", database=site).returncode == 0
    for words in (("resolve", "--keep", TURNED), (TURNED,), ("plan", TURNED), ("holdouts", "--reason", TURNED)):
        done = auth0db(*words, database=site)
        assert done.returncode == 2 and "\u202e" not in done.stderr, done.stderr


def test_status_counts_what_is_on_record(site):
    add(site, ("ada", "ada@example.com", MD5))
    assert auth0db("init-db", database=site).stdout == "The tables are there.\n"
    report = json.loads(auth0db("status", "--json", database=site).stdout)
    assert (report["users"], report["links"], report["claims"]) == (1, {}, 0)
    assert auth0db("status", database=site).stdout.startswith("0.0% of the users have moved to Auth0: 0 of 1\n")


def rows(shown):
    """{what: how many} of a report's lines."""
    found = (re.fullmatch(r" *(\S.*?)  +([\d,]+)", line) for line in shown.splitlines())
    return {row[1]: int(row[2].replace(",", "")) for row in found if row}


def some_of_each(site):
    """Two to move, one held back, three inactive: one plain, one without an e-mail, one who may be either."""
    add(site, *[(name, email and name + "@example.com", MD5) for name, email in (
        ("ada", 1), ("bob", 1), ("cyd", ""), ("dan", 1), ("eve", ""), ("fay", 1))])
    database = sqlite3.connect(site)
    database.execute("UPDATE auth_user SET is_active = 0 WHERE username IN ('dan', 'eve')")
    database.execute("UPDATE auth_user SET is_active = NULL WHERE username = 'fay'")
    database.commit()
    database.close()
    assert auth0db("init-db", database=site).returncode == 0


def test_inactive_users_stay_and_every_report_adds_up(site, tenant):
    some_of_each(site)
    stay = "3 inactive users stay here. --with-inactive moves those who can, blocked.\n"
    planned = auth0db("plan", "--no-tenant", database=site).stdout
    told = rows(planned)
    assert stay in planned and max(map(len, planned.splitlines())) <= 80
    assert (told["Users of the site"], told["inactive"], told["move with their password"], told["held back"]) == (6, 3, 2, 1)
    before = json.loads(auth0db("status", "--json", database=site).stdout)
    assert (before["users"], before["inactive"], before["left"]) == (6, 3, 3)
    imported = auth0db("import", "--yes", database=site, **tenant.environ)
    assert imported.returncode == 0, imported.stderr
    told = rows(imported.stdout)
    assert stay in imported.stdout and "Not complete" not in imported.stdout
    assert (told["Users of the site"], told["moved"], told["held back, with a reason"], told["inactive"], told["left"]) == (
        6, 2, 1, 3, 0)
    after = json.loads(auth0db("status", "--json", database=site).stdout)
    assert (after["links"], after["holdouts"], after["inactive"], after["left"]) == ({"bulk": 2}, {"no-email": 1}, 3, 0)
    shown = auth0db("status", database=site).stdout
    assert rows(shown)["inactive, and not moved"] == 3 and max(map(len, shown.splitlines())) <= 80
    ready = json.loads(auth0db("status", "--switch-over", "--json", database=site).stdout)
    assert (ready["users"], ready["moved"], ready["inactive"], sum(row["users"] for row in ready["in_the_way"])) == (6, 2, 3, 1)
    assert auth0db("import", "--yes", "--with-inactive", database=site, **tenant.environ).returncode == 0
    after = json.loads(auth0db("status", "--json", database=site).stdout)
    assert (after["links"], after["holdouts"], after["inactive"], after["left"]) == ({"bulk": 4}, {"no-email": 2}, 0, 0)


def test_who_stays_by_keep_local_is_counted_before_any_import(site, tmp_path):
    some_of_each(site)
    keys = tmp_path / "keys"
    keys.write_text("1\n2\n3\n4\n5\n6\n99\n")
    report = json.loads(auth0db("status", "--keep-local", keys, "--json", database=site).stdout)
    assert (report["users"], report["staying"], report["inactive"], report["left"]) == (6, 6, 3, 0)
    assert rows(auth0db("status", "--keep-local", keys, database=site).stdout)["stay on the site (AUTH0_KEEP_LOCAL)"] == 6


def test_one_who_stays_is_one(site):
    add(site, ("ada", "ada@example.com", MD5))
    database = sqlite3.connect(site)
    database.execute("UPDATE auth_user SET is_active = 0")
    database.commit()
    database.close()
    assert "\n1 inactive user stays here. " in auth0db("plan", "--no-tenant", database=site).stdout
    assert "stays here" not in auth0db("plan", "--no-tenant", "--with-inactive", database=site).stdout


@pytest.mark.parametrize("words", [["plan"], ["import"], ["export", "out"]], ids=lambda words: words[0])
def test_to_leave_out_and_to_take_along_is_a_contradiction(site, words, tmp_path):
    words = [str(tmp_path / "out") if word == "out" else word for word in words]
    add(site, ("ada", "ada@example.com", MD5))
    auth0db("init-db", database=site)
    done = auth0db(*words, "--only-active", "--with-inactive", database=site, **NOWHERE)
    assert done.returncode == 2 and "opposites" in done.stderr and not (tmp_path / "out").exists(), done.stderr


def test_an_inactive_user_who_is_kept_of_a_shared_email_is_told_how_it_moves(site):
    add(site, ("ada", "same@example.com", MD5), ("bob", "same@example.com", MD5))
    database = sqlite3.connect(site)
    database.execute("UPDATE auth_user SET is_active = 0 WHERE username = 'ada'")
    database.commit()
    database.close()
    auth0db("init-db", database=site)
    said = "An inactive user moves once it is active, or by import --with-inactive."
    assert said in auth0db("resolve", "--dry-run", "--keep", "ada", database=site).stdout
    assert said not in auth0db("resolve", "--dry-run", "--keep", "bob", database=site).stdout


def test_init_db_may_be_said_twice(site):
    assert auth0db("init-db", database=site).returncode == 0
    assert auth0db("init-db", database=site).returncode == 0


def test_a_reader_that_goes_away_is_an_error_not_a_crash(site):
    add(site, *[("u%d" % i, "", MD5) for i in range(5000)])
    process = subprocess.Popen([COMMAND, "plan", "--no-tenant", "--csv", "-"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={"DATABASE_URL": f"sqlite:///{site}"})
    process.stdout.close()
    assert process.wait(60) == 3
    process.stderr.close()


# --- at a terminal --------------------------------------------------------------------------------


@pytest.fixture
def tenant():
    with Sandbox("--quiet") as running:
        yield running


def test_an_import_shows_the_plan_and_asks_and_no_is_no(site, tenant):
    add(site, ("ada", "ada@example.com", MD5))
    auth0db("init-db", database=site)
    status, shown = at_a_terminal(["import"], b"n\n", DATABASE_URL=f"sqlite:///{site}", **tenant.environ)
    assert status == 1 and "move with their password" in shown and "Nothing was changed." in shown
    assert json.loads(auth0db("status", "--json", database=site).stdout)["links"] == {}


def test_the_question_says_where_and_how_many(site, tenant):
    add(site, ("ada", "ada@example.com", MD5), ("eve", "eve@example.com", MD5), ("bob", "", MD5))
    auth0db("init-db", database=site)
    host = tenant.environ["AUTH0_DOMAIN"].partition("://")[2]
    status, shown = at_a_terminal(["import"], b"n\n", DATABASE_URL=f"sqlite:///{site}", **tenant.environ)
    lines = shown.replace("\r", "").splitlines()
    assert f"  Database  sqlite:///{site}" in lines
    assert f"  Tenant    {host}, connection {tenant.environ['AUTH0_CONNECTION']}" in lines
    assert f"Create 2 users at {host}? [y/N] n" in lines and "Nothing was changed." in lines
    assert auth0db("import", "--yes", database=site, **tenant.environ).returncode == 0
    status, shown = at_a_terminal(["undo"], b"n\n", DATABASE_URL=f"sqlite:///{site}", **tenant.environ)
    assert f"Delete up to 2 imported users at {host}? [y/N] n" in shown and status == 1
    status, shown = at_a_terminal(["undo", "--hasher", "md5"], b"n\n", DATABASE_URL=f"sqlite:///{site}", **tenant.environ)
    assert f"Delete those with md5, of 2 imported users, at {host}? [y/N] n" in shown
    status, shown = at_a_terminal(["remind"], b"n\n", DATABASE_URL=f"sqlite:///{site}", **tenant.environ)
    assert f"Mail 0 users at {host}? [y/N] n" in shown
    status, shown = at_a_terminal(["resolve", "--email", "bob=b@example.com"], b"n\n", DATABASE_URL=f"sqlite:///{site}")
    assert "Write another e-mail for 1 user: b@example.com? [y/N] n" in shown and f"Database  sqlite:///{site}" in shown


FAR = {**NOWHERE, "AUTH0_DOMAIN": "no-such-tenant.eu.auth0.com", "AUTH0_PROXY": "http://127.0.0.1:9"}


@pytest.mark.parametrize("typed, goes_on", [
    (b"no-such-tenant", True), (b"no-such-tenant.eu.auth0.com", True), (b"No-Such-Tenant", True),
    (b"y", False), (b"yes", False), (b"", False), (b"no-such-tenant.us.auth0.com", False), (b"no-such", False),
])
def test_off_this_machine_the_tenants_name_is_typed(site, typed, goes_on):
    auth0db("init-db", database=site)
    status, shown = at_a_terminal(["undo"], typed + b"\n", DATABASE_URL=f"sqlite:///{site}", **FAR)
    assert "at no-such-tenant.eu.auth0.com? Type the tenant's name: " in shown
    # whoever goes on meets the tenant that does not answer
    assert (status, "Nothing was changed." in shown) == ((3, False) if goes_on else (1, True)), shown


def test_a_tenant_is_named_as_auth0_knows_it_and_not_by_its_custom_domain(site):
    auth0db("init-db", database=site)
    far = {**FAR, "AUTH0_DOMAIN": "login.acme.example", "AUTH0_TENANT_DOMAIN": "acme.eu.auth0.com"}
    _, shown = at_a_terminal(["undo"], b"login\n", DATABASE_URL=f"sqlite:///{site}", **far)
    assert "acme.eu.auth0.com, connection" in shown and "Nothing was changed." in shown
    far = {**FAR, "AUTH0_DOMAIN": "login.acme.example"}
    _, shown = at_a_terminal(["undo"], b"login\n", DATABASE_URL=f"sqlite:///{site}", **far)
    assert "Nothing was changed." in shown


@pytest.mark.parametrize("domain", ["localhost.example.com", "127.example.com", "127.0.0.1.example.com", "1.2.3.4"])
def test_a_name_that_begins_as_this_machines_is_not_this_machine(site, domain):
    auth0db("init-db", database=site)
    one_line_that_says(auth0db("undo", "--yes", database=site, **{**FAR, "AUTH0_DOMAIN": domain}), 2, f"--tenant {domain}")


@pytest.mark.parametrize("command", ["import", "undo", "remind"])
def test_off_this_machine_yes_wants_the_tenants_name_too(site, command):
    """A script that runs with another environment than it was written for."""
    auth0db("init-db", database=site)
    one_line_that_says(auth0db(command, "--yes", database=site, **FAR), 2, "--tenant no-such-tenant.eu.auth0.com")
    one_line_that_says(auth0db(command, "--yes", "--tenant", "acme", database=site, **FAR), 2, "acme", "no-such-tenant")
    one_line_that_says(auth0db(command, "--yes", "--tenant", "no-such-tenant", database=site, **FAR), 3, "AUTH0_DOMAIN")


def test_on_this_machine_a_name_that_is_said_must_agree(site, tenant):
    auth0db("init-db", database=site)
    one_line_that_says(auth0db("import", "--yes", "--tenant", "acme", database=site, **tenant.environ), 2, "acme")


def test_a_hash_test_that_failed_is_in_the_summary_and_in_the_exit_status(site, tenant):
    """It said "Imported 0 users in 1 job", status 0."""
    add(site, ("ada", "ada@example.com", MD5), ("eve", "eve@example.com", MD5))
    auth0db("init-db", database=site)
    tenant.options(hashes_never_match=["md5"])
    for words in (("import", "--yes"), ("export", str(site.parent / "folder"))):
        done = auth0db(*words, database=site, **tenant.environ)
        assert done.returncode == 1, done.stderr
        told = done.stdout.splitlines()
        at = told.index("FAILED: the test of these kinds of hashes. Their users did not move.")
        assert told[at + 1].split() == ["md5", "2"] and "not its password" in told[at + 2]
        assert max(len(line) for line in told if str(site.parent) not in line) <= 80
    done = auth0db("import", "--yes", "--json", database=site, **tenant.environ)
    kind, = json.loads(done.stdout.splitlines()[-1])["failed_kinds"]
    assert done.returncode == 1 and (kind["hasher"], kind["users"]) == ("md5", 2)


def test_without_a_terminal_an_import_wants_yes(site, tenant):
    add(site, ("ada", "ada@example.com", MD5))
    auth0db("init-db", database=site)
    done = auth0db("import", database=site, **tenant.environ)
    assert done.returncode == 2 and "--yes" in done.stderr
    assert json.loads(auth0db("status", "--json", database=site).stdout)["links"] == {}


@pytest.fixture
def proxy():
    """Refuses everybody, and notes what it was asked for."""
    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self):
            server.asked.append(self.path)
            self.send_error(403)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_only_auth0_proxy_says_that_there_is_a_proxy(site, proxy):
    add(site, ("ada", "ada@example.com", MD5))
    assert auth0db("init-db", database=site).returncode == 0
    nobody = {**NOWHERE, "AUTH0_DOMAIN": "192.0.2.1"}  # nobody's address (RFC 5737)
    here = "http://127.0.0.1:%d" % proxy.server_address[1]
    everywhere = {name: here for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")}
    words = ("import", "--yes", "--tenant", "192.0.2.1")
    one_line_that_says(auth0db(*words, database=site, **nobody, **everywhere), 3, "AUTH0_DOMAIN")
    assert proxy.asked == []
    one_line_that_says(auth0db(*words, database=site, **nobody, AUTH0_PROXY=here, NO_PROXY="*"),
                       3, "AUTH0_DOMAIN")
    assert set(proxy.asked) == {"192.0.2.1:443"}
    one_line_that_says(auth0db(*words, database=site, **nobody, AUTH0_PROXY="proxy:3128"), 2, "AUTH0_PROXY")


@pytest.mark.parametrize("setting", ["AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"])
def test_credentials_that_are_wrong_are_a_setting_and_said_once(site, tenant, setting):
    """The log's line and the error said the same, and the status was that of a tenant in trouble."""
    auth0db("init-db", database=site)
    for command in (["plan"], ["import", "--yes"], ["settle"]):
        one_line_that_says(auth0db(*command, database=site, **{**tenant.environ, setting: "wrong"}), 2, setting)


def test_of_two_secrets_one_is_taken_and_the_management_api_may_have_its_own(site, tenant):
    auth0db("init-db", database=site)
    right = tenant.environ["AUTH0_CLIENT_SECRET"]
    rotating = {**tenant.environ, "AUTH0_CLIENT_SECRET": "0ld-secret " + right}
    done = auth0db("plan", database=site, **rotating)
    assert done.returncode == 0, done.stderr
    own = {"AUTH0_MANAGEMENT_CLIENT_ID": tenant.environ["AUTH0_CLIENT_ID"],
           "AUTH0_MANAGEMENT_CLIENT_SECRET": "0ld-secret"}
    one_line_that_says(auth0db("plan", database=site, **tenant.environ, **own), 2, "AUTH0_MANAGEMENT_CLIENT_SECRET")
    own["AUTH0_MANAGEMENT_CLIENT_SECRET"] = right
    assert auth0db("plan", database=site, **{**tenant.environ, "AUTH0_CLIENT_SECRET": "0ld"}, **own).returncode == 0


def test_a_key_in_a_file_proves_the_application_to_the_management_api(site, tenant, tmp_path):
    auth0db("init-db", database=site)
    private, public = new_key(tmp_path)
    environ = {name: value for name, value in tenant.environ.items() if name != "AUTH0_CLIENT_SECRET"}
    environ["AUTH0_CLIENT_KEY"] = str(private)
    one_line_that_says(auth0db("plan", database=site, **environ), 2, "AUTH0_CLIENT_KEY")
    tenant.options(token_endpoint_auth_method="private_key_jwt", client_public_key=public)
    try:
        done = auth0db("plan", database=site, **environ)
        assert done.returncode == 0, done.stderr
    finally:
        tenant.options(token_endpoint_auth_method="client_secret_post")


def test_a_connection_that_is_not_there_is_named(site, tenant):
    auth0db("init-db", database=site)
    done = auth0db("import", "--yes", database=site, **{**tenant.environ, "AUTH0_CONNECTION": "elsewhere"})
    assert done.returncode == 2 and "AUTH0_CONNECTION" in done.stderr and "elsewhere" in done.stderr


# --- while it works -------------------------------------------------------------------------------


def test_a_log_is_told_what_happens_and_not_that_it_waits(site, tenant):
    """A line each time it looks at a job (some five a second) buried the rest."""
    add(site, ("ada", "ada@example.com", MD5), ("bob", "", MD5))
    auth0db("init-db", database=site)
    tenant.options(job_ms=2000)
    done = auth0db("import", "--yes", "--no-canary", database=site, **tenant.environ)
    assert done.returncode == 0, done.stderr
    told = [line.split()[0] for line in done.stderr.splitlines()]
    assert told.count("batch") == 2 and "import:" not in told, done.stderr


def test_a_bar_begins_with_nothing_and_fits_the_terminal(site, tenant):
    add(site, ("ada", "ada@example.com", MD5))
    auth0db("init-db", database=site)
    tenant.options(job_ms=1500)
    status, shown = at_a_terminal(["import"], b"y\n", DATABASE_URL=f"sqlite:///{site}", **tenant.environ)
    bars = re.findall(r"\w+ +\[[#.]+\][^\r\n\x1b]*", shown)
    assert status == 0 and bars and " 0 %" in bars[0] and "-0 %" not in shown, shown
    assert max(map(len, bars)) <= 79


def test_an_import_that_is_interrupted_accounts_for_everybody(site, tenant):
    """The users of a job that goes on at the tenant were in no line of the report."""
    add(site, ("ada", "ada@example.com", MD5), ("bob", "", MD5))
    auth0db("init-db", database=site)
    tenant.options(job_ms=600_000)
    process = subprocess.Popen([COMMAND, "import", "--yes", "--no-canary"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True,
                               env={"DATABASE_URL": f"sqlite:///{site}", **tenant.environ})
    while "submitted" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 1, said + errors
    account = said.split("\n\n")[1].splitlines()
    assert [line.split()[-1] for line in account] == ["2", "0", "1", "1", "0"], said
    assert "not settled" in account[3]
    assert (said + errors).count("goes on from here") == 1
    assert max(map(len, said.splitlines())) <= 80


def test_kinds_of_hashes_that_differ_at_their_ends_can_be_told_apart(site):
    """The last parameter of Argon2 was cut off."""
    add(site, ("ada", "a@example.com", "argon2$argon2id$v=19$m=102400,t=2,p=8$" + "c2FsdHNhbHQ$" + "A" * 32),
        ("bob", "b@example.com", "argon2$argon2id$v=19$m=102400,t=2,p=8$" + "c2FsdHNhbHQ$" + "A" * 22))
    kinds = auth0db("plan", "--no-tenant", database=site).stdout.split("Stored passwords\n")[1].splitlines()[:2]
    assert kinds[0].startswith("  argon2") and kinds[0] != kinds[1] and max(map(len, kinds)) <= 80
    assert sorted(re.search(r"length=(\d+)", kind).group(1) for kind in kinds) == ["16", "24"]
