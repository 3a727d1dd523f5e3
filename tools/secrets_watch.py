"""Looks for secrets where none may be, over a whole test run.

While the suites run: the arguments and environment of every process of the run, and every file that
it makes below its own temporary folder. Afterwards: the logs and JUnit files too, and core dumps.
A secret is a password that a test types, a signed token, or a stored hash. A password or a token may
be nowhere at all; a hash only in a database.
"""
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path

MARK = "AUTH0DB_TEST_RUN"  # in the environment of every process of the run, so that we know them
EVERY = 0.25               # seconds between two looks at the processes
FILE_MAX = 64 << 20

# The passwords that people of the tests have. Whoever writes a new one follows the pattern.
PASSWORD = re.compile(rb"\b(?:Correct-Horse-7|Battery-Staple-8|Second-Horse-1|Third-Horse-12|Fourth-Horse-3"
                      rb"|Another-Horse-8|Wrong-Password-1|Third-Password-9|Mallory-Secret-6|Thief-Secret-66"
                      rb"|Secret-In-No-Log-7|Attacker-Password-1|Stress-[0-9a-f]{16}-Aa1)\b")
TOKEN = re.compile(rb"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{40,}")
HASH = re.compile(rb"pbkdf2_sha(?:1|256)\$\d+\$[^$\s]+\$[A-Za-z0-9+/]{27,}="
                  rb"|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2id?\$v=\d+\$[\w=,]+\$[\w+/]+\$[\w+/]{20,}")
DATABASE = re.compile(r"\.db(?:-wal|-journal|-shm)?$|/postgres/data/")


def findings(data, hashes_too=True):
    """What is in there, told without saying it."""
    kinds = [("a password", PASSWORD), ("a token", TOKEN), *([("a hash", HASH)] if hashes_too else [])]
    return [kind for kind, pattern in kinds if pattern.search(data)]


def content(path):
    try:
        return path.read_bytes() if path.stat().st_size <= FILE_MAX else b""
    except OSError:  # gone, or of a kind that cannot be read
        return b""


class Watch:
    """with Watch() as watch: ...; watch.found() then says what was seen where."""

    def __init__(self):
        self.run = secrets.token_hex(8)
        self.seen = set()
        self.looks = self.processes = self.files = 0
        self.known = {}
        self.over = threading.Event()

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="auth0db-test-"))
        self.folder.chmod(0o711)  # PostgreSQL runs as somebody else, below it
        self.before = {name: os.environ.get(name) for name in (MARK, "TMPDIR")}
        os.environ.update({MARK: self.run, "TMPDIR": str(self.folder)})
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for name, value in self.before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        shutil.rmtree(self.folder, ignore_errors=True)

    def _watch(self):
        while not self.over.wait(EVERY):
            self.look_at_processes()
            if self.looks % 8 == 0:
                self.look_at_files(self.folder)

    def look_at_processes(self):
        self.looks += 1
        mark = ("%s=%s" % (MARK, self.run)).encode()
        for process in Path("/proc").glob("[0-9]*"):
            environ = content_of_proc(process / "environ")
            if mark not in environ.split(b"\0"):
                continue
            self.processes += 1
            arguments = content_of_proc(process / "cmdline")
            name = os.path.basename(arguments.split(b"\0")[0].decode(errors="replace"))
            for what, data in (("arguments", arguments), ("environment", environ)):
                for kind in findings(data):
                    self.seen.add("%s in the %s of %s" % (kind, what, name))

    def look_at_files(self, folder, rows=True):
        for where, folders, names in os.walk(folder):
            for name in names:
                path = Path(where, name)
                try:
                    state = path.lstat()
                except OSError:
                    continue
                if path.is_symlink() or not path.is_file() or self.known.get(path) == state.st_mtime_ns:
                    continue
                self.known[path] = state.st_mtime_ns
                self.files += 1
                database = bool(DATABASE.search(str(path)))
                for kind in findings(content(path), hashes_too=not database):
                    self.seen.add("%s in %s" % (kind, path.name))

    def look_for_core_dumps(self, folders):
        for folder in folders:
            for path in Path(folder).glob("core*"):
                if path.is_file() and path.open("rb").read(4) == b"\x7fELF":
                    self.seen.add("a core dump, %s" % path.name)

    def found(self, logs=(), roots=()):
        """Everything seen until now; sorted."""
        for folder in [self.folder, *logs]:
            self.look_at_files(folder)
        self.look_for_core_dumps([self.folder, *roots])
        return sorted(self.seen)


def content_of_proc(path):
    """A file of /proc says that it has no size."""
    try:
        with path.open("rb") as file:
            return file.read()
    except OSError:
        return b""


def planted():
    """Does the watch find what it is there to find? What it misses."""
    import subprocess
    import sys

    password, token = b"Correct-Horse-7", b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + b"x" * 43
    stored = b"pbkdf2_sha256$10$salt$" + b"A" * 43 + b"="
    with Watch() as watch:
        (watch.folder / "site.log").write_bytes(b"login of ada with " + password)
        (watch.folder / "trace").write_bytes(b"Authorization: Bearer " + token)
        (watch.folder / "dump.txt").write_bytes(stored)
        (watch.folder / "site.db").write_bytes(stored)
        (watch.folder / "core.1").write_bytes(b"\x7fELF")
        waiting = "import sys; sys.stdin.read()"
        for extra, env in (([password.decode()], {}), ([], {"ACT_PASSWORD": password.decode()})):
            child = subprocess.Popen([sys.executable, "-c", waiting, *extra], stdin=subprocess.PIPE,
                                     env={**os.environ, **env})
            time.sleep(0.2)  # until it has become python
            watch.look_at_processes()
            child.communicate()
        found = " / ".join(watch.found())
    wanted = ["a password in site.log", "a token in trace", "a hash in dump.txt", "a core dump, core.1",
              "a password in the arguments of python", "a password in the environment of python"]
    missed = [what for what in wanted if what not in found]
    return missed + (["a hash in a database is where it belongs"] if "in site.db" in found else [])
