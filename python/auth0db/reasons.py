"""The reasons for not moving, in words, with what to do about each; docs/errors.md says more."""

from django.utils.translation import gettext_lazy as _

GIVE_ANOTHER_EMAIL = _("Give the user another e-mail.")
BY_ITSELF = _("Nothing to do: a login moves the user. At the end, send a reset mail.")
LOOK = _("Read the detail, change what it names, then try again.")

# slug: (what it means, what to do)
REASONS = {
    "keep-local": (
        _("stays on the site: the setting AUTH0_KEEP_LOCAL names the user"),
        _("Nothing to do. Take the user out of the setting to let the user move."),
    ),
    "no-email": (_("no e-mail"), _("Give the user an e-mail.")),
    "bad-email": (_("not an e-mail that Auth0 accepts"), GIVE_ANOTHER_EMAIL),
    "duplicate-email": (
        _("the e-mail is shared by several users"),
        _("Keep one of these users, or give each an e-mail of its own."),
    ),
    "foreign-account": (
        _("Auth0 has another account with this e-mail"),
        _("The user logs in with the password of that account, with a verified e-mail."),
    ),
    "username-taken": (
        _("another Auth0 user has this user name"),
        _("Change the user name, here or at Auth0."),
    ),
    "invalid-user": (_("Auth0 refused the user"), LOOK),
    "weak-password": (
        _("the password is too weak for Auth0"),
        _("Nothing to do: the user moves with the next password that is strong enough."),
    ),
    "unsendable-password": (
        _("Auth0 cannot store this password"),
        _("The user needs a password of at most 72 bytes."),
    ),
    "bad-username": (_("Auth0 would refuse the user name"), LOOK),
    "bad-hash": (_("the stored password is damaged"), _("Send the user a reset mail.")),
    "too-large": (_("the user's data is too large for an import"), LOOK),
    "site-hasher": (
        _("this site checks the stored password in a way of its own"),
        _("Nothing to do: a login moves the user. The detail names the class."),
    ),
    "must-reset": (_("Auth0 cannot verify the stored password"), BY_ITSELF),
    "canary-failed": (_("the hash test of this kind of password failed"), BY_ITSELF),
    "half-created": (
        _("a broken remainder of the user is at Auth0"),
        _("Delete the remainder at Auth0, then try again."),
    ),
    "tenant-refused": (_("the import at Auth0 refused the user"), LOOK),
}


def choices():
    return [(slug, said) for slug, (said, _cure) in REASONS.items()]


def words(slug):
    return REASONS[slug][0] if slug in REASONS else slug


def cure(slug):
    return REASONS[slug][1] if slug in REASONS else ""
