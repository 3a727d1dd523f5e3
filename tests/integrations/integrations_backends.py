from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q


class EmailFirst(ModelBackend):
    """E-mail before user name: one person's user name may be another's e-mail."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        for query in (Q(email__iexact=username), Q(username=username)):
            for user in get_user_model().objects.filter(query):
                if user.check_password(password) and self.user_can_authenticate(user):
                    return user
        return None
