"""The shipped migration on this Django: no drift, any user model, and movable into the project."""

import json
import os
import secrets
import subprocess

import pytest
from django.db import connection

from harness import run_site


def manage(*arguments, env=None):
    process = run_site(
        "-m", "django", *arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    text = process.communicate(timeout=120)[0]
    assert process.returncode == 0, text
    return text


@pytest.fixture
def fresh(tmp_path):
    """The environment of a site whose database is empty, on the server of this run."""
    if connection.vendor == "sqlite":
        yield {"SITE_DATABASE": str(tmp_path / "site.db")}
        return
    name = "fresh_" + secrets.token_hex(4)
    settings = dict(json.loads(os.environ["SITE_DATABASE_SETTINGS"]), NAME=name)
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE " + name)
    yield {"SITE_DATABASE_SETTINGS": json.dumps(settings)}
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE " + name)


@pytest.mark.parametrize("kind", ["username", "email", "uuid"])
def test_models_and_migration_agree(fresh, kind):
    env = {"SITE_USERS": kind, **fresh}
    assert "No changes detected" in manage("makemigrations", "--check", "--dry-run", env=env)


@pytest.mark.parametrize("kind", ["username", "email", "uuid"])
def test_migrates_forwards_and_back(fresh, kind):
    env = {"SITE_USERS": kind, **fresh}
    manage("migrate", "--verbosity=0", env=env)
    manage("auth0_migrated", env=env)
    manage("migrate", "--verbosity=0", "auth0db", "zero", env=env)


def test_migrations_may_live_in_the_project(tmp_path, fresh):
    folder = tmp_path / "moved_migrations"
    folder.mkdir()
    (folder / "__init__.py").touch()
    env = {
        **fresh,
        "SITE_MIGRATION_MODULES": '{"auth0db": "moved_migrations"}',
        "PYTHONPATH": os.environ["PYTHONPATH"] + os.pathsep + str(tmp_path),
    }
    manage("makemigrations", "auth0db", env=env)
    assert (folder / "0001_initial.py").exists()
    manage("migrate", "--verbosity=0", env=env)
    assert "0 of 0" in manage("auth0_migrated", env=env)
    assert "No changes detected" in manage("makemigrations", "--check", "--dry-run", env=env)


def test_an_emptied_site_has_a_name_again():
    """flush ends every TransactionTestCase of a site's own tests."""
    from django.core.management import call_command

    from auth0db.models import Auth0Site

    call_command("flush", interactive=False, verbosity=0)
    assert Auth0Site.objects.count() == 1


def test_links_of_0_1_that_have_not_come_over_let_nobody_in(tenant, site, person):
    """A user who has moved would count as one who has not, and get in by a password that Auth0 no longer takes."""
    from auth0db import models

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE auth0db_auth0user_0_1 (auth0_id varchar(36))")
    models.look_again()
    try:
        assert site.login(person) is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE auth0db_auth0user_0_1")
        models.look_again()
    assert site.login(person) == person.pk
