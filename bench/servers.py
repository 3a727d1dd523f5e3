#!/usr/bin/env python3
"""The same ways through a site's users on PostgreSQL and MariaDB, beside each server's own dump of the same columns:

    servers.py build-bench/bench [USERS]

Wall time, the best of RUNS runs that take turns. A server that is not installed is left out, and said to be."""
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from bulk import run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from databases import SERVERS, Missing  # noqa: E402

RUNS = 3
READ = "id, email, is_active, last_login, username, password, first_name, last_name"
COLUMNS = READ + ", is_staff, is_superuser, date_joined"
TABLE = """CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY, password varchar(128) NOT NULL, last_login {time} NULL,
    is_superuser bool NOT NULL, username varchar(150) NOT NULL UNIQUE, last_name varchar(150) NOT NULL,
    email varchar(254) NOT NULL, is_staff bool NOT NULL, is_active bool NOT NULL, date_joined {time} NOT NULL,
    first_name varchar(150) NOT NULL)"""


def client(server, *more):
    at = server.settings()
    if server.name == "postgres":
        return ["psql", "-q", "-h", at["HOST"], "-p", at["PORT"], "-U", at["USER"], at["NAME"], "-c", *more]
    return ["mariadb", "--no-defaults", "--local-infile=1", "-h", at["HOST"], "-P", at["PORT"], "-u", at["USER"],
            at["NAME"], "--quick", "-N", "-e", *more]


def dump(server):
    select = f"SELECT {READ} FROM auth_user ORDER BY id"
    return client(server, f"COPY ({select}) TO STDOUT" if server.name == "postgres" else select)


def escaped(value):
    if value is None:
        return r"\N"
    return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


def fill(server, site, folder):
    """Load the users of the SQLite site in the server's own way."""
    rows = Path(folder) / "rows.tsv"
    with rows.open("w") as out:
        for row in sqlite3.connect(site).execute(f"SELECT {COLUMNS} FROM auth_user"):
            out.write("\t".join(map(escaped, row)) + "\n")
    postgres = server.name == "postgres"
    subprocess.run(client(server, TABLE.format(time="timestamptz" if postgres else "datetime(6)")), check=True)
    with rows.open("rb") as lines:
        subprocess.run(client(server, f"COPY auth_user ({COLUMNS}) FROM STDIN" if postgres else
                       f"LOAD DATA LOCAL INFILE '{rows}' INTO TABLE auth_user CHARACTER SET utf8mb4 ({COLUMNS})"),
                       stdin=lines, check=True)
    subprocess.run(client(server, "VACUUM ANALYZE auth_user" if postgres else "ANALYZE TABLE auth_user"), check=True,
                   stdout=subprocess.DEVNULL)
    rows.unlink()


def url(server):
    at = server.settings()
    scheme = "postgresql" if server.name == "postgres" else "mysql"
    return f"{scheme}://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def timed(command):
    """Of the dump, with its output thrown away."""
    clock = "import subprocess, sys, time, json; t = time.perf_counter(); " \
            "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); " \
            "print(json.dumps({'seconds': time.perf_counter() - t}))"
    return run(sys.executable, "-c", clock, *command)


def measure(tools, server):
    best = {}
    for _ in range(RUNS):
        for name in ("dump", "read", "pack", "plan"):
            figures = timed(dump(server)) if name == "dump" else run(tools / "bench_bulk", name, url(server))
            if name not in best or figures["seconds"] < best[name]["seconds"]:
                best[name] = figures
    return best


def table(server, users, best):
    own = {"postgres": "COPY TO STDOUT > /dev/null", "mariadb": "mariadb --quick > /dev/null"}[server.name]
    print(f"\n{users:,} users in {server.name}")
    for name, title in (("dump", own), ("read", "read"), ("pack", "read, convert, pack"), ("plan", "plan")):
        figures = best[name]
        memory = f"{figures['peak_kib'] / 1024:7.1f} MiB" if "peak_kib" in figures else ""
        print(f"  {title:<28}{figures['seconds']:8.2f} s {users / figures['seconds'] / 1e6:7.2f} M/s "
              f"{figures['seconds'] / best['dump']['seconds']:6.2f} x dump {memory}")
        assert figures.get("users", users) == users


def main():
    tools, users = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        site = Path(folder) / "site.db"
        subprocess.run([tools / "make_site", site, str(users)], check=True)
        for kind in SERVERS:
            try:
                server = SERVERS[kind](folder)
            except Missing as missing:
                print(f"\n{missing}")
                continue
            try:
                fill(server, site, folder)
                table(server, users, measure(tools, server))
            finally:
                server.stop()


if __name__ == "__main__":
    main()
