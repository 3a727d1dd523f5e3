"""The policy of the tenant's connection, asked for once in five minutes by each process."""

import logging
import os
import threading
import time

from django.core.exceptions import ImproperlyConfigured

from auth0db import conf

log = logging.getLogger("auth0db")

GOOD_FOR = 300.0
AFTER_TROUBLE = 30.0
# A form is waiting, and goes on without an answer
DEADLINE = 3.0


class _Cache:
    def __init__(self):
        self.lock = threading.Lock()
        self.client = self.policy = None
        self.until = 0.0


_cache = _Cache()


def _forget():
    global _cache
    _cache = _Cache()


# Another thread of the parent may have held the lock
os.register_at_fork(after_in_child=_forget)


def current():
    """The connection's policy (_native.Policy), or None where the tenant cannot be asked: then
    nobody knows."""
    try:
        client = conf.client()
    except ImproperlyConfigured:
        return None
    with _cache.lock:  # one asks, the others wait for the same answer
        if _cache.client is not client or time.monotonic() >= _cache.until:
            outcome, policy, message = client.policy(
                deadline=min(DEADLINE, float(conf.get("AUTH0_DEADLINE")))
            )
            if policy is None:
                log.warning("the password policy is not known (%s): %s", outcome, message)
            _cache.client, _cache.policy = client, policy
            _cache.until = time.monotonic() + (GOOD_FOR if policy is not None else AFTER_TROUBLE)
        return _cache.policy
