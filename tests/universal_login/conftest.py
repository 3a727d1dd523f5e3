"""One tenant with TLS, one browser, and a site of its own for each package, in a process of its own."""
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "examples" / "legacy_site"
sys.path.insert(0, str(HERE.parents[0] / "support"))
from chromium import Chromium, missing  # noqa: E402
from sandbox import CLEAN_ENV, Sandbox  # noqa: E402

PASSWORD = "Correct-Horse-7"
DEBIAN = "/usr/bin/python3"  # whose Django is 3.2
# The newest Django wants a Python that this machine may not have; tools/test.py says where it is, or why not
NEWEST = os.environ.get("AUTH0DB_PYTHON_BESIDE")
needs_newest = pytest.mark.skipif(NEWEST is None, reason="Django 6.1: " + os.environ.get(
    "AUTH0DB_PYTHON_BESIDE_MISSING", "AUTH0DB_PYTHON_BESIDE names no Python that has it"))


@pytest.fixture(scope="session")
def tenant():
    with Sandbox("--tls", "--quiet") as tenant:
        yield tenant


@pytest.fixture(scope="session")
def browser():
    if missing():
        pytest.skip("no browser: " + " ".join(missing()))
    with Chromium(trusts_anybody=True) as browser:
        yield browser


class Place:
    """A site that runs: its address and its database."""

    def __init__(self, folder, tenant, python, **environ):
        self.folder = folder
        self.environ = {**CLEAN_ENV, "DJANGO_SETTINGS_MODULE": "judge_settings", "SITE_TENANT": json.dumps(tenant.info),
                        "SITE_DATABASE": str(Path(folder) / "site.db"), "REQUESTS_CA_BUNDLE": tenant.info.get("ca_file", ""),
                        "SSL_CERT_FILE": tenant.info.get("ca_file", ""), "PYTHONDONTWRITEBYTECODE": "1",
                        "LEGACY_DATA": str(folder), **tenant.environ,
                        "PYTHONPATH": os.pathsep.join([str(HERE), str(EXAMPLE), os.environ.get("PYTHONPATH", "")]), **environ}
        self.log = open(Path(folder) / "log", "w+")
        self.python = python
        self.process = subprocess.Popen([python, HERE / "serve_site.py"], env=self.environ, cwd=folder, text=True,
                                        stdout=subprocess.PIPE, stderr=self.log)
        port = self.process.stdout.readline().strip()
        assert port, self.said()
        self.url = f"http://localhost:{port}"

    def said(self):
        self.log.seek(0)
        return self.log.read()[-3000:]

    def run(self, code):
        """By standard input: a command line is for all to read."""
        return subprocess.run([self.python, "-"], input="import django; django.setup()\n" + code, env=self.environ,
                              cwd=self.folder, text=True, capture_output=True, check=True).stdout.strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        self.log.close()


@pytest.fixture
def places():
    """places(tenant, python, ...): a running site, which ends with the test."""
    running = []

    def start(tenant, python=sys.executable, **environ):
        folder = tempfile.TemporaryDirectory(prefix="auth0db-judge-")
        running.append((Place(folder.name, tenant, python, **environ), folder))
        return running[-1][0]

    yield start
    for site, folder in running:
        site.stop()
        folder.cleanup()


@pytest.fixture
def place(tenant, places):
    """place(JUDGE="mozilla"): the running site, at a tenant that knows bob."""
    tenant.reset()
    tenant.options(bcrypt_cost=4)
    tenant.bob = tenant.api("POST", "/users", {"connection": tenant.connection, "email": "bob@example.com",
                                               "password": PASSWORD, "email_verified": True})[2]

    return partial(places, tenant)
