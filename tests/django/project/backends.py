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


class NoSuspended(ModelBackend):
    """A suspension that neither is_active nor Auth0 knows of."""

    suspended = set()

    def user_can_authenticate(self, user):
        here = user.pk in self.suspended or getattr(user, "last_name", "") == "suspended"
        return super().user_can_authenticate(user) and not here


class Door(ModelBackend):
    """Looks at more than the password, in an authenticate() of its own."""

    shut = set()
    forbidden = set()
    asked = []

    def authenticate(self, request, username=None, password=None, **kwargs):
        self.asked.append(username)
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is not None and user.pk in self.forbidden:
            raise PermissionDenied("not today")
        return None if user is None or user.pk in self.shut else user


class Directory(BaseBackend):
    """As LDAP backends are: passwords are elsewhere, and a rule about people is here."""

    passwords_seen = []
    barred = set()

    def authenticate(self, request, username=None, password=None):
        self.passwords_seen.append(password)
        return None

    def user_can_authenticate(self, user):
        return user.pk not in self.barred

    def get_user(self, user_id):
        return get_user_model().objects.filter(pk=user_id).first()


class Badge(ModelBackend):
    """As RemoteUserBackend: ModelBackend's kind, and no password."""

    barred = set()

    def authenticate(self, request, badge):
        return None

    def user_can_authenticate(self, user):
        return user.pk not in self.barred


class EmailFirst(ModelBackend):
    """E-mail before user name: one person's user name may be another's e-mail."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        model = get_user_model()
        for name in (model.get_email_field_name() + "__iexact", model.USERNAME_FIELD):
            for user in model.objects.filter(**{name: username}):
                if user.check_password(password) and self.user_can_authenticate(user):
                    return user
        return None
