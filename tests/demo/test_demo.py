"""make demo, as a newcomer runs it, to its end."""
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_ends_well_and_leaves_nothing_running():
    env = {**os.environ, "AUTH0DB_SKIP_SETUP": "1", "USERS": "60"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(["make", "demo"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9][\d.]*% of the users have moved to Auth0", done.stdout)
    assert "\n100.0% of those who can: " in done.stdout
    assert "sets a password, in headless Chromium" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
