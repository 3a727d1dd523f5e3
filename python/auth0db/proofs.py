"""Does the site read and write each kind of hash as Auth0 will?

Auth0 verifies an imported hash as its name says. A site may have put something else under that name: a pepper, a
pre-hash, another digest, a user model with methods of its own. Its users would all be locked out, and the hash test
of an import would not see it, since it is made with hashes of ours. So the site itself is asked: its hashers and the
user model's check_password judge a hash of ours, and we judge theirs. What one side does not take does not move.
"""

import copy
import secrets

from django.contrib.auth import get_user_model, hashers

from auth0db import _native, hashes
from auth0db.reports import hides_everything


@hides_everything
def unproven():
    """{kind of hash: the class that makes or checks it in a way of its own}"""
    password = "auth0db-é-" + secrets.token_urlsafe(12)  # letters that take two bytes are part of the proof
    found = {}
    for kind, encoded in _native.hash_samples(password.encode()):
        if _judged(encoded, password) is not True:
            found[kind] = _judge_of(encoded)
    for name, make in _makers():
        kind = _misread(make, password)
        if kind is not None:
            found.setdefault(kind, name)
    return found


def _person(encoded):
    """Somebody who is nowhere, and whom no method of the model's saves."""
    user = get_user_model()()
    user.password = encoded
    user.save = _not_saved
    return user


def _not_saved(*args, **kwargs):
    pass


def _judged(encoded, password):
    """What the site says to a hash of ours; None where it fails."""
    try:
        return hashes.check(_person(encoded), password)
    except Exception:  # a model's own method, which nobody has called in this way before
        return None


def _judge_of(encoded):
    if hashes.is_own(get_user_model()(), "check_password"):
        return get_user_model()._meta.label
    return _name(hashers.identify_hasher(encoded))


def _name(thing):
    return "%s.%s" % (type(thing).__module__, type(thing).__qualname__)


def _makers():
    """(name, function of a password) of whatever writes hashes on this site."""
    if hashes.is_own(get_user_model()(), "set_password"):
        yield get_user_model()._meta.label, _made_by_the_model
    for hasher in hashers.get_hashers():
        yield _name(hasher), _made_by(hasher)


def _made_by_the_model(password):
    user = _person("")
    user.set_password(password)
    return user.password


def _made_by(hasher):
    hasher = copy.copy(hasher)
    if getattr(hasher, "iterations", 0) > 1000:
        hasher.iterations = 1000  # as proof a thousand are worth a million

    return lambda password: hasher.encode(password, hasher.salt())


def _misread(make, password):
    """The kind of what was made, where it moves by its name and we read another password in it."""
    try:
        encoded = make(password)
    except Exception:
        return None  # it makes none: a library is missing, say
    kind = _native.hash_kind(encoded) if isinstance(encoded, str) else None
    moves = kind in dict(_native.hash_samples(b""))
    return kind if moves and _native.hash_verify(encoded, password.encode()) is not True else None
