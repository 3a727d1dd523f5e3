"""A password set on the site is set at Auth0 as well, for users who have moved."""

import logging
import time
from functools import partial

from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction

from auth0db import _native, conf, marks, models, outage, people
from auth0db.models import Auth0User, writable
from auth0db.reports import hides_secrets

log = logging.getLogger("auth0db")


def is_sendable(password):
    """Auth0 keeps 72 bytes of a password and drops the rest without a word; NUL ends it."""
    try:
        return _native.password_is_sendable(as_bytes(password))
    except UnicodeEncodeError:
        return False


def as_bytes(password):
    return password.encode() if isinstance(password, str) else bytes(password)


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
    # partial: a frame of ours would show the password in Django's error pages
    transaction.on_commit(partial(_send, change, user, password), using=database)
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
    """Tell the tenant the password that was just saved on `user`. Returns an outcome's name ("ok",
    "blocked", "weak_password", "unavailable", ...), or None where there is nothing to tell: the
    user has not moved, or the row holds another hash by now. Unless it is "ok" the link stays out
    of step, and the user's next login with this password pushes it; why it could not be pushed now
    is recorded.

    The tenant user is read first: setting a password would lift an administrator's block.
    """
    if models.missing():
        log.error("run `manage.py migrate auth0db`: a new password is not sent to Auth0")
        return None if models.nobody_has_moved() else "unavailable"
    link = people.link_of(user)
    if link is None or not is_password_usable(user.password) or not marks.is_in_row(user):
        return None
    if link.sync_digest == people.sync_digest(user):
        return "ok"  # this very change has been told already
    if is_sendable(password):
        telling = _Telling(user, link)
        outcome, message = telling.tell(as_bytes(password))
        outage.observe(telling.client)
    else:
        outcome, message = "unsendable_password", "longer than 72 bytes, or with a NUL"
    if outcome not in ("ok", None):
        _links(link).update(unpushed=reason(outcome))
        log.warning(
            "the new password of user %s is not at Auth0 yet (%s): %s",
            people.key_of(user),
            outcome,
            message,
        )
    return outcome


def reason(outcome):
    """As it is recorded, in the spelling of a holdout's reason."""
    return outcome.replace("_", "-")


def _links(link):
    return writable(Auth0User).filter(pk=link.pk)


class _Telling:
    """The requests of one push, within one deadline, and what the link is told of them. It is told
    first that they begin, and last how they ended."""

    def __init__(self, user, link):
        self.user = user
        self.auth0_id = link.auth0_id
        self.client = conf.client()
        self.ends = time.monotonic() + conf.seconds("AUTH0_DEADLINE")

    def left(self):
        return self.ends - time.monotonic()

    def read(self):
        return self.client.user_get(self.auth0_id, deadline=self.left())

    @hides_secrets
    def tell(self, password):
        mark = marks.begin_push(self.user, self.ends)
        if mark is None:
            return self.told_by_another()
        outcome, after, message = self.deliver(password)
        if outcome != "ok":
            marks.end_push(self.user, mark, after)
        else:
            digest = people.sync_digest(self.user)
            marks.record(self.user, mark, sync_digest=digest, tenant_mark=after, unpushed="")
        return outcome, message

    def told_by_another(self):
        link = people.link_of(self.user)
        if link is None or not marks.is_in_row(self.user):
            return None, ""
        if link.sync_digest == people.sync_digest(self.user):
            return "ok", ""
        return "unavailable", "another push to the same user has not ended"

    @hides_secrets
    def deliver(self, password):
        """(outcome, the tenant's mark now or None, message)."""
        outcome, tenant, message = self.read()
        if outcome != "ok":
            return outcome, None, message
        before = tenant["last_password_reset"]
        if tenant["blocked"]:
            return "blocked", before, "blocked at the tenant"
        outcome, tenant, message = self.client.user_set_password(
            self.auth0_id, password, deadline=self.left()
        )
        if outcome == "ok":
            return outcome, tenant["last_password_reset"], message
        if outcome != "unavailable":  # decided: nothing was set
            return outcome, before, message
        # The answer was lost. If the password has arrived, the next login with it finds that out; if
        # not, pushes it; and what the tenant is given after this look is newer than both
        looked, tenant, _ = self.read()
        return outcome, tenant["last_password_reset"] if looked == "ok" else None, message
