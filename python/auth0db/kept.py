"""Break-glass: users who stay on the site and never depend on Auth0 (AUTH0_KEEP_LOCAL).

They do not move, nothing is asked of Auth0 about them, and the site's own backends decide their logins. One who had
moved before is decided like everybody in an outage, and always so (include/auth0db/login.h): what was replaced does not
come back by a setting.
"""

import logging

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.utils.module_loading import import_string

from auth0db import conf, digests, mailboxes
from auth0db.exceptions import BadSetting
from auth0db.models import Auth0User, writable
from auth0db.tenant import Finding

log = logging.getLogger("auth0db")

SETTING = "AUTH0_KEEP_LOCAL"
SUPERUSERS = "superusers"
KINDS = ("user", "group", "function")
SHOWN = 10  # users, in a finding


class Rules:
    """The setting, taken apart. BadSetting where it is no list of texts. A function that is none is `broken`: whoever
    stays by the rest of it stays; of others nobody knows, and keep() says so."""

    def __init__(self):
        value = conf.get(SETTING)
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
            raise BadSetting(SETTING, "is not a list of texts, such as ['superusers']")
        self.superusers = SUPERUSERS in value
        found = {kind: [] for kind in KINDS}
        for entry in value:
            if entry != SUPERUSERS:
                kind, colon, name = entry.partition(":")
                found[kind if colon and kind in KINDS else "user"].append(
                    name if colon and kind in KINDS else entry
                )
        self.names, self.groups = found["user"], found["group"]
        self.functions, self.broken = [], None
        for path in found["function"]:
            try:
                self.functions.append(function_at(path))
            except BadSetting as broken:
                self.broken = broken

    def any(self):
        return bool(self.superusers or self.names or self.groups or self.functions or self.broken)

    def keep(self, user):
        if self.superusers and getattr(user, "is_superuser", False):
            return True
        if self.names and user.get_username() in self.names:
            return True
        if self.groups and in_groups(user, self.groups):
            return True
        if any(function(user) for function in self.functions):
            return True
        if self.broken is not None:
            raise self.broken
        return False

    def require(self):
        """These rules, whole."""
        if self.broken is not None:
            raise self.broken
        return self


def function_at(path):
    try:
        function = import_string(path)
    except ImportError as error:
        raise BadSetting(SETTING, "names function:%s: %s" % (path, error)) from None
    if not callable(function):
        raise BadSetting(SETTING, "names function:%s, which is no function" % path)
    return function


def in_groups(user, names):
    groups = getattr(user, "groups", None) if user.pk is not None else None
    return groups is not None and groups.filter(name__in=names).exists()


def stays(user):
    """Does this user stay on the site? A function of the site's that fails ends the login: unknown is not no."""
    rules = Rules()
    return rules.any() and rules.keep(user)


# --- all of them ----------------------------------------------------------------------------------


def users():
    """Every user who stays, whatever the site's manager hides. Functions are asked of each user there is."""
    rules, seen = Rules().require(), set()
    for queryset in _queries(rules):
        for user in queryset.iterator():
            if user.pk not in seen and rules.keep(user):
                seen.add(user.pk)
                yield user


def _queries(rules):
    model = get_user_model()
    everybody = writable(model)
    if rules.functions or (rules.superusers and not has_field("is_superuser")):
        yield everybody
        return
    if rules.superusers:
        yield everybody.filter(is_superuser=True)
    if rules.names:
        yield everybody.filter(**{model.USERNAME_FIELD + "__in": rules.names})
    if rules.groups and has_field("groups"):
        yield everybody.filter(groups__name__in=rules.groups)


def has_field(name):
    try:
        get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def keys():
    """Their primary keys as text, as the command compares them."""
    return sorted(user._meta.pk.value_to_string(user) for user in users())


# --- what is wrong with it ------------------------------------------------------------------------


def findings():
    """For auth0_check: needs the database."""
    try:
        rules = Rules().require()
    except BadSetting:
        return  # said by the site's own checks
    yield from _unknown_names(rules)
    staying = list(users()) if rules.any() else []
    yield from _shut_out(staying)
    if has_field("is_superuser") and has_field("is_active"):
        yield from _without_superuser(staying)


def _unknown_names(rules):
    model = get_user_model()
    field = model.USERNAME_FIELD
    known = {
        getattr(user, field) for user in writable(model).filter(**{field + "__in": rules.names})
    }
    for name in rules.names:
        if name not in known:
            yield Finding(
                "error", SETTING, "there is no user %r" % name,
                "Write the name as the site has it, or take it out. A group is 'group:NAME'.",
            )  # fmt: skip
    for name in rules.groups:
        if not has_field("groups") or not _group_exists(name):
            yield Finding("error", SETTING, "there is no group %r" % name, "Make it, or take it out.")


def _group_exists(name):
    return writable(get_user_model()._meta.get_field("groups").related_model).filter(name=name).exists()


def email_of(user):
    return getattr(user, user.get_email_field_name(), None) or ""


def standing_of(link, user):
    """What the link says of somebody who stays: "" nothing that bars; else a sentence about it."""
    if link.word:
        return "Auth0 has said %r of this user" % link.word
    standing = digests.standing(link, user.password)["standing"]
    if standing not in ("same", "told"):
        return "the stored password is not the last one that both sides shared"
    if standing == "told" and mailboxes.tenant_moved(link, email_of(user)):
        return "the e-mail was changed at Auth0, and who reads the old one may have set the password"
    return ""


def _shut_out(staying):
    links = {
        link.user_id: link
        for link in writable(Auth0User).filter(user_id__in=[user.pk for user in staying])
    }
    barred, moved = [], []
    for user in staying:
        link = links.get(user.pk)
        why = standing_of(link, user) if link is not None else ""
        if why:
            barred.append((user, why))
        elif link is not None:
            moved.append(user)
    for user, why in barred[:SHOWN]:
        yield Finding(
            "error", SETTING, "user %s stays on the site and cannot log in: %s" % (user.get_username(), why),
            "If this is who it should be: `manage.py auth0_local --accept %s`." % user.get_username(),
        )  # fmt: skip
    if moved:
        yield Finding(
            "warning", SETTING,
            "%d users who stay had moved before (%s): if they have changed the password at Auth0 since "
            "their last login here, the site knows only the older one"
            % (len(moved), ", ".join(user.get_username() for user in moved[:SHOWN])),
            "Set them a new password here: `manage.py changepassword NAME`.",
        )  # fmt: skip


def _without_superuser(staying):
    if any(user.is_superuser and user.is_active for user in staying):
        yield Finding("ok", SETTING, "a superuser can log in without Auth0")
    elif writable(get_user_model()).filter(is_superuser=True, is_active=True).exists():
        yield Finding(
            "warning", SETTING, "no superuser stays on the site: whoever is locked out of Auth0, or blocked there, "
            "is locked out of the admin",
            "Set AUTH0_KEEP_LOCAL = ['superusers'], or name one.",
        )  # fmt: skip
