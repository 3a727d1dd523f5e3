"""A small Django site, without Django: the stock auth_user, hashes of real passwords, in one of three databases."""
import base64
import hashlib
import shutil
import sqlite3

COLUMNS = ("id", "password", "last_login", "is_superuser", "username", "last_name", "email", "is_staff",
           "is_active", "date_joined", "first_name")
OURS = ("auth0db_tombstone", "auth0db_resolution", "auth0db_reminder", "auth0db_importclaim", "auth0db_importbatch",
        "auth0db_holdout", "auth0db_auth0user", "auth0db_auth0site")
# As the migrations of django.contrib.auth make it
CREATE = {
    "sqlite": """CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
        password varchar(128) NOT NULL, last_login datetime NULL, is_superuser bool NOT NULL,
        username varchar(150) NOT NULL UNIQUE, last_name varchar(150) NOT NULL, email varchar(254) NOT NULL,
        is_staff bool NOT NULL, is_active bool NOT NULL, date_joined datetime NOT NULL,
        first_name varchar(150) NOT NULL)""",
    "postgresql": """CREATE TABLE auth_user (id serial NOT NULL PRIMARY KEY,
        password varchar(128) NOT NULL, last_login timestamp with time zone NULL, is_superuser boolean NOT NULL,
        username varchar(150) NOT NULL UNIQUE, last_name varchar(150) NOT NULL, email varchar(254) NOT NULL,
        is_staff boolean NOT NULL, is_active boolean NOT NULL, date_joined timestamp with time zone NOT NULL,
        first_name varchar(150) NOT NULL)""",
    "mariadb": """CREATE TABLE auth_user (id integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
        password varchar(128) NOT NULL, last_login datetime(6) NULL, is_superuser bool NOT NULL,
        username varchar(150) NOT NULL UNIQUE, last_name varchar(150) NOT NULL, email varchar(254) NOT NULL,
        is_staff bool NOT NULL, is_active bool NOT NULL, date_joined datetime(6) NOT NULL,
        first_name varchar(150) NOT NULL)""",
}


def password_of(i):
    return f"right horse {i}"


def pbkdf2(password, salt, iterations=10, algorithm="sha256"):
    digest = hashlib.pbkdf2_hmac(algorithm, password.encode(), salt.encode(), iterations)
    return f"pbkdf2_{algorithm}${iterations}${salt}${base64.b64encode(digest).decode()}"


def sha1(password, salt):
    return f"sha1${salt}${hashlib.sha1((salt + password).encode()).hexdigest()}"


def user(i, **changes):
    """Row number i of a site: everything about it can be told from i."""
    row = {"id": i, "password": pbkdf2(password_of(i), f"salt{i:018d}") if i % 3 else
           sha1(password_of(i), f"salt{i}"), "last_login": None, "is_superuser": False,
           "username": f"user{i}", "last_name": f"Last {i}", "email": f"User{i}@example.org",
           "is_staff": False, "is_active": True, "date_joined": "2024-05-06 07:08:09.000001",
           "first_name": "Zoë" if i % 5 == 0 else f"First {i}"}
    row.update(changes)
    return row


class Sqlite:
    kind, mark = "sqlite", "?"

    def __init__(self, folder):
        self.path = folder / "site.db"
        self.url = f"sqlite:///{self.path}"

    def connect(self):
        return sqlite3.connect(self.path, timeout=60)

    def keep(self):
        shutil.copy(self.path, f"{self.path}.kept")

    def restore(self):
        for journal in self.path.parent.glob("site.db-*"):
            journal.unlink()
        shutil.copy(f"{self.path}.kept", self.path)

    def sql(self, query, *values):
        db = self.connect()
        try:
            cursor = db.cursor()
            cursor.execute(query.replace("?", self.mark), values)
            rows = cursor.fetchall() if cursor.description else []
            db.commit()
            return rows
        finally:
            db.close()

    def make(self, rows):
        self.sql(CREATE[self.kind])
        self.add(rows)

    def add(self, rows):
        db = self.connect()
        marks = ", ".join([self.mark] * len(COLUMNS))
        db.cursor().executemany(f"INSERT INTO auth_user ({', '.join(COLUMNS)}) VALUES ({marks})",
                                [tuple(row[name] for name in COLUMNS) for row in rows])
        db.commit()
        db.close()


class OnServer(Sqlite):
    """As Sqlite, for a server of tests/support/databases.py, which keeps one site at a time."""

    mark = "%s"

    def __init__(self, server):
        self.server, self.rows = server, []
        user, host = server.settings()["USER"], f"127.0.0.1:{server.port}/{server.settings()['NAME']}"
        self.kind = "postgresql" if "postgresql" in server.settings()["ENGINE"] else "mariadb"
        self.url = f"{'postgresql' if self.kind == 'postgresql' else 'mysql'}://{user}@{host}"

    def connect(self):
        told = self.server.settings()
        if self.kind == "postgresql":
            import psycopg2
            return psycopg2.connect(dbname=told["NAME"], user=told["USER"], host=told["HOST"], port=told["PORT"])
        import MySQLdb
        return MySQLdb.connect(db=told["NAME"], user=told["USER"], host=told["HOST"], port=int(told["PORT"]),
                               charset="utf8mb4")

    def make(self, rows):
        self.rows = list(rows)
        self.clear()
        super().make(self.rows)

    def clear(self):
        """The site that another test has left."""
        for table in (*OURS, "auth_user"):
            self.sql(f"DROP TABLE IF EXISTS {table}")

    def keep(self):
        pass

    def restore(self):
        for table in (*OURS, "auth_user"):
            self.sql(f"DELETE FROM {table}")
        self.add(self.rows)
