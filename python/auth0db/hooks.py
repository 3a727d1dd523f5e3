"""Sees every save of a user that writes the password, the e-mail, the user name or the active flag.

A password that was replaced must not come back by an object that was read before: a slow view, a
task, the login() of Django 1.4 save all fields of what they have in memory, the old hash too. So a
hash that is on record as replaced is not written over one that is not, unless somebody has called
set_password. Nor is one that the object was read with and nobody has touched, moved or not: that
closes the time of an import too, when there is no record yet. A new password is put on record as
told, before anybody is told.
"""

import logging

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import (
    UNUSABLE_PASSWORD_PREFIX,
    UNUSABLE_PASSWORD_SUFFIX_LENGTH,
    identify_hasher,
)
from django.apps import apps
from django.db import connections, transaction
from django.db.models.signals import post_init

from auth0db import _native, conf, digests, hashes, marks, models, people, sync
from auth0db.reports import hides_everything

log = logging.getLogger("auth0db")

BEFORE = "_auth0_hash_before"
CHANGED = "_auth0_changed"  # what the row had of e-mail, name and flag before this save


def connect():
    """To the user model and what inherits from it: every other model would pay for it with each row it reads."""
    concrete = get_user_model()._meta.concrete_model
    for model in apps.get_models():
        if issubclass(model, concrete):
            post_init.connect(after_init, sender=model, dispatch_uid="auth0db.after_init")


def after_init(sender, instance, **kwargs):
    """Receiver of post_init. Beside the fields, not among them: a site may do with those what it likes."""
    instance._state.auth0_hash_read = instance.__dict__.get("password")


def _is_as_read(instance):
    """False also where nobody knows: the field was read later, or its last write may be rolled back yet."""
    return instance.password == getattr(instance._state, "auth0_hash_read", None)


def _note_written(instance, using):
    """Rolled back, the row has another one, and whoever saves once more must get what they have set."""
    written = instance.password
    instance._state.auth0_hash_read = None

    def committed():
        instance._state.auth0_hash_read = written

    transaction.on_commit(committed, using=using)


def _watched():
    """Fields whose changes are Auth0's business."""
    names = ["password", people.email_field(), "username", "is_active"]
    return [name for name in names if name and people.has_column(name)]


def _writes(instance, raw, update_fields):
    """Those of them that this save writes."""
    if raw or instance._state.adding or instance.pk is None:
        return []
    if not isinstance(instance, get_user_model()) or models.missing():
        return []
    return [name for name in _watched() if update_fields is None or name in update_fields]


def _latest(rows, using):
    """Under REPEATABLE READ a plain query shows the row as it was when the transaction began."""
    return rows.select_for_update() if connections[using].in_atomic_block else rows


@hides_everything
def before_save(sender, instance, raw=False, using=None, update_fields=None, **kwargs):
    """Receiver of pre_save."""
    instance.__dict__.pop(BEFORE, None)
    instance.__dict__.pop(CHANGED, None)
    names = _writes(instance, raw, update_fields)
    if not names:
        return
    rows = instance.__class__._base_manager.using(using).filter(pk=instance.pk)
    row = _latest(rows, using).values(*names).first()
    if row is None:
        return
    stored = row.pop("password", instance.password)
    changed = {name: value for name, value in row.items() if value != getattr(instance, name)}
    if changed:
        instance.__dict__[CHANGED] = changed
    if stored != instance.password:
        _look_at_password(instance, stored)


@hides_everything
def _look_at_password(instance, stored):
    links = models.writable(models.Auth0User)
    link = _latest(links.filter(user_id=instance.pk), links.db).first()
    if getattr(instance, "_password", None) is not None:
        if link is not None:
            instance.__dict__[BEFORE] = stored
    elif _comes_back(instance, link, stored):
        instance.password = stored
        log.warning(
            "user %s was saved with a password that was replaced since: the stored one is kept",
            people.key_of(instance),
        )


@hides_everything
def _is_marker(instance):
    """A site's own way to say that no password is right: "!", "*", "locked". It is the same text whenever
    it is set, and opens nothing. What Django writes has a random end, and ends sessions."""
    encoded = instance.password
    if not encoded or encoded.startswith(UNUSABLE_PASSWORD_PREFIX):
        return len(encoded) <= UNUSABLE_PASSWORD_SUFFIX_LENGTH
    if hashes.is_own(instance, "check_password"):
        return False
    try:
        identify_hasher(encoded)
    except ValueError:
        return _native.hash_verify(encoded, b"") is None
    except Exception:  # whatever a hasher's module raises that cannot be imported
        return False
    return False


@hides_everything
def _comes_back(instance, link, stored):
    """A model with a set_password of its own need not leave a trace of it, and without a salt a
    password that is set again has the hash of before: such a hash may be a new one."""
    if hashes.is_own(instance, "set_password") and _native.digest_needs_key(instance.password):
        return False
    return _was_replaced(instance, link, stored) and not _is_marker(instance)


@hides_everything
def _was_replaced(instance, link, stored):
    if link is None:
        return _is_as_read(instance)
    old, now = (digests.standing(link, each)["standing"] for each in (instance.password, stored))
    if "replaced" in (old, now):
        return old != now and old == "replaced"
    return _is_as_read(instance) and not old == now == "same"  # two hashes of one password


@hides_everything
def after_save(sender, instance, using=None, update_fields=None, **kwargs):
    """Receiver of post_save. Django calls password_changed, and so our push, after this."""
    if hasattr(instance._state, "auth0_hash_read") and (update_fields is None or "password" in update_fields):
        _note_written(instance, using)
    before = instance.__dict__.pop(BEFORE, None)
    if before is not None and marks.is_in_row(instance):
        marks.change(instance, None, ("told", before, instance.password))
    changed = instance.__dict__.pop(CHANGED, None)
    if changed is not None:
        _tell(instance, changed)


def _tell(instance, changed):
    """The name that the tenant has is kept first: until it has the new one, logins ask for that."""
    links = models.writable(models.Auth0User).filter(user_id=instance.pk)
    if changed.get("username") and conf.get("AUTH0_REQUIRE_USERNAME"):
        links.filter(tenant_username=None).update(tenant_username=changed["username"])
    if links.exists():
        sync.tell_on_commit(instance)
