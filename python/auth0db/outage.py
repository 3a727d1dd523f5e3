"""Whether this process has stopped asking Auth0 because it does not answer. Said once at each
change: one line in the log, one signal. What single logins meet meanwhile is for the debug log."""

import logging
import time

from auth0db import conf, forks, signals

log = logging.getLogger("auth0db")

_lock = forks.Lock()
_began = None  # on the monotonic clock; None: Auth0 is asked


def is_on():
    return _began is not None


def observe(client):
    """Call it after whatever may have asked Auth0. Of threads at once, one says it."""
    global _began
    with _lock:  # around the look as well: an older look must not overtake a newer one
        state = client.state()
        began, now = _began, time.monotonic()
        if state["breaker_open"] == (began is not None):
            return
        _began = now if state["breaker_open"] else None
    domain = conf.get("AUTH0_DOMAIN")
    if began is None:
        log.error(
            "Auth0 does not answer: %d failures in a row, so %s is asked now and then only",
            state["failures_in_a_row"],
            domain,
        )
        signals.tell(signals.auth0_outage_began, None, domain=domain)
    else:
        log.warning("Auth0 answers again, after %.0f s", now - began)
        signals.tell(signals.auth0_outage_ended, None, domain=domain, seconds=now - began)
