"""Packages from PyPI and npm, pinned in tests/, installed once into build/ and kept until the pins change."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from suites import ROOT, TESTS

SYSTEM_PYTHON = "/usr/bin/python3"
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
INSTALL_LIMIT = 600
NODE_NEEDED = (20, 19)  # npm auth0; Debian 12 has 18
PYTHON_NEEDED = {"django61": (3, 12)}  # venvs for which Debian 12's own is too old
PYTHONS = ["python3.14", "python3.13", "python3.12"]
UNAVAILABLE = 77  # exit status: it cannot be had here, which is nobody's mistake
# How pip and npm say "I could not reach the registry"; anything else they fail with is our mistake.
UNREACHABLE = re.compile(
    r"NewConnectionError|Temporary failure in name resolution|Name or service not known|Max retries|"
    r"ConnectTimeout|ReadTimeout|ProxyError|Network is unreachable|Connection (refused|reset)|SSLError|"
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|"
    r"SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)")


class Unavailable(Exception):
    """The suite cannot run here; the text says why."""


class Broken(Exception):
    """The pins cannot be installed although the registry answers."""


def install(what, stamp: Path, pins, commands, env=None):
    """Runs commands unless the stamp says that these very pins are installed already."""
    key = hashlib.sha256("\0".join([sys.version, *(p.read_text() for p in pins)]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return
    if os.environ.get("AUTH0DB_OFFLINE") == "1":
        raise Unavailable(f"{what} packages are not installed, and AUTH0DB_OFFLINE=1")
    stamp.unlink(missing_ok=True)
    for command in commands:
        try:
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                                  timeout=INSTALL_LIMIT, cwd=stamp.parent, env=env)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{what} did not answer within {INSTALL_LIMIT} s") from None
        if done.returncode != 0:
            said = done.stderr + done.stdout
            if UNREACHABLE.search(said):
                raise Unavailable(f"{what} cannot be reached")
            raise Broken(f"{Path(command[0]).name} could not install the pins of {what}", said[-4000:])
    stamp.write_text(key)


def of_pyenv():
    """What pyenv has installed, newest first. Its names on PATH work in chosen folders only."""
    if shutil.which("pyenv") is None:
        return
    names = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True).stdout.split()
    numbered = [name for name in names if re.fullmatch(r"3\.\d+\.\d+", name)]
    for name in sorted(numbered, key=lambda name: [int(part) for part in name.split(".")], reverse=True):
        where = subprocess.run(["pyenv", "prefix", name], capture_output=True, text=True).stdout.strip()
        yield str(Path(where) / "bin" / "python")


def serves(python, needed):
    """Is it new enough, and complete? One that was built by hand may lack what a venv needs."""
    ask = "import ensurepip, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < %r)" % (needed,)
    try:
        return subprocess.run([python, "-I", "-c", ask], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def python_since(needed):
    """Debian's own, else one on PATH, else one of pyenv's."""
    found = (python for python in map(shutil.which, PYTHONS) if python)
    for python in (SYSTEM_PYTHON, *found, *of_pyenv()):
        if serves(python, needed):
            return python
    raise Unavailable("no Python %d.%d or newer here" % needed)


def python_of(venv):
    """The interpreter of a venv, made and filled if need be; Debian's own where there is none."""
    if venv is None:
        return SYSTEM_PYTHON
    maker = python_since(PYTHON_NEEDED[venv]) if venv in PYTHON_NEEDED else SYSTEM_PYTHON
    pins = TESTS / f"requirements-{venv}.txt"
    home = ROOT / "build" / "venv" / venv
    home.mkdir(parents=True, exist_ok=True)
    install("PyPI", home / ".installed", [pins], [
        [maker, "-m", "venv", "--clear", home],
        [home / "bin" / "pip", "install", "-q", "--retries", "1", "-r", pins]])
    return home / "bin" / "python"


def node_is_new_enough(node):
    if not node:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return bool(found) and tuple(map(int, found.groups())) >= NODE_NEEDED


def node_path():
    """The PATH on which `node` and `npm` are the machine's own if these will do, else those from PyPI."""
    if shutil.which("npm") and node_is_new_enough(shutil.which("node")):
        return os.environ["PATH"]
    return f"{python_of('node').parent}:{os.environ['PATH']}"


def node_environment():
    """AUTH0DB_NODE: a folder with the scripts of tests/node beside their packages, where Node.js finds both."""
    path = node_path()
    source, home = TESTS / "node", ROOT / "build" / "node"
    home.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.is_file():
            shutil.copy2(file, home / file.name)
    install("npm", home / ".installed", [source / "package.json", source / "package-lock.json"], [
        ["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error"]],
        # Node.js brings its own certificates; behind a company's proxy only the system's will do.
        {"NODE_EXTRA_CA_CERTS": SYSTEM_CERTIFICATES, **os.environ, "PATH": path})
    return {"AUTH0DB_NODE": str(home), "PATH": path}


if __name__ == "__main__":  # tools/wheel.sh: where is the venv of this name?
    try:
        print(python_of(sys.argv[1]).parent.parent)
    except (Unavailable, Broken) as why:
        print("auth0db: " + "\n".join(map(str, why.args)), file=sys.stderr)
        sys.exit(UNAVAILABLE if isinstance(why, Unavailable) else 1)
