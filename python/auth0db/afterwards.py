"""Reset mails are sent once the answer is on its way: how long it takes would tell a stranger whom it is about.

A few threads of this process do it. Mails of the site and requests to Auth0 have threads of their own, so that a slow
tenant holds no mail of the site up. What waits at the end of a process is still sent; what a killed one had waiting
lies in the outbox (auth0db.outbox), and the next one sends it."""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

from django.db import connections

from auth0db import forks, outbox, tombstones

log = logging.getLogger("auth0db")

WORKERS = 2  # for each way of sending
WAITING_MAX = 1000
PAUSE = 0.05  # seconds: the answer goes first

_lock = forks.Lock()
_pools = {}
_pid = None  # a fork has the pools, without their threads
_waiting = {}  # for each pool: strangers whom Auth0 is asked to mail fill theirs, and no other
_tended = set()  # places whose turn is to come


def send(key, by):
    """Send the outbox's row of this key soon, in a thread of this process. Where too much waits already, the row is
    left to the next look at the outbox."""
    if not _submit(by, _run, key, place()):
        log.warning("%d reset mails are waiting to be sent: this one is sent later", WAITING_MAX)


def tend():
    """Do soon what is to be done at Auth0 about deleted users (auth0db.tombstones), and once for however many."""
    where = place()
    with _lock:
        if _pid == os.getpid() and where in _tended:
            return
    if _submit("tombstones", _tend, where):
        with _lock:
            _tended.add(where)


def _submit(pool, work, *arguments):
    global _pid
    with _lock:
        if _pid != os.getpid():
            _pid = os.getpid()
            _pools.clear()
            _waiting.clear()
            _tended.clear()
        waiting = _waiting.setdefault(pool, set())
        if len(waiting) >= WAITING_MAX:
            return False
        executor = _pools.setdefault(pool, ThreadPoolExecutor(WORKERS, "auth0db-" + pool))
        future = executor.submit(work, *arguments)
        waiting.add(future)
    future.add_done_callback(partial(_forget, waiting))
    return True


def _forget(waiting, future):
    with _lock:
        waiting.discard(future)


def pause():
    time.sleep(PAUSE)


def place():
    """Where this request's tables are: django-tenants and its kin give each customer a schema, and a connection of
    another thread begins in none of them."""
    alias = outbox.rows().db
    return alias, getattr(connections[alias], "tenant", None)


def _go_to(alias, tenant):
    if tenant is not None:
        connections[alias].set_tenant(tenant)


def _run(key, where):
    pause()
    try:
        _go_to(*where)
        outbox.send(key)
        if outbox.is_turn("tombstones"):
            tombstones.sweep()
    except Exception as error:
        log.error("a reset mail could not be sent now: %s", type(error).__name__)
    finally:
        connections.close_all()  # of this thread


TURNS = 4  # of tombstones.SWEEP each; what is left is for the next process


def _tend(where):
    pause()
    with _lock:
        _tended.discard(where)
    try:
        _go_to(*where)
        for _ in range(TURNS):
            if not tombstones.sweep():
                break
    except Exception as error:
        log.error("a deleted user's account could not be looked after now: %s", type(error).__name__)
    finally:
        connections.close_all()  # of this thread


def finish(timeout=None):
    """Wait until nothing is waiting; for tests."""
    with _lock:
        waiting = set().union(*_waiting.values())
    wait(waiting, timeout)
