"""The site under test, with the three lines of Universal Login."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path

from auth0db.admin import login
from auth0db.decorators import require_mfa
from project import urls


@login_required
def inside(request):
    return HttpResponse("inside")


@require_mfa
def with_factor(request):
    return HttpResponse("with a factor")


@require_mfa(max_age=600)
def with_fresh_factor(request):
    return HttpResponse("with a fresh factor")


@require_mfa
async def awaited_with_factor(request):
    return HttpResponse("with a factor, awaited")


urlpatterns = [
    path("auth0/", include("auth0db.urls")),
    path("admin/login/", login),  # as admin.site.login, before its urls are made, has it
    path("inside/", inside),
    path("factor/", with_factor),
    path("fresh/", with_fresh_factor),
    path("awaited/", awaited_with_factor),
    *urls.urlpatterns,
]
