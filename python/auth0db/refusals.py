"""What a person who was refused may be told, and who may be told it.

A stranger must not learn from the login page who has an account. So the reasons that concern an account are told only
to somebody who has shown that they know its password. Which is which is decided in C, where every refusal has its row
(src/link/outcomes.c); the words stand here once more, so that they can be translated.
"""

from urllib.parse import urlencode, urlsplit, urlunsplit

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from auth0db import conf

WORDS = {
    "blocked": _("This account is blocked. Please contact us."),
    "too_many_attempts": _("Too many attempts. Please wait a while, then try again."),
    "password_leaked": _(
        "This password is known from a leak at another site, so it is not accepted any more. Please set a new one."
    ),
    "mfa_required": _("Your account asks for a second step to log in, which this page cannot do."),
    "denied": _("Your password is right, but you may not log in here. Please contact us."),
    "captcha": _("This login has to be confirmed by a person, which this page cannot do."),
    "refused": _("You cannot log in at the moment. If this goes on, please contact us."),
    "both_changed": _(
        "Your password was changed in two places since your last login. Please set a new one."
    ),
    "other_address": _(
        "Your account has another e-mail address by now. Please log in with that one."
    ),
    "unavailable": _(
        "Your password cannot be checked at the moment. Please try again in a few minutes."
    ),
    "busy": _("Too many people are logging in. Please try again in a minute."),
}
NEEDS_A_BROWSER_AT_AUTH0 = frozenset(["mfa_required", "captcha"])
NEEDS_A_NEW_PASSWORD = frozenset(["password_leaked", "both_changed"])
DECIDES_NOTHING = frozenset(["busy", "unavailable"])


def note(request, reason, identifier=None, knows=False):
    """Leaves the reason where a login form finds it, and what was typed as the name. None: nothing that may be told.
    knows: a hash of the site knew the password."""
    if request is not None:
        request.auth0_refusal, request.auth0_identifier = reason, identifier
        request._auth0_undecided = knows and reason in DECIDES_NOTHING


def is_no_failure(request, credentials):
    """For AXES_WHITELIST_CALLABLE: was this login refused although the password is the one that the site knows? A wrong one
    counts in an outage as well, or a stranger who keeps Auth0 busy could guess on. Says so once, for django-axes asks the
    same before it lets somebody try, and who is locked out must not pass by a request tried twice."""
    undecided = getattr(request, "_auth0_undecided", False)
    if undecided:
        request._auth0_undecided = False
    return undecided


def universal_login(request):
    """Where this refused person can go on, with a hint of who it is and where to come back to; None: nowhere."""
    reason = getattr(request, "auth0_refusal", None)
    url = str(conf.get("AUTH0_UNIVERSAL_LOGIN_URL")) or own_login_page()
    if reason not in NEEDS_A_BROWSER_AT_AUTH0 or not url:
        return None
    known = {"login_hint": getattr(request, "auth0_identifier", None)}
    if url.startswith("/"):  # a page of this site, which may take us back
        known["next"] = next_page(request)
    parts = urlsplit(url)
    more = urlencode({name: text for name, text in known.items() if text})
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, more]))))


def own_login_page():
    """Universal Login of this site (auth0db.urls); "": it has none."""
    try:
        return reverse("auth0db:login")
    except NoReverseMatch:
        return ""


def next_page(request):
    """As LoginView reads it."""
    asked = request.POST.get("next", request.GET.get("next", ""))
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else ""


def message_for(request):
    """What to say, as text or safe HTML; None: the ordinary words for a wrong name or password."""
    reason = getattr(request, "auth0_refusal", None)
    words = WORDS.get(reason)
    if words is None:
        return None
    url = universal_login(request)
    if url is not None:
        return with_link(words, url, _("Log in at Auth0"))
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
