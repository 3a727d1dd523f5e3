"""The site's side of Universal Login: to Auth0's login page, back, and out.

Every end is a page that goes on by itself, never a redirect: a redirect after a form falls under a
`form-action` of the site's policy, and a browser that comes from Auth0 does not send a SameSite=Strict
session before it is on a page of this site.
"""

import logging

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.contrib.auth import login as log_in
from django.core.exceptions import PermissionDenied
from django.shortcuts import render, resolve_url
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from auth0db import _native, refusals, web
from auth0db.reports import hides_secrets

log = logging.getLogger("auth0db")


def page(request, title, text="", on=None, status=200, label=None):
    """`on`: where it goes on by itself; without it a link leads to the login."""
    response = render(
        request,
        "auth0db/page.html",
        {
            "title": title,
            "text": text,
            "on": on,
            "link": on or reverse("auth0db:login"),
            "label": label or (_("Continue") if on else _("Log in")),
        },
        status=status,
    )
    response["Referrer-Policy"] = "no-referrer"  # the address may hold a code
    return response


def go_on(request, target):
    return page(request, _("One moment"), on=target)


# --- to Auth0 ----------------------------------------------------------------------------------------


def number(text):
    """Seconds, or -1 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else -1


def begin(request, started, hint="", again=False):
    state_id, state = web.make_state(again)
    key = web.secret_keys()[0]
    response = go_on(request, web.authorize_url(request, key, state_id, state, started, hint))
    web.keep(request, response, state_id, started)
    return response


@never_cache
@csrf_exempt  # whoever sends people here logs nobody in: only their own callback does
@require_http_methods(["GET", "HEAD", "POST"])
def login(request):
    return send(request)


def send(request, default_next=""):
    """A form may have its fields in its address as well, as Django's own has `next`."""
    asked = {**request.GET.dict(), **request.POST.dict()}
    elsewhere = web.own_host(request)
    if elsewhere:
        query = request.META.get("QUERY_STRING", "")
        return go_on(request, elsewhere + ("?" + query if query else ""))
    started = web.Started(
        web.secrets.token_urlsafe(32),
        int(web.time.time()),
        number(asked.get("max_age")),
        asked.get("mfa") == "1",
        web.safe_next(request, asked.get("next") or default_next),
    )
    return begin(request, started, asked.get("login_hint", "")[:320])


# --- back --------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD"])
def callback(request):
    state = web.read_state(request.GET.get("state", ""))
    started = web.started_in(request, state[1]) if state else None
    end = _native.web_decide(
        state_good=state is not None,
        again=state is not None and state[2],
        cookie=started is not None,
        has_code=bool(request.GET.get("code")),
        has_error="error" in request.GET,
        logged_in=request.user.is_authenticated,
    )
    if end == "exchange":
        response = exchanged(request, state, started)
    elif end == "say_error":
        response = said(request)
    else:
        return ENDS[end](request)
    web.forget(request, response, state[1])
    return response


def strange(request):
    return page(
        request,
        _("This login cannot be continued"),
        _("It was begun elsewhere, or too long ago. Please log in again."),
        status=400,
    )


def home(request):
    return go_on(request, get_script_prefix())  # "/", or where the site begins


def again(request):
    """The browser has lost the cookie of the first try; perhaps it was too old, or one of many."""
    started = web.Started(web.secrets.token_urlsafe(32), int(web.time.time()))
    return begin(request, started, again=True)


def no_cookies(request):
    return page(
        request,
        _("Cookies are switched off"),
        _("Logging in needs cookies. Please allow them for this site, then log in again."),
        status=400,
    )


def used(request):
    return page(
        request,
        _("This login was used already"),
        _("Perhaps the page was loaded twice. Please log in again."),
        status=400,
    )


def trouble(request):
    return page(request, _("You cannot be logged in at the moment"), refusals.WORDS["unavailable"], status=503)


ENDS = {
    "strange": strange,
    "home": home,
    "again": again,
    "no_cookies": no_cookies,
    "used": used,
    "trouble": trouble,
}

# What Auth0 says at the callback, as a refusal of ours. Its own words are logged, never shown: an address
# is nothing to quote from
ERRORS = {"unauthorized": "blocked", "access_denied": "denied"}


def said(request):
    error = request.GET.get("error", "")
    log.info("Universal Login refused: %r: %r", error[:40], request.GET.get("error_description", "")[:200])
    return refused(request, ERRORS.get(error, "refused"))


def refused(request, reason):
    words = refusals.WORDS.get(reason, refusals.WORDS["refused"])
    return page(request, _("You are not logged in"), words, status=403)


@hides_secrets
def exchanged(request, state, started):
    key, state_id, _again = state
    outcome, identity, why = web.exchange(request, key, state_id, started, request.GET["code"])
    if identity is None:
        log.warning("Universal Login: %s: %s", outcome, why)
        return ENDS[_native.web_after(outcome == "bad_credentials", request.user.is_authenticated)](request)
    try:
        user = authenticate(request, auth0_identity=identity)
    except PermissionDenied:  # of a backend that stands beside ours
        user = None
    if user is None:
        return refused(request, getattr(request, "auth0_refusal", None) or "refused")
    if started.mfa and "mfa" not in identity.tenant["amr"].split():
        log.error("a second factor was asked for, and Auth0 asked for none: does the Action that @require_mfa needs run there?")
        return refused(request, "refused")
    enter(request, user, identity)
    return go_on(request, web.safe_next(request, started.next_page) or resolve_url(settings.LOGIN_REDIRECT_URL))


def enter(request, user, identity):
    """login() gives the session a new key (nobody has chosen it before), and empties one of another user."""
    log_in(request, user)
    request.session[web.SESSION_KEY] = identity.of_session()
    log.info("user %s logged in at Auth0", user._meta.pk.value_to_string(user))


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def admin_login(request, extra_context=None):
    """admin.site.login = auth0db.admin.login. Who is logged in and no member of staff would go round in circles."""
    if request.user.is_authenticated and not request.user.is_staff:
        return page(request, _("You may not enter here"), _("Your account is no member of staff."), status=403)
    index = request.path[: -len("login/")] if request.path.endswith("/login/") else ""
    return send(request, index)  # as Django's admin: without `next` one comes to its first page


# --- out ---------------------------------------------------------------------------------------------


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def log_out(request):
    """By POST, as Django's own: a picture on somebody's page must log nobody out."""
    if request.method != "POST":
        return render(request, "auth0db/logout.html", {"title": _("Do you want to log out?")})
    sid = (request.session.get(web.SESSION_KEY) or {}).get("sid")
    target = web.logout_url(request, sid) if sid else reverse("auth0db:logged_out")
    logout(request)
    return go_on(request, target)


@never_cache
@require_http_methods(["GET", "HEAD"])
def logged_out(request):
    return go_on(request, resolve_url(getattr(settings, "LOGOUT_REDIRECT_URL", None) or get_script_prefix()))
