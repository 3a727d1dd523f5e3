"""Whether this process has stopped asking Auth0 because it does not answer, and whether Auth0 takes
its settings. Said once at each change: one line in the log, one signal. What single logins meet
meanwhile is for the debug log."""

import logging
import time

from auth0db import conf, forks, signals

log = logging.getLogger("auth0db")

_lock = forks.Lock()
_began = None  # on the monotonic clock; None: Auth0 is asked
_refused = False  # what the settings say is not taken


def is_on():
    return _began is not None


def observe(client):
    """Call it after whatever may have asked Auth0. Of threads at once, one says it."""
    global _began, _refused
    with _lock:  # around the look as well: an older look must not overtake a newer one
        state = client.state()
        began, now = _began, time.monotonic()
        down, wrong = state["breaker_open"], state["misconfigured"]
        turned, taken = down != (began is not None), wrong != _refused
        if turned:
            _began = now if down else None
        _refused = wrong
    if turned:
        say_outage(state, began, now)
    if taken:
        say_setup(state)


def say_outage(state, began, now):
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


def say_setup(state):
    domain = conf.get("AUTH0_DOMAIN")
    if not state["misconfigured"]:
        log.warning("Auth0 takes the settings again")
        signals.tell(signals.auth0_setup_accepted, None, domain=domain)
        return
    setting = state["setting"] or "AUTH0_CLIENT_ID"
    log.error("Auth0 does not take what %s says: %s", setting, state["detail"])
    signals.tell(
        signals.auth0_setup_refused, None, domain=domain, setting=setting, detail=state["detail"]
    )
