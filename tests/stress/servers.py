"""The servers of a busy site beside those of tests/support/databases.py: SQLite, which is none, and gunicorn, on
loopback, gone when the test ends."""

import subprocess
import sys
from pathlib import Path

from databases import end, free_port, wait_for

HERE = Path(__file__).resolve().parent


class Sqlite:
    def __init__(self, folder):
        self.path = Path(folder) / "site.db"

    def settings(self):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(self.path),
            "OPTIONS": {"timeout": 60},
        }

    def stop(self):
        pass


class Gunicorn:
    """Workers forked before the first login, as on a real site."""

    def __init__(self, folder, workers, threads):
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.output = Path(folder) / "gunicorn.log"
        self.log = self.output.open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "--bind=127.0.0.1:%d" % self.port,
                "--workers=%d" % workers,
                "--threads=%d" % threads,
                "--worker-class=gthread",
                "--timeout=120",
                "--preload",
                "busy_site.wsgi",
            ],
            cwd=HERE,
            stdout=self.log,
            stderr=self.log,
        )
        wait_for(self.port, self.process)

    def stop(self):
        status = end(self.process)
        self.log.close()
        return status
