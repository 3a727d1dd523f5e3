"""For AUTH_PASSWORD_VALIDATORS: what Auth0 would refuse is refused here first, and what is set here
is set there."""

import logging
from functools import lru_cache

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    get_default_password_validators,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from auth0db import conf, kept, passwords, people, policy
from auth0db.backends import is_unicode
from auth0db.reports import hides_secrets

log = logging.getLogger("auth0db")

UNSENDABLE = gettext_lazy(
    "This password is too long: use at most 72 bytes, which is 72 plain letters."
)


class Auth0PasswordSync:
    """Mirrors every password that is set with set_password() and save(): forms, the admin,
    changepassword, your own code. Refuses only what Auth0 cannot keep whole."""

    @hides_secrets
    def validate(self, password, user=None):
        if not passwords.is_sendable(password):
            raise ValidationError(UNSENDABLE, code="password_unsendable")

    def get_help_text(self):
        return _("Your password must have at most 72 bytes, which is 72 plain letters.")

    @hides_secrets
    def password_changed(self, password, user=None):
        """Called by save(), once for each set_password(). The password is saved, so it is too late for an error
        page, and Django's frame that calls us would show the password on it."""
        if user is None:
            return
        try:
            passwords.push_on_commit(user, password)
        except Exception as error:
            log.error(
                "the new password of user %s is not at Auth0 yet: %s",
                people.key_of(user),
                type(error).__name__,
            )


def sync_is_installed():
    return any(isinstance(each, Auth0PasswordSync) for each in get_default_password_validators())


class TenantPasswordPolicy:
    """Refuses what the connection's policy would refuse, before anything has changed on either
    side. Where the tenant cannot be asked it has no opinion. What cannot be known beforehand
    (former passwords, the tenant's own list of common ones) shows when the password is pushed."""

    @hides_secrets
    def validate(self, password, user=None):
        if user is not None and kept.stays(user):  # whose password Auth0 never gets
            return
        wanted = policy.current()
        if wanted is None:
            return
        faults = wanted.check(password.encode("utf-8", "surrogatepass"), **person(user))
        if wanted.rules["dictionary"] and "common" not in faults and is_common(password):
            faults.append("common")
        if faults:
            raise ValidationError(
                [ValidationError(say(f, wanted.rules), code="password_" + f) for f in faults]
            )

    def get_help_text(self):
        wanted = policy.current()
        if wanted is None:
            return _("Your password must be good enough for the sign-in service.")
        return " ".join(str(text) for text in describe(wanted.rules))


def person(user):
    """What the tenant knows of a user. The username is not sent unless the connection wants one."""
    if user is None:
        return {}
    known = {
        "email": people.email_of(user),
        "username": people.username_of(user) if conf.get("AUTH0_REQUIRE_USERNAME") else "",
        "given_name": getattr(user, "first_name", "") or "",
        "family_name": getattr(user, "last_name", "") or "",
    }
    return {name: text for name, text in known.items() if "\0" not in text and is_unicode(text)}


@lru_cache(maxsize=1)
def common_passwords():
    """Django's list stands in for the tenant's, which cannot be read."""
    return CommonPasswordValidator()


@hides_secrets
def is_common(password):
    try:
        common_passwords().validate(password)
    except ValidationError:
        return True
    return False


# --- in people's words ----------------------------------------------------------------------------

KINDS = {
    "lower": gettext_lazy("lower-case letters (a–z)"),
    "upper": gettext_lazy("upper-case letters (A–Z)"),
    "number": gettext_lazy("digits (0–9)"),
    "special": gettext_lazy("special characters (such as ! $ % ?)"),
}
FAULTS = {
    "not_text": UNSENDABLE,
    "too_long": UNSENDABLE,
    "repeated": gettext_lazy("This password has more than two identical characters in a row."),
    "sequence": gettext_lazy("This password contains a sequence such as abc or 321."),
    "common": gettext_lazy("This password is on a list of common passwords."),
    "personal": gettext_lazy(
        "This password contains personal data, such as your name or your e-mail address."
    ),
}


def say(fault, rules):
    if fault == "too_short":
        return ngettext(
            "This password is too short: use at least %(n)d character.",
            "This password is too short: use at least %(n)d characters.",
            rules["min_length"],
        ) % {"n": rules["min_length"]}
    if fault == "kinds":
        return kinds_wanted(rules)
    return FAULTS[fault]


def kinds_wanted(rules):
    names = {"kinds": ", ".join(str(KINDS[kind]) for kind in rules["kinds"])}
    if rules["kinds_needed"] == len(rules["kinds"]):
        return _("Your password must contain all of these: %(kinds)s.") % names
    names["n"] = rules["kinds_needed"]
    return _("Your password must contain at least %(n)d of these: %(kinds)s.") % names


def describe(rules):
    yield (
        ngettext(
            "Your password must have at least %(n)d character.",
            "Your password must have at least %(n)d characters.",
            rules["min_length"],
        )
        % {"n": rules["min_length"]}
    )
    if rules["kinds_needed"]:
        yield kinds_wanted(rules)
    if rules["no_repeats"]:
        yield _("It must not have more than two identical characters in a row.")
    if rules["no_sequences"]:
        yield _("It must not contain sequences such as abc or 321.")
    if rules["dictionary"]:
        yield _("It must not be a common password.")
    if rules["no_personal_data"]:
        yield _("It must not contain personal data, such as your name or your e-mail address.")
    if rules["history"]:
        yield (
            ngettext(
                "It must not be the one before.",
                "It must not be one of your last %(n)d passwords.",
                rules["history"],
            )
            % {"n": rules["history"]}
        )
