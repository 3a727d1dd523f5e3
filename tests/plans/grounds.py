"""A half-moved site of 100,000 users, on each database, and what each of its statements has cost there. The
database itself tells: SQLite's counters, PostgreSQL's auto_explain, MariaDB's slow log of everything."""
import hashlib
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from databases import Mariadb, Postgres
from sandbox import BUILD, CLEAN_ENV, wait_until

HERE = Path(__file__).resolve().parent
USERS = 100_000  # nine of ten are linked
MANY = 25_000  # rows; a page of the command has 5,000, up to 20,000 on SQLite
LARGE = ("auth_user", "auth0db_auth0user")
PATIENCE = 240
MARK = "plans: "
PASSWORD = "Correct-Horse-7"


@dataclass
class Statement:
    sql: str
    read: int  # rows, as the database counts them
    sorted: int  # rows
    plan: str = ""

    @property
    def shape(self):
        """The text without its values, so that all pages of a query are one."""
        text = re.sub(r"'(?:[^'\\]|''|\\.)*'", "?", " ".join(self.sql.split()))
        text = re.sub(r"\$?(?<![\w\"`])\d+\b", "?", text).replace("%s", "?")
        return re.sub(r"\(\?(?:, ?\?)*\)", "(?)", text)


class Ground:
    def __init__(self, folder, tenant):
        self.folder, self.tenant = Path(folder), tenant
        self.start()
        self.manage("migrate", "--verbosity=0")
        for table, columns, rows in everything():
            self.load(table, columns.split(), rows)
        self.analyze()
        self.statements()

    @property
    def env(self):
        path = [str(HERE), str(HERE.parent / "django")]
        return {**CLEAN_ENV, "PYTHONPATH": os.pathsep.join([*path, *filter(None, sys.path)]),
                "DJANGO_SETTINGS_MODULE": "project.settings", "SITE_TENANT": json.dumps(self.tenant.info),
                "AUTH0DB_COMMAND": str(BUILD / "auth0db"), **self.site}

    def manage(self, *words, stdin="", ends=(0,)):
        return self.python("-m", "django", *map(str, words), stdin=stdin, ends=ends)

    def python(self, *words, stdin="", ends=(0,)):
        ended = subprocess.run([sys.executable, "-W", "ignore", *words], input=stdin, env=self.env, capture_output=True,
                               text=True, timeout=PATIENCE, cwd=self.folder)
        assert ended.returncode in ends, (words, ended.returncode, ended.stdout[-2000:] + ended.stderr[-4000:])
        return ended.stdout

    def broken_off(self, *words):
        """A command that would go on for long, interrupted while it is at work."""
        command = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "django", *words], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.env, text=True, cwd=self.folder)
        try:
            wait_until(lambda: command.poll() is not None or len(self.peek()) > 100_000)
        finally:
            command.send_signal(signal.SIGINT)
            said, _ = command.communicate(timeout=PATIENCE)
        return said

    def visit(self, how):
        return self.python(str(HERE / "visits.py"), how)

    def statements(self, mark=""):
        """[(mark, Statement)] since the last call; a visit sets marks of its own."""
        found = []
        for statement in self.read_log(self.new_text()):
            marked = re.search("'%s([^']*)'" % MARK, statement.sql)
            if marked:
                mark = marked.group(1)
            else:
                found.append((mark, statement))
        return found

    def peek(self):
        """What the log has got since the last call of statements()."""
        with self.log.open("rb") as log:
            log.seek(getattr(self, "seen", 0))
            return log.read()

    def new_text(self):
        text = self.peek()
        self.seen = getattr(self, "seen", 0) + len(text)
        return text.decode(errors="replace")


def everything():
    """(table, columns, rows): users 1 to USERS; a multiple of 10 is not linked."""
    encoded = "md5$salt$" + hashlib.md5(b"salt" + PASSWORD.encode()).hexdigest()
    now = "2026-01-31 10:00:00"
    numbers = range(1, USERS + 1)
    yield "auth_user", "id username email password first_name last_name is_active is_staff is_superuser last_login date_joined", (
        (i, "user%d" % i, email(i), encoded, "Ada", "Lovelace", True, i == 1, i == 1, now if i % 3 else None, now) for i in numbers)
    yield "auth0db_auth0user", "user_id auth0_id email created lane sync_digest tenant_mark unpushed", (
        (i, auth0_id(i), email(i), now, "login" if i % 10 == 9 else "bulk", "0" * 64, "", "") for i in numbers if i % 10)
    yield "auth0db_holdout", "user_id reason detail hash_digest created", (
        (i, "duplicate-email" if shares(i) else "weak-password", "", "0" * 64, now) for i in numbers if i % 30 == 0 or shares(i))
    yield "auth0db_reminder", "user_id auth0_id email channel status wave sync_digest created sent detail", (
        (i, "auth0|r%d" % i, email(i), "tenant", "sent", "one", "0" * 64, now, now, "") for i in numbers if i % 70 == 0 or i % 50 == 1)
    yield "auth0db_resolution", "id user_id action value actor created", (
        (i, i, "keep", email(i), "ada", now) for i in numbers if i % 200 == 0)
    yield "auth0db_importbatch", "id external_id kind status job_id owner users bytes linked held released created settled detail", (
        (i, "batch%d" % i, "import", "settled", "job%d" % i, "", 2000, 500_000, 2000, 0, 0, now, now, "") for i in range(1, 51))


def shares(i):
    return i % 500 == 0


def email(i):
    return "Shared%d@example.org" % (i // 1000) if shares(i) else "User%d@example.org" % i


def auth0_id(i):
    return "auth0|%024x" % i


# --- the databases ------------------------------------------------------------------------------------------------


class Sqlite(Ground):
    name = "sqlite"
    STEPS = 12  # of SQLite's machine for a row, at the least

    def start(self):
        self.path, self.log = self.folder / "site.db", self.folder / "sql.log"
        self.log.touch()
        preload = str(BUILD / "tests" / "support" / "sql_log.so")
        self.site = {"SITE_DATABASE": str(self.path), "SQL_LOG": str(self.log), "LD_PRELOAD": preload}
        self.plans = {}

    def load(self, table, columns, rows):
        with sqlite3.connect(self.path) as connection:
            connection.executemany("INSERT INTO %s (%s) VALUES (%s)" % (table, ", ".join(columns), ", ".join("?" * len(columns))), rows)

    def analyze(self):
        pass  # SQLite does not by itself, and so few sites have

    def stop(self):
        pass

    def read_log(self, text):
        for line in text.splitlines():
            told = json.loads(line)
            plan = self.plan(told["sql"])
            read = max(told["scanned"], told["indexed"], told["work"] // self.STEPS // 6)
            if re.search(r"\bcount\((?!.*\blimit\b)", told["sql"], re.I) and any("SCAN " + table in plan for table in LARGE):
                read = max(read, USERS)  # at one step
            yield Statement(told["sql"], read, told["work"] // self.STEPS if told["sorts"] else 0, plan)

    def plan(self, sql):
        if sql not in self.plans:
            connection = sqlite3.connect(self.path)
            try:
                rows = connection.execute("EXPLAIN QUERY PLAN " + sql, [None] * sql.count("?")).fetchall()
                self.plans[sql] = "; ".join(row[3].replace("SCAN TABLE ", "SCAN ") for row in rows)
            except sqlite3.Error as error:
                self.plans[sql] = str(error)
            finally:
                connection.close()
        return self.plans[sql]


class Postgresql(Ground):
    name = "postgresql"

    def start(self):
        self.server = Postgres(self.folder, options={
            "session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on",
            "auto_explain.log_timing": "off", "auto_explain.log_format": "json", "log_statement": "none",
            "autovacuum": "off"})
        self.log = Path(self.server.log.name)
        self.site = {"SITE_DATABASE_SETTINGS": json.dumps(self.server.settings())}

    def connect(self):
        import psycopg2

        settings = self.server.settings()
        connection = psycopg2.connect(host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"])
        connection.autocommit = True
        return connection

    def load(self, table, columns, rows):
        text = "".join("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in rows)
        connection = self.connect()
        connection.cursor().copy_expert("COPY %s (%s) FROM STDIN" % (table, ", ".join(columns)), io.StringIO(text))
        connection.close()

    def analyze(self):
        connection = self.connect()
        for table, key in (("auth0db_importbatch", "id"), ("auth0db_resolution", "id"), ("auth_user", "id")):
            connection.cursor().execute("SELECT setval(pg_get_serial_sequence('%s', '%s'), 1000000)" % (table, key))
        connection.cursor().execute("VACUUM ANALYZE")  # as the server does by itself
        connection.close()

    def stop(self):
        self.server.stop()

    def read_log(self, text):
        decoder = json.JSONDecoder()
        for part in text.split("plan:\n")[1:]:
            try:
                told, _ = decoder.raw_decode(part.replace("\n\t", "\n").lstrip())
            except ValueError:
                continue
            nodes = list(nodes_of(told["Plan"]))
            read = sum(rows_read(node) for node in nodes)
            ordered = max((rows(node) for node in nodes if "Sort" in node["Node Type"]), default=0)
            yield Statement(told["Query Text"], read, ordered, shown(told["Plan"]))


def nodes_of(plan):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes_of(inner)


def rows(node):
    return int(node.get("Actual Rows", 0) * node.get("Actual Loops", 1))


def rows_read(node):
    if "Scan" not in node["Node Type"] or node["Node Type"] == "Bitmap Heap Scan":
        return 0
    return rows(node) + int(node.get("Rows Removed by Filter", 0) * node.get("Actual Loops", 1))


def shown(plan):
    of = plan.get("Relation Name") or plan.get("Index Name") or ""
    inner = ", ".join(shown(one) for one in plan.get("Plans", ()))
    return "%s %s %d%s" % (plan["Node Type"], of, rows(plan), " (%s)" % inner if inner else "")


class MariaDb(Ground):
    name = "mariadb"

    def start(self):
        # the folder is the server's own to write in
        self.server = Mariadb(self.folder, options={
            "slow-query-log": "1", "long-query-time": "0", "log-slow-verbosity": "query_plan",
            "slow-query-log-file": self.folder / "mariadb" / "data" / "slow.log", "innodb-buffer-pool-size": "256M"})
        self.log = self.folder / "mariadb" / "data" / "slow.log"  # it has hashes, as the database has
        self.site = {"SITE_DATABASE_SETTINGS": json.dumps(self.server.settings())}

    def connect(self):
        import MySQLdb

        settings = self.server.settings()
        return MySQLdb.connect(host=settings["HOST"], port=int(settings["PORT"]), user=settings["USER"], database=settings["NAME"],
                               charset="utf8mb4", autocommit=True, local_infile=1)

    def load(self, table, columns, rows):
        lines = self.folder / "rows"
        lines.write_text("".join("\t".join("\\N" if v is None else str(int(v) if v in (True, False) else v) for v in row) + "\n" for row in rows))
        connection = self.connect()
        connection.cursor().execute("SET unique_checks = 0, foreign_key_checks = 0")
        connection.cursor().execute("LOAD DATA LOCAL INFILE '%s' INTO TABLE %s (%s)" % (lines, table, ", ".join(columns)))
        connection.close()

    def analyze(self):
        connection = self.connect()
        for table, _, _ in everything():
            connection.cursor().execute("ANALYZE TABLE " + table)
        connection.close()

    def stop(self):
        self.server.stop()

    def read_log(self, text):
        for part in re.split(r"^# User@Host:.*\n", text, flags=re.M)[1:]:
            head = re.search(r"Rows_examined: (\d+)", part)
            order = re.search(r"Filesort: (Yes|No)", part)
            lines = [line for line in part.splitlines() if not line.startswith(("#", "SET timestamp=", "use "))]
            sql = "\n".join(lines).strip().rstrip(";")
            if head and sql:
                read = int(head.group(1))
                yield Statement(sql, read, read if order and order.group(1) == "Yes" else 0,
                                " ".join(re.findall(r"(Full_scan: Yes|Full_join: Yes|Filesort: Yes)", part)))


GROUNDS = (Sqlite, Postgresql, MariaDb)
