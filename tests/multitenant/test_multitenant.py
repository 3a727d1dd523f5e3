"""Sites with several faces: a reset mail is the one of the host that was asked, and comes from its own table."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]

import databases  # noqa: E402

PATIENCE = 240


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory(prefix="auth0db-multitenant-") as folder:
        try:
            server = databases.Postgres(folder)
        except databases.Missing as missing:
            pytest.skip(str(missing))
        yield server
        server.stop()


def told(kind, settings):
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": kind + "_settings", "SITE_DATABASE_SETTINGS": json.dumps(settings),
           "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    what = {"tenants": "schemas", "sites": "sites"}[kind]
    done = subprocess.run([sys.executable, "-W", "ignore", str(HERE / "act.py"), what], env=env, cwd=HERE,
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def hosts_of(letters):
    return sorted(letter["link"].partition("://")[2].partition("/")[0] for letter in letters)


def test_customers_in_schemas_are_each_mailed_their_own_link(server):
    seen = told("tenants", server.settings())
    assert hosts_of(seen["letters"]) == ["one.example", "two.example"]
    assert len({letter["link"].split("/")[4] for letter in seen["letters"]}) == 2, "each names its own user"
    assert seen["set"] == ["two.example", 302]
    assert seen["known"] == {"one.example": [True, False], "two.example": [False, True]}


def test_sites_told_apart_by_host_mail_their_own_name_and_link(tmp_path):
    seen = told("sites", {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "site.db")})
    assert hosts_of(seen["letters"]) == ["one.example", "two.example"]
    assert sorted(letter["subject"] for letter in seen["letters"]) == ["ONE.EXAMPLE", "TWO.EXAMPLE"]
    assert seen["set"] == ["two.example", 302]
    assert seen["known"]["two.example"] == [False, True]
