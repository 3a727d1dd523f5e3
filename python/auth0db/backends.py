"""The authentication backend: a login that succeeds moves its user to Auth0."""

import logging

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model, load_backend
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.core.exceptions import ImproperlyConfigured, PermissionDenied

from auth0db import _native, conf, identities, kept, legacy, models, outage, people, refusals, rules, signals, sync, web
from auth0db.answers import Answers
from auth0db.models import Auth0Site
from auth0db.passwords import as_bytes
from auth0db.reports import hides_secrets

log = logging.getLogger("auth0db")
# Where auth0db 0.1 had its signals
__getattr__ = legacy.moved_names(
    __name__, {"auth0_user_created": "auth0db.signals", "auth0_users_create_failed": "auth0db.signals"}
)

# Longer than any e-mail address and any username column of Django's
IDENTIFIER_MAX = 1024


class MigrateToAuth0Backend(BaseBackend):
    """Stands before the backends that know the site's passwords, and after those that lock people
    out (axes).

    None: these are not credentials of a user with a password, ask the next backend.
    PermissionDenied: refused, and no other backend may be asked: ModelBackend would let in a moved
    user with the password of long ago.
    """

    @hides_secrets
    def authenticate(self, request=None, username=None, password=None, **kwargs):
        identifier = username
        for name in (get_user_model().USERNAME_FIELD, conf.username_field(), "email"):
            identifier = kwargs.get(name) if identifier is None else identifier
        if identifier is None or password is None:
            return None
        conf.require_handled_username_field()
        refusals.note(request, None)
        credentials = dict(kwargs, password=password)
        if username is not None:
            credentials["username"] = username
        identifier = str(identifier)
        if not is_text(identifier) or not is_password(password):
            return self._refuse(request, None, "bad_credentials")
        if models.missing():
            return self._before_migrate(request)
        answers = Answers(self, request, identifier, password, credentials)
        return self._decide(request, answers)

    async def aauthenticate(self, request=None, username=None, password=None, **kwargs):
        # Not inherited: beside ModelBackend as a second base, Django 5.2 would use that one's and
        # never ask us
        return await sync_to_async(self.authenticate)(
            request, username=username, password=password, **kwargs
        )

    if django.VERSION >= (5, 0):  # before, nobody awaits us and the decorator is for functions only
        aauthenticate = hides_secrets(aauthenticate)

    def get_user(self, user_id):
        model = get_user_model()
        try:
            user = model._default_manager.get(pk=user_id)
        except model.DoesNotExist:
            return None
        may_stay = self.user_can_authenticate(user) and rules.may_stay(self.backends_behind(), user)
        return user if may_stay else None

    async def aget_user(self, user_id):
        return await sync_to_async(self.get_user)(user_id)

    # --- for the site to override -----------------------------------------------------------------

    def user_can_authenticate(self, user):
        """What ModelBackend of this Django says: the versions differ in what a NULL means."""
        return bool(ModelBackend().user_can_authenticate(user))

    def new_users(self, tenant):
        """Unsaved users to try, in order, for somebody whom only the tenant knows
        (AUTH0_CREATE_USERS)."""
        return people.new_users(tenant)

    def backends_behind(self):
        """Those that decide what the site itself says to a login. Never ourselves, nor another one
        of our kind."""
        backends = [load_backend(path) for path in settings.AUTHENTICATION_BACKENDS]
        ours = [at for at, backend in enumerate(backends) if type(backend) is type(self)]
        behind = backends[ours[0] + 1 :] if ours else backends
        return [backend for backend in behind if not isinstance(backend, MigrateToAuth0Backend)]

    # --- one login --------------------------------------------------------------------------------

    def _begin(self, request, answers):
        """(client, login, None); or (None, login, what is wrong) where the settings make no client. Then the login
        runs without Auth0: whoever stays on the site must get in, to repair them."""
        common = {
            "site": Auth0Site.current(),
            "identifier": answers.identifier,
            "password": as_bytes(answers.password),
        }
        try:
            client = conf.client()
            address, options = conf.client_ip(request), conf.login_options()
        except (ImproperlyConfigured, ImportError) as broken:
            return None, _native.login_without_tenant(**common), broken
        return client, client.login(client_ip=address, **common, **options), None

    def _decide(self, request, answers):
        client, login, broken = self._begin(request, answers)
        answers.trouble = lambda: login.trouble or ""
        question = login.step()
        while question["ask"] not in ("admit", "refuse"):
            question = login.step(**answers.answer(question))
        user = answers.user(question.get("user_key"))
        if broken is not None:
            return self._who_stays(question, user, broken)
        known = outage.is_on()
        outage.observe(client)
        if login.trouble:
            log.log(logging.DEBUG if known else logging.WARNING, "Auth0: %s", login.trouble)
        if question["ask"] == "refuse":
            reason = question["refusal"]
            if question["may_be_told"]:
                knows = True in answers.verdicts.values()
                refusals.note(request, reason, answers.identifier, knows)
            return self._refuse(request, user, reason)
        if question["sync_due"]:  # changed by what no hook saw, or told without an answer
            sync.tell_quietly(user.pk, retries=False)
        held_by_trouble = question.get("by_fallback") and login.trouble and not answers.held_out
        if held_by_trouble and people.link_of(user) is None:
            signals.tell(
                signals.auth0_users_create_failed,
                type(user),
                user=user,
                reason="trouble",
                detail=login.trouble,
            )
        log.debug("user %s admitted after %d requests", people.key_of(user), login.requests)
        return user

    def _who_stays(self, question, user, broken):
        """Everybody else gets the error, as does a wrong password: nobody learns from it who stays."""
        if question["ask"] != "admit" or not kept.stays(user):
            raise broken
        log.error("user %s, who stays on the site, is admitted without Auth0: %s", people.key_of(user), broken)
        return user

    def _before_migrate(self, request):
        """Without a table of links nobody has moved, and the other backends decide. With an older
        one they might let in whom Auth0 refuses."""
        log.error("run `manage.py migrate auth0db`: no %s", ", ".join(models.missing()))
        if models.nobody_has_moved():
            return None
        refusals.note(request, "unavailable")
        return self._refuse(request, None, "unavailable")

    def _refuse(self, request, user, reason):
        known = people.key_of(user) if user is not None else "unknown"
        # Somebody's break-glass does not open: whoever runs the site wants to know it today
        level = logging.WARNING if reason == "keep_local" else logging.INFO
        log.log(level, "login refused (%s), user %s", reason, known)
        signals.tell(
            signals.auth0_login_refused, type(self), request=request, user=user, reason=reason
        )
        raise PermissionDenied(reason)


class Auth0LinkBackend(BaseBackend):
    """Lets in whom Auth0's own login page has let in (auth0db.urls): the user that the link names, never the one with
    the same e-mail. It takes no password, and no credentials that a form could hold.

    Stands behind the others; sessions name it."""

    def authenticate(self, request=None, auth0_identity=None):
        if not isinstance(auth0_identity, web.Identity):
            return None
        refusals.note(request, None)
        if models.missing():
            log.error("run `manage.py migrate auth0db`: no %s", ", ".join(models.missing()))
            refusals.note(request, "unavailable")
            return None
        user, reason, may_be_told = identities.decide(self, request, auth0_identity)
        if reason is None:
            return user
        if may_be_told:
            refusals.note(request, reason)
        log.info("login at Auth0 refused (%s), user %s", reason,
                 people.key_of(user) if user is not None else "unknown")  # fmt: skip
        signals.tell(signals.auth0_login_refused, type(self), request=request, user=user, reason=reason)
        return None

    get_user = MigrateToAuth0Backend.get_user
    aget_user = MigrateToAuth0Backend.aget_user
    user_can_authenticate = MigrateToAuth0Backend.user_can_authenticate
    new_users = MigrateToAuth0Backend.new_users

    def backends_behind(self):
        """All others: they may know of a suspension that Auth0 does not."""
        backends = [load_backend(path) for path in settings.AUTHENTICATION_BACKENDS]
        ours = (MigrateToAuth0Backend, Auth0LinkBackend)
        return [backend for backend in backends if not isinstance(backend, ours)]


def is_unicode(text):
    """False for lone surrogates, which no hasher, database or tenant takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_text(identifier):
    """Something a database and Auth0 can look up."""
    return "\0" not in identifier and len(identifier) <= IDENTIFIER_MAX and is_unicode(identifier)


def is_password(password):
    return isinstance(password, bytes) or (isinstance(password, str) and is_unicode(password))
