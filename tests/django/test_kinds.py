"""The whole suite again, on sites whose users are e-mail addresses, or have UUIDs for keys."""

import os
import subprocess
import sys

import pytest

from harness import HERE, KIND

SUITE = ["test_login.py", "test_around.py", "test_concurrency.py", "test_forms.py", "test_admin.py"]


@pytest.mark.skipif(KIND != "username", reason="this is such a run")
@pytest.mark.parametrize("kind", ["email", "uuid"])
def test_other_user_models(kind):
    env = {name: value for name, value in os.environ.items() if not name.startswith("SITE_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", *SUITE]
    done = subprocess.run(
        command,
        cwd=HERE,
        env={**env, "SITE_USERS": kind},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-6000:]
