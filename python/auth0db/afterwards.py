"""Work that must not show in an answer: how long it takes would tell a stranger whom it is about.

A few threads of this process do it once the answer is on its way. What waits at the end of a process
is still done; what a killed one had waiting is lost, so only what its user can ask for again belongs
here."""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor, wait

from django.db import connections

from auth0db import forks

log = logging.getLogger("auth0db")

WORKERS = 2
WAITING_MAX = 1000
PAUSE = 0.05  # seconds: the answer goes first

_lock = forks.Lock()
_pool = None
_pid = None  # a fork has the pool, without its threads
_waiting = set()


def do(work):
    """Call work() soon, in a thread of this process. Too much waiting: it is dropped, and logged."""
    global _pool, _pid
    with _lock:
        if _pid != os.getpid():
            _pool, _pid = ThreadPoolExecutor(WORKERS, "auth0db"), os.getpid()
            _waiting.clear()
        if len(_waiting) >= WAITING_MAX:
            log.error("%d reset mails are waiting to be sent: this one is dropped", WAITING_MAX)
            return
        future = _pool.submit(_run, work)
        _waiting.add(future)
    future.add_done_callback(_forget)


def _forget(future):
    with _lock:
        _waiting.discard(future)


def pause():
    time.sleep(PAUSE)


def _run(work):
    pause()
    try:
        work()
    except Exception as error:
        log.error("a reset mail could not be sent: %s", type(error).__name__)
    finally:
        connections.close_all()  # of this thread


def finish(timeout=None):
    """Wait until nothing is waiting; for tests."""
    with _lock:
        waiting = set(_waiting)
    wait(waiting, timeout)
