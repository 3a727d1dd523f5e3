"""Backends a site may have had before us, and may list around us."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.core.exceptions import PermissionDenied


class EmailBackend(ModelBackend):
    """The one that half of all Django sites have: log in with the e-mail."""

    def authenticate(self, request, email=None, password=None):
        model = get_user_model()
        for user in model.objects.filter(email__iexact=email):
            if user.check_password(password) and self.user_can_authenticate(user):
                return user
        return None


class LegacyBackend(BaseBackend):
    """Passwords in a table of its own; makes users on their first login, as LDAP ones do."""

    passwords = {}

    def authenticate(self, request, username=None, password=None):
        if username is None or self.passwords.get(username) != password:
            return None
        return get_user_model().objects.get_or_create(
            username=username, defaults={"email": "%s@legacy.example" % username, "password": "!"}
        )[0]


class TokenBackend(BaseBackend):
    """Takes no password, and must never be offered one."""

    asked = []

    def authenticate(self, request, token):
        self.asked.append(token)
        return None


class LockedOut(BaseBackend):
    """Like django-axes: refuses some before anybody else is asked."""

    locked = set()

    def authenticate(self, request, username=None, password=None):
        if username in self.locked:
            raise PermissionDenied("locked out")
        return None


class Stopper(BaseBackend):
    """Behind us, and says that nobody else may be asked."""

    def authenticate(self, request, username=None, password=None):
        raise PermissionDenied


class Broken(BaseBackend):
    def authenticate(self, request, username=None, password=None):
        raise RuntimeError("the directory is down")
