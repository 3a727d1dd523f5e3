"""Real Django, whichever this Python imports, and our command. `make test` runs this folder once for each
Django of the matrix."""
import json
import os
import random
import subprocess
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import django
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).absolute() / "auth0db"
SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))

# The first is only "preferred": with a cheap one, a wrong password costs what its own hash costs.
STOCK = {
    "md5": "MD5PasswordHasher",
    "pbkdf2_sha256": "PBKDF2PasswordHasher",
    "pbkdf2_sha1": "PBKDF2SHA1PasswordHasher",
    "argon2": "Argon2PasswordHasher",
    "bcrypt": "BCryptPasswordHasher",
    "bcrypt_sha256": "BCryptSHA256PasswordHasher",
    "scrypt": "ScryptPasswordHasher",                # since 4.0
    "sha1": "SHA1PasswordHasher",                    # until 5.0
    "unsalted_sha1": "UnsaltedSHA1PasswordHasher",   # until 5.0
    "unsalted_md5": "UnsaltedMD5PasswordHasher",     # until 5.0
    "crypt": "CryptPasswordHasher",                  # until 4.2
}
if django.VERSION < (4, 0):
    del STOCK["scrypt"]
if django.VERSION >= (5, 0) or find_spec("crypt") is None:  # Python has no such module since 3.13
    del STOCK["crypt"]
if django.VERSION >= (5, 1):
    for name in ("sha1", "unsalted_sha1", "unsalted_md5"):
        del STOCK[name]

settings.configure(
    SECRET_KEY="tests", USE_TZ=True,
    PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{cls}" for cls in STOCK.values()])
django.setup()


def pytest_report_header():
    return f"Django {django.get_version()}, seed {SEED} (AUTH0DB_SEED)"


class Dice(random.Random):
    LETTERS = list("abcXYZ019 $+/=,:;\\\"'{}é\u0301ßЖ漢字🔑") + ["👩\u200d💻"]

    def text(self, shortest, longest, without=""):
        return "".join(self.choice([c for c in self.LETTERS if c not in without])
                       for _ in range(self.randint(shortest, longest)))

    def password(self):
        form = self.choice(["NFC", "NFD"])
        return self.choice([
            lambda: "", lambda: "x" * 72, lambda: "y" * 73, lambda: "é" * 2048, lambda: "k" * 65,
            lambda: unicodedata.normalize(form, self.text(1, 30)), lambda: self.text(1, 60),
            lambda: " " + self.text(1, 10) + " "])()

    def salt(self):
        """Django's own, and what an import may have brought."""
        return self.choice([
            lambda: "".join(self.choice("abcXYZ019") for _ in range(self.choice([5, 12, 22]))),
            lambda: self.choice("aZ9+/=,é"), lambda: self.text(64, 64, without="$"),
            lambda: self.text(8, 24, without="$")])()


@pytest.fixture
def dice():
    return Dice(SEED)


@pytest.fixture
def ours():
    """ours.verify([(encoded, password), ...]) -> answers; ours.make(passwords, *options) -> hashes."""
    class Ours:
        @staticmethod
        def run(*args, text):
            return subprocess.run([COMMAND, "hash", *args], input=text.encode(), capture_output=True, timeout=120)

        def verify(self, pairs):
            done = self.run("verify", text="".join(
                json.dumps({"encoded": e, "password": p}) + "\n" for e, p in pairs))
            answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
            assert len(answers) == len(pairs), done.stderr
            return answers

        def make(self, passwords, *options):
            done = self.run("make", "--lines", *options, text="".join(p + "\n" for p in passwords))
            assert (done.returncode, done.stderr) == (0, b""), options
            made = done.stdout.decode().splitlines()
            assert len(made) == len(passwords)
            return made
    return Ours()
