from django.contrib.auth import views
from django.urls import path

from auth0db.forms import PasswordResetForm, SetPasswordForm

urlpatterns = [
    path("forgotten/", views.PasswordResetView.as_view(form_class=PasswordResetForm)),
    path("reset/sent/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(form_class=SetPasswordForm),
        name="password_reset_confirm",
    ),
    path("reset/done/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
]
