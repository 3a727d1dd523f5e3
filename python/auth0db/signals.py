"""What the migration tells the site. No signal ever carries a password or a token.

Receivers run inside the login; an exception in one is logged and does not keep the user out.
"""

import logging

from django.dispatch import Signal

log = logging.getLogger("auth0db")

# user, auth0_id, lane: the user is linked now. lane "login": created at the tenant; "join": existed
# there.
auth0_user_created = Signal()
# user, reason, detail: the user was let in, but could not be moved. reason is a holdout's reason
# code, or "trouble" where Auth0 could not be asked; detail is for operators.
auth0_users_create_failed = Signal()
# request, user (None where nobody was found), reason: a login was refused, e.g. "bad_credentials",
# "blocked".
auth0_login_refused = Signal()
# domain: this process has stopped asking Auth0, but for a try now and then
auth0_outage_began = Signal()
# domain, setting, detail: Auth0 does not take what this process has for settings (a secret that was
# replaced, a scope that was taken away). Nobody who has moved can log in while it is about logins
auth0_setup_refused = Signal()
# domain: it takes them again
auth0_setup_accepted = Signal()
# domain, seconds: Auth0 answers this process again
auth0_outage_ended = Signal()


def tell(signal, sender, **named):
    for receiver, result in signal.send_robust(sender=sender, **named):
        if isinstance(result, Exception):
            log.error("receiver %r failed: %s", receiver, type(result).__name__, exc_info=result)
