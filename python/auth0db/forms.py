"""Forms that keep the passwords on both sides the same."""

import logging
from functools import partial

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm as AdminAuthenticationFormOfDjango
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.hashers import is_password_usable
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from auth0db import afterwards, conf, passwords, people, refusals, validators
from auth0db.reports import hides_everything, hides_secrets

log = logging.getLogger("auth0db")

WARNINGS = {
    "weak_password": _(
        "Your new password is valid here, but the sign-in service does not accept it: perhaps you "
        "have used it before, or it is too easy to guess. Please choose another one."
    ),
}


class Discreet:
    """Mixin: no password in Django's error report, should a validator or a backend fail."""

    @hides_secrets
    def full_clean(self):
        super().full_clean()


class InStep(Discreet):
    """Local first, then Auth0 for users who have moved: the password is valid on the site whatever
    Auth0 says, for an outage must not undo a reset. Beside the validator Auth0PasswordSync it is
    still sent once."""

    password_field = "new_password1"
    _push = None

    @property
    def auth0_outcome(self):
        """After save(): what Auth0 answered (auth0db.passwords.push), None until it is known."""
        return self._push.outcome if self._push is not None else None

    @property
    def auth0_warning(self):
        """After save(): words for the user where the tenant's policy refused what could not be
        known before, or ""."""
        return WARNINGS.get(self.auth0_outcome, "")

    @hides_everything
    def save(self, commit=True):
        user = super().save(commit)
        if commit:
            self.push()
        return user

    @hides_secrets
    def push(self):
        """For those who call save(commit=False): call this once the user is saved."""
        password = self.cleaned_data.get(self.password_field)
        if password and is_password_usable(self.user.password):
            self._push = passwords.push_on_commit(self.user, password)

    @hides_secrets
    def _sendable(self):
        password = self.cleaned_data.get(self.password_field)
        said_by_validator = validators.sync_is_installed()
        if password and not said_by_validator and not passwords.is_sendable(password):
            raise forms.ValidationError(validators.UNSENDABLE, code="password_unsendable")
        return password


class PasswordResetForm(auth_forms.PasswordResetForm):
    """For PasswordResetView(form_class=...): a reset works at any stage of the migration, and nobody
    learns from text, status or time who has an account. Users who have moved get the site's mail
    with or without a usable local password; whoever is known to Auth0 alone gets Auth0's own."""

    def get_users(self, email):
        yield from super().get_users(email)
        yield from (user for user in self.moved_users(email) if not user.has_usable_password())

    def moved_users(self, email):
        """Active and linked. Django leaves those without a usable password out: theirs is at Auth0."""
        name = people.email_field()
        alike = people.users().filter(**{name + "__iexact": email}, auth0__isnull=False)
        return [
            user
            for user in alike
            if user.is_active and people.same_email(people.email_of(user), email)
        ]

    def save(self, *args, **kwargs):
        """What depends on who it is happens after the answer."""
        # partial, and no request in a closure: the thread is given all it needs
        send = partial(self.send, translation.get_language(), args, kwargs)
        transaction.on_commit(partial(self.later, send))

    def later(self, send):
        """Call send() once the answer is out. Override it to use a queue of the site's own."""
        afterwards.do(send)

    def send(self, language, args, kwargs):
        email = self.cleaned_data["email"]
        with translation.override(language):
            if any(True for _ in self.get_users(email)):
                super().save(*args, **kwargs)
            elif all(user.is_active for user in people.sharers(email)):
                self.send_by_tenant(email)

    def send_by_tenant(self, email):
        """Auth0 answers the same whether it knows the e-mail or not, and mails those it knows."""
        client = conf.client()
        outcome, _, message = client.reset_mail(email, deadline=conf.seconds("AUTH0_DEADLINE"))
        if outcome != "ok":
            log.warning("Auth0 did not take the request for a reset mail (%s): %s", outcome, message)


class SetPasswordForm(InStep, auth_forms.SetPasswordForm):
    """For PasswordResetConfirmView(form_class=...), or the old view's set_password_form."""

    def clean_new_password1(self):
        return self._sendable()


class PasswordChangeForm(InStep, auth_forms.PasswordChangeForm):
    """For PasswordChangeView(form_class=...)."""

    def clean_new_password1(self):
        return self._sendable()


class AdminPasswordChangeForm(InStep, auth_forms.AdminPasswordChangeForm):
    """For UserAdmin.change_password_form. A password made unusable (Django 5.1) is not pushed: the
    tenant's stands."""

    password_field = "password1"

    def clean_password1(self):
        return self._sendable()


class SaysWhy(Discreet):
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
