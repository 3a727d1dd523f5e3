"""Where this site keeps its users: the site map that the command reads, and the database's URL."""

import os
from urllib.parse import quote, urlencode

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import DatabaseError, connections, models, router, transaction

from auth0db import conf, kept, proofs
from auth0db.people import column
from auth0db.models import (
    Auth0Site,
    Auth0User,
    Holdout,
    ImportBatch,
    ImportClaim,
    Reminder,
    Resolution,
    Tombstone,
)

VERSION = 1


class NoSiteMap(ImproperlyConfigured):
    """This site's users cannot be read straight from one table."""


def database():
    """The alias that holds the users; the migration's own tables must be in the same database."""
    alias = router.db_for_write(get_user_model())
    if router.db_for_write(Auth0User) != alias:
        raise NoSiteMap(
            "the users are in database %r and the links in %r: a link must be written in one "
            "transaction with what it is about. Put 'auth0db.routers.BesideTheUsers' first in "
            "DATABASE_ROUTERS" % (alias, router.db_for_write(Auth0User))
        )
    return alias


def site_map(proven=False):
    """A dict of tables and columns, without a secret: goes to the command, or into a file. `proven`: the table was
    found to tell what the model does, and with what the site's hashers say to hashes of ours; it takes a moment."""
    if proven:
        need_the_same()
    staying = kept.keys()
    return {
        **({"unproven": proofs.unproven()} if proven else {}),
        # Named only where there are any: an older command refuses a map that it does not understand
        **({"keep_local": staying} if staying else {}),
        "version": VERSION,
        "site": site_name(),
        "database": {"kind": connections[database()].vendor},
        "users": user_columns(),
        "null_is_active": null_is_active(),
        "named_by_email": conf.username_field() == get_user_model().get_email_field_name(),
        "verified": confirmed_addresses(),
        "mfa": second_factors(),
        "tables": {
            "sites": Auth0Site._meta.db_table,
            "links": Auth0User._meta.db_table,
            "holdouts": Holdout._meta.db_table,
            "batches": ImportBatch._meta.db_table,
            "claims": ImportClaim._meta.db_table,
            "reminders": Reminder._meta.db_table,
            "resolutions": Resolution._meta.db_table,
            "tombstones": Tombstone._meta.db_table,
        },
    }


def need_the_same():
    from auth0db import rows

    found = rows.differences()
    if found:
        raise NoSiteMap(
            "the table %s does not tell what the model does: %s. Write the users as Django has them, and export those: "
            "`manage.py auth0_users --file users.ndjson`, DATABASE_URL=ndjson:///users.ndjson; see auth0db-export(1)"
            % (get_user_model()._meta.db_table, "; ".join(found))
        )


def site_name():
    """"" where nobody can name the site yet: a plan needs neither our tables nor the right to write,
    and everything else looks for both and says what is missing."""
    try:
        with transaction.atomic(database()):
            return Auth0Site.current()
    except DatabaseError:
        return ""


# --- the user model -------------------------------------------------------------------------------


def user_columns():
    model = get_user_model()._meta.concrete_model
    if model._meta.parents:
        raise NoSiteMap(
            "%s keeps its fields in several tables (multi-table inheritance). Write the users as "
            "NDJSON instead: see auth0db-plan(1)" % model._meta.label
        )
    return {
        "table": model._meta.db_table,
        "key": model._meta.pk.column,
        "key_type": key_type(model._meta.pk),
        "username": column("username"),
        "email": column(model.get_email_field_name()),
        "password": column("password"),
        "given_name": column("first_name"),
        "family_name": column("last_name"),
        "active": column("is_active"),
        "staff": column("is_staff"),
        "superuser": column("is_superuser"),
        "last_login": column("last_login"),
        "joined": column("date_joined"),
    }


class Undecided:
    """Somebody whose row says NULL."""

    is_active = None


def null_is_active():
    """Does ModelBackend of this Django let somebody in whose is_active is NULL? It did before 4.1."""
    return bool(ModelBackend().user_can_authenticate(Undecided()))


def key_type(field):
    if isinstance(field, models.UUIDField):
        return "uuid"
    if isinstance(field, models.IntegerField):  # AutoField is one since 3.0
        return "integer"
    if isinstance(field, (models.CharField, models.TextField)):
        return "string"
    raise NoSiteMap("the primary key %s is neither a number, a UUID nor text" % field)


# --- what other packages know of a user -----------------------------------------------------------


def confirmed_addresses():
    """django-allauth's confirmed e-mails; None where it is not installed."""
    if not apps.is_installed("allauth.account") or conf.get("AUTH0_EMAIL_VERIFIED") != (
        conf.DEFAULTS["AUTH0_EMAIL_VERIFIED"]
    ):
        return None
    meta = apps.get_model("account", "EmailAddress")._meta
    return {
        "table": meta.db_table,
        "user": meta.get_field("user").column,
        "email": meta.get_field("email").column,
        "verified": meta.get_field("verified").column,
    }


# (label of the app, model, format, value, type): what the packages' models are called
OTP = (
    ("otp_totp", "TOTPDevice", "otp_totp", "key"),
    ("otp_hotp", "HOTPDevice", "other", None),
    ("otp_static", "StaticDevice", "other", None),
    ("otp_email", "EmailDevice", "other", None),
)


# Further apps with a table of factors whose rows point at a user, and nothing in common
OTHERS = (("trench", "MFAMethod"), ("passkeys", "UserPasskey"))


def second_factors():
    """One entry for each table (and type) of django-otp and whatever registers as a device there, two-factor,
    allauth.mfa, django-trench and django-passkeys. What Auth0 cannot verify is counted: each user loses it."""
    known, found = [], []
    for label, name, format, value in OTP:
        if apps.is_installed("django_otp.plugins." + label):
            known.append(apps.get_model(label, name))
            found.append(factor(known[-1], format, label, value))
    known += phone_devices()
    found += [factor(model, "phone", "two_factor phone", "number") for model in phone_devices()]
    found += [factor(model, "other", shown_label(model), None) for model in other_devices(known)]
    if apps.is_installed("allauth.mfa"):
        model = apps.get_model("mfa", "Authenticator")
        totp = ("allauth_totp", "data") if allauth_codes_are_auth0s() else ("other", None)
        found.append(factor(model, totp[0], "allauth.mfa totp", totp[1], "totp"))
        found.append(factor(model, "other", "allauth.mfa webauthn", None, "webauthn"))
    return found


def allauth_codes_are_auth0s():
    """Auth0 takes six digits every 30 seconds. allauth has both as settings, and keeps neither in the row."""
    from allauth.mfa import app_settings

    return (app_settings.TOTP_DIGITS, app_settings.TOTP_PERIOD) == (6, 30)


def other_devices(known):
    """Tables of devices of django-otp that are none of those above: Twilio, Yubikey, WebAuthn, a site's own."""
    found = [model for model in (installed(*names) for names in OTHERS) if model is not None]
    if apps.is_installed("django_otp"):
        from django_otp.models import Device

        found += [m for m in apps.get_models() if issubclass(m, Device) and not m._meta.proxy]
    return [model for model in found if model not in known]


def installed(label, name):
    try:
        return apps.get_model(label, name)
    except LookupError:
        return None


def shown_label(model):
    """As the command takes it: 31 bytes."""
    return ("%s %s" % (model._meta.app_label, model._meta.model_name)).encode()[:31].decode("utf-8", "ignore")


def phone_devices():
    """django-two-factor-auth has moved its model from one app to another."""
    return [
        model
        for model in apps.get_models()
        if model.__name__ == "PhoneDevice" and model.__module__.startswith("two_factor.")
    ]


def factor(model, format, label, value, type_is=None):
    def column(name):
        try:
            return model._meta.get_field(name).column
        except FieldDoesNotExist:
            return None

    totp = format == "otp_totp"
    return {
        "format": format,
        "label": label,
        "table": model._meta.db_table,
        "user": column("user"),
        "value": column(value) if value else None,
        "confirmed": column("confirmed") or column("is_active"),
        "type": column("type") if type_is else None,
        "type_is": type_is,
        "digits": column("digits") if totp else None,
        "step": column("step") if totp else None,
        "t0": column("t0") if totp else None,
    }


# --- the database's URL ---------------------------------------------------------------------------


def database_url():
    """The site's database as DATABASE_URL. Holds its password: for a child's environment, never for
    a screen or an argument."""
    alias = database()
    settings = connections[alias].settings_dict
    vendor = connections[alias].vendor
    if vendor == "sqlite":
        return "sqlite:///" + quote(str(settings["NAME"]))
    if vendor not in ("postgresql", "mysql"):
        raise NoSiteMap(
            "auth0db reads SQLite, PostgreSQL and MariaDB or MySQL, not %r. Write the users as "
            "NDJSON instead: see auth0db-plan(1)" % vendor
        )
    options = url_options(vendor, settings.get("OPTIONS") or {})
    host = str(settings["HOST"] or "")
    if host.startswith("/"):  # the folder of a socket, or the socket
        options["host" if vendor == "postgresql" else "unix_socket"] = host
        if settings["PORT"]:
            options["port"] = settings["PORT"]
        host = ""
    return "%s://%s%s%s/%s%s" % (
        vendor,
        credentials(settings),
        "[%s]" % host if ":" in host else quote(host),
        ":%s" % settings["PORT"] if settings["PORT"] and host else "",
        quote(str(settings["NAME"]), safe=""),
        # quote: nobody but a web form takes a + for a space
        "?" + urlencode(options, quote_via=quote, safe="") if options else "",
    )


URL_OPTIONS = {
    "postgresql": {
        "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "channel_binding",
        "ssl_min_protocol_version", "gssencmode", "krbsrvname", "service", "passfile",
        "connect_timeout", "target_session_attrs", "options",
    },
    "mysql": {
        "unix_socket", "connect_timeout", "read_default_file", "read_default_group", "ssl_mode",
    },
}  # fmt: skip


def url_options(vendor, options):
    """How the site's own connection is made and kept safe; what else Django is told stays there."""
    found = {
        name: value
        for name, value in options.items()
        if name in URL_OPTIONS[vendor] and isinstance(value, (str, int, os.PathLike))
    }
    if vendor != "mysql":
        return found
    if str(found.get("ssl_mode")).upper() == "PREFERRED":
        del found["ssl_mode"]
    ssl = options.get("ssl")
    if ssl:
        known = {"ca", "capath", "cert", "key", "cipher"} & set(ssl if isinstance(ssl, dict) else ())
        found.update(("ssl_" + name, ssl[name]) for name in sorted(known))
        if not known:
            found.setdefault("ssl_mode", "REQUIRED")
    return found


def credentials(settings):
    user, password = str(settings["USER"] or ""), str(settings["PASSWORD"] or "")
    if not user and not password:
        return ""
    return quote(user, safe="") + (":" + quote(password, safe="") if password else "") + "@"
