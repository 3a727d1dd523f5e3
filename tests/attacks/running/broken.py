"""A backend of the site's own that fails, and a function for AUTH0_CLIENT_IP that believes the browser."""

from django.contrib.auth.backends import BaseBackend


class Broken(BaseBackend):
    def authenticate(self, request, username=None, password=None):
        raise RuntimeError("the directory is down")


def believes_the_browser(request):
    return request.META.get("HTTP_X_FORWARDED_FOR", "")
