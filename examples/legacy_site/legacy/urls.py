from django.contrib import admin
from django.contrib.auth import views
from django.shortcuts import render
from django.urls import include, path

from auth0db.forms import SetPasswordForm  # auth0db


def home(request):
    return render(request, "home.html")


urlpatterns = [
    path("", home, name="home"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("password/forgotten/", views.PasswordResetView.as_view(), name="password_reset"),
    path("password/sent/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "password/new/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(form_class=SetPasswordForm),  # auth0db
        name="password_reset_confirm",
    ),
    path(
        "password/done/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"
    ),
    path("admin/", admin.site.urls),
    path("auth0/", include("auth0db.urls")),  # auth0db
]
