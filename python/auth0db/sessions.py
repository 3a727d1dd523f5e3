"""Django ends every session that names a backend which is no longer listed. So that the migrating
backend can be taken out one day, sessions name a backend that stays: the one that has let the user in,
so that its get_user() says for how long."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.utils.module_loading import import_string

from auth0db.backends import MigrateToAuth0Backend

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def is_ours(path):
    return issubclass(import_string(path), MigrateToAuth0Backend)


def lasting_backend():
    """ModelBackend where it is listed, else the first listed backend derived from it, else None."""
    if MODEL_BACKEND in settings.AUTHENTICATION_BACKENDS:
        return MODEL_BACKEND
    for path in settings.AUTHENTICATION_BACKENDS:
        if issubclass(import_string(path), ModelBackend) and not is_ours(path):
            return path
    return None


def accepting_backend(user):
    """The one behind us that has let this user in, and goes on to be asked whether the user may
    stay: as it would be without us."""
    path = getattr(user, "_auth0_accepted_by", None)
    if path in settings.AUTHENTICATION_BACKENDS and issubclass(import_string(path), ModelBackend):
        return path
    return None


def name_lasting_backend(sender, request, user, **kwargs):
    """Receiver of user_logged_in: login() has just written the session."""
    session = getattr(request, "session", None)
    path = session.get(BACKEND_SESSION_KEY) if session is not None else None
    if path in settings.AUTHENTICATION_BACKENDS and is_ours(path):
        session[BACKEND_SESSION_KEY] = accepting_backend(user) or lasting_backend() or path
