"""Looks for secrets where none may be, over a whole test run.

A secret is a password that a test types, a signed token, a stored hash, the tenant's client secret or a private
key. Where each may be is written in PLACES; anywhere else it is a finding:

  arguments, environment   of every process of the run, looked at while it lives
  files                    everything made below the run's temporary folder, also what was deleted since (kept_files.py)
                           or never had a name; logs and JUnit files of the run
  core dumps               none may be at all
"""
import functools
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from kept_files import KeptFiles

ROOT = Path(__file__).resolve().parent.parent
MARK = "AUTH0DB_TEST_RUN"       # in the environment of every process of the run, so that we know them
NOTED = "AUTH0DB_TEST_SECRETS"  # a file: tests note there the client secrets of the tenants they start
EVERY = 0.05                    # seconds between two looks for new processes
AGAIN = 20                      # looks between two looks at the same process; a new one is looked at twice at once
FILE_MAX = 64 << 20
AT_ONCE_MAX = 1 << 20           # a larger file is read at the end only

# The passwords of the tests are of the form Two-Words-7, and so found in the sources themselves.
LITERAL = re.compile(r"""["']([A-Z][A-Za-z0-9]+-[A-Za-z0-9]+-\d+)["']""")
PASSWORD = rb"Stress-[0-9a-f]{16}-Aa1"
TOKEN = re.compile(rb"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{40,}")
HASH = re.compile(rb"pbkdf2_sha(?:1|256)\$\d+\$[^$\s]+\$[A-Za-z0-9+/]{27,}=|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"
                  rb"|\$argon2id?\$v=\d+\$[\w=,]+\$[\w+/]+\$[\w+/]{20,}|\bscrypt\$[^$\s]+\$\d+\$\d+\$\d+\$[\w+/]{40,}"
                  rb"|\b(?:md5\$\w+\$[0-9a-f]{32}|sha1\$\w+\$[0-9a-f]{40})\b")
# With what stands below its first line, which our own messages quote
PRIVATE_KEY = re.compile(rb"-----BEGIN (?:\w+ )?PRIVATE KEY-----(?:\s|\\r|\\n)*(?:Proc-Type:|[A-Za-z0-9+/]{16})")
# What the data holds if the pattern is in it: one of these is looked for first, which takes a tenth of the time
NEEDLES = {"token": [b"eyJ"], "private key": [b"PRIVATE KEY-----"],
           "hash": [b"pbkdf2_sha", b"$2a$", b"$2b$", b"$2y$", b"$argon2", b"scrypt$", b"md5$", b"sha1$"]}
# What a compiler makes of the tests' own tables of hashes
# (tests/mutation compiles and links them itself; one linker writes to another name first)
OF_A_COMPILER = re.compile(r"/\.mold-\w{6}$|/cc\w{6}\.\w+$|/mutation\d+/\w+\.o$"
                           r"|/test_\w+/program$")
KEY_FILE = re.compile(r"\.key$")
SERVERS = ("mariadbd", "postgres")
# What `manage.py auth0_users --file` is asked to write, with mode 0600
USERS_FILE = re.compile(r"/(?:users|all)\.ndjson$")
DATABASE = re.compile(r"\.(?:db|sqlite3)(?:-wal|-shm)?$|/(?:postgres|mariadb)/data/")
PLACES = {
    "password": [],
    "token": [],
    "hash": ["database", "compiler", "users file"],
    # Settings may come by the environment; the local tenant keeps its own in its file
    "client secret": ["environment", "database"],
    # A server that speaks TLS has its own in a file
    "private key": ["database", "key file"],
}


@functools.lru_cache(maxsize=None)
def passwords_of_the_tests():
    found = set()
    for folder in ("tests", "examples", "bench"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".c", ".h", ".js"):
                found.update(LITERAL.findall(path.read_text(errors="replace")))
    assert len(found) > 10, "the tests' passwords are not where they were"
    return found


class Kinds:
    """What is a secret in this run."""

    def __init__(self, noted):
        self.noted = noted
        literal = [word.encode() for word in sorted(passwords_of_the_tests())]
        words = [re.escape(word) for word in literal]
        self.needles = {**NEEDLES, "password": [*literal, b"Stress-"]}
        self.patterns = {
            "password": re.compile(rb"(?<![\w-])(?:%s)(?![\w-])" % b"|".join([*words, PASSWORD])),
            "token": TOKEN, "hash": HASH, "private key": PRIVATE_KEY,
        }

    def client_secrets(self):
        return {line for line in content(self.noted).split() if len(line) >= 16}

    def wrong(self, data, place):
        """The kinds that are in there and may not be. Never the secret itself."""
        found = [kind for kind, pattern in self.patterns.items() if place not in PLACES[kind]
                 and any(needle in data for needle in self.needles[kind]) and pattern.search(data)]
        if place not in PLACES["client secret"] and any(secret in data for secret in self.client_secrets()):
            found.append("client secret")
        return found

    def needles_of(self, place):
        """One of them is in everything that is wrong there."""
        needles = {**self.needles, "client secret": sorted(self.client_secrets())}
        return [needle for kind, each in needles.items() if place not in PLACES[kind] for needle in each]


def content(path, limit=FILE_MAX):
    """Files of /proc say that they have no size. Empty where the file is gone or may not be read."""
    try:
        with open(path, "rb", opener=lambda p, flags: os.open(p, flags | os.O_NONBLOCK)) as file:
            return file.read(limit) or b""
    except OSError:
        return b""


def that_hold(needles, paths, note):
    """Of these files, those that hold a needle. One program reads them all, in a hundredth of our own time; NOTE is a
    file for the needles, which may be secrets."""
    with open(note, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
        file.write(b"".join(needle + b"\n" for needle in needles))
    search = ["xargs", "-0r", "grep", "-laZsF", "-f", note, "--"]
    found = subprocess.run(search, input=b"\0".join(map(os.fsencode, paths)), stdout=subprocess.PIPE,
                           env={**os.environ, "LC_ALL": "C"})
    os.unlink(note)
    if found.returncode not in (0, 123):  # 123: some hold none
        raise RuntimeError("grep does not look for secrets here: status %d" % found.returncode)
    return {os.fsdecode(path) for path in found.stdout.split(b"\0") if path}


def place_of(path):
    if DATABASE.search(str(path)):
        return "database"
    if USERS_FILE.search(str(path)):
        return "users file"
    if KEY_FILE.search(str(path)):
        return "key file"
    return "compiler" if OF_A_COMPILER.search(str(path)) else "file"


class Watch:
    """with Watch() as watch: ...; watch.found() then says what was seen where."""

    def __init__(self):
        self.run = secrets.token_hex(8)
        self.lock = threading.Lock()
        self.seen = set()         # findings
        self.said = set()         # ("arguments" or "environment", name of the process, what): judged once and at the end
        self.nameless = set()     # open files without a name, as they were when they were read
        self.looked = {}          # process: at which looks
        self.looks = self.processes = 0
        self.over = threading.Event()

    def __enter__(self):
        self.base = Path(tempfile.mkdtemp(prefix="a0-"))
        self.base.chmod(0o711)  # PostgreSQL and MariaDB run as somebody else, below it
        self.folder, kept = self.base / "t", self.base / "kept"
        self.folder.mkdir(mode=0o711)
        kept.mkdir(mode=0o700)
        self.kinds = Kinds(self.base / "noted")
        self.before = {name: os.environ.get(name) for name in (MARK, NOTED, "TMPDIR")}
        os.environ.update({MARK: self.run, NOTED: str(self.kinds.noted), "TMPDIR": str(self.folder)})
        tempfile.tempdir = None  # look at TMPDIR again
        self.files = KeptFiles(self.folder, kept, self._closed)
        self.files.start()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.files.stop()
        for name, value in self.before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        tempfile.tempdir = None
        shutil.rmtree(self.base, ignore_errors=True)

    # --- processes

    def _watch(self):
        while not self.over.wait(EVERY):
            self.look_at_processes()

    def look_at_processes(self):
        with self.lock:
            self.looks += 1
            there = [name for name in os.listdir("/proc") if name.isdigit()]
            self.looked = {number: self.looked.get(number, 0) for number in there}
            for number in there:
                self.looked[number] += 1
                if self.looked[number] <= 2 or self.looked[number] % AGAIN == 0:
                    self._look_at(Path("/proc", number), self.looked[number] == 1)

    def _look_at(self, process, new):
        variables = content(process / "environ").split(b"\0")
        if b"%s=%s" % (MARK.encode(), self.run.encode()) not in variables:
            return
        self.processes += new
        arguments = content(process / "cmdline")
        name = os.path.basename(arguments.split(b"\0")[0].decode(errors="replace"))
        for place, data in [("arguments", arguments), *(("environment", variable) for variable in variables)]:
            if (place, name, data) not in self.said:
                self.said.add((place, name, data))
        self._look_at_nameless_files(process, name)

    def _look_at_nameless_files(self, process, name):
        """Made without a name, or deleted while somebody writes on."""
        try:
            numbers = os.listdir(process / "fd")
        except OSError:
            return
        for number in numbers:
            path = process / "fd" / number
            try:
                target = os.readlink(path)
                if not target.startswith(str(self.folder)) or not target.endswith(" (deleted)"):
                    continue
                state = os.stat(path)
            except OSError:
                continue
            version = (state.st_ino, state.st_size, state.st_mtime_ns)
            if version not in self.nameless and (state.st_dev, state.st_ino) not in self.files.files:
                self.nameless.add(version)
                # What a server sorts and alters with is its database too
                place = "database" if name in SERVERS else "file"
                self._judge(content(path), place, "a nameless file of " + name)

    # --- files

    def _closed(self, path, kept):
        """What is overwritten later is read now."""
        if place_of(path) == "file" and kept.stat().st_size <= AT_ONCE_MAX:
            self._judge(content(kept), "file", os.path.basename(path))

    def _judge(self, data, place, where):
        for kind in self.kinds.wrong(data, place):
            self.seen.add("a %s in %s" % (kind, where))

    def look_for_core_dumps(self, folders):
        for folder in folders:
            for path in Path(folder).glob("core*"):
                if path.is_file() and content(path, 4) == b"\x7fELF":
                    self.seen.add("a core dump, %s" % path.name)

    def found(self, logs=(), roots=()):
        """Everything seen until now; sorted."""
        self.look_at_processes()
        with self.lock:
            for place, name, data in self.said:
                self._judge(data, place, "the %s of %s" % (place, name))
        by_place = {}
        for path, kept in list(self.files.files.values()):
            by_place.setdefault(place_of(path), {})[str(kept)] = os.path.basename(path)
        for place, names in by_place.items():
            for kept in that_hold(self.kinds.needles_of(place), names, self.base / "needles"):
                self._judge(content(kept), place, names[kept])
        for log in logs:
            self._judge(content(log), "file", os.path.basename(log))
        dumps = [path for path, _ in self.files.files.values() if re.search(r"/core[^/]*$", path)]
        self.look_for_core_dumps({os.path.dirname(path) for path in dumps} | set(roots))
        return sorted(self.seen)

    def summary(self):
        return "%d processes in %d looks, %d files, %d of them gone too soon; %d client secrets known" % (
            self.processes, self.looks, len(self.files.files) + self.files.missed, self.files.missed,
            len(self.kinds.client_secrets()))


# --- does the watch find what it is there to find? -----------------------------------------------------------------


def wait_until(true):
    end = time.monotonic() + 30
    while not true() and time.monotonic() < end:
        time.sleep(0.02)


def child(watch, code, *arguments, **environment):
    """A process of the run that lives until it was looked at."""
    running = subprocess.Popen([sys.executable, "-c", code + "\nimport sys; print(flush=True); sys.stdin.read()",
                                *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={**os.environ, **environment})
    running.stdout.readline()
    with watch.lock:
        watch.looked.pop(str(running.pid), None)
    watch.look_at_processes()
    running.communicate()


def planted():
    """Secrets of each kind, in places of each kind. What of them is missed, and what is found without reason."""
    client_secret = secrets.token_hex(32)
    kinds = {
        "password": "Correct-Horse-7", "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + "x" * 43,
        "hash": "pbkdf2_sha256$10$salt$" + "A" * 43 + "=", "client secret": client_secret,
        "private key": "-----BEGIN PRIVATE KEY-----\n" + secrets.token_urlsafe(48).replace("-", "/").replace("_", "+"),
    }
    places = ["file", "database", "key file", "deleted file", "overwritten file", "nameless file", "arguments",
              "environment"]
    right = [("hash", "database"), ("client secret", "database"), ("client secret", "environment"),
             ("private key", "database"), ("private key", "key file")]
    wrong = []
    for kind, secret in kinds.items():
        for place in places:
            with Watch() as watch:
                with open(os.environ[NOTED], "a") as noted:
                    print(client_secret, file=noted)
                plant(watch, place, secret)
                found = any(finding.startswith("a %s in " % kind) for finding in watch.found())
            if found == ((kind, place) in right):
                wrong.append("a %s in a %s: %s" % (kind, place, "found" if found else "missed"))
    wrong += ["a hash, %s: missed" % each for each in spellings() if Kinds(os.devnull).wrong(each.encode(), "file") != ["hash"]]
    with Watch() as watch:
        (watch.folder / "core.1").write_bytes(b"\x7fELF")
        wait_until(lambda: watch.files.holds(watch.folder / "core.1"))
        wrong += [] if watch.found() == ["a core dump, core.1"] else ["a core dump: missed"]
    return wrong


def spellings():
    """Every way in which a hash is written."""
    hexed, coded = "0123456789abcdef" * 4, "A" * 53
    yield from ("pbkdf2_%s$10$salt$%s=" % (kind, coded[:43]) for kind in ("sha1", "sha256"))
    yield from ("bcrypt_sha256$$2%s$04$%s" % (kind, coded) for kind in "aby")
    yield from ("argon2$%s$v=19$m=8,t=1,p=1$%s$%s" % (kind, coded[:22], coded[:43]) for kind in ("argon2i", "argon2id"))
    yield "scrypt$salt$16$8$1$" + coded
    yield from ("md5$salt$" + hexed[:32], "sha1$salt$" + hexed[:40])


def plant(watch, place, secret):
    names = {"database": "site.db", "key file": "server.key"}
    path = watch.folder / "below" / names.get(place, "site.log")
    if place == "arguments":
        child(watch, "", secret)
    elif place == "environment":
        child(watch, "", PLANTED="x" + "=" + secret)
    elif place == "nameless file":
        path = watch.base / "secret"
        path.write_text(secret)
        child(watch, "import os, tempfile; file = tempfile.TemporaryFile(); file.write(open(%r, 'rb').read()); "
                     "file.flush()" % str(path))
    else:
        path.parent.mkdir()
        path.write_text("said: " + secret)
        wait_until(lambda: watch.files.holds(path))
        if place == "deleted file":
            path.unlink()
        elif place == "overwritten file":
            wait_until(lambda: watch.seen)
            path.write_text("nothing")
