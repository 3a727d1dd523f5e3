from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model, views
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.generic import UpdateView

from auth0db.forms import AdminAuthenticationForm, AuthenticationForm, SetPasswordForm
from running import work

admin.site.login_form = AdminAuthenticationForm
work.watch()


def me(request):
    request.session["visited"] = True
    return HttpResponse(str(request.user.pk) if request.user.is_authenticated else "")


def spent(request):
    counts = dict(work.done)
    work.done.clear()
    return JsonResponse(counts)


class Profile(UpdateView):
    template_name = "form.html"
    success_url = "/me/"
    form_class = forms.modelform_factory(get_user_model(), fields=["email"])

    def get_object(self):
        return self.request.user


urlpatterns = [
    path(
        "login/", views.LoginView.as_view(authentication_form=AuthenticationForm), name="login"
    ),
    path("me/", me),
    path("profile/", Profile.as_view()),
    path("spent/", spent),
    path("reset/", views.PasswordResetView.as_view(), name="password_reset"),
    path("reset/sent/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(form_class=SetPasswordForm),
        name="password_reset_confirm",
    ),
    path("reset/done/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("admin/", admin.site.urls),
]
