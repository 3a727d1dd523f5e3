"""PostgreSQL and MariaDB as Debian has them, for one test run: on loopback, in a folder of the run, without a
password, and gone when it ends."""
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NOBODY = "nobody"  # neither server runs as root
PATIENCE = 60
NEEDED = {"postgresql": "postgresql python3-psycopg2", "mariadb": "mariadb-server-core python3-mysqldb"}


class Missing(RuntimeError):
    """Not installed here; says what to install."""

    def __init__(self, kind):
        super().__init__("%s is not installed: apt-get install %s" % (kind, NEEDED[kind]))


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


class _Server:
    """FOLDER/NAME belongs to the user that the server runs as; FOLDER/NAME.log is what it says."""

    name = ""

    def __init__(self, folder):
        self.folder = Path(folder) / self.name
        self.folder.mkdir()
        self.as_user = {}
        if os.geteuid() == 0:
            self.as_user = {"user": NOBODY, "extra_groups": []}
            shutil.chown(self.folder, NOBODY)
            self.folder.parent.chmod(0o711)
        self.data = self.folder / "data"
        self.log = Path("%s.log" % self.folder).open("wb")
        self.port = free_port()

    def _quiet(self):
        env = {**os.environ, "TMPDIR": str(self.folder)}  # the run's own may be closed to them
        return {"stdin": subprocess.DEVNULL, "stdout": self.log, "stderr": self.log, "cwd": "/", "env": env,
                **self.as_user}

    def _run(self, *command):
        if subprocess.run([str(word) for word in command], **self._quiet()).returncode != 0:
            raise RuntimeError(Path(self.log.name).read_text(errors="replace")[-2000:])

    def _serve(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], **self._quiet())
        wait_for(self.port, self.process)

    def stop(self):
        try:
            return end(self.process, self.stop_by)
        finally:
            self.log.close()


class Postgres(_Server):
    name, stop_by = "postgres", signal.SIGINT

    def __init__(self, folder, connections=100, tls=None, options=None):
        programs = postgres_programs()
        if programs is None:
            raise Missing("postgresql")
        super().__init__(folder)
        self._run(programs / "initdb", "-D", self.data, "-U", "site", "-A", "trust", "-E", "UTF8", "-N")
        options = {
            **(options or {}),
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": connections,
            "fsync": "off",
        }
        if tls:
            options.update(ssl="on", ssl_cert_file=tls["cert"], ssl_key_file=tls["key"])
        words = [word for option in options.items() for word in ("-c", "%s=%s" % option)]
        self._serve(programs / "postgres", "-D", self.data, *words)
        # it listens before it lets anybody in
        end_of_patience = time.monotonic() + PATIENCE
        while subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode != 0:
            if time.monotonic() > end_of_patience:
                self.stop()
                raise RuntimeError("postgres does not get ready")
            time.sleep(0.05)

    def settings(self):
        """As in DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "site",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }


class Mariadb(_Server):
    """With the collation that a site gets which does not think of one: `Ada` is `ada` and `adà`."""

    name, stop_by = "mariadb", signal.SIGTERM

    def __init__(self, folder, connections=100, tls=None, options=None):
        if shutil.which("mariadb-install-db") is None:
            raise Missing("mariadb")
        super().__init__(folder)
        self._run("mariadb-install-db", "--no-defaults", "--datadir=%s" % self.data, "--skip-test-db",
                  "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M")
        first = self.folder / "first.sql"
        first.write_text("CREATE DATABASE site CHARACTER SET utf8mb4;\nCREATE USER site;\nGRANT ALL ON *.* TO site WITH GRANT OPTION;\n")
        first.chmod(0o644)
        self._serve(
            shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", "--datadir=%s" % self.data,
            # the second, because newer client libraries trust the first whatever its certificate says
            "--bind-address=127.0.0.1,127.0.0.2", "--port=%d" % self.port, "--socket=%s" % (self.folder / "s"),
            "--pid-file=%s" % (self.folder / "pid"), "--init-file=%s" % first, "--skip-name-resolve",
            *("--%s=%s" % option for option in (options or {}).items()),
            "--max-connections=%d" % connections, "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0",
            # newer servers make a certificate of their own
            *(["--ssl-ca=%s" % tls["ca"], "--ssl-cert=%s" % tls["cert"], "--ssl-key=%s" % tls["key"]] if tls else ["--skip-ssl"]))

    def settings(self):
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": "site",
            "USER": "site",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "OPTIONS": {"charset": "utf8mb4"},
        }


SERVERS = {"postgresql": Postgres, "mariadb": Mariadb}
