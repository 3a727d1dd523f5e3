"""The indexes on e-mail addresses: made beside a site that goes on working, and made anew where that was broken off."""
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from sites import Site

NAMES = ("auth0db_link_email", "auth0db_resolution_value")
WRITE_A_LINK = """
from django.contrib.auth.models import User
from django.db import connection
user = User.objects.create(username="ada", email="Ada@Example.org")
User.objects.create(username="bob", email="bob@example.org")
# As an older package writes it, which knows none of the columns that have come since
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed)"
                   " VALUES (%s, 'auth0|1', 'Ada@Example.org', CURRENT_TIMESTAMP, 'login', '', '', '')", [user.pk])
print('"written"')
"""
LOOK = """
import json
from django.db import connection
from auth0db.indexes import is_there
tables = {"auth0db_link_email": "auth0db_auth0user", "auth0db_resolution_value": "auth0db_resolution"}
print(json.dumps({name: is_there(connection, table, name) for name, table in tables.items()}))
"""



@pytest.fixture
def site(server, request):
    site = Site(server, "addresses_%s" % request.node.originalname[-20:])
    yield site
    site.drop()


def to_0004(site):
    site.django("migrate", "--verbosity=0", "auth0db", "0004")


def test_the_indexes_come_to_a_site_that_has_moved_people_and_go_again(site):
    site.migrate()
    to_0004(site)
    assert site.ask(LOOK) == dict.fromkeys(NAMES, False)
    assert site.ask(WRITE_A_LINK) == "written"
    site.migrate()
    assert site.ask(LOOK) == dict.fromkeys(NAMES, True)


def test_what_was_broken_off_is_done_again(site):
    site.migrate()
    site.django("migrate", "--verbosity=0", "auth0db", "0005")
    site.sql("DELETE FROM django_migrations WHERE app = 'auth0db' AND name = '0005_addresses'")
    if site.vendor == "postgresql":  # the first was left behind half made, the second is still to come
        site.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'auth0db_link_email'::regclass")
        site.sql("DROP INDEX auth0db_resolution_value")
        assert site.ask(LOOK) == {"auth0db_link_email": None, "auth0db_resolution_value": False}
    site.migrate()
    assert site.ask(LOOK) == dict.fromkeys(NAMES, True)


def test_nobody_waits_for_the_making_of_an_index(site):
    """A transaction that has written a link stays open: the index waits for it, and no other writer for the index."""
    if site.vendor == "mysql":
        pytest.skip("MariaDB's begins only after such a transaction, and keeps the next ones waiting for as long")
    import psycopg2

    site.migrate()
    to_0004(site)
    site.ask(WRITE_A_LINK)
    settings = site.server.settings()
    open_one = psycopg2.connect(host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=site.name)
    open_one.cursor().execute("UPDATE auth0db_auth0user SET unpushed = 'weak-password'")
    with ThreadPoolExecutor(1) as pool, closing(open_one):
        migrating = pool.submit(site.migrate)
        end = time.monotonic() + 60
        while not site.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"):
            assert time.monotonic() < end and not migrating.done()
            time.sleep(0.05)
        site.sql("SET lock_timeout = '5s';"
                 "INSERT INTO auth0db_auth0user"
                 " (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed)"
                 " SELECT id, 'auth0|2', '', now(), 'login', '', '', '' FROM auth_user WHERE username = 'bob'")
        open_one.commit()
        migrating.result()
    assert site.ask(LOOK) == dict.fromkeys(NAMES, True)
