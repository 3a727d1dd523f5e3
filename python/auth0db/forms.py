"""Forms that keep the passwords on both sides the same."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm as AdminAuthenticationFormOfDjango
from django.contrib.auth import forms as auth_forms
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from auth0db import passwords, refusals


class SetPasswordForm(auth_forms.SetPasswordForm):
    """For PasswordResetConfirmView(form_class=...): local first, then Auth0 for users who have
    moved.

    After save(), `auth0_outcome` says what Auth0 answered (auth0db.passwords.push), None until it
    is known. The password is valid on the site whatever Auth0 says: an outage must not undo a
    reset."""

    auth0_outcome = None

    @sensitive_variables()
    def clean_new_password1(self):
        password = self.cleaned_data["new_password1"]
        if not passwords.is_sendable(password):
            raise forms.ValidationError(
                _("This password is too long: use at most 72 bytes, which is 72 plain letters."),
                code="password_unsendable",
            )
        return password

    def save(self, commit=True):
        user = super().save(commit)
        if commit:
            self.push()
        return user

    def push(self):
        """For those who call save(commit=False): call this once the user is saved."""
        passwords.push_on_commit(self.user, self.cleaned_data["new_password1"], self._remember)

    def _remember(self, outcome):
        self.auth0_outcome = outcome


class SaysWhy:
    """Mixin for login forms: says why Auth0 refused, to those who may know (auth0db.refusals)."""

    def get_invalid_login_error(self):
        words = refusals.message_for(self.request)
        if words is None:
            return super().get_invalid_login_error()
        return forms.ValidationError(words, code=self.request.auth0_refusal)


class AuthenticationForm(SaysWhy, auth_forms.AuthenticationForm):
    """For LoginView(authentication_form=...)."""


class AdminAuthenticationForm(SaysWhy, AdminAuthenticationFormOfDjango):
    """For the admin: admin.site.login_form = AdminAuthenticationForm."""
