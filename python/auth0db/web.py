"""Universal Login, the site's side: what is kept between sending a person to Auth0's login page and having
her back, and who she then is.

What a callback becomes is decided in C (include/auth0db/web.h), which also makes and knows the states.
Here is what only Django can do: cookies, addresses, the session.
"""

import base64
import binascii
import secrets
import time
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import url_has_allowed_host_and_scheme

from auth0db import _native, conf
from auth0db.reports import hides_secrets

SESSION_KEY = "auth0db"  # {"sub", "sid", "auth_time", "amr"}: no token
COOKIES = 8  # logins that may be under way in one browser
LIFETIME = 3600  # as the state's
NEXT_MAX = 200
LEEWAY = 60  # between the clocks, in seconds
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"


class Identity:
    """Whom Auth0's id token names. A type of our own: no form's data can be taken for it."""

    def __init__(self, told):
        self.tenant = told

    def of_session(self):
        told = self.tenant
        return {
            "sub": told["user_id"],
            "sid": told["sid"],
            "auth_time": told["auth_time"],
            "amr": told["amr"].split(),
        }


# --- this site's secret ------------------------------------------------------------------------------


@hides_secrets
def secret_keys():
    """The one that signs, then those that a login begun before a change was signed with."""
    fallbacks = getattr(settings, "SECRET_KEY_FALLBACKS", [])
    return [force_bytes(key) for key in (settings.SECRET_KEY, *fallbacks) if key]


@hides_secrets
def make_state(again):
    state_id = secrets.token_urlsafe(16)
    return state_id, _native.web_state(secret_keys()[0], state_id, int(time.time()), again)


@hides_secrets
def read_state(text):
    """(key, id, again), or None: not ours, or too old."""
    for key in secret_keys():
        read = _native.web_read(key, text, int(time.time()))
        if read is not None:
            return key, read[0], read[2]
    return None


# --- one cookie a login ------------------------------------------------------------------------------


class Started:
    """What the cookie of one login holds: a random value, where to go afterwards, and what was asked of the
    login page. The browser may change it: all but the random value is looked at again."""

    def __init__(self, random, at, max_age=-1, mfa=False, next_page=""):
        self.random, self.at, self.max_age, self.mfa = random, at, max_age, mfa
        self.next_page = next_page

    def text(self):
        hidden = base64.urlsafe_b64encode(self.next_page.encode()).decode().rstrip("=")
        return ".".join(
            [self.random, str(self.at), str(self.max_age), "1" if self.mfa else "0", hidden]
        )

    @classmethod
    def read(cls, text):
        """None: it is not of ours."""
        try:
            random, at, max_age, mfa, hidden = text.split(".")
            padded = hidden + "=" * (-len(hidden) % 4)
            next_page = base64.b64decode(padded, b"-_", validate=True).decode()
            started = cls(random, int(at), int(max_age), mfa == "1", next_page)
        except (ValueError, binascii.Error):
            return None
        return started if 32 <= len(random) <= 64 and random.isascii() else None


def is_secure(request):
    return request.is_secure() or bool(settings.SESSION_COOKIE_SECURE)


def prefix(request):
    """With __Host- no other host below this domain can put a cookie in: with one, and a login of its own, it
    would log people in as somebody else."""
    return "__Host-auth0db-" if is_secure(request) else "auth0db-"


def started_in(request, state_id):
    return Started.read(request.COOKIES.get(prefix(request) + state_id, ""))


def keep(request, response, state_id, started):
    """The newest few: a browser that begins logins without end must not send ever more cookies."""
    start = prefix(request)
    known = {name: Started.read(text) for name, text in request.COOKIES.items() if name.startswith(start)}
    oldest_first = sorted(known, key=lambda name: known[name].at if known[name] else 0)
    for name in oldest_first[: max(0, len(known) - COOKIES + 1)]:
        forget(request, response, name[len(start) :])
    response.set_cookie(
        start + state_id,
        started.text(),
        max_age=LIFETIME,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )


def forget(request, response, state_id):
    # delete_cookie of Django 3.2 says Secure for no name but __Host- and __Secure-, which is right here
    response.delete_cookie(prefix(request) + state_id, path="/", samesite="Lax")


# --- addresses ---------------------------------------------------------------------------------------


def callback_url(request):
    """As it is registered at Auth0: AUTH0_CALLBACK_URL, or as this site sees itself."""
    return conf.text("AUTH0_CALLBACK_URL") or request.build_absolute_uri(reverse("auth0db:callback"))


def own_host(request):
    """"" where this is the callback's host; else the login's address there: a cookie set here would not
    come back to it."""
    known = conf.text("AUTH0_CALLBACK_URL")
    parts = urlsplit(known)
    if not known or parts.netloc == request.get_host():
        return ""
    return "%s://%s%s" % (parts.scheme, parts.netloc, reverse("auth0db:login"))


def safe_next(request, asked):
    """This site's own pages only."""
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if asked and len(asked) <= NEXT_MAX and ours else ""


def authorize_url(request, key, state_id, state, started, hint=""):
    verifier = _native.web_derive(key, "verifier", state_id, started.random)
    asked = {
        "response_type": "code",
        "client_id": conf.text("AUTH0_CLIENT_ID"),
        "redirect_uri": callback_url(request),
        "scope": "openid profile email",
        "state": state,
        "nonce": _native.web_derive(key, "nonce", state_id, started.random),
        "code_challenge": _native.web_challenge(verifier),
        "code_challenge_method": "S256",
        "connection": conf.text("AUTH0_CONNECTION"),
        "login_hint": hint,
        "acr_values": MULTI_FACTOR if started.mfa else "",
        "max_age": str(started.max_age) if started.max_age >= 0 else "",
    }
    told = {name: text for name, text in asked.items() if text}
    return "%s/authorize?%s" % (conf.client().address, urlencode(told))


def logout_url(request, sid):
    """Auth0's session of this browser ends too, without a question, and the person comes back here."""
    told = {
        "logout_hint": sid,
        "client_id": conf.text("AUTH0_CLIENT_ID"),
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("auth0db:logged_out")),
    }
    return "%s/oidc/logout?%s" % (conf.client().address, urlencode(told))


# --- who is it ---------------------------------------------------------------------------------------


@hides_secrets
def exchange(request, key, state_id, started, code):
    """(outcome, identity or None). The code is used up either way."""
    outcome, told, trouble = conf.client().exchange(
        code=code,
        redirect_uri=callback_url(request),
        verifier=_native.web_derive(key, "verifier", state_id, started.random),
        nonce=_native.web_derive(key, "nonce", state_id, started.random),
        max_age=started.max_age,
        deadline=conf.seconds("AUTH0_DEADLINE"),
    )
    return outcome, Identity(told) if told is not None else None, trouble


def is_fresh(session, max_age=None):
    """Has this session's person shown a second factor, and not too long ago?"""
    told = session.get(SESSION_KEY) or {}
    if "mfa" not in (told.get("amr") or []):
        return False
    # The two clocks may differ, as in C: else who has just shown one would be sent back for another, without end
    return max_age is None or time.time() - (told.get("auth_time") or 0) <= max_age + LEEWAY
