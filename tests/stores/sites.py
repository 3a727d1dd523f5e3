"""Django sites in databases of a server of the run, and the command beside them."""
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from sandbox import BUILD, CLEAN_ENV

HERE = Path(__file__).resolve().parent
PATIENCE = 240
VENDOR = {"postgres": "postgresql", "mariadb": "mysql"}


def execute(server, statement, database=None):
    """As the server's owner, outside a transaction; the rows, if there are any."""
    settings = server.settings()
    options = {"host": settings["HOST"], "port": int(settings["PORT"]), "user": settings["USER"],
               "database": database or settings["NAME"]}
    if server.name == "postgres":
        import psycopg2 as driver
    else:
        import MySQLdb as driver
        options["charset"] = "utf8mb4"
    connection = driver.connect(**options)
    try:
        if server.name == "postgres":
            connection.autocommit = True
        else:
            connection.autocommit(True)
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


class Site:
    """`key`: of its users, "integer", "uuid" or "string"."""

    def __init__(self, server, name, key="integer"):
        self.server, self.name, self.key = server, name, key
        self.vendor = VENDOR[server.name]
        execute(server, f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4" if self.vendor == "mysql" else ""))

    def drop(self):
        execute(self.server, f"DROP DATABASE {self.name}")

    def sql(self, statement):
        return execute(self.server, statement, self.name)

    def url(self, **changes):
        at = {"user": self.server.settings()["USER"], "password": "", "host": "127.0.0.1",
              "port": self.server.port, "name": self.name, **changes}
        password = ":" + quote(at["password"], safe="") if at["password"] else ""
        return f"{self.vendor}://{at['user']}{password}@{at['host']}:{at['port']}/{at['name']}"

    def bare(self, users=0, key="integer", site_map=None):
        """A stock auth_user and, from init-db, our tables: no Django here. `key`: SQL type."""
        time = "datetime(6)" if self.vendor == "mysql" else "timestamptz"
        numbers = f"generate_series(1, {users})" if self.vendor == "postgresql" else \
            f"(SELECT seq AS i FROM seq_1_to_{users})"
        self.sql(f"""CREATE TABLE auth_user (id {key} PRIMARY KEY, username varchar(150) NOT NULL UNIQUE,
            email varchar(254) NOT NULL, password varchar(128) NOT NULL, first_name varchar(150) NOT NULL,
            last_name varchar(150) NOT NULL, is_active bool NOT NULL, is_staff bool NOT NULL, is_superuser bool NOT NULL,
            last_login {time} NULL, date_joined {time} NOT NULL)""")
        if users > 0:
            self.sql(f"""INSERT INTO auth_user SELECT i, concat('user', i), concat('user', i, '@example.org'),
                concat('md5$salt$', md5(concat('saltright horse ', i))), 'Ada', 'Lovelace', true, false, false, NULL,
                '2024-05-01 10:00:00' FROM {numbers} AS {"n(i)" if self.vendor == "postgresql" else "n"}""")
        ended = self.auth0db("init-db", *(["--site-map", site_map] if site_map else []))
        assert ended.returncode == 0, ended.stderr
        return self

    # --- Django ---

    def django(self, *words, stdin=None):
        """django-admin in a process of its own: each site has other models."""
        settings = {**self.server.settings(), "NAME": self.name}
        path = [str(HERE), *(entry for entry in sys.path if entry)]
        ended = subprocess.run(
            [sys.executable, "-m", "django", *words], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "DJANGO_SETTINGS_MODULE": "people.settings",
                 "SITE_KEY": self.key, "SITE_DATABASE_SETTINGS": json.dumps(settings)})
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def migrate(self, *words):
        self.django("migrate", "--run-syncdb", "--verbosity=0", *words)
        return self

    def ask(self, program):
        """What a program in the site prints as JSON."""
        return json.loads(self.django("shell", stdin=program))

    # --- the command ---

    def auth0db(self, *words, url=None, **env):
        return subprocess.run(
            [BUILD / "auth0db", *words], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
            env={**CLEAN_ENV, "DATABASE_URL": url or self.url(), **env})
