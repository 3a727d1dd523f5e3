"""The servers of a busy site: PostgreSQL where Debian's is installed, and gunicorn. Both on loopback,
in a folder of the test, and gone when it ends."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOBODY = "nobody"  # PostgreSQL refuses to run as root
PATIENCE = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("%s does not answer" % process.args[0])


def end(process, how=signal.SIGTERM):
    """Its exit status. SIGKILL, if it comes to that, is a status that the test sees."""
    process.send_signal(how)
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def postgres_programs():
    """The folder of initdb and postgres of the newest version, or None; psycopg2 must be there too."""
    if importlib.util.find_spec("psycopg2") is None:
        return None
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


class Postgres:
    """A cluster of its own, without a password, for the one site."""

    def __init__(self, folder, connections):
        programs = postgres_programs()
        as_user = {}
        folder = Path(folder) / "postgres"
        folder.mkdir()
        if os.geteuid() == 0:
            as_user = {"user": NOBODY, "extra_groups": []}
            shutil.chown(folder, NOBODY)
            folder.parent.chmod(0o711)
        self.log = (folder.parent / "postgres.log").open("wb")
        quiet = {"stdout": self.log, "stderr": self.log, "cwd": "/", **as_user}
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "site", "-A", "trust", "-E", "UTF8", "-N"],
            check=True,
            **quiet,
        )
        self.port = free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": connections,
            "fsync": "off",
        }
        arguments = ["%s=%s" % option for option in options.items()]
        self.process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data)]
            + [word for argument in arguments for word in ("-c", argument)],
            **quiet,
        )
        wait_for(self.port, self.process)

    def settings(self):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "site",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    def stop(self):
        end(self.process, signal.SIGINT)
        self.log.close()


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
