from django.contrib.auth import views
from django.http import HttpResponse
from django.urls import path

from auth0db.forms import AuthenticationForm, PasswordChangeForm


def me(request):
    return HttpResponse(str(request.user.pk) if request.user.is_authenticated else "")


def done(request):
    return HttpResponse("done")


urlpatterns = [
    path("login/", views.LoginView.as_view(authentication_form=AuthenticationForm), name="login"),
    path(
        "change/",
        views.PasswordChangeView.as_view(form_class=PasswordChangeForm, success_url="/changed/"),
        name="password_change",
    ),
    path("changed/", done, name="password_change_done"),
    path("me/", me, name="me"),
]
