"""What the site itself would refuse for another reason than the password (S13): a suspension, say, that
a backend behind us looks at and Auth0 knows nothing of."""

import inspect

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.utils.module_loading import import_string

from auth0db import conf
from auth0db.reports import hides_secrets


@hides_secrets
def credentials_for(backend, request, spellings):
    """The first spelling of the credentials that this backend takes; None: they are not meant for
    it, and Django would not ask it."""
    signature = inspect.signature(backend.authenticate)
    for credentials in spellings:
        try:
            signature.bind(request, **credentials)
        except TypeError:
            continue
        return credentials
    return None


def spellings_of(identifier, password):
    names = ("username", "email", get_user_model().USERNAME_FIELD)
    return [{name: identifier, "password": password} for name in names]


def is_stock(backend):
    """Does it authenticate as ModelBackend does? Then the password is right, and what is left is
    user_can_authenticate()."""
    return (
        getattr(type(backend), "authenticate", None) is ModelBackend.authenticate
        and "authenticate" not in vars(backend)
    )


def checks_the_hash(backend):
    return isinstance(backend, ModelBackend)


def looks_at_hashes_alone(backend, verdicts):
    """With a password that no hash knows (verdicts): can this backend be spared? What ModelBackend
    does with it is known. A class derived from it that has an authenticate() of its own may know
    another place to look in for those without a hash."""
    if not checks_the_hash(backend) or get_user_model().USERNAME_FIELD != conf.username_field():
        return False
    return is_stock(backend) or None not in verdicts


@hides_secrets
def accepts(login, user):
    """Of a user whose password is right: does one of the backends behind us admit it? In their order,
    as Django asks them, and a PermissionDenied ends it. None that has an opinion: yes.

    login: the attempt (auth0db.answers.Answers).
    """
    said = []
    for backend in login.backend.backends_behind():
        try:
            opinion = _opinion(login, backend, user)
        except PermissionDenied:
            return False
        if opinion:
            login.accepted_by(user if opinion is True else opinion, backend)
            return True
        said.append(opinion)
    return False not in said


@hides_secrets
def _opinion(login, backend, user):
    """True, the user as the backend has found it, False, or None for none."""
    takes = credentials_for(backend, login.request, login.spellings())
    if takes is None:  # who is not asked for a password cannot vouch for one, only object
        return False if _can_authenticate(backend, user) is False else None
    if checks_the_hash(backend) and not is_stock(backend):
        return _authenticates(login, backend, user)
    return _can_authenticate(backend, user)


def _can_authenticate(backend, user):
    """None where the backend has no such rule. Others than ModelBackend's kind get no more than
    this question: a directory must not be sent the passwords of those who have moved."""
    rule = getattr(backend, "user_can_authenticate", None)
    return None if rule is None else bool(rule(user))


@hides_secrets
def _authenticates(login, backend, user):
    """An authenticate() of its own may look at anything, so it is called: by now the stored hash
    knows the password. What was typed comes first; a backend that knows people by another name gets
    that one, for this is not about names."""
    for identifier in dict.fromkeys([None, *login.names_of(user)]):
        found = login.ask(backend, identifier)
        if found is not None:
            return found if found.pk == user.pk else False
    return False


def path_of(backend):
    """As the settings name it."""
    paths = settings.AUTHENTICATION_BACKENDS
    return next((path for path in paths if import_string(path) is type(backend)), None)


def may_stay(backends, user):
    """Of a session that names us: may this user still log in, as far as a backend behind us has a
    rule about it?"""
    said = [_can_authenticate(backend, user) for backend in backends]
    return True in said or False not in said
