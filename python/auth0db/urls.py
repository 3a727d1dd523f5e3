"""path("auth0/", include("auth0db.urls")): Universal Login."""

from django.urls import path

from auth0db import views

app_name = "auth0db"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("callback/", views.callback, name="callback"),
    path("logout/", views.log_out, name="logout"),
    path("logged-out/", views.logged_out, name="logged_out"),
]
