from django.contrib import admin
from django.contrib.auth import views
from django.http import HttpResponse
from django.urls import path

from auth0db.forms import (
    AdminAuthenticationForm,
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)


def me(request):
    return HttpResponse(str(request.user.pk) if request.user.is_authenticated else "")


admin.site.login_form = AdminAuthenticationForm

urlpatterns = [
    path("login/", views.LoginView.as_view(authentication_form=AuthenticationForm), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("forgotten/", views.PasswordResetView.as_view(form_class=PasswordResetForm)),
    path("reset/", views.PasswordResetView.as_view(), name="password_reset"),
    path("reset/sent/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(form_class=SetPasswordForm),
        name="password_reset_confirm",
    ),
    path("reset/done/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path(
        "change/",
        views.PasswordChangeView.as_view(form_class=PasswordChangeForm, success_url="/me/"),
        name="password_change",
    ),
    path("me/", me, name="me"),
    path("admin/", admin.site.urls),
]
