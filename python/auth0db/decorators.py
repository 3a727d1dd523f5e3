"""@require_mfa: views for people who have shown a second factor at Auth0."""

from functools import wraps
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpResponseRedirect
from django.urls import reverse

from auth0db import web

try:
    from asgiref.sync import iscoroutinefunction
except ImportError:  # before asgiref 3.6, which Django 3.2 may have
    from asyncio import iscoroutinefunction


def ask_for_factor(request, max_age):
    """None: it was shown."""
    if request.user.is_authenticated and web.is_fresh(request.session, max_age):
        return None
    asked = {"mfa": "1", "next": request.get_full_path()}
    if max_age is not None:
        asked["max_age"] = max_age
    return HttpResponseRedirect("%s?%s" % (reverse("auth0db:login"), urlencode(asked)))


def require_mfa(view=None, *, max_age=None):
    """Whoever has shown none in this session, or too long ago (max_age, in seconds), is sent to Auth0's login page for
    it and comes back. Auth0 asks for it by an Action: docs/universal-login.md has it. For views that are awaited too."""

    def decorate(wrapped):
        if iscoroutinefunction(wrapped):

            @wraps(wrapped)
            async def checked(request, *args, **kwargs):
                # The session and its user are read from the database, which must not hold up other requests
                instead = await sync_to_async(ask_for_factor)(request, max_age)
                return instead or await wrapped(request, *args, **kwargs)

        else:

            @wraps(wrapped)
            def checked(request, *args, **kwargs):
                return ask_for_factor(request, max_age) or wrapped(request, *args, **kwargs)

        return checked

    return decorate if view is None else decorate(view)
