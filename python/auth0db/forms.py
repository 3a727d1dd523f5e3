"""Forms that keep the passwords on both sides the same."""

import logging
from functools import partial

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm as AdminAuthenticationFormOfDjango
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import is_password_usable
from django.core.mail import EmailMultiAlternatives
from django.db import connections, router, transaction
from django.template import loader
from django.utils.translation import gettext_lazy as _

from auth0db import (
    addresses, afterwards, conf, kept, mailboxes, models, outbox, passwords, people, refusals, validators,
)  # fmt: skip
from auth0db.reports import hides_everything, hides_secrets

log = logging.getLogger("auth0db")

WARNINGS = {
    "weak_password": _(
        "Your new password is valid here, but the sign-in service does not accept it: perhaps you "
        "have used it before, or it is too easy to guess. Please choose another one."
    ),
}


NO_MAIL_NOW = _("No mail can be sent at the moment. Please try again in a few minutes.")

# Not in AUTHENTICATION_BACKENDS: a session that names it is an anonymous one
NO_BACKEND = "auth0db.refused"


class SensitiveForm:
    """Mixin: no password in Django's error report, should a validator or a backend fail."""

    @hides_secrets
    def full_clean(self):
        super().full_clean()


class PasswordSync(SensitiveForm):
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
            outbox.link_was_used(people.email_of(user))
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

    def clean(self):
        """Between an upgrade and its `migrate` the links are there, and nobody can say what they say: who has moved would
        wait for a mail in vain, or get it in a mailbox left long ago. So nobody gets one, and everybody is told the same."""
        if models.missing() and not models.nobody_has_moved():
            log.error("run `manage.py migrate auth0db`: no reset mail is sent before, there is no %s", ", ".join(models.missing()))
            raise forms.ValidationError(NO_MAIL_NOW, code="unavailable")
        return super().clean()

    def get_users(self, email):
        moved = self.moved_users(email)
        elsewhere = self.elsewhere(moved)
        yield from (user for user in super().get_users(email) if user.pk not in elsewhere)
        yield from (
            user
            for user in moved
            if user.pk not in elsewhere and not user.has_usable_password()
        )

    def elsewhere(self, moved):
        """Keys of those who have another mailbox at Auth0, where it was changed. A mail to the site's is one to who
        reads the old one. The key is asked for whoever it is: as many queries for nobody."""
        if models.missing():  # before `migrate`
            return set()
        key = models.Auth0Site.made_digest_key()
        return {
            user.pk
            for user in moved
            if mailboxes.tenant_moved(user.auth0, people.email_of(user), key)
        }

    def moved_users(self, email):
        """Active and linked. Django leaves those without a usable password out: theirs is at Auth0."""
        column = people.address_column()
        if column is None or models.missing():  # before `migrate` nobody can say what a link says
            return []
        alike = addresses.look_up(people.users().filter(auth0__isnull=False).select_related("auth0"), column, email, None)
        return [
            user
            for user in alike
            if user.is_active and people.same_email(people.email_of(user), email)
        ]

    @hides_everything
    def save(self, *args, **kwargs):
        """The mail is made here, where the request, its host, its urlconf and its language are, for nobody as for
        somebody: the work is the same. It is sent after the answer, as how long that takes is not."""
        email = self.cleaned_data["email"]
        if models.missing():  # before `migrate`: the site's own mail, at once
            super().save(*args, **kwargs)
        elif not outbox.was_mailed(email):
            by, content = self.mail_for(email, args, kwargs)
            key = outbox.post(email, by, content)
            if key is not None:
                transaction.on_commit(partial(self.later, key, by))

    def later(self, key, by):
        """Send the outbox's row `key` once the answer is out. The setting AUTH0_MAIL_QUEUE names a function of
        the site's own that is given the key alone."""
        queue = conf.mail_queue()
        if queue is not None:
            queue(key)
        elif by != outbox.BY_NOBODY:
            afterwards.send(key, by)

    def mail_for(self, email, args, kwargs):
        """(by whom, what outbox.post keeps). All is asked whoever it is: as many queries for nobody."""
        users, others = list(self.get_users(email)), self.tenant_may_mail(email)
        letters = self.letters_to(users or [stand_in(email)], args, kwargs)
        if users:
            return outbox.BY_SITE, letters
        return (outbox.BY_AUTH0, email) if others else (outbox.BY_NOBODY, None)

    def tenant_may_mail(self, email):
        """Not about a user of the site who is inactive, or who stays on it, and not about an Auth0 user that is linked to somebody who has
        another address by now: whoever reads the old mailbox would get the account. Nor where to look would read all
        users."""
        if not people.finds_everybody():
            return False
        theirs = [user for user in people.sharers(email) if not user.is_active or kept.stays(user)]
        return not people.moved_with_address(email) and not theirs

    letters = None  # those that are being made; else a mail is sent at once

    def letters_to(self, users, args, kwargs):
        """What Django's own form would send to them."""
        self.letters = []
        self.get_users = lambda email: users
        try:
            with transaction.atomic(using=router.db_for_write(get_user_model())):
                super().save(*args, **kwargs)
        except Exception as error:
            if not is_stand_in(users[0]):
                raise
            log.debug("no mail was made for nobody: %s", type(error).__name__)
        finally:
            del self.get_users
            letters, self.letters = self.letters, None
        return letters

    def send_mail(
        self,
        subject_template_name,
        email_template_name,
        context,
        from_email,
        to_email,
        html_email_template_name=None,
    ):
        """As Django's, but for the sending. A site's own form that sends in another way overrides this, and then
        sends at once."""
        if self.letters is None:  # before `migrate`: nothing can be written down
            super().send_mail(
                subject_template_name,
                email_template_name,
                context,
                from_email,
                to_email,
                html_email_template_name,
            )
            return
        subject = "".join(loader.render_to_string(subject_template_name, context).splitlines())
        body = loader.render_to_string(email_template_name, context)
        message = EmailMultiAlternatives(subject, body, from_email, [to_email])
        if html_email_template_name is not None:
            html = loader.render_to_string(html_email_template_name, context)
            message.attach_alternative(html, "text/html")
        self.letters.append(outbox.letter(message))


def stand_in(email):
    """Somebody to make a mail for that nobody gets."""
    user = get_user_model()()
    user.set_unusable_password()
    if people.email_field():
        setattr(user, people.email_field(), email)
    user.is_a_stand_in = True
    return user


def is_stand_in(user):
    return getattr(user, "is_a_stand_in", False)


class SetPasswordForm(PasswordSync, auth_forms.SetPasswordForm):
    """For PasswordResetConfirmView(form_class=...), or the old view's set_password_form."""

    @hides_everything
    def save(self, commit=True):
        user = super().save(commit)
        if commit:
            self._name_backend(user)
        return user

    def _name_backend(self, user):
        """For PasswordResetConfirmView(post_reset_login=True): which backend is it that logs in? Ours, as the tenant has
        just taken the password, or knows nobody. Where it refuses this user, no backend: the session is nobody's (S1)."""
        if models.missing():  # then nobody has moved, or a login is refused until `migrate` has run
            refused = not models.nobody_has_moved()
        else:
            link = people.link_of(user)
            told = self.auth0_outcome in ("ok", "held") or kept.stays(user)
            refused = link is not None and (not told or link.word)
        backend = NO_BACKEND if refused else conf.our_backend()
        if backend is not None:
            user.backend = backend

    def clean_new_password1(self):
        return self._sendable()


class PasswordChangeForm(PasswordSync, auth_forms.PasswordChangeForm):
    """For PasswordChangeView(form_class=...)."""

    def clean_new_password1(self):
        return self._sendable()


class AdminPasswordChangeForm(PasswordSync, auth_forms.AdminPasswordChangeForm):
    """For UserAdmin.change_password_form. A password made unusable (Django 5.1) is not pushed: the
    tenant's stands."""

    password_field = "password1"

    def clean_password1(self):
        return self._sendable()


class RefusalReason(SensitiveForm):
    """Mixin for login forms: says why Auth0 refused, to those who may know (auth0db.refusals)."""

    def get_invalid_login_error(self):
        words = refusals.message_for(self.request)
        if words is None:
            return super().get_invalid_login_error()
        return forms.ValidationError(words, code=self.request.auth0_refusal)


class AuthenticationForm(RefusalReason, auth_forms.AuthenticationForm):
    """For LoginView(authentication_form=...)."""


class AdminAuthenticationForm(RefusalReason, AdminAuthenticationFormOfDjango):
    """For the admin: admin.site.login_form = AdminAuthenticationForm."""
