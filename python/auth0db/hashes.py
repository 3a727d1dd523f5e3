"""The stored hash of a user's password: checked, made and renewed the way this site does it.

Where the user model has a check_password or a set_password of its own, only that one knows what is
stored: it is asked. For all others Django's hashers are, which the site may have replaced under a
stock name.
"""

import copy
import logging

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, router

from auth0db import _native
from auth0db.passwords import as_bytes
from auth0db.reports import hides_everything, hides_secrets

log = logging.getLogger("auth0db")

STOCK = hashers.BasePasswordHasher.__module__


def is_own(user, method):
    """Has the user model a set_password or check_password of its own?"""
    # __class__: type() of request.user is that of its lazy wrapper
    return getattr(user.__class__, method, None) not in (None, getattr(AbstractBaseUser, method))


def _text(password):
    """As a form would have given it: what a model does with bytes nobody has tried."""
    return password.decode() if isinstance(password, bytes) else password


def is_a_failure(error):
    """Of a hasher or a backend, rather than somebody who ends this request. Those written in Rust (bcrypt is) fail on
    a malformed hash with an exception that is none of Exception's, lest it be caught unawares."""
    return isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime"


# --- checking -------------------------------------------------------------------------------------


@hides_secrets
def check(user, password):
    """Does the stored hash match? None where no password ever will: unusable, malformed, past the
    bounds on work. Never raises but for a database that fails, and takes a hash's time where there is
    nothing to compare. Upgrades nothing; a check_password of the model's own may."""
    if is_own(user, "check_password"):
        return _checked_by_the_model(user, password)
    if not user.password or not hashers.is_password_usable(user.password):
        return _no_password(password)
    return _checked_by_hashers(user, password)


def _no_password(password):
    hashers.make_password(password)
    return None


@hides_secrets
def _checked_by_the_model(user, password):
    try:
        verdict = bool(user.check_password(_text(password)))
    except DatabaseError:
        raise
    except BaseException as error:
        if not is_a_failure(error):
            raise
        return _unreadable(user, password, error)
    if verdict or (user.password and hashers.is_password_usable(user.password)):
        return verdict
    return _no_password(password)


@hides_secrets
def _unreadable(user, password, error):
    """Wrong, and not None: what failed for the moment (a pepper that is kept elsewhere) must not be
    written over."""
    if user.pk is not None:  # somebody who is nowhere proves a kind of hash: auth0db.proofs says what came of it
        log.warning(
            "the hash of user %s cannot be read (%s): taken as a wrong password",
            user._meta.pk.value_to_string(user),
            type(error).__name__,
        )
    hashers.make_password(password)
    return False


@hides_secrets
def _checked_by_hashers(user, password):
    """As check_password() of Django does, without its setter. The library's own code is several times
    as fast, and would tell a stranger by the time which users have moved; it has the last word on
    what Django would work on for hours, and on the formats that this site no longer lists."""
    encoded = user.password
    fault = _native.hash_fault(encoded)
    if fault == "too_costly":
        return _no_password(password)
    try:
        hasher = hashers.identify_hasher(encoded)
    except Exception:  # ValueError; and whatever a hasher's module raises that cannot be imported
        hasher = None
    stock = hasher is None or type(hasher).__module__ == STOCK
    if hasher is not None and not (stock and fault):
        try:
            return _verified(hasher, password, encoded)
        except BaseException as error:
            if not is_a_failure(error):
                raise
            if not stock:
                return _unreadable(user, password, error)
    # Not listed any more, malformed, or of a hasher that misses its own library
    verdict = _native.hash_verify(encoded, as_bytes(password))
    return _no_password(password) if verdict is None else verdict


@hides_secrets
def _verified(hasher, password, encoded):
    if hasher.verify(password, encoded):
        return True
    preferred = hashers.get_hasher()
    if hasher.algorithm == preferred.algorithm and preferred.must_update(encoded):
        hasher.harden_runtime(password, encoded)
    return False


def is_unreadable(user):
    """Does whoever checks a password of this user fail, whatever the password is?"""
    if not is_own(user, "check_password"):
        return _native.hash_verify(user.password, b"") is None
    try:
        user.check_password("")
    except BaseException as error:
        if not is_a_failure(error):
            raise
        return True
    return False


@hides_secrets
def is_outdated(user):
    """Would Django hash this user's password anew at a login? Where the model checks passwords
    itself, that is the model's own affair."""
    if is_own(user, "check_password"):
        return False
    try:
        preferred = hashers.get_hasher()
        hasher = hashers.identify_hasher(user.password)
        return hasher.algorithm != preferred.algorithm or preferred.must_update(user.password)
    except Exception:  # of a format that the site no longer lists, or malformed
        return False


# --- making ---------------------------------------------------------------------------------------


class NewHash:
    """A hash of this password for one instance: apply() it, then save() it or undo() it.

    Made by the model's own set_password where it has one, which may set more than the hash: every
    field that it changed is saved. Nobody is told: the tenant has the password already, so
    password_changed() is not called.
    """

    @hides_everything
    def __init__(self, user, password):
        self.user, self.password = user, password
        self.encoded = None
        if not is_own(user, "set_password"):
            self.encoded = hashers.make_password(password)  # now, and not while a row is held
        self.before = {}

    @hides_everything
    def apply(self):
        """False where the model's own method failed; the instance is then as it was."""
        self.before = _values(self.user)
        if self.encoded is not None:
            self.user.password = self.encoded
            return True
        try:
            self.user.set_password(_text(self.password))
        except DatabaseError:
            raise
        except Exception as error:
            log.error(
                "set_password of user %s failed (%s): the hash stays as it is",
                self.user._meta.pk.value_to_string(self.user),
                type(error).__name__,
            )
            self.undo()
            return False
        self.user._password = None
        return True

    def changed(self):
        now = _values(self.user)
        fields = self.user._meta.concrete_fields
        return [f.name for f in fields if _differ(self.before, now, f.attname)]

    @hides_everything
    def save(self, fields=None):
        """In one UPDATE of the fields that changed. Call it in a transaction that holds the row."""
        database = router.db_for_write(self.user.__class__, instance=self.user)
        self.user.save(using=database, update_fields=self.changed() if fields is None else fields)

    @hides_everything
    def undo(self):
        self.user._password = None
        for field in self.user._meta.concrete_fields:
            if field.attname in self.before:
                self.user.__dict__[field.attname] = self.before[field.attname]
            else:
                self.user.__dict__.pop(field.attname, None)  # deferred again


def _values(user):
    """Of the concrete fields, those that are loaded. Containers are copied: a model may change them
    in place (a list of former hashes, say)."""
    values = {}
    for field in user._meta.concrete_fields:
        if field.attname in user.__dict__:
            value = user.__dict__[field.attname]
            values[field.attname] = copy.deepcopy(value) if _is_container(value) else value
    return values


def _is_container(value):
    return isinstance(value, (list, dict, set, bytearray))


def _differ(before, now, name):
    if (name in before) != (name in now):
        return name in now
    return name in now and before[name] != now[name]
