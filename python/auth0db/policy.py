"""The policy of the tenant's connection, asked for once in five minutes by each process."""

import logging
import time

from django.core.exceptions import ImproperlyConfigured

from auth0db import conf, forks

log = logging.getLogger("auth0db")

GOOD_FOR = 300.0
AFTER_TROUBLE = 30.0
# A form is waiting, and goes on without an answer
DEADLINE = 3.0


_lock = forks.Lock()
_known = (None, None, 0.0)  # the client that was asked, its policy, good until


def current():
    """The connection's policy (_native.Policy), or None where the tenant cannot be asked: then
    nobody knows."""
    global _known
    try:
        client, deadline = conf.client(), min(DEADLINE, conf.seconds("AUTH0_DEADLINE"))
    except ImproperlyConfigured:
        return None
    with _lock:  # one asks, the others wait for the same answer
        asked, policy, until = _known
        if asked is not client or time.monotonic() >= until:
            outcome, policy, message = client.policy(deadline=deadline)
            if policy is None:
                log.warning("the password policy is not known (%s): %s", outcome, message)
            good_for = GOOD_FOR if policy is not None else AFTER_TROUBLE
            _known = (client, policy, time.monotonic() + good_for)
        return policy
