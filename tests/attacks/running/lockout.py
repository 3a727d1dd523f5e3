"""What django-axes does: counts user_login_failed by name, and refuses before anybody else is asked."""

from collections import Counter

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver

LIMIT = 6
failures = Counter()


@receiver(user_login_failed)
def count(sender, credentials, **kwargs):
    failures[credentials.get("username", "").lower()] += 1


class Lockout(BaseBackend):
    def authenticate(self, request, username=None, password=None):
        if failures[(username or "").lower()] >= LIMIT:
            raise PermissionDenied("locked out")
        return None
