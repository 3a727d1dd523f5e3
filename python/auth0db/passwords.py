"""A password set on the site is set at Auth0 as well, for users who have moved."""

import logging
import time
from functools import partial

from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction

from auth0db import _native, conf, outage, people
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
    link = people.link_of(user)
    if link is None or not is_password_usable(user.password) or not _is_in_row(user):
        return None
    if link.sync_digest == people.sync_digest(user):
        return "ok"  # this very change has been told already
    if is_sendable(password):
        telling = _Telling(link, people.sync_digest(user))
        outcome, message = telling.tell(as_bytes(password))
        outage.observe(telling.client)
    else:
        outcome, message = "unsendable_password", "longer than 72 bytes, or with a NUL"
    if outcome != "ok":
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


def _is_in_row(user):
    """False where the instance was never saved with this password, or another was set since."""
    return writable(user.__class__).filter(pk=user.pk, password=user.password).exists()


class _Telling:
    """The requests of one push, within one deadline, and what the link is told of them.

    tenant_mark says which tenant password a local one out of step is newer than. It is moved to
    what was read before the new password is sent: should the answer be lost, or never come, the
    next login may still push.
    """

    def __init__(self, link, digest):
        self.link = link
        self.digest = digest
        self.client = conf.client()
        self.ends = time.monotonic() + float(conf.get("AUTH0_DEADLINE"))

    def left(self):
        return self.ends - time.monotonic()

    def read(self):
        return self.client.user_get(self.link.auth0_id, deadline=self.left())

    @hides_secrets
    def tell(self, password):
        outcome, tenant, message = self.read()
        if outcome != "ok":
            return outcome, message
        if tenant["blocked"]:
            return "blocked", "blocked at the tenant"
        before = tenant["last_password_reset"]
        _links(self.link).filter(tenant_mark=self.link.tenant_mark).update(tenant_mark=before)
        outcome, tenant, message = self.client.user_set_password(
            self.link.auth0_id, password, deadline=self.left()
        )
        if outcome == "ok":
            self.record(before, tenant["last_password_reset"])
        elif outcome == "unavailable":
            self.look_again(before)
        return outcome, message

    def record(self, before, after):
        """Two changes at once, or a login: whoever was last at the tenant is right. A digest that
        is not the row's puts the link out of step, and the next login settles it."""
        now = {"sync_digest": self.digest, "tenant_mark": after, "unpushed": ""}
        if _links(self.link).filter(tenant_mark=before).update(**now) == 1:
            return
        outcome, tenant, message = self.read()
        if outcome == "ok" and tenant["last_password_reset"] == after:
            _links(self.link).update(**now)

    def look_again(self, before):
        """The answer was lost: has the password arrived? If it has, the next login with it finds
        that out; if not, pushes it; and one set before that login is newer than both. Where nobody
        can say, the time is noted: this password, once replaced, must not be taken for one that was
        set at the tenant since."""
        outcome, tenant, message = self.read()
        if outcome == "ok":
            mark = tenant["last_password_reset"]
            _links(self.link).filter(tenant_mark=before).update(tenant_mark=mark)
        else:
            people.mark_unanswered(self.link, before)
