"""A small site and a tenant of its own, the bulk lane run between them, and what must hold afterwards."""
import json
import os
import signal
import subprocess
from pathlib import Path

import small_site
from sandbox import BUILD, CLEAN_ENV

TOOL = BUILD / "tests" / "support" / "bulk_tool"
KILLER = BUILD / "tests" / "support" / "kill_at.so"
PATIENCE = 120


class Ended:
    def __init__(self, status, output, errors):
        self.status, self.said, self.errors = status, output, errors
        self.events = [json.loads(line) for line in output.splitlines() if line.startswith("{") and line.endswith("}")]
        self.report = self.events[-1] if self.events and self.events[-1]["event"] == "report" else None
        self.killed = status == -signal.SIGKILL

    def told(self, event):
        return [e for e in self.events if e["event"] == event]


class Ground:
    """`rows`: users of the site. The site's folder is on a disk of memory where there is one: what is
    tested is the order of the writes, not the disk."""

    def __init__(self, folder, tenant, rows=(), room=4000, site=None, more=None):
        self.folder, self.tenant, self.room, self.more = Path(folder), tenant, room, more or {}
        self.site = site or small_site.Sqlite(self.folder)
        self.path, self.url, self.sql = self.folder / "site.db", self.site.url, self.site.sql
        self.rows = {row["id"]: row for row in rows}
        self.site.make(rows)
        made = self.run("init-db")
        assert made.status == 0, made.errors

    # --- acting ---

    def env(self, **more):
        return {**CLEAN_ENV, **self.tenant.environ, "AUTH0_SITE": "ground", "DATABASE_URL": self.url, **self.more,
                **more}

    def start(self, run, *options, user_jwt="", **env):
        read_end, write_end = os.pipe()
        os.write(write_end, user_jwt.encode())
        os.close(write_end)
        try:
            return subprocess.Popen([TOOL, run, "--room", str(self.room), *options], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, pass_fds=[read_end],
                                    env=self.env(USER_JWT_FD=str(read_end), **env))
        finally:
            os.close(read_end)

    def end(self, process):
        output, errors = process.communicate(timeout=PATIENCE)
        return Ended(process.returncode, output, errors)

    def run(self, run, *options, **more):
        return self.end(self.start(run, *options, **more))

    def count_writes(self, run, *options):
        counted = self.folder / "count"
        ended = self.run(run, *options, LD_PRELOAD=str(KILLER), KILL_COUNT=str(counted))
        assert ended.status == 0, ended.errors
        return int(counted.read_text())

    def killed_at(self, n, run, *options):
        return self.run(run, *options, LD_PRELOAD=str(KILLER), KILL_AT=str(n))

    def keep(self):
        """The site as it is now, to come back to."""
        self.site.keep()

    def restore(self):
        self.site.restore()
        self.tenant.reset()

    # --- seeing ---

    def links(self):
        """{key: (auth0_id, email, lane, sync_digest, tenant_mark)}"""
        return {row[0]: row[1:] for row in self.sql(
            "SELECT user_id, auth0_id, email, lane, sync_digest, tenant_mark FROM auth0db_auth0user")}

    def words(self):
        return {row[0]: row[1] for row in self.sql("SELECT user_id, word FROM auth0db_auth0user WHERE word_at IS NOT NULL")}

    def holdouts(self):
        return dict(self.sql("SELECT user_id, reason FROM auth0db_holdout"))

    def claims(self):
        return [row[0] for row in self.sql("SELECT user_id FROM auth0db_importclaim")]

    def batches(self, kind="import"):
        return [row[0] for row in self.sql("SELECT status FROM auth0db_importbatch WHERE kind = ? ORDER BY id", kind)]

    def tenant_users(self):
        users, page = [], 0
        while True:
            status, _, found = self.tenant.api(
                "GET", f"/users?per_page=100&page={page}&search_engine=v3&fields=user_id,email&include_fields=true")
            assert status == 200, found
            users += found
            page += 1
            if len(found) < 100:
                return users

    def canaries(self):
        return [user for user in self.tenant_users() if user["email"].startswith("auth0db-canary")]

    def logs_in(self, i):
        return self.tenant.grant(f"user{i}@example.org", small_site.password_of(i))[0] == 200

    def check_all_moved(self, held=(), sample=(), others=()):
        """Everybody exactly once at the tenant and linked to that, but those of `held`, who have a
        holdout; nobody else is there but the e-mails of `others`, and nothing is under way any more."""
        links, holdouts = self.links(), self.holdouts()
        users = [user for user in self.tenant_users() if user["email"] not in others]
        by_id = {user["user_id"]: user["email"] for user in users}
        everybody = {row[0] for row in self.sql("SELECT id FROM auth_user")}
        assert set(holdouts) == set(held), holdouts
        assert set(links) == everybody - set(held), sorted(links)
        assert len(by_id) == len(users) == len(links), sorted(user["email"] for user in users)
        for key, (auth0_id, email, lane, _, mark) in links.items():
            assert by_id[auth0_id] == email == f"user{key}@example.org"
            assert (lane, mark) == ("bulk", "")
        assert self.claims() == []
        assert set(self.batches()) <= {"settled"}
        for i in sample:
            assert self.logs_in(i), f"the password of user {i}"
