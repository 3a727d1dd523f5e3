"""Whatever is wrong with a server is one line, without a password, and nothing is half written."""
import json

import pytest

from cut import Cut
from databases import free_port
from sandbox import Sandbox, note_secret, wait_until
from sites import Site, execute

PASSWORD = "p w/:@?#%[é]'\""
NOWHERE = {"AUTH0_DOMAIN": "http://127.0.0.1:9", "AUTH0_CLIENT_ID": "id", "AUTH0_CLIENT_SECRET": "very-secret-indeed",
           "AUTH0_CONNECTION": "users"}


@pytest.fixture(scope="module")
def site(server):
    site = Site(server, "trouble").bare(40)
    yield site
    site.drop()


@pytest.fixture(scope="module")
def guarded(site):
    """A role that needs its password, and may read and not write."""
    if site.vendor == "mysql":
        site.sql("CREATE USER guarded IDENTIFIED BY '%s'" % PASSWORD.replace("'", "''"))
        site.sql(f"GRANT SELECT ON {site.name}.* TO guarded")
    else:
        site.sql("CREATE ROLE guarded LOGIN PASSWORD '%s'" % PASSWORD.replace("'", "''"))
        site.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guarded")
        rules = site.server.data / "pg_hba.conf"
        rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        site.sql("SELECT pg_reload_conf()")
        wait_until(lambda: site.auth0db("status", url=site.url(user="guarded")).returncode != 0)
    note_secret(PASSWORD)
    return {"user": "guarded", "password": PASSWORD}


def one_line(ended, *words):
    assert ended.returncode in (2, 3), ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.startswith("auth0db") and ended.stderr.count("\n") == 1, ended.stderr
    assert all(word in ended.stderr for word in words), ended.stderr
    for secret in (PASSWORD, "very-secret-indeed", "wrong-one"):
        assert secret not in ended.stderr


def test_nobody_listens(site):
    ended = site.auth0db("status", url=site.url(port=free_port(), password=PASSWORD))
    one_line(ended, "DATABASE_URL", "127.0.0.1")


def test_no_such_database(site):
    one_line(site.auth0db("status", url=site.url(name="nothing_here")), "DATABASE_URL", "nothing_here")


def test_a_password_is_taken_from_the_url_and_shown_nowhere(site, guarded):
    ended = site.auth0db("status", url=site.url(**guarded))
    assert ended.returncode == 0 and PASSWORD not in ended.stdout + ended.stderr, ended.stderr
    one_line(site.auth0db("status", url=site.url(user="guarded", password="wrong-one")), "DATABASE_URL", "guarded")


def test_who_may_only_read_plans_and_imports_nothing(site, guarded):
    assert site.auth0db("plan", "--no-tenant", url=site.url(**guarded)).returncode == 0
    one_line(site.auth0db("import", "--yes", url=site.url(**guarded), **NOWHERE), "does not take our rows")


def test_a_table_that_is_missing_is_named(site, server):
    empty = Site(server, "empty")
    one_line(empty.auth0db("plan", "--no-tenant"), "auth_user")
    empty.drop()


def test_an_option_that_is_none_is_refused(site):
    one_line(site.auth0db("status", url=site.url() + "?wings=2"), "DATABASE_URL", "wings")


def test_who_asks_for_tls_gets_it_or_nothing(site):
    options = ["sslmode=require"] if site.vendor == "postgresql" else [
        "ssl_mode=REQUIRED", "ssl_mode=VERIFY_IDENTITY", "ssl_ca=/etc/ssl/certs/ca-certificates.crt"]
    for option in options:
        one_line(site.auth0db("status", url=f"{site.url()}?{option}"), "DATABASE_URL", "SSL")


def test_a_unix_socket_is_a_way_to_the_server(site):
    folder = str(site.server.folder)
    urls = {"mysql": [f"mysql://site@/{site.name}?unix_socket={folder}/s",
                      f"mysql://site@{folder.replace('/', '%2F')}%2Fs/{site.name}"],
            "postgresql": [f"postgresql://site@/{site.name}?host={folder}&port={site.server.port}",
                           f"postgresql://site@{folder.replace('/', '%2F')}:{site.server.port}/{site.name}"]}
    for url in urls[site.vendor]:
        ended = site.auth0db("status", url=url)
        assert ended.returncode == 0, ended.stderr


def test_a_connection_lost_in_mid_scan_is_an_error_and_not_an_end(server):
    site = Site(server, "mid_scan").bare(20000)
    with Cut(server.port, after=1_000_000) as way:
        ended = site.auth0db("plan", "--no-tenant", url=site.url(port=way.port))
        assert way.happened
    assert (ended.returncode, ended.stdout) == (3, "")
    *progress, last = ended.stderr.splitlines()
    assert last.startswith("auth0db: database: ") and "onnection" in last
    assert all(line.startswith("emails: ") for line in progress)
    site.drop()


def test_connections_lost_at_any_time_leave_a_site_that_moves_on(server):
    site = Site(server, "lost").bare(300)
    with Sandbox("--quiet") as tenant:
        cuts, after, at = 0, 6000, free_port()  # another way would be another database, and perhaps a copy
        while True:
            with Cut(server.port, after, towards="server", at=at) as way:
                ended = site.auth0db("import", "--yes", url=site.url(port=way.port), **tenant.environ)
                if not way.happened:
                    break
            cuts += 1
            assert ended.returncode != 0 and PASSWORD not in ended.stderr
            # of every batch under way each user has a claim, of every settled one none
            for status, users, claims in site.sql(
                    "SELECT b.status, b.users, count(c.user_id) FROM auth0db_importbatch b LEFT JOIN auth0db_importclaim c"
                    " ON c.batch_id = b.id WHERE b.kind = 'import' GROUP BY b.id, b.status, b.users"):
                assert claims == (users if status in ("claimed", "submitted") else 0)
            after += 9000
        assert ended.returncode == 0, ended.stderr
        assert cuts >= 3
        status, _, page = tenant.api("GET", "/users?per_page=1&include_totals=true&search_engine=v3")
        assert (status, page["total"]) == (200, 300)
    assert site.sql("SELECT count(*), count(DISTINCT auth0_id) FROM auth0db_auth0user")[0] == (300, 300)
    assert site.sql("SELECT count(*) FROM auth0db_importclaim")[0] == (0,)
    site.drop()


# --- what a site has set up for itself ------------------------------------------------------------


def test_what_server_and_role_have_set_is_not_minded(site):
    settings = {
        "postgresql": ["ALTER DATABASE {0} SET TimeZone TO 'Asia/Tokyo'", "ALTER DATABASE {0} SET DateStyle TO 'SQL, DMY'",
                       "ALTER DATABASE {0} SET standard_conforming_strings TO off"],
        "mysql": ["SET GLOBAL time_zone = '+09:00'", "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
                  "SET GLOBAL group_concat_max_len = 4", "SET GLOBAL tx_isolation = 'SERIALIZABLE'",
                  "SET GLOBAL wait_timeout = 1"],
    }
    usual = {"postgresql": ["ALTER DATABASE {0} RESET ALL"],
             "mysql": ["SET GLOBAL time_zone = DEFAULT", "SET GLOBAL sql_mode = DEFAULT",
                       "SET GLOBAL group_concat_max_len = DEFAULT", "SET GLOBAL tx_isolation = DEFAULT",
                       "SET GLOBAL wait_timeout = DEFAULT"]}
    site.sql("UPDATE auth_user SET last_login = '2024-05-01 00:00:00' WHERE id = 1")
    site.sql("UPDATE auth_user SET last_login = '2024-04-30 23:59:59' WHERE id = 2")
    try:
        for statement in settings[site.vendor]:
            execute(site.server, statement.format(site.name))
        ended = site.auth0db("plan", "--no-tenant", "--json", "--since-login", "2024-05-01")
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["users"]["selected"] == 1
    finally:
        for statement in usual[site.vendor]:
            execute(site.server, statement.format(site.name))


# --- what a row holds -----------------------------------------------------------------------------


def test_an_error_about_a_value_does_not_say_the_value(server, tmp_path):
    """The users are a view that makes a time of a text, and one row's text is none."""
    site = Site(server, "of_values").bare(3)
    try:
        if site.vendor == "mysql":
            site.sql("CREATE FUNCTION to_time(t varchar(150)) RETURNS datetime DETERMINISTIC "
                     "BEGIN DECLARE d datetime; SET d = t; RETURN d; END")
        else:
            site.sql("CREATE FUNCTION to_time(t text) RETURNS timestamptz LANGUAGE sql AS 'SELECT t::timestamptz'")
        site.sql("UPDATE auth_user SET last_name = CASE id WHEN 2 THEN 'very-secret-indeed' ELSE '2024-05-01 10:00:00' END")
        site.sql("CREATE VIEW people AS SELECT id, username, email, password, to_time(last_name) AS since FROM auth_user")
        site_map = tmp_path / "site.json"
        site_map.write_text(json.dumps({"version": 1, "users": {
            "table": "people", "key": "id", "key_type": "integer", "password": "password", "username": "username",
            "email": "email", "last_login": "since"}}))
        ended = site.auth0db("plan", "--no-tenant", "--site-map", str(site_map))
        state = {"postgresql": "22007", "mysql": "1292"}[site.vendor]
        *_, last = ended.stderr.splitlines()
        assert (ended.returncode, ended.stdout) == (3, ""), ended.stderr
        assert "a value that the column cannot hold" in last and state in last
        assert "very-secret-indeed" not in ended.stderr
    finally:
        site.drop()
