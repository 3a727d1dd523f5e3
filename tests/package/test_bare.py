"""tools/bare.sh, as far as it goes without making a Debian: what it runs and refuses. CI runs it for real."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BARE = ROOT / "tools" / "bare.sh"


def bare(*arguments, path=os.environ["PATH"], **env):
    return subprocess.run([shutil.which("bash"), BARE, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={"PATH": str(path), "AUTH0DB_SKIP_SETUP": "1", **env})


@pytest.fixture
def tools(tmp_path):
    """A machine with a few programs, and `pretend`, which puts others in their place."""
    for tool in ("dirname", "realpath", "sed", "head"):
        (tmp_path / tool).symlink_to(shutil.which(tool))

    def pretend(**programs):
        for name, body in programs.items():
            (tmp_path / name).write_text(f"#!{shutil.which('sh')}\n{body}\n")
            (tmp_path / name).chmod(0o755)
        return tmp_path
    return pretend


@pytest.mark.parametrize("arguments", [["11"], ["sid"], ["--only", "bench"], ["--only"], ["12", "13", "14"]])
def test_what_it_does_not_know_is_a_usage_error(arguments):
    done = bare(*arguments)
    assert (done.returncode, done.stdout) == (2, "") and "usage" in done.stderr


def test_without_root_and_sudo_it_says_that_it_needs_root(tools):
    done = bare(path=tools(id="echo 1000"))
    assert done.returncode == 1 and "root" in done.stderr and "sudo" in done.stderr


def test_with_sudo_it_starts_itself_again_with_the_same_wishes(tools):
    done = bare("--only", "demo", "trixie", USERS="60",
                path=tools(id="echo 1000", sudo='[ "$1" = -n ] || echo "$*"'))
    assert done.returncode == 0, done.stderr
    assert "USERS=60" in done.stdout and done.stdout.rstrip().endswith(f"{BARE} --only demo trixie")


def test_where_mounts_are_refused_even_to_root_it_says_so(tools):
    done = bare(path=tools(id="echo 0", debootstrap="", unshare="exit 1"))
    assert done.returncode == 1 and "mounts of its own" in done.stderr


def test_without_a_mirror_in_apts_configuration_it_says_so(tools):
    apt = {"apt-get": "echo 'Debian|Debian-Security|http://mirror.example/security'"}
    done = bare(path=tools(id="echo 0", debootstrap="", unshare="", **apt))
    assert done.returncode == 1 and "mirror" in done.stderr


def test_the_front_door_passes_the_wishes_on():
    done = subprocess.run(["make", "-n", "bare", "RELEASE=13", "COMMAND=demo"], cwd=ROOT, capture_output=True, text=True)
    assert "tools/bare.sh --only demo 13" in done.stdout
    assert "tools/bare.sh" in subprocess.run(["make", "-n", "bare"], cwd=ROOT, capture_output=True, text=True).stdout


def test_ci_runs_the_demo_on_both_and_the_tests_last():
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.strip()]
    assert "for release in 12 13; do" in lines and lines[-1] == "make test"
