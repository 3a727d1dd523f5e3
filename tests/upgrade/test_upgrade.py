"""Sites that had auth0db 0.1: their databases, as Django 1.4 (with South), 1.8 and 1.11 left them, become ours by
`migrate`; at no moment does anybody get in by a password that Auth0 no longer takes."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]

import databases  # noqa: E402
from sandbox import Sandbox  # noqa: E402

PASSWORD, NEWER = "Correct-Horse-7", "Battery-Staple-8"
IDS = {name: "57a%021d" % number for number, name in enumerate(("ann", "bob", "cy", "eve"), 1)}
KINDS = ["sqlite", "postgresql", "mariadb"]
VERSIONS = ["1.4", "1.8", "1.11"]


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="auth0db-upgrade-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="module")
def servers(folder):
    running = {}
    yield lambda kind: running.get(kind) or running.setdefault(kind, databases.SERVERS[kind](folder))
    for server in running.values():
        server.stop()


@pytest.fixture(scope="module")
def tenant():
    with Sandbox() as sandbox:
        yield sandbox


def make_database(server, name):
    import importlib

    settings = server.settings()
    if server.name == "postgres":
        connection = importlib.import_module("psycopg2").connect(
            host="127.0.0.1", port=server.port, user="site", dbname="postgres")
        connection.autocommit = True
    else:
        connection = importlib.import_module("MySQLdb").connect(host="127.0.0.1", port=server.port, user="site")
    connection.cursor().execute("CREATE DATABASE " + name)
    connection.close()
    return {**settings, "NAME": name}


class Site:
    count = 0

    def __init__(self, kind, version, servers, folder, tenant):
        Site.count += 1
        if kind == "sqlite":
            self.database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / ("site%d.db" % Site.count))}
        else:
            try:
                self.database = make_database(servers(kind), "site%d" % Site.count)
            except databases.Missing as missing:
                pytest.skip(str(missing))
        self.tenant = tenant
        tenant.reset()
        tenant.options(bcrypt_cost=4)
        for name, key in IDS.items():
            status, _, answer = tenant.api("POST", "/users", {
                "connection": tenant.connection, "user_id": key, "email": name + "@people.example", "email_verified": True,
                "password": PASSWORD, "blocked": name == "bob"})
            assert status == 201, answer
        status, _, answer = tenant.api("PATCH", "/users/auth0|" + IDS["cy"],
                                       {"connection": tenant.connection, "password": NEWER})
        assert status == 200, answer
        self.dump = str(HERE / "databases" / ("%s-%s.sql" % (kind, version)))

    def process(self, *words, **env):
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "old_settings", "SITE_DATABASE_SETTINGS": json.dumps(self.database),
               "SITE_TENANT": json.dumps(self.tenant.info),
               "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]), **env}
        return subprocess.run([sys.executable, "-W", "ignore", *words], env=env, cwd=HERE, capture_output=True, text=True,
                              timeout=240)

    def run(self, steps):
        done = self.process("act.py", steps, self.dump)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def old_site(servers, folder, tenant):
    return lambda kind, version: Site(kind, version, servers, folder, tenant)


def auth0_id(name):
    return "auth0|" + IDS[name]


CAME_OVER = {
    "links": {name: [auth0_id(name), name + "@people.example", "login"] for name in ("ann", "bob", "cy")},
    "users": ["ann", "bob", "cy", "dan"],
    "tombstones": [[auth0_id("eve"), "left"]],
    "kept": [auth0_id("eve")],
    "pending": False,
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_links_come_over_and_auth0_decides_about_who_has_moved(old_site, kind, version):
    site = old_site(kind, version)
    before = site.run("begin, logins")["logins"]
    assert set(before.values()) == {"unavailable"}, "links that cannot be read yet let nobody in by an old password"
    after = site.run("migrate, state, logins, state, migrate")
    assert after["logins"] == {
        "ann old": "", "ann new": "bad_credentials",
        "bob old": "blocked", "bob new": "bad_credentials",  # as 0.1 did not say: an old password let him in
        "cy old": "both_changed", "cy new": "",  # changed at Auth0
        "dan old": "", "dan new": "bad_credentials",  # moves now
        "eve@people.example old": "tombstone", "eve@people.example new": "bad_credentials",  # deleted on the site
    }  # fmt: skip
    links = after["state"]["links"]
    assert set(links) == {"ann", "bob", "cy", "dan"} and after["state"]["users"] == ["ann", "bob", "cy", "dan"]
    del links["dan"]
    assert {**after["state"], "links": links} == CAME_OVER


# South has left no record of ours, 1.11 has. MariaDB takes nothing back, PostgreSQL takes back a migration.
@pytest.mark.parametrize("kind, version", [("mariadb", "1.4"), ("mariadb", "1.11"), ("postgresql", "1.11")])
def test_a_migration_that_is_killed_lets_nobody_in_and_is_done_again(old_site, kind, version):
    seen = old_site(kind, version).run("killed anywhere")["killed anywhere"]
    assert len(seen) >= 6, "there were statements to be killed at"
    for at, (between, linked, unlinked, after) in enumerate(seen, 1):
        assert between.get("missing") and linked == unlinked == "unavailable", (at, between)
        assert after == CAME_OVER, at


def test_what_a_project_of_0_1_names_is_still_there(old_site):
    site = old_site("sqlite", "1.11")
    seen = site.run("begin, migrate, old names")["old names"]
    assert seen["ann"] == auth0_id("ann") and seen["dan"] is None
    assert len(seen["warnings"]) == 3 and all("0.1" in text for text in seen["warnings"]), seen
    done = site.process("-W", "default", "-m", "django", "check", OLD_APP="auth0db.apps.Auth0Config")
    assert done.returncode == 0, done.stderr
    assert "auth0db.apps.Auth0Config" in done.stderr and "DeprecationWarning" in done.stderr


def test_migrations_of_0_1_in_the_project_are_found_before_they_do_harm(old_site):
    site = old_site("sqlite", "1.8")
    site.run("begin")
    for command in (["migrate"], ["makemigrations", "auth0db"], ["runserver", "--noreload", "0"]):
        done = site.process("-m", "django", *command, OLD_MIGRATION_MODULES='{"auth0db": "of_0_1"}')
        assert done.returncode != 0 and "auth0db.E019" in done.stderr, (command, done.stderr)
        assert "Traceback" not in done.stderr and "Take the entry out of MIGRATION_MODULES" in done.stderr
    assert site.run("migrate, state")["state"] == CAME_OVER


def test_the_command_says_that_migrate_is_to_be_run(old_site):
    site = old_site("sqlite", "1.11")
    build = Path(os.environ["AUTH0DB_BUILD"])
    site.run("begin")
    for step in ("killed", "migrate"):
        done = subprocess.run([build / "auth0db", "plan", "--no-tenant"], capture_output=True, text=True, env={
            **os.environ, "DATABASE_URL": "sqlite:///" + site.database["NAME"], "AUTH0_SITE": "acme"})
        assert done.returncode != 0 and "migrate" in done.stderr, done.stderr
        site.run(step)
