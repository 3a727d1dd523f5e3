"""Many people at a site of many workers, while the tenant has trouble: at the end everybody logs in
with the last password that was acknowledged, and nobody exists twice.

STRESS_SECONDS=300 STRESS_WORKERS=16 STRESS_THREADS=8 (`make stress`) for the long run.
"""

import json
import os
import random
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from crowd import Crowd, Person, new_password
from databases import Postgres, postgres_programs
from harness import Tenant
from sandbox import Sandbox
from servers import Gunicorn, Sqlite

SECONDS = float(os.environ.get("STRESS_SECONDS", 40))
WORKERS = int(os.environ.get("STRESS_WORKERS", 4))
THREADS = int(os.environ.get("STRESS_THREADS", 4))
PEOPLE = 100
SEED = int(os.environ.get("STRESS_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
BREAKER_PAUSE_MAX = 60  # seconds: a worker that has stopped asking the tenant asks again by then


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="auth0db-stress-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def database(folder):
    if postgres_programs():
        server = Postgres(folder, connections=WORKERS * THREADS + 20)
    else:
        print("PostgreSQL or psycopg2 is not installed: on SQLite")
        server = Sqlite(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def tenant():
    sandbox = Sandbox("--quiet")
    tenant = Tenant(sandbox)
    tenant.options(
        bcrypt_cost=4, same_user_limit=False, brute_force_enabled=False, suspicious_ip_enabled=False
    )
    yield tenant
    assert sandbox.stop() == 0, sandbox.stderr()


@pytest.fixture(scope="module")
def people(folder, database, tenant):
    """The site's users, in its database."""
    os.environ["SITE_TENANT"] = json.dumps(tenant.info)
    os.environ["SITE_DATABASE_SETTINGS"] = json.dumps(database.settings())
    os.environ["BUSY_SITE_LOG"] = str(folder / "site.log")
    os.environ["DJANGO_SETTINGS_MODULE"] = "busy_site.settings"
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parent), str(Path(__file__).parent.parent / "django")]
        + [path for path in [os.environ.get("PYTHONPATH")] if path]
    )
    import django
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    people = [Person("person%d" % n, new_password()) for n in range(PEOPLE)]
    for person in people:
        get_user_model().objects.create_user(person.name, person.email, person.password)
    return people


@pytest.fixture(scope="module")
def site(folder, people):
    from django.db import connections

    connections.close_all()
    server = Gunicorn(folder, WORKERS, THREADS)
    yield server
    server.stop()


def fails_to_log_in(crowd, person):
    """After the failures. A worker may not have noticed yet, so a refusal is repeated."""
    end = time.monotonic() + BREAKER_PAUSE_MAX
    while time.monotonic() < end:
        if crowd.enter(person, person.password):
            return False
        time.sleep(1)
    return True


def settled(crowd, person):
    """In, and the tenant holds the same password: a site that decides by itself is not yet settled."""
    end = time.monotonic() + BREAKER_PAUSE_MAX
    while time.monotonic() < end:
        if crowd.tenant.accepts(person.email, person.password):
            return True
        crowd.enter(person, person.password)
        time.sleep(0.5)
    return False


def stories(folder, people):
    """What the site's log and we ourselves know of those who cannot get in."""
    from django.contrib.auth import get_user_model

    lines = (folder / "site.log").read_text().splitlines()
    for person in people:
        user = get_user_model().objects.get(username=person.name)
        about = [line for line in lines if re.search(r"\buser %s\b" % user.pk, line)]
        yield from [person.name, *about[-25:], *person.history[-8:], repr(user.auth0.__dict__)]


def tally(crowd):
    print("\nseed %d, %d workers x %d threads, %g s" % (SEED, WORKERS, THREADS, SECONDS))
    for what, times in sorted(crowd.seen.items()):
        print("  %6d  %s" % (times, what))


def test_at_the_end_everybody_logs_in_with_the_last_password(folder, tenant, people, site):
    from auth0db.models import Auth0User

    crowd = Crowd(site.url, tenant, people, SEED)

    def enough():
        seen = crowd.seen
        return (min(seen["logged in"], seen["changed on the site"]) > PEOPLE
                and seen["changed at the tenant"] and seen["old password tried"])  # fmt: skip

    crowd.run(threads=WORKERS * THREADS, seconds=SECONDS, enough=enough)
    tally(crowd)
    assert crowd.wrong == []
    assert enough(), crowd.seen

    out = [person for person in people if fails_to_log_in(crowd, person)]
    assert not out, "\n".join(stories(folder, out))
    out = [person for person in people if not settled(crowd, person)]
    assert not out, "\n".join(stories(folder, out))
    there = Counter(user["email"] for page in (0, 1) for user in tenant.api(
        "GET", "/users?per_page=100&page=%d" % page))
    assert there == Counter(person.email for person in people), "one tenant user each"
    links = list(Auth0User.objects.values_list("user__email", flat=True))
    assert Counter(links) == Counter(person.email for person in people), "one link each"
    for person in people:
        for password, _ in person.dead[-2:]:
            assert not tenant.accepts(person.email, password)
            assert not crowd.enter(person, password), "an old password of %s" % person.name


def test_nobody_crashed_and_nothing_failed(folder, site):
    """After the test above: what the servers themselves have to say about it."""
    assert site.stop() == 0
    said = site.output.read_text(errors="replace")
    assert "Worker exiting" in said, "this is gunicorn's log"
    assert not re.search(r"Traceback|terminated due to signal|WORKER TIMEOUT|\[ERROR\]", said), said
    log = (folder / "site.log").read_text(errors="replace")
    assert "INFO auth0db" in log, "this is the site's log"
    failures = " ERROR auth0db Auth0 does not answer: "
    trouble = [
        line
        for line in log.splitlines()
        if re.search(r" (ERROR|CRITICAL) |Traceback", line) and failures not in line
    ]
    assert trouble == []
