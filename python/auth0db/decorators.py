"""@require_mfa: views for people who have shown a second factor at Auth0."""

from functools import wraps
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse

from auth0db import web


def ask_for_factor(request, max_age):
    asked = {"mfa": "1", "next": request.get_full_path()}
    if max_age is not None:
        asked["max_age"] = max_age
    return HttpResponseRedirect("%s?%s" % (reverse("auth0db:login"), urlencode(asked)))


def require_mfa(view=None, *, max_age=None):
    """Whoever has shown none in this session, or too long ago (max_age, in seconds), is sent to Auth0's login page for
    it and comes back. Auth0 asks for it by an Action: docs/universal-login.md has it."""

    def decorate(wrapped):
        @wraps(wrapped)
        def checked(request, *args, **kwargs):
            if request.user.is_authenticated and web.is_fresh(request.session, max_age):
                return wrapped(request, *args, **kwargs)
            return ask_for_factor(request, max_age)

        return checked

    return decorate if view is None else decorate(view)
