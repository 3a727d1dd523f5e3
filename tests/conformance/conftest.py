"""Auth0's own software, run against ours. Needs the `judges` venv and the packages of tests/node:
`make test SUITE=conformance` brings both; elsewhere the tests that lack one are skipped and say so."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sandbox import BUILD, CLEAN_ENV, ROOT, Sandbox  # noqa: E402


@pytest.fixture(scope="session")
def sb_tool():
    """Answers of the sandbox's pure parts: a list of questions in, the list of answers out."""
    program = BUILD / "tests" / "support" / "sb_tool"
    assert program.exists(), f"{program} is not built"

    def ask(questions):
        done = subprocess.run([program], input="".join(json.dumps(q) + "\n" for q in questions),
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(questions)
        return answers
    return ask


@pytest.fixture(scope="session")
def node():
    """Runs a script of tests/node where its packages are: node("hashes.js", args..., input=...) -> stdout."""
    home = os.environ.get("AUTH0DB_NODE", "")
    if not shutil.which("node") or not Path(home, "node_modules").is_dir():
        pytest.skip("npm packages are not installed (AUTH0DB_NODE)")

    # Node finds packages beside the script, so the scripts are copied to them: always the present ones
    for script in (ROOT / "tests" / "node").glob("*.js"):
        shutil.copy2(script, home)

    def run(*args, input=None, env=None, timeout=120):
        done = subprocess.run(["node", *map(str, args)], cwd=home, input=input, text=True,
                              capture_output=True, timeout=timeout, env={**CLEAN_ENV, **(env or {})})
        assert done.returncode == 0, f"node {args}: {done.stderr[-3000:]}\n{done.stdout[-6000:]}"
        return done.stdout
    return run


@pytest.fixture(scope="module")
def tls_sandbox():
    with Sandbox("--tls") as tenant:
        yield tenant


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as tenant:
        yield tenant
