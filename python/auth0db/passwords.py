"""A password set on the site is set at Auth0 as well, for users who have moved."""

import logging

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from auth0db import _native, conf, people
from auth0db.models import Auth0User, writable

log = logging.getLogger("auth0db")


def is_sendable(password):
    """Auth0 keeps 72 bytes of a password and drops the rest without a word; NUL ends it."""
    try:
        return _native.password_is_sendable(password.encode())
    except UnicodeEncodeError:
        return False


@sensitive_variables("password")
def push(user, password):
    """Tell the tenant the password that was just saved on `user`. Returns an outcome's name ("ok",
    "blocked", "weak_password", "unavailable", ...) or None for a user who has not moved. Unless it
    is "ok" the link stays out of step, and the user's next login with this password pushes it.

    The tenant user is read first: setting a password would lift an administrator's block.
    """
    link = people.link_of(user)
    if link is None:
        return None
    saved = people.sync_digest(user)
    client, deadline = conf.client(), conf.seconds("AUTH0_DEADLINE")
    outcome, tenant, message = client.user_get(link.auth0_id, deadline=deadline)
    if outcome == "ok" and tenant["blocked"]:
        outcome, message = "blocked", "blocked at the tenant"
    if outcome == "ok":
        outcome, tenant, message = client.user_set_password(
            link.auth0_id, password.encode(), deadline=deadline
        )
    if outcome == "ok":
        writable(Auth0User).filter(pk=link.pk).update(
            sync_digest=saved, tenant_mark=tenant["last_password_reset"]
        )
    else:
        log.warning(
            "the new password of user %s is not at Auth0 yet (%s): %s",
            people.key_of(user),
            outcome,
            message,
        )
    return outcome


@sensitive_variables("password")
def push_on_commit(user, password, told=lambda outcome: None):
    """After the transaction: what is rolled back here must not have happened there."""
    database = router.db_for_write(type(user), instance=user)
    transaction.on_commit(lambda: told(push(user, password)), using=database)
