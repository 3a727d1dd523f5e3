"""Is this the site's own database, or a copy of it (staging, a restored backup)?

A copy has the users, their links and, often, the tenant's settings. It must not set test passwords for real people. So
the site's row lists the databases that it lives in. Where the present one is not among them the client holds back all
that would change something at the tenant, or mail somebody (auth0db_client_hold), and grants go on: a failover, or a new
pooler, stops nobody's login. What was held back is not lost: the link is out of step, and the mail stays in the outbox.

Of a database this counts: host, port and name as Django has them; PostgreSQL's own number of the cluster, which a standby
shares and a restored dump does not; the server's own host name, where MariaDB is on this machine; SQLite's path and inode. A copy that has all of them in
common with the original is not told from it.
"""

import json
import logging
import os
import sys
import time

from django.db import DatabaseError, connections, router, transaction

from auth0db import models

log = logging.getLogger("auth0db")

LOOK_EVERY = 60.0  # seconds
ENTRIES_MAX = 20
LOCAL = ("", "localhost", "127.0.0.1", "::1")
CURE = "`manage.py auth0_site --adopt`"

_looked = {}  # alias: (until, is it a copy?)


def here():
    """The present database: (where it is, what the server says of itself or ""). Without a secret."""
    connection = connections[router.db_for_write(models.Auth0Site)]
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return _file(str(settings["NAME"]))
    host = str(settings.get("HOST") or "")
    host = "localhost" if host in LOCAL or host.startswith("/") else host
    place = "%s %s:%s/%s" % (connection.vendor, host, settings.get("PORT") or "", settings["NAME"])
    return place, _server(connection, host)


def shown_here():
    return " ".join(here()).rstrip()


def _file(name):
    try:
        return "sqlite " + os.path.realpath(name), str(os.stat(name).st_ino)
    except OSError:  # in memory
        return "sqlite " + name, ""


def _server(connection, host):
    """What the server says of itself; "" where it tells nothing: no login may fail for that. In a savepoint, for a
    query that is refused would end the transaction that a login is in."""
    if connection.vendor == "postgresql":
        query = "SELECT system_identifier FROM pg_control_system()"
    elif connection.vendor == "mysql" and host == "localhost":
        query = "SELECT @@hostname"
    else:
        return ""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(query)
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return ""


USUAL_PORTS = (":5432/", ":3306/")


def _plain(place):
    """A port that is the kind's own may be said or left out."""
    if not place.startswith("sqlite "):
        for port in USUAL_PORTS:
            place = place.replace(port, ":/", 1)
    return place


def _is_known(known):
    """What a server does not tell, or did not, counts as the same."""
    place, server = here()
    place = _plain(place)
    return any(_plain(one[0]) == place and (one[1] == server or "" in (one[1], server)) for one in known)


def entries():
    """None: nobody has looked yet."""
    told = models.writable(models.Auth0Site).filter(pk=1).values_list("lives_in", flat=True).first()
    return None if told is None else json.loads(told)


def _is_test():
    """Django's test runner clones databases for its workers, rows and all, and they are nobody's copy."""
    utils = sys.modules.get("django.test.utils")
    return hasattr(getattr(utils, "_TestState", None), "saved_data")


def begin():
    """A site that is new, or from before there was a list, lives where it is. Once: two processes that begin at once
    write the same, and whoever comes later finds it."""
    models.Auth0Site.row()
    rows = models.writable(models.Auth0Site).filter(pk=1, lives_in=None)
    return rows.update(lives_in=json.dumps([here()])) == 1


def adopt():
    """This database is the site's own, too. False: it was already."""
    from auth0db import outbox

    known = entries() or []
    if _is_known(known):
        return False
    models.Auth0Site.row()
    kept = [here(), *known][:ENTRIES_MAX]
    models.writable(models.Auth0Site).filter(pk=1).update(lives_in=json.dumps(kept))
    _looked.clear()
    outbox.release()
    return True


def look():
    known = entries()
    if known is None:
        begin()
        known = entries() or []
    return not _is_known(known)


def is_copy():
    """Asked before each use of the tenant; looked up once a minute. Before `migrate` nothing is known, as ever. Where
    the database does not answer nobody knows whose it is, and nothing is changed."""
    try:
        return not _is_test() and not models.missing() and _is_copy()
    except DatabaseError:
        return True


def _is_copy():
    alias = router.db_for_write(models.Auth0Site)
    alias = alias, getattr(connections[alias], "schema_name", None)  # django-tenants: a row for each customer
    until, copy = _looked.get(alias, (0.0, False))
    if time.monotonic() >= until:
        copy = look()
        _looked[alias] = (time.monotonic() + LOOK_EVERY, copy)
        if copy:
            log.error(
                "%s is not a database that this site is known to live in: nothing is changed at Auth0, and nobody "
                "is mailed by it, until %s is run here",
                shown_here(), CURE,
            )  # fmt: skip
    return copy
