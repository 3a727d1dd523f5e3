"""What a person who was refused may be told, and who may be told it.

A stranger must not learn from the login page who has an account. So the reasons that concern an account are told only
to somebody who has shown that they know its password; docs/security.md has the table and where it comes from.
"""

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from auth0db import conf

# They speak of the address, the weather or the visitor, never of an account
TOLD_TO_ANYBODY = frozenset(["too_many_attempts", "captcha", "unavailable"])
# Auth0 asks for a second factor, and runs its Actions, after the password was right; both_changed is found out here,
# after the password matched the stored hash
TOLD_AFTER_THE_PASSWORD = frozenset(["mfa_required", "denied", "both_changed"])
# Auth0 does not say whether it looks at the password first: told only where the stored hash knows the password
TOLD_IF_THE_SITE_KNOWS_THE_PASSWORD = frozenset(["blocked", "password_leaked"])

WORDS = {
    "blocked": _("This account is blocked. Please contact us."),
    "too_many_attempts": _("Too many attempts. Please wait a while, then try again."),
    "password_leaked": _(
        "This password is known from a leak at another site, so it is not accepted any more. Please set a new one."
    ),
    "mfa_required": _("Your account asks for a second step to log in, which this page cannot do."),
    "denied": _("Your password is right, but you may not log in here. Please contact us."),
    "captcha": _("This login has to be confirmed by a person, which this page cannot do."),
    "both_changed": _(
        "Your password was changed in two places since your last login. Please set a new one."
    ),
    "unavailable": _(
        "Your password cannot be checked at the moment. Please try again in a few minutes."
    ),
}
NEEDS_A_BROWSER_AT_AUTH0 = frozenset(["mfa_required", "captcha"])
NEEDS_A_NEW_PASSWORD = frozenset(["password_leaked", "both_changed"])


def note(request, reason):
    """Leaves the reason where a login form finds it. None: nothing that may be told."""
    if request is not None:
        request.auth0_refusal = reason


def may_be_told(reason, knows_the_password):
    """knows_the_password is called only where the reason depends on it: it costs a hash."""
    if reason in TOLD_IF_THE_SITE_KNOWS_THE_PASSWORD:
        return knows_the_password()
    return reason in TOLD_TO_ANYBODY or reason in TOLD_AFTER_THE_PASSWORD


def message_for(request):
    """What to say, as text or safe HTML; None: the ordinary words for a wrong name or password."""
    reason = getattr(request, "auth0_refusal", None)
    words = WORDS.get(reason)
    if words is None:
        return None
    if reason in NEEDS_A_BROWSER_AT_AUTH0 and conf.get("AUTH0_UNIVERSAL_LOGIN_URL"):
        return with_link(words, str(conf.get("AUTH0_UNIVERSAL_LOGIN_URL")), _("Log in at Auth0"))
    if reason in NEEDS_A_NEW_PASSWORD and reset_page():
        return with_link(words, reset_page(), _("Set a new password"))
    return words


def with_link(words, url, label):
    return format_html('{} <a href="{}">{}</a>', words, url, label)


def reset_page():
    for name in ("password_reset", "admin_password_reset"):
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return None
