"""The command as such: what it says, where it says it, and how it ends. Each subcommand has its own suite."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")) / "auth0db"
HELP = subprocess.run([COMMAND, "--help"], capture_output=True, text=True).stdout
SUBCOMMANDS = re.findall(r"^  ([\w-]+) {2,}\S", HELP, re.M)


def auth0db(*arguments, stdin=b""):
    return subprocess.run([COMMAND, *arguments], input=stdin, capture_output=True, timeout=30)


def test_help_goes_to_stdout_and_names_every_command():
    for words in (["--help"], ["-h"], ["help"]):
        said = auth0db(*words)
        assert (said.returncode, said.stderr) == (0, b"")
        assert {"plan", "import", "status", "hash", "sandbox"} <= set(SUBCOMMANDS)
        assert all(f"  {name} ".encode() in said.stdout for name in SUBCOMMANDS)


def test_without_a_command_help_goes_to_stderr():
    said = auth0db()
    assert (said.returncode, said.stdout) == (2, b"")
    assert said.stderr.startswith(b"Usage: auth0db COMMAND")


def test_an_unknown_command_is_named():
    said = auth0db("migrate-everything")
    assert (said.returncode, said.stdout) == (2, b"")
    assert b"migrate-everything" in said.stderr and b"--help" in said.stderr


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_command_explains_itself(command):
    said = auth0db(command, "--help")
    assert (said.returncode, said.stderr) == (0, b"")
    assert said.stdout.startswith(b"Usage: auth0db " + command.encode())
    assert max(map(len, said.stdout.splitlines())) <= 100


@pytest.mark.parametrize("words", [["hash", "make"], ["sandbox"], ["plan"], ["import"], ["status"]])
def test_an_unknown_option_is_a_usage_error_that_names_it(words):
    said = auth0db(*words, "--no-such-option")
    assert (said.returncode, said.stdout) == (2, b"")
    assert b"no-such-option" in said.stderr


@pytest.mark.parametrize("argument", ["", "-", "--", "-x", "\udcff\udcfe", "%s%n", "a" * 100_000])
def test_strange_arguments_are_usage_errors(argument):
    said = auth0db(os.fsencode(argument))
    assert (said.returncode, said.stdout) == (2, b"")
    assert said.stderr


def test_a_closed_stdout_is_not_success():
    """A full disk or a broken pipe must not look like an empty answer."""
    with open("/dev/full", "wb") as full:
        said = subprocess.run([COMMAND, "hash", "identify"], input=b"unsalted\n" * 10000, stdout=full,
                              stderr=subprocess.PIPE, timeout=30)
    assert said.returncode == 3, said.stderr
