"""A password set on the site is set at Auth0 as well, for users who have moved."""

import logging
import time

from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction

from auth0db import _native, conf, marks, models, outage, people
from auth0db.reports import Later, hides_secrets

log = logging.getLogger("auth0db")


def is_sendable(password):
    """Auth0 keeps 72 bytes of a password and drops the rest without a word; NUL ends it."""
    return _native.password_is_sendable(as_bytes(password))


def as_bytes(password):
    """What is no Unicode becomes bytes that are no UTF-8: nobody takes them for a password."""
    if isinstance(password, str):
        return password.encode("utf-8", "surrogatepass")
    return bytes(password)


class Push:
    """One new password of one user. Lies on the user instance, so that whoever else hears of the
    same change (a form, a validator) finds it; the password itself does not."""

    def __init__(self, encoded):
        self.encoded = encoded
        self.outcome = None  # as push() says, once it is known
        self.sent = False


@hides_secrets
def push_on_commit(user, password):
    """Push after the transaction: what is rolled back here must not have happened there. Asked
    twice for the same change, it is sent once; asked again after a rollback, it is sent."""
    change = getattr(user, "_auth0_push", None)
    if change is None or change.encoded != user.password:
        change = user._auth0_push = Push(user.password)
    database = router.db_for_write(user.__class__, instance=user)
    transaction.on_commit(Later(_send, change, user, password), using=database)
    return change


@hides_secrets
def _send(change, user, password):
    if change.sent or user.password != change.encoded:
        return
    change.sent = True
    try:
        change.outcome = push(user, password)
    except ImproperlyConfigured as error:  # the password is saved: too late for an error page
        log.error("the new password of user %s is not at Auth0: %s", people.key_of(user), error)
        change.outcome = "misconfigured"


@hides_secrets
def push(user, password):
    """Tell the tenant the password that was just saved on `user`, as the push machine
    (include/auth0db/login.h) decides. Returns an outcome's name ("ok", "blocked", "weak_password",
    "unavailable", ...), or None where there is nothing to tell: the user has not moved, or the row
    holds another hash by now. Unless it is "ok" the link stays out of step, and the user's next
    login with this password pushes it; why it could not be pushed now is recorded.
    """
    if models.missing():
        log.error("run `manage.py migrate auth0db`: a new password is not sent to Auth0")
        return None if models.nobody_has_moved() else "unavailable"
    if people.link_of(user) is None or not is_password_usable(user.password):
        return None
    client, deadline = conf.client(), conf.seconds("AUTH0_DEADLINE")
    telling = _Telling(user, time.monotonic() + deadline)
    machine = client.push(people.key_of(user), as_bytes(password), deadline=deadline)
    question = machine.step()
    while question["ask"] != "push_ended":
        question = machine.step(**getattr(telling, question["ask"])(question))
    outage.observe(client)
    unpushed = question["unpushed"]
    if unpushed:
        log.warning(
            "the new password of user %s is not at Auth0 yet (%s): %s",
            people.key_of(user),
            unpushed,
            machine.trouble or "",
        )
    return None if unpushed is None else unpushed.replace("-", "_") or "ok"


class _Telling(marks.Recorder):
    """The site's answers to one push."""

    def __init__(self, user, ends):
        super().__init__(ends)
        self.user = user

    def own_row(self, question):
        told = people.describe(self.user, True)
        if "auth0_id" not in told or not marks.is_in_row(self.user):
            return {"users": 0}
        self.users[told["key"]] = self.user
        self.marks[told["key"]] = told["tenant_mark"]
        return {"users": 1, "user": told}
