"""A page that says who is there, the way in and the way out of each package."""
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model, logout
from django.contrib.auth import login as log_in
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

JUDGE = settings.JUDGE


def policy(get_response):
    """The site's own rule for forms, which a redirect to another host would break."""
    def middleware(request):
        response = get_response(request)
        if JUDGE == "auth0db":
            response["Content-Security-Policy"] = "default-src 'self'; form-action 'self'"
        return response
    return middleware


def home(request):
    user = request.user
    who = (user.email or user.get_username()) if user.is_authenticated else "nobody"
    body = f"<!doctype html><title>site</title><p id=who>{who}</p><a href='/in/'>in</a> <a href='/out/'>out</a>"
    if user.is_authenticated and JUDGE == "auth0db":
        from django.middleware.csrf import get_token
        body += (f"<form id=leave method=post action='/auth0/logout/'><input type=hidden name=csrfmiddlewaretoken "
                 f"value='{get_token(request)}'><button>leave</button></form>")
    if JUDGE == "auth0db":
        body += "<form id=enter method=post action='/auth0/login/'><button>enter</button></form>"
    return HttpResponse(body)


@login_required
def inside(request):
    return HttpResponse("<!doctype html><title>inside</title><p id=inside>inside")


WAYS = {"auth0db": "/auth0/login/", "allauth-auth0": "/accounts/auth0/login/",
        "allauth-oidc": "/accounts/oidc/tenant/login/", "mozilla": "/oidc/authenticate/",
        "social": "/social/login/auth0_openidconnect/"}


def way_in(request):
    if JUDGE == "social":  # which begins by POST alone
        from django.middleware.csrf import get_token
        return HttpResponse(f"<!doctype html><title>in</title><form method=post action='{WAYS[JUDGE]}'><input type=hidden "
                            f"name=csrfmiddlewaretoken value='{get_token(request)}'><button>in</button></form>")
    return HttpResponseRedirect(WAYS[JUDGE])


def way_out(request):
    """As Auth0's quickstart for Django does it."""
    logout(request)
    told = {"returnTo": request.build_absolute_uri("/"), "client_id": settings.ID}
    return HttpResponseRedirect(f"{settings.ADDRESS}/v2/logout?{urlencode(told)}")


urlpatterns = [path("", home), path("inside/", inside), path("in/", way_in), path("out/", way_out)]
if JUDGE == "auth0db":
    urlpatterns += [path("auth0/", include("auth0db.urls"))]
elif JUDGE.startswith("allauth"):
    urlpatterns += [path("accounts/", include("allauth.urls"))]
elif JUDGE == "mozilla":
    urlpatterns += [path("oidc/", include("mozilla_django_oidc.urls"))]
elif JUDGE == "social":
    urlpatterns += [path("social/", include("social_django.urls", namespace="social"))]
elif JUDGE == "authlib":
    from authlib.integrations.django_client import OAuth

    oauth = OAuth()
    oauth.register("auth0", client_id=settings.ID, client_secret=settings.SECRET,
                   client_kwargs={"scope": "openid profile email offline_access", "code_challenge_method": "S256"},
                   server_metadata_url=settings.ADDRESS + "/.well-known/openid-configuration")

    def authlib_in(request):
        return oauth.auth0.authorize_redirect(request, request.build_absolute_uri("/authlib/callback/"))

    @csrf_exempt
    def authlib_back(request):
        token = oauth.auth0.authorize_access_token(request)
        fresh = oauth.auth0.fetch_access_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
        assert fresh["access_token"]
        user, _ = get_user_model().objects.get_or_create(username=token["userinfo"]["sub"],
                                                         email=token["userinfo"]["email"])
        log_in(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponseRedirect("/")

    WAYS["authlib"] = "/authlib/login/"
    urlpatterns += [path("authlib/login/", authlib_in), path("authlib/callback/", authlib_back)]
