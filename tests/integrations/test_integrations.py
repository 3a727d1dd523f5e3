"""What django-allauth, django-otp and two-factor know of a user travels with it: their own models make
the rows, auth0_site finds them, and the command exports them, from each kind of database."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "sandbox")]

import databases  # noqa: E402
from sandbox import BUILD, CLEAN_ENV, Sandbox  # noqa: E402

PATIENCE = 240


class Place:
    """A database: as Django and as the command name it."""

    def __init__(self, settings, url):
        self.settings, self.url = settings, url


def on_server(kind, folder):
    server = databases.SERVERS[kind](folder)
    at = server.settings()
    vendor = "postgresql" if kind == "postgresql" else "mysql"
    return server, Place(at, f"{vendor}://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}")


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def place(request):
    with tempfile.TemporaryDirectory(prefix="auth0db-integrations-") as folder:
        if request.param == "sqlite":
            file = Path(folder) / "site.db"
            yield Place({"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}, f"sqlite:///{file}")
            return
        try:
            server, place = on_server(request.param, folder)
        except databases.Missing as missing:
            pytest.skip(str(missing))
        yield place
        server.stop()


def python(place, *arguments, **told):
    env = {**os.environ, **told, "DJANGO_SETTINGS_MODULE": "integrations_settings",
           "SITE_DATABASE_SETTINGS": json.dumps(place.settings),
           "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-W", "ignore", *arguments], env=env, cwd=HERE, capture_output=True,
                          text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(place, tmp_path_factory):
    """(the place, what must be exported, the site map)"""
    python(place, "-m", "django", "migrate", "--verbosity=0")
    wanted = json.loads(python(place, str(HERE / "integrations_people.py")).splitlines()[-1])
    site_map = tmp_path_factory.mktemp("map") / "site.json"
    site_map.write_text(python(place, "-m", "django", "auth0_site"))
    return place, wanted, site_map


def auth0db(place, *arguments, **env):
    done = subprocess.run([BUILD / "auth0db", *map(str, arguments)], env={**CLEAN_ENV, "DATABASE_URL": place.url, **env},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_plan_counts_what_travels_and_what_stays(site):
    place, wanted, site_map = site
    report = json.loads(auth0db(place, "plan", "--with-factors", "--json", "--site-map", site_map).splitlines()[-1])
    assert report["fates"]["moves"] == len(wanted)
    assert report["mfa"]["moves"] == sum(len(factors) for _, factors in wanted.values())
    assert {one["label"]: one["users"] for one in report["mfa"]["left_behind"]} == {
        "otp_totp": 1, "otp_static": 1, "tokens token": 1, "allauth.mfa totp": 1, "allauth.mfa webauthn": 1}


@pytest.mark.parametrize("setting", [{"SITE_TOTP_DIGITS": "8"}, {"SITE_TOTP_PERIOD": "60"}])
def test_codes_that_auth0_does_not_take_stay_behind_and_are_counted(site, tmp_path, setting):
    """allauth's settings, which no row tells."""
    place, wanted, _ = site
    site_map = tmp_path / "site.json"
    site_map.write_text(python(place, "-m", "django", "auth0_site", **setting))
    report = json.loads(auth0db(place, "plan", "--with-factors", "--json", "--site-map", site_map).splitlines()[-1])
    left = {one["label"]: one["users"] for one in report["mfa"]["left_behind"]}
    assert left["allauth.mfa totp"] == 2 and report["mfa"]["moves"] == sum(len(f) for _, f in wanted.values()) - 1


def test_rows_carry_verified_addresses_and_factors(site, tmp_path):
    place, wanted, site_map = site
    with Sandbox() as tenant:
        auth0db(place, "export", "--with-factors", "--no-canary", "--site-map", site_map, tmp_path / "out", **tenant.environ)
    (file,) = (tmp_path / "out").iterdir()
    exported = {user["email"]: [user.get("email_verified", False), sorted(factors(user))]
                for user in json.loads(file.read_text())}
    assert exported == {email: [verified, sorted(map(tuple, held))] for email, (verified, held) in wanted.items()}


def factors(user):
    for factor in user.get("mfa_factors", []):
        ((kind, held),) = factor.items()
        yield kind, held.get("secret") or held["value"]
