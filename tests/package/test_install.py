"""make install gives a C programmer what pkg-config promises, and everybody the command and its pages."""
import os
import re
from pathlib import Path

import pytest

from run import run

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build"))

PROGRAM = r"""
#include <auth0db/auth0db.h>
#include <stdio.h>

int main(void)
{
    char id[AUTH0DB_ID_SIZE];
    auth0db_expected_id("site", "1", id);
    printf("%s %s %s\n", auth0db_version(), id, auth0db_code_name(AUTH0DB_ERR_RATE_LIMIT));
    return 0;
}
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    destination = tmp_path_factory.mktemp("destination")
    run("make", "install", f"BUILD={BUILD}", "PREFIX=/usr/local", f"DESTDIR={destination}", cwd=ROOT,
        env={**os.environ, "AUTH0DB_SKIP_SETUP": "1"})
    return destination / "usr" / "local"


@pytest.fixture(scope="module")
def library(prefix):
    (found,) = prefix.rglob("libauth0db.so")
    return found.parent


def test_what_is_installed(prefix, library):
    assert (prefix / "bin" / "auth0db").exists()
    assert {path.name for path in prefix.rglob("*.1")} == {
        path.name for path in (ROOT / "docs" / "man").glob("*.1")}
    headers = {path.name for path in (prefix / "include" / "auth0db").iterdir()}
    assert headers == {path.name for path in (ROOT / "include" / "auth0db").glob("*.h")} | {"version.h"}
    assert (library / "pkgconfig" / "auth0db.pc").exists()
    assert not list(prefix.rglob("*.a")), "the static library is for our own programs"
    assert not list(prefix.rglob("*.py")), "Python has the wheel"


def test_a_program_builds_against_the_installed_library(prefix, library, tmp_path):
    (tmp_path / "program.c").write_text(PROGRAM)
    env = {**os.environ, "PKG_CONFIG_PATH": str(library / "pkgconfig"),
           "PKG_CONFIG_SYSROOT_DIR": str(prefix.parents[1]), "LD_LIBRARY_PATH": str(library)}
    flags = run("pkg-config", "--cflags", "--libs", "auth0db", env=env).split()
    run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "program.c", "-o", "program", *flags,
        cwd=tmp_path, env=env)
    said = run(tmp_path / "program", env=env)
    assert re.fullmatch(r"\d+\.\d+\.\d+ auth0\|[0-9a-f]{24} RATE_LIMIT\n", said)


def test_every_header_stands_alone(prefix, tmp_path):
    headers = sorted((prefix / "include" / "auth0db").glob("*.h"))
    assert len(headers) > 5
    for header in headers:
        (tmp_path / "alone.c").write_text(f"#include <auth0db/{header.name}>\nint alone(void);\nint alone(void) {{ return 0; }}\n")
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-c", "alone.c", "-I", prefix / "include", cwd=tmp_path)


def test_the_command_runs_from_anywhere(prefix, tmp_path):
    assert run(prefix / "bin" / "auth0db", "--version", cwd=tmp_path, env={}).startswith("auth0db ")
