"""The settings, read when they are needed, and the one client of this process.

Nothing is cached but the client, and that one only for as long as the settings it was made of
stand: tests that override settings, and sites that change them at run time, get what they ask for.
"""

import logging
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import router
from django.utils.module_loading import import_string

from auth0db import _native, forks
from auth0db.exceptions import BadSetting, UnhandledUserNameField
from auth0db.reports import hides_everything, hides_secrets

log = logging.getLogger("auth0db")

DEFAULTS = {
    "AUTH0_DOMAIN": "",
    "AUTH0_CLIENT_ID": "",
    "AUTH0_CLIENT_SECRET": "",
    "AUTH0_MANAGEMENT_CLIENT_ID": "",
    "AUTH0_MANAGEMENT_CLIENT_SECRET": "",
    "AUTH0_CLIENT_KEY": "",
    "AUTH0_MANAGEMENT_CLIENT_KEY": "",
    "AUTH0_CLIENT_KEY_ALGORITHM": "",
    "AUTH0_USER_JWT": "",
    "AUTH0_CONNECTION": "",
    "AUTH0_CA_FILE": "",
    "AUTH0_TENANT_DOMAIN": "",
    "AUTH0_CUSTOM_DOMAIN": "",
    "AUTH0_PROXY": "",
    "AUTH0_REQUIRE_USERNAME": False,
    "AUTH0_LEGACY_USERNAME": False,
    "AUTH0_IDENTIFIER": "",
    "AUTH0_OUTAGE_FALLBACK": True,
    "AUTH0_CREATE_USERS": True,
    "AUTH0_ADOPT_EXISTING": False,
    "AUTH0_ON_DELETE": "",
    "AUTH0_SITE": "",
    "AUTH0_KEEP_LOCAL": (),
    "AUTH0_DEADLINE": 10.0,
    "AUTH0_CONNECT_TIMEOUT": 2.0,
    "AUTH0_CLIENT_IP": "auth0db.conf.remote_addr",
    "AUTH0_TRUSTED_PROXIES": 0,
    "AUTH0_FORWARDED_HEADER": "X-Forwarded-For",
    "AUTH0_UNIVERSAL_LOGIN_URL": "",
    "AUTH0_CALLBACK_URL": "",
    "AUTH0_FIND_USER": "auth0db.conf.find_user_at_allauth",
    "AUTH0_EMAIL_VERIFIED": "auth0db.conf.email_verified_at_allauth",
    "AUTH0_SYNC_EMAIL": True,
    "AUTH0_SYNC_ACTIVE": False,
    "AUTH0_MAIL_INTERVAL": 60.0,
    "AUTH0_MAIL_QUEUE": "",
    "USERNAME_FIELD": "",
}
SITE_BYTES = 64  # as the command takes it


def get(name):
    value = getattr(settings, name, None)
    return DEFAULTS[name] if value is None else value


@hides_everything
def text(name):
    value = get(name)
    if not isinstance(value, str):
        raise BadSetting(name, "is not a text")  # without it: it may be a secret
    return value


SECRETS = ("AUTH0_CLIENT_SECRET", "AUTH0_MANAGEMENT_CLIENT_SECRET")


@hides_everything
def secrets(name):
    """One, or a list of two while the first is replaced by the second: as one text, as the client and
    the command take them."""
    value = get(name)
    if not isinstance(value, (list, tuple)):
        return text(name)
    if len(value) > 2 or not all(isinstance(secret, str) for secret in value):
        raise BadSetting(name, "is not a text, nor a list of two")
    return " ".join(value)


@hides_everything
def key(name):
    """A private key: PEM text, or the path of its file."""
    value = get(name)
    return str(value) if isinstance(value, Path) else text(name).strip()


def logs_in_by_key():
    """Then Auth0 believes no address of an end user's that is sent along."""
    return bool(get("AUTH0_CLIENT_KEY"))


def site():
    """AUTH0_SITE as ids are made of it; "": the name kept in the database."""
    name = str(get("AUTH0_SITE"))
    if len(name.encode()) > SITE_BYTES or any(c < " " or c == "\x7f" for c in name):
        raise BadSetting(
            "AUTH0_SITE", "is longer than %d bytes, or has control characters" % SITE_BYTES
        )
    return name


ON_DELETE = ("leave", "block", "delete")


def on_delete():
    """What becomes of the Auth0 account of a user who is deleted here; unset: it is left."""
    wanted = text("AUTH0_ON_DELETE") or "leave"
    if wanted not in ON_DELETE:
        raise BadSetting("AUTH0_ON_DELETE", "is none of %s" % ", ".join(map(repr, ON_DELETE)))
    return wanted


def seconds(name):
    try:
        return float(get(name))
    except (TypeError, ValueError):
        raise BadSetting(name, "is not a number of seconds: %r" % get(name)) from None


def deadline():
    """Of a login, also where the setting is none: it is said when the client is made."""
    try:
        return seconds("AUTH0_DEADLINE")
    except BadSetting:
        return DEFAULTS["AUTH0_DEADLINE"]


def username_field():
    """The field that identifies a user: "username", "email", or what settings.USERNAME_FIELD says
    instead."""
    return get("USERNAME_FIELD") or get_user_model().USERNAME_FIELD


def require_handled_username_field():
    field = username_field()
    if field not in ("username", "email"):
        raise UnhandledUserNameField(
            "%s is identified by %r. auth0db handles 'username' and 'email': if one of them names "
            "its users as well, say so with the setting USERNAME_FIELD."
            % (settings.AUTH_USER_MODEL, field)
        )
    return field


def our_backend():
    """The path of our backend, or of the site's subclass of it, in AUTHENTICATION_BACKENDS; None: it is not listed."""
    from auth0db.backends import MigrateToAuth0Backend

    for path in settings.AUTHENTICATION_BACKENDS:
        if issubclass(import_string(path), MigrateToAuth0Backend):
            return path
    return None


def login_by():
    """Which of a known user's names a login is sent with."""
    usual = "username" if get("AUTH0_REQUIRE_USERNAME") else "email"
    return get("AUTH0_IDENTIFIER") or usual


# --- what a setting may replace: who is at the other end, is an e-mail confirmed? -----------------


def remote_addr(request):
    return request.META.get("REMOTE_ADDR", "")


def client_ip(request):
    """The end user's address for Auth0's attack protection, or None. A proxy's own address would
    throttle all."""
    from auth0db import client_ip

    if request is None:
        return None
    address = client_ip.answer_of(import_string(get("AUTH0_CLIENT_IP"))(request))
    client_ip.observe(address)
    return address


def find_user_at_allauth(request, identifier):
    """Where django-allauth is installed: the user who has confirmed this address as one of several."""
    from django.apps import apps

    if "@" not in identifier or not apps.is_installed("allauth.account"):
        return None
    model = apps.get_model("account", "EmailAddress")
    spellings = {identifier, identifier.lower()}  # it stores them in lower case, with an index
    rows = model.objects.using(router.db_for_write(model)).filter(email__in=spellings, verified=True)
    owners = {row.user_id: row for row in rows.select_related("user")[:10]}
    return next(iter(owners.values())).user if len(owners) == 1 else None


def find_user(request, identifier):
    user = import_string(get("AUTH0_FIND_USER"))(request, identifier)
    if user is not None and not isinstance(user, get_user_model()):
        raise BadSetting("AUTH0_FIND_USER", "names a function whose answer is no user and not None")
    return user


def email_verified_at_allauth(user):
    """True where django-allauth is installed and holds a confirmation of this very address."""
    from django.apps import apps

    if not apps.is_installed("allauth.account"):
        return False
    addresses = apps.get_model("account", "EmailAddress").objects
    return addresses.filter(user=user, email__iexact=user.email, verified=True).exists()


def email_verified(user):
    return bool(import_string(get("AUTH0_EMAIL_VERIFIED"))(user))


def mail_queue():
    """The site's own function that has the outbox's row of a key sent later; None: threads of this process do."""
    path = text("AUTH0_MAIL_QUEUE")
    return import_string(path) if path else None


# --- the client -----------------------------------------------------------------------------------

_lock = forks.Lock()
_client = None
_client_arguments = None

LEVELS = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


def _write_log(level, line):
    log.log(LEVELS.get(level, logging.WARNING), "%s", line)


def client_arguments():
    return {
        "domain": text("AUTH0_DOMAIN"),
        "client_id": text("AUTH0_CLIENT_ID"),
        "client_secret": secrets("AUTH0_CLIENT_SECRET") or None,
        "management_client_id": text("AUTH0_MANAGEMENT_CLIENT_ID") or None,
        "management_client_secret": secrets("AUTH0_MANAGEMENT_CLIENT_SECRET") or None,
        "client_key": key("AUTH0_CLIENT_KEY") or None,
        "management_client_key": key("AUTH0_MANAGEMENT_CLIENT_KEY") or None,
        "client_key_algorithm": text("AUTH0_CLIENT_KEY_ALGORITHM") or None,
        "user_jwt": text("AUTH0_USER_JWT") or None,
        "connection": text("AUTH0_CONNECTION"),
        "ca_file": str(get("AUTH0_CA_FILE")) or None,
        "tenant_domain": text("AUTH0_TENANT_DOMAIN") or None,
        "custom_domain": text("AUTH0_CUSTOM_DOMAIN") or None,
        "proxy": text("AUTH0_PROXY") or None,
        "require_username": bool(get("AUTH0_REQUIRE_USERNAME")),
        "legacy_username": bool(get("AUTH0_LEGACY_USERNAME")),
        "identifier": text("AUTH0_IDENTIFIER"),
        "connect_timeout": seconds("AUTH0_CONNECT_TIMEOUT"),
    }


@hides_secrets
def client():
    """The client of this process: shared by its threads, its connections kept warm. Survives
    fork(). On a copy of the site's database it changes nothing at the tenant."""
    from auth0db import copies

    found = make_client()
    found.hold(copies.is_copy())
    return found


@hides_secrets
def make_client():
    """The same, and the database is not asked: for the system checks."""
    global _client, _client_arguments
    arguments = client_arguments()
    with _lock:
        if _client is None or arguments != _client_arguments:
            try:
                _client = _native.Client(log=_write_log, **arguments)
            except _native.Error as error:
                raise BadSetting(error.where, error) from None
            _client_arguments = arguments
        return _client


def login_options():
    return {
        "deadline": seconds("AUTH0_DEADLINE"),
        "outage_fallback": bool(get("AUTH0_OUTAGE_FALLBACK")),
        "create_users": bool(get("AUTH0_CREATE_USERS")),
        "adopt_existing": bool(get("AUTH0_ADOPT_EXISTING")),
        "sync_address": bool(get("AUTH0_SYNC_EMAIL")),
        "sync_active": bool(get("AUTH0_SYNC_ACTIVE")),
    }
