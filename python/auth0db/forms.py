"""Forms that keep the passwords on both sides the same."""

from django import forms
from django.contrib.auth import forms as auth_forms
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from auth0db import passwords


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
