"""System checks: what can be told without asking the tenant. `manage.py auth0_check` asks it."""

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models, router
from django.utils.module_loading import import_string

from auth0db import conf, kept, legacy, people, signups
from auth0db.exceptions import BadSetting

OURS = "auth0db.backends.MigrateToAuth0Backend"


def check_site(app_configs, **kwargs):
    """A site that does not list our backend (yet, or not on this server) is told so once, and not
    asked for settings that nothing reads."""
    if not our_backends():
        return [*check_backends(), *check_databases(), *check_django(), *legacy.check_migration_modules()]
    return check_everything()


def check_everything():
    return [
        *check_client(),
        *check_user_model(),
        *check_backends(),
        *check_callables(),
        *check_kept(),
        *check_link(),
        *check_proxies(),
        *check_databases(),
        *check_logins(),
        *check_deletions(),
        *check_django(),
        *legacy.check_migration_modules(),
    ]


def check_client():
    found = []
    for name in ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CONNECTION"):
        if not conf.get(name):
            found.append(
                checks.Error(
                    "The setting %s is missing." % name,
                    hint=MISSING[name],
                    obj=name,
                    id="auth0db.E001",
                )
            )
    ways = (
        "AUTH0_CLIENT_SECRET",
        "AUTH0_MANAGEMENT_CLIENT_SECRET",
        "AUTH0_CLIENT_KEY",
        "AUTH0_MANAGEMENT_CLIENT_KEY",
        "AUTH0_USER_JWT",
    )
    if not any(conf.get(name) for name in ways):
        found.append(
            checks.Error(
                "Neither AUTH0_CLIENT_SECRET nor AUTH0_USER_JWT is set: nobody can be created.",
                hint="Set AUTH0_CLIENT_SECRET to the secret of the application.",
                obj="AUTH0_CLIENT_SECRET",
                id="auth0db.E001",
            )
        )
    if found:
        return found
    try:
        conf.make_client()
        conf.login_options()
        conf.site()
        conf.on_delete()
    except BadSetting as error:
        return [checks.Error("Not accepted: %s" % error, obj=error.where, id="auth0db.E002")]
    if conf.logs_in_by_key():
        found.append(
            checks.Warning(
                "With AUTH0_CLIENT_KEY Auth0 believes no end user's address that is sent along.",
                hint="Its attack protection then counts failed logins of everybody against this "
                "server's address. Give the key to AUTH0_MANAGEMENT_CLIENT_KEY, and let logins keep "
                "an application with a secret.",
                obj="AUTH0_CLIENT_KEY",
                id="auth0db.W017",
            )
        )
    elif not conf.get("AUTH0_CLIENT_SECRET"):
        found.append(
            checks.Warning(
                "Without AUTH0_CLIENT_SECRET Auth0 does not learn the end users' addresses.",
                hint="Its attack protection would take your server for one busy attacker.",
                obj="AUTH0_CLIENT_SECRET",
                id="auth0db.W005",
            )
        )
    return found


MISSING = {
    "AUTH0_DOMAIN": "The tenant's domain, as in 'acme.eu.auth0.com'.",
    "AUTH0_CLIENT_ID": "The client id of the application this site logs in with.",
    "AUTH0_CONNECTION": "The name of the database connection that receives the users, "
    "as in 'Username-Password-Authentication'.",
}


def check_user_model():
    found = []
    model = get_user_model()
    try:
        conf.require_handled_username_field()
    except ImproperlyConfigured as error:
        found.append(checks.Error(str(error), obj="USERNAME_FIELD", id="auth0db.E003"))
    composite = getattr(models, "CompositePrimaryKey", None)  # Django 5.2
    if composite is not None and isinstance(model._meta.pk, composite):
        found.append(
            checks.Error(
                "%s has a composite primary key, which no link can point at."
                % settings.AUTH_USER_MODEL,
                obj="AUTH_USER_MODEL",
                id="auth0db.E004",
            )
        )
    if people.email_field() is None:
        found.append(
            checks.Warning(
                "%s has no e-mail column: none of its users can move to Auth0."
                % settings.AUTH_USER_MODEL,
                hint="Name the column with EMAIL_FIELD on the model.",
                obj="AUTH_USER_MODEL",
                id="auth0db.W004",
            )
        )
    return found


def listed_backends():
    """Their classes; object for one that cannot be imported, which is Django's to say."""
    found = []
    for path in settings.AUTHENTICATION_BACKENDS:
        try:
            found.append(import_string(path))
        except ImportError:
            found.append(object)
    return found


def our_backends():
    """Where they stand in AUTHENTICATION_BACKENDS."""
    from auth0db.backends import MigrateToAuth0Backend

    return [
        at
        for at, backend in enumerate(listed_backends())
        if isinstance(backend, type) and issubclass(backend, MigrateToAuth0Backend)
    ]


def check_backends():
    paths, backends, ours = list(settings.AUTHENTICATION_BACKENDS), listed_backends(), our_backends()
    if not ours:
        return [
            checks.Warning(
                "AUTHENTICATION_BACKENDS does not list %s: no login moves anybody." % OURS,
                hint="Put it before the backends that know the passwords. Until then the other "
                "settings of auth0db are not checked.",
                obj="AUTHENTICATION_BACKENDS",
                id="auth0db.W001",
            )
        ]
    return [
        *check_before_us(backends[: ours[0]], paths),
        *check_behind_us(paths, backends, ours[0]),
        *check_names(paths, backends, ours[0]),
    ]


def check_before_us(before, paths):
    from django.contrib.auth.backends import ModelBackend

    return [
        checks.Error(
            "%s stands before the migrating backend in AUTHENTICATION_BACKENDS." % path,
            hint="It would let users in whom Auth0 blocks, and nobody would move. Put it behind.",
            obj="AUTHENTICATION_BACKENDS",
            id="auth0db.E005",
        )
        for path, backend in zip(paths, before)
        if isinstance(backend, type) and issubclass(backend, ModelBackend)
    ]


def check_behind_us(paths, backends, ours):
    found = []
    if len(backends) == ours + 1:
        found.append(
            checks.Warning(
                "No backend stands behind the migrating one in AUTHENTICATION_BACKENDS.",
                hint="Users who have not moved could not log in, and sessions from before would "
                "end. Keep the backends that were there, such as ModelBackend.",
                obj="AUTHENTICATION_BACKENDS",
                id="auth0db.W002",
            )
        )
    for path in paths[ours + 1 :]:
        if path.startswith("axes."):
            found.append(
                checks.Warning(
                    "%s stands behind the migrating backend in AUTHENTICATION_BACKENDS." % path,
                    hint="It must be first: it keeps people out by answering before anybody else.",
                    obj="AUTHENTICATION_BACKENDS",
                    id="auth0db.W003",
                )
            )
    return found


def check_names(paths, backends, ours):
    """Of two that make local users, one by names of its own choice and one by a name that somebody else vouches for,
    the second may hand the first one's row to another person."""
    from auth0db.backends import MigrateToAuth0Backend

    if not conf.get("AUTH0_CREATE_USERS") or backends[ours].new_users is MigrateToAuth0Backend.new_users:
        return []
    return [
        checks.Warning(
            "%s overrides new_users(), and %s finds users by name." % (paths[ours], path),
            hint="Make names that nobody can choose at Auth0, as the default does, or set "
            "AUTH0_CREATE_USERS = False: else somebody signs up there under another's name.",
            obj="AUTHENTICATION_BACKENDS",
            id="auth0db.W015",
        )
        for path, backend in zip(paths[ours + 1 :], backends[ours + 1 :])
        if finds_by_name(backend)
    ]


def finds_by_name(backend):
    """RemoteUserBackend and its kin, and LDAP's: all offer one of these to a subclass."""
    return any(
        hasattr(backend, name)
        for name in ("create_unknown_user", "clean_username", "get_or_build_user", "ldap_to_django_username")
    )


def check_callables():
    found = []
    for name in ("AUTH0_CLIENT_IP", "AUTH0_FIND_USER", "AUTH0_EMAIL_VERIFIED"):
        try:
            usable = callable(import_string(conf.get(name)))
        except (ImportError, AttributeError, TypeError):
            usable = False
        if not usable:
            found.append(
                checks.Error(
                    "The setting %s does not name a function: %r." % (name, conf.get(name)),
                    hint="Give its dotted path, as in 'site.network.client_ip'.",
                    obj=name,
                    id="auth0db.E006",
                )
            )
    return found


def check_kept():
    """That the users and groups exist is asked of the database: auth0db.lookups."""
    try:
        kept.Rules().require()
    except BadSetting as error:
        return [checks.Error("Not accepted: %s" % error, obj=error.where, id="auth0db.E020")]
    return []


def check_link():
    url = str(conf.get("AUTH0_UNIVERSAL_LOGIN_URL"))
    if not url or url.startswith(("https://", "/")):
        return []
    return [
        checks.Error(
            "The setting AUTH0_UNIVERSAL_LOGIN_URL is no address to send people to: %r." % url,
            hint="Give an https:// address, or a path of this site that redirects to Auth0.",
            obj="AUTH0_UNIVERSAL_LOGIN_URL",
            id="auth0db.E007",
        )
    ]


def check_proxies():
    """Where the settings show that a proxy stands in front: does Auth0 learn who is behind it?"""
    from auth0db import client_ip

    try:
        proxies = client_ip.trusted_proxies()
        conf.text("AUTH0_FORWARDED_HEADER")
    except BadSetting as error:
        return [checks.Error("Not accepted: %s" % error, obj=error.where, id="auth0db.E002")]
    behind = str(conf.get("AUTH0_CLIENT_IP")) == "auth0db.client_ip.behind"
    if behind and not proxies:
        return [
            checks.Error(
                "AUTH0_CLIENT_IP looks behind proxies, and AUTH0_TRUSTED_PROXIES names none.",
                hint="Set how many stand in front of the site, as in 1, or their networks, as in "
                "['10.0.0.0/8']. Until then the proxy's address is everybody's.",
                obj="AUTH0_TRUSTED_PROXIES",
                id="auth0db.E008",
            )
        ]
    signs = [name for name in SIGNS_OF_A_PROXY if getattr(settings, name, None)]
    if signs and str(conf.get("AUTH0_CLIENT_IP")) == conf.DEFAULTS["AUTH0_CLIENT_IP"]:
        return [
            checks.Warning(
                "%s shows a proxy in front of this site, and AUTH0_CLIENT_IP sends the proxy's "
                "address for everybody." % signs[0],
                hint="One attacker would lock all users out. Set AUTH0_CLIENT_IP = "
                "'auth0db.client_ip.behind' and AUTH0_TRUSTED_PROXIES.",
                obj="AUTH0_CLIENT_IP",
                id="auth0db.W006",
            )
        ]
    return []


SIGNS_OF_A_PROXY = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")


ROUTER = "auth0db.routers.BesideTheUsers"


def check_databases():
    """Our rows are written in one transaction with the users they are about, and point at them."""
    from auth0db.models import Auth0User

    users = router.db_for_write(get_user_model())
    ours = router.db_for_write(Auth0User)
    # A router that keeps the users out as well speaks of another moment: of customers with a schema
    # each, the public one has neither
    apart = may_be_made(users, get_user_model()) and not may_be_made(users, Auth0User)
    if ours == users and not apart:
        return []
    where = (
        "The users are in the database %r and the tables of auth0db in %r." % (users, ours)
        if ours != users
        else "DATABASE_ROUTERS keeps the tables of auth0db out of %r, where the users are." % users
    )
    return [
        checks.Error(
            where,
            hint="Put '%s' first in DATABASE_ROUTERS, then run `manage.py migrate --database=%s`."
            % (ROUTER, users),
            obj="DATABASE_ROUTERS",
            id="auth0db.E010",
        )
    ]


def may_be_made(alias, model):
    return router.allow_migrate_model(alias, model)


NAME_IT = "backend='django.contrib.auth.backends.ModelBackend'"


def check_logins():
    found = [
        checks.Warning(
            "%s:%d calls login(request, user) without a backend." % place,
            hint="With several backends listed Django raises ValueError. Write "
            "login(request, user, %s)." % NAME_IT,
            obj="AUTHENTICATION_BACKENDS",
            id="auth0db.W010",
        )
        for place in signups.unnamed_logins()
    ]
    found += [
        checks.Warning(
            "%s logs in after a reset (post_reset_login), without a backend." % view,
            hint="With several backends listed Django raises ValueError. Give the view "
            "post_reset_login_%s." % NAME_IT,
            obj="AUTHENTICATION_BACKENDS",
            id="auth0db.W011",
        )
        for view in signups.resets_that_log_in()
    ]
    return found


def check_deletions():
    if conf.get("AUTH0_ON_DELETE"):
        return []
    return [
        checks.Warning(
            "The setting AUTH0_ON_DELETE is missing: of who is deleted here the Auth0 account stays.",
            hint="It can no longer log in here, but at other applications of the tenant. Say 'leave', "
            "'block' or 'delete'.",
            obj="AUTH0_ON_DELETE",
            id="auth0db.W016",
        )
    ]


OLDEST, NEWEST = (3, 2), (6, 1)


def check_django():
    if OLDEST <= django.VERSION[:2] <= NEWEST:
        return []
    return [
        checks.Warning(
            "auth0db is tested with Django %d.%d to %d.%d, and this is Django %s."
            % (*OLDEST, *NEWEST, django.get_version()),
            hint="It may well work. Run your own tests of logins and resets first.",
            obj="INSTALLED_APPS",
            id="auth0db.W012",
        )
    ]
