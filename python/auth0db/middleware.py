"""For MIDDLEWARE: whoever Auth0 wants to see in a browser is sent there."""

from django.http import HttpResponseRedirect
from django.utils.deprecation import MiddlewareMixin

from auth0db import refusals


class UniversalLoginMiddleware(MiddlewareMixin):
    """A login that ended in a question which the site's page cannot ask (a second factor, a captcha) goes on at
    AUTH0_UNIVERSAL_LOGIN_URL: at LoginView, in the admin and in views of the site's own. Only a page that shows the
    login form once more is replaced; an answer to a program stays as it is."""

    def process_response(self, request, response):
        url = refusals.universal_login(request)
        if url is None or request.method != "POST" or not shows_a_page(response):
            return response
        return HttpResponseRedirect(url)


def shows_a_page(response):
    return response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
