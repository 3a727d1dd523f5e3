"""A backend of the site's own that fails, and a function for AUTH0_CLIENT_IP that believes the browser."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Broken(BaseBackend):
    def authenticate(self, request, username=None, password=None):
        raise RuntimeError("the directory is down")


def believes_the_browser(request):
    return request.META.get("HTTP_X_FORWARDED_FOR", "")


def breaks(request):
    raise RuntimeError("the header is not there")


class Validator:
    def validate(self, password, user=None):
        raise RuntimeError("the list of words is not there")

    def get_help_text(self):
        return ""


class Hasher(PBKDF2PasswordHasher):
    """Fails where a hash goes into the database, below all of Django's ORM."""

    def encode(self, password, salt, iterations=None):
        encoded = super().encode(password, salt, iterations)
        return Unbindable(encoded)


class Unbindable(str):
    """A hash that no database takes."""

    def __conform__(self, protocol):
        raise RuntimeError("the disk is full")
