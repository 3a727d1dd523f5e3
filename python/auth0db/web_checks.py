"""What stands in the way of Universal Login (auth0_check --universal-login): this site's settings, and what is
registered at the application."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from auth0db import conf
from auth0db.tenant import OF_THE_PLAN, Finding

BACKEND = "auth0db.backends.Auth0LinkBackend"
SCOPE = "read:custom_domains"
OF_ONE_PROCESS = ("locmem.LocMemCache", "dummy.DummyCache")
# What a session engine does with such a cache
OF_A_CACHE = {
    "cache": "sessions are kept in the memory of one process",
    "cached_db": "each process remembers sessions by itself: who logs out at one is still logged in at others",
}

# fact: (the setting at Auth0, why it is wanted, is it an error without)
WANTED = {
    "callback": ("Allowed Callback URLs", "nobody could come back from the login page", True),
    "logged_out": ("Allowed Logout URLs", "people who log out would end on an error of Auth0's", True),
    "login": ("Application Login URI", "old and bookmarked login pages of Auth0's lead nowhere", False),
}


def addresses(site):
    """{fact: address}, or None where the urls are not there."""
    known = conf.text("AUTH0_CALLBACK_URL")
    base = site.rstrip("/") or "{0.scheme}://{0.netloc}".format(urlsplit(known))
    try:
        return {
            "callback": known or base + reverse("auth0db:callback"),
            "logged_out": base + reverse("auth0db:logged_out"),
            "login": base + reverse("auth0db:login"),
        }
    except NoReverseMatch:
        return None


def findings(site):
    if not site and not conf.text("AUTH0_CALLBACK_URL"):
        yield Finding("error", "--universal-login", "the site's address is not known",
                      "Say it: --universal-login https://www.example.com, or set AUTH0_CALLBACK_URL.")  # fmt: skip
        return
    told = addresses(site)
    if told is None:
        yield Finding("error", "ROOT_URLCONF", "auth0db.urls is not included",
                      'Add path("auth0/", include("auth0db.urls")) to urls.py.')  # fmt: skip
        return
    yield from of_the_settings(told["callback"])
    yield from of_the_application(told)
    yield from of_the_domain()


def of_the_settings(callback):
    if BACKEND not in settings.AUTHENTICATION_BACKENDS:
        yield Finding("error", "AUTHENTICATION_BACKENDS", "%s is not listed" % BACKEND, "Add it behind the others.")
    parts = urlsplit(callback)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield Finding("error", "AUTH0_CALLBACK_URL", "%s is no https address" % callback,
                      "Auth0 takes http on this machine alone.")  # fmt: skip
    if parts.scheme == "https" and not settings.SESSION_COOKIE_SECURE:
        yield Finding("warning", "SESSION_COOKIE_SECURE", "sessions are also sent without https", "Set it to True.")
    if parts.scheme == "https" and not (settings.SECURE_PROXY_SSL_HEADER or conf.text("AUTH0_CALLBACK_URL")):
        yield Finding("warning", "SECURE_PROXY_SSL_HEADER",
                      "behind a proxy that speaks https the site takes its own address for http",
                      "Set it, or AUTH0_CALLBACK_URL to %s." % callback)  # fmt: skip
    yield from of_the_sessions()


def of_the_sessions():
    """A login begins in one process and ends in another."""
    cache = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND", "")
    said = OF_A_CACHE.get(settings.SESSION_ENGINE.rpartition(".")[2])
    if said is not None and cache.endswith(OF_ONE_PROCESS):
        yield Finding("error", "SESSION_ENGINE", said, "Use a cache that all processes share, or the database.")


def of_the_application(told):
    outcome, facts, message = conf.client().web_setup(deadline=conf.seconds("AUTH0_DEADLINE"), **told)
    if facts is None:
        yield Finding("warning", "AUTH0_CLIENT_ID", "what is registered is not known (%s: %s)" % (outcome, message),
                      "Grant the application read:clients, or look at its settings yourself.")  # fmt: skip
        return
    for name, (setting, why, needed) in WANTED.items():
        if facts[name] is True:
            yield Finding("ok", setting, "%s is registered" % told[name])
        elif facts[name] is None:
            yield Finding("warning", setting, "whether %s is registered is not told" % told[name],
                          "Look at the application's settings.")  # fmt: skip
        else:
            yield Finding("error" if needed else "warning", setting, "%s is not registered: %s" % (told[name], why),
                          "Add it to the application's settings.")  # fmt: skip
    if facts["code_grant"] is False:
        yield Finding("error", "Grant Types", "Authorization Code is off",
                      "Switch it on in the application's advanced settings.")  # fmt: skip
    if facts["rs256"] is False:
        yield Finding("error", "JsonWebToken Signature Algorithm", "is not RS256",
                      "Set it to RS256 in the application's advanced settings.")  # fmt: skip


def of_the_domain():
    """Passkeys, and the sessions that other applications share, belong to the domain that a person has logged in at."""
    used, client, deadline = conf.text("AUTH0_DOMAIN"), conf.client(), conf.seconds("AUTH0_DEADLINE")
    told, why = None, "without %s" % SCOPE
    if SCOPE in client.scopes(deadline=deadline)[1].split():
        _outcome, told, why = client.web_domain(deadline=deadline)
    if OF_THE_PLAN in why:
        told = {"own": False, "another": ""}
    if told is None:
        yield Finding("warning", "AUTH0_DOMAIN", "whether the tenant has a custom domain is not known (%s)" % why,
                      "Grant the application %s, or look at Branding > Custom Domains yourself." % SCOPE)  # fmt: skip
    elif told["own"] or not told["another"]:
        yield Finding("ok", "AUTH0_DOMAIN", "people log in at %s" % used)
    else:
        yield Finding("warning", "AUTH0_DOMAIN",
                      "people log in at %s, and the tenant has the custom domain %s: passkeys and sessions of the one "
                      "do not count at the other" % (used, told["another"]),
                      "Set AUTH0_DOMAIN to %s and AUTH0_TENANT_DOMAIN to %s before people log in there."
                      % (told["another"], used))  # fmt: skip
