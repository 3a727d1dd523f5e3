"""Man pages say what --help says, no more and no less."""
import re
import shutil
import subprocess

import pytest
from sources import BUILD, ROOT, found

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def options_of_help(*words):
    said = subprocess.run([BUILD / "auth0db", *words, "--help"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    options = set(OPTION.findall(said.stdout))
    # "auth0db hash make [OPTION...]": a verb with options of its own
    for verb in re.findall(r"auth0db %s (\w+) \[OPTION" % " ".join(words), said.stdout):
        options |= options_of_help(*words, verb)
    return options


def commands():
    said = subprocess.run([BUILD / "auth0db", "--help"], capture_output=True, text=True).stdout
    names = re.findall(r"^  ([\w-]+) {2,}\S", said, re.M)
    assert {"hash", "sandbox"} <= set(names)
    return names


def test_help_fits_a_terminal_of_80_columns():
    for words in [[], *([command] for command in commands())]:
        said = subprocess.run([BUILD / "auth0db", *words, "--help"], capture_output=True, text=True).stdout
        assert [line for line in said.splitlines() if len(line) > 80] == [], words


def page(name):
    return (ROOT / "docs" / "man" / f"{name}.1").read_text().replace("\\-", "-").replace("\\", "")


def options_of_page(name):
    return set(OPTION.findall(page(name)))


def test_every_command_has_a_page():
    for command in commands():
        assert f"auth0db-{command}" in page("auth0db")
        assert page(f"auth0db-{command}").startswith(f".TH AUTH0DB-{command.upper()} 1 ")


@pytest.mark.parametrize("command", sorted(p.stem[8:] for p in (ROOT / "docs" / "man").glob("auth0db-*.1")))
def test_the_page_of_a_command_covers_its_options(command):
    helped = options_of_help(command) - {"--help"}
    assert helped
    assert helped == options_of_page(f"auth0db-{command}") - {"--help"}


def test_pages_render_without_a_warning():
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    for path in found((ROOT / "docs" / "man").glob("*.1")):
        done = subprocess.run(["groff", "-man", "-Tutf8", "-Kutf8", "-ww", path], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), path.name
        assert "NAME" in re.sub(".\x08", "", done.stdout)  # bold is a letter struck twice
