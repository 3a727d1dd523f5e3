"""tools/setup.sh: silent when all is there, clear when it cannot help."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"


def setup(level, path, **env):
    return subprocess.run([shutil.which("sh"), SETUP, level], capture_output=True, text=True, timeout=60,
                          env={"PATH": str(path), **env})


@pytest.fixture
def bare(tmp_path):
    """A machine with nothing installed, seen by a user who is not root and has no sudo."""
    for tool in ("sed", "grep"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    for name, body in {"dpkg-query": "exit 0", "id": "echo 1000"}.items():
        (tmp_path / name).write_text(f"#!{shutil.which('sh')}\n{body}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="this is not a Debian system")
def test_where_all_is_installed_it_says_and_does_nothing():
    done = setup("test", os.environ["PATH"])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_root_and_sudo_it_names_the_packages_and_fails(bare):
    done = setup("demo", bare)
    assert done.returncode == 1
    assert "neither root nor sudo" in done.stderr
    assert "apt-get install" in done.stderr and "libcjose-dev" in done.stderr and "python3-django" in done.stderr


def test_a_level_includes_the_ones_before_it(bare):
    names = {level: set(setup(level, bare).stderr.splitlines()[1].split()) for level in ("build", "demo", "test")}
    assert names["build"] < names["demo"] < names["test"]


def test_a_wheel_is_built_without_a_browser_and_without_a_database_server(bare):
    wanted = {level: set(setup(level, bare).stderr.splitlines()[1].split()) for level in ("build", "wheel", "test")}
    assert wanted["build"] < wanted["wheel"]
    assert wanted["wheel"] - wanted["build"] == {"python3-venv", "ca-certificates"}  # tools/wheel.sh asks pip
    makefile = SETUP.parents[1].joinpath("Makefile").read_text()
    assert re.search(r"^wheel: setup-wheel$", makefile, re.M)


def test_elsewhere_than_on_debian_it_says_what_is_needed(bare):
    (bare / "dpkg-query").unlink()
    done = setup("build", bare)
    assert done.returncode == 1
    assert "not a Debian system" in done.stderr and "AUTH0DB_SKIP_SETUP=1" in done.stderr


def test_it_can_be_told_to_leave_the_machine_alone(bare):
    done = setup("test", bare, AUTH0DB_SKIP_SETUP="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_level_is_a_usage_error(bare):
    done = setup("everything", bare)
    assert done.returncode == 2 and "usage" in done.stderr
