"""auth0_site, and the database's URL: what the command is told about this site."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import django
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from auth0db import command, site_map
from auth0db.models import Auth0Site
from harness import KIND
from sandbox import BUILD


def printed():
    out = io.StringIO()
    call_command("auth0_site", stdout=out)
    return json.loads(out.getvalue())


def test_the_site_map_names_real_tables_and_columns(empty_site):
    told = printed()
    users = told["users"]
    tables = {users["table"]: [v for k, v in users.items() if k not in ("table", "key_type") and v]}
    for table in told["tables"].values():
        tables.setdefault(table, [])
    with connection.cursor() as cursor:
        for table, columns in tables.items():
            found = {c.name for c in connection.introspection.get_table_description(cursor, table)}
            assert set(columns) <= found, table
    assert users["table"] == get_user_model()._meta.db_table
    assert {"key", "email", "password", "active"} <= {k for k, v in users.items() if v}


def test_the_site_map_knows_the_key_and_what_users_are_named_by(empty_site):
    told = printed()
    assert told["version"] == 1
    assert told["users"]["key_type"] == ("uuid" if KIND == "uuid" else "integer")
    assert told["named_by_email"] is (get_user_model().USERNAME_FIELD == "email")
    assert (told["users"]["username"] is None) == (not hasattr(get_user_model(), "username"))


def test_the_site_map_knows_what_a_null_in_is_active_means_to_this_django(empty_site):
    assert printed()["null_is_active"] is (django.VERSION < (4, 1))


def test_the_site_map_has_the_name_that_ids_are_made_with(empty_site):
    assert printed()["site"] == Auth0Site.current()


def test_the_site_map_can_be_told_before_our_tables_are_made(empty_site, monkeypatch):
    monkeypatch.setattr(Auth0Site._meta, "db_table", "not_made_yet")
    assert printed()["site"] == ""


def test_the_site_map_holds_no_secret(empty_site, settings):
    settings.AUTH0_CLIENT_SECRET = "very-secret-indeed"
    text = json.dumps(printed())
    assert "very-secret-indeed" not in text
    for alias in settings.DATABASES.values():
        assert not alias.get("PASSWORD") or alias["PASSWORD"] not in text


# --- DATABASE_URL ---------------------------------------------------------------------------------


class Elsewhere:
    """A connection that is only asked what it is."""

    def __init__(self, vendor, **settings):
        self.vendor = vendor
        empty = {"NAME": "", "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}
        self.settings_dict = {**empty, **settings}


def url_of(monkeypatch, *args, **settings):
    monkeypatch.setattr(site_map, "connections", {"default": Elsewhere(*args, **settings)})
    return site_map.database_url()


def test_a_password_of_any_characters_survives_the_url(monkeypatch):
    password = "p@ss/w:rd%?#ü 1"
    url = url_of(
        monkeypatch, "postgresql",
        NAME="a b", USER="me@here", PASSWORD=password, HOST="db.example.com", PORT=5433,
        OPTIONS={"sslmode": "require", "isolation_level": 4},
    )  # fmt: skip
    parts = urlsplit(url)
    assert unquote(parts.password) == password
    assert (unquote(parts.username), parts.hostname, parts.port) == ("me@here", "db.example.com", 5433)
    assert (unquote(parts.path), parse_qs(parts.query)) == ("/a b", {"sslmode": ["require"]})


@pytest.mark.parametrize("vendor, given, asked", [
    ("mysql", {"ssl": {"ca": "/ca+1.pem", "cert": "c", "key": "k"}},
     {"ssl_ca": "/ca+1.pem", "ssl_cert": "c", "ssl_key": "k"}),
    ("mysql", {"ssl": {"check_hostname": False}}, {"ssl_mode": "REQUIRED"}),
    ("mysql", {"ssl": True}, {"ssl_mode": "REQUIRED"}),
    ("mysql", {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": "a"}},
     {"ssl_mode": "VERIFY_IDENTITY", "ssl_ca": "a"}),
    ("mysql", {"ssl_mode": "PREFERRED", "charset": "utf8mb4"}, {}),
    ("postgresql", {"sslcrl": "/r.pem", "channel_binding": "require", "pool": True},
     {"sslcrl": "/r.pem", "channel_binding": "require"}),
])  # fmt: skip
def test_a_connection_that_the_site_protects_is_protected_here(monkeypatch, vendor, given, asked):
    url = url_of(monkeypatch, vendor, NAME="x", HOST="h", OPTIONS=given)
    assert parse_qs(urlsplit(url).query) == {name: [value] for name, value in asked.items()}


def test_an_option_with_a_space_stays_one(monkeypatch):
    url = url_of(monkeypatch, "postgresql", NAME="x", OPTIONS={"options": "-c search_path=a+b"})
    assert url == "postgresql:///x?options=-c%20search_path%3Da%2Bb"


def test_a_file_of_the_databases_own_may_name_it(monkeypatch):
    url = url_of(monkeypatch, "mysql", OPTIONS={"read_default_file": Path("/etc/site.cnf")})
    assert url == "mysql:///?read_default_file=%2Fetc%2Fsite.cnf"
    url = url_of(monkeypatch, "postgresql", OPTIONS={"service": "site", "passfile": ".pgpass"})
    assert url == "postgresql:///?service=site&passfile=.pgpass"


def test_sockets_and_ipv6(monkeypatch):
    url = url_of(monkeypatch, "postgresql", NAME="x", HOST="/var/run/pg", PORT="5433")
    assert url == "postgresql:///x?host=%2Fvar%2Frun%2Fpg&port=5433"
    url = url_of(monkeypatch, "mysql", NAME="x", USER="u", HOST="/run/my.sock")
    assert url == "mysql://u@/x?unix_socket=%2Frun%2Fmy.sock"
    assert url_of(monkeypatch, "mysql", NAME="x", HOST="::1") == "mysql://[::1]/x"


def test_what_a_connection_needs_goes_into_the_url(monkeypatch):
    url = url_of(
        monkeypatch, "postgresql", NAME="x", OPTIONS={"options": "-c search_path=a,b c"}
    )  # fmt: skip
    assert url == "postgresql:///x?options=-c%20search_path%3Da%2Cb%20c"
    url = url_of(
        monkeypatch, "mysql", NAME="x", HOST="db",
        OPTIONS={"ssl": {"ca": "/etc/ca.pem"}, "ssl_mode": "VERIFY_IDENTITY", "charset": "utf8mb4"},
    )  # fmt: skip
    assert parse_qs(urlsplit(url).query) == {
        "ssl_ca": ["/etc/ca.pem"],
        "ssl_mode": ["VERIFY_IDENTITY"],
    }


def test_a_sqlite_file_is_named_from_the_root(monkeypatch):
    url = url_of(monkeypatch, "sqlite", NAME=Path("/srv/a site/db?.sqlite3"))
    assert url == "sqlite:////srv/a%20site/db%3F.sqlite3"


def test_another_database_is_refused_with_a_way_out(monkeypatch):
    with pytest.raises(site_map.NoSiteMap, match="NDJSON"):
        url_of(monkeypatch, "oracle", NAME="x")
    with pytest.raises(CommandError, match="NDJSON"):  # a line, not a traceback
        call_command("auth0_status")


def test_a_user_model_in_several_tables_is_refused_in_a_line(monkeypatch):
    monkeypatch.setattr(get_user_model()._meta, "parents", {get_user_model(): None})
    for name in ("auth0_site", "auth0_status"):
        with pytest.raises(CommandError, match="multi-table") as refused:
            call_command(name)
        assert refused.value.returncode == 2


# --- the counterparts -----------------------------------------------------------------------------


def stand_in(tmp_path, monkeypatch, script):
    """In place of the command: what is it given?"""
    path = tmp_path / "auth0db"
    path.write_text("#!%s\n%s" % (sys.executable, script))
    path.chmod(0o755)
    monkeypatch.setenv("AUTH0DB_COMMAND", str(path))


SHOW = """
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "environ": dict(os.environ), "map": json.load(open(sys.argv[3]))}))
"""


def test_the_command_gets_arguments_settings_and_site_map(empty_site, tmp_path, monkeypatch, settings):
    settings.AUTH0_CLIENT_SECRET = "very-secret-indeed"
    stand_in(tmp_path, monkeypatch, SHOW)
    out = io.StringIO()
    call_command("auth0_status", "--only-active", "--limit", "5", stdout=out)
    told = json.loads(out.getvalue())
    assert told["argv"][:2] == ["status", "--site-map"]
    assert told["argv"][3:] == ["--only-active", "--limit", "5"]
    assert {**told["map"], "unproven": {}} == printed()  # a report asks no hasher
    assert told["environ"]["AUTH0_CLIENT_SECRET"] == "very-secret-indeed"
    assert told["environ"]["DATABASE_URL"].startswith(("sqlite:", "postgresql:", "mysql:"))
    assert "very-secret-indeed" not in " ".join(told["argv"])


def test_a_failure_of_the_command_is_a_failure_of_the_counterpart(empty_site, tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, "import sys; sys.exit(3)")
    with pytest.raises(CommandError) as caught:
        call_command("auth0_status", "--yes")
    assert caught.value.returncode == 3


def test_a_command_that_is_not_there_is_said_by_its_setting(empty_site, monkeypatch):
    monkeypatch.setenv("AUTH0DB_COMMAND", "/nowhere/auth0db")
    with pytest.raises(CommandError, match="AUTH0DB_COMMAND.*/nowhere/auth0db"):
        call_command("auth0_status")


def where_it_leads(descriptor):
    try:
        return os.readlink("/proc/self/fd/" + descriptor)
    except FileNotFoundError:  # that of the listing itself
        return ""


def test_a_counterpart_leaves_no_descriptor_open(empty_site, tmp_path, monkeypatch):
    def of_site_maps():
        return sorted(path for path in map(where_it_leads, os.listdir("/proc/self/fd")) if "site map" in path)

    stand_in(tmp_path, monkeypatch, "print('{}')")
    before = of_site_maps()  # another test may have planted a failure where one is made
    call_command("auth0_status", stdout=io.StringIO())
    call_command("auth0_remind", "--ticket", "--yes", "--site-name", "x", stdout=io.StringIO())
    assert of_site_maps() == before


def test_these_tests_run_the_command_of_their_own_build():
    """Under a sanitizer, say, the sanitized one."""
    assert command.find_command() == str(BUILD / "auth0db")


def test_every_counterpart_names_a_command_that_is_there():
    helped = subprocess.run([str(BUILD / "auth0db"), "--help"], capture_output=True, text=True).stdout
    folder = Path(command.__file__).parent / "management" / "commands"
    texts = [path.read_text() for path in folder.glob("auth0_*.py")]
    words = [text.split('subcommand = "')[1].split('"')[0] for text in texts if "SiteCommand" in text]
    assert "status" in words and "import" in words
    assert [word for word in words if "\n  %s " % word not in helped] == []
