"""A site under test. The environment says which kind of users it has, where its database is, and
its tenant."""

import json
import os
from importlib.util import find_spec

import django
from django.db.backends.signals import connection_created

KIND = os.environ.get("SITE_USERS", "username")  # username, email, uuid
TENANT = json.loads(os.environ.get("SITE_TENANT", "{}"))

SECRET_KEY = "a site under test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "project.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": json.loads(os.environ.get("SITE_DATABASE_SETTINGS", "null"))
    or {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SITE_DATABASE", ":memory:"),
        "OPTIONS": {"timeout": 30},
    }
}



def without_waiting_for_the_disk(sender, connection, **kwargs):
    """Processes are killed here, not machines: what SQLite has written is there for the next one, on the disk or not."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA synchronous = OFF")  # no query of Django's: tests count these


connection_created.connect(without_waiting_for_the_disk, dispatch_uid="without_waiting_for_the_disk")

AUTH_USER_MODEL = {
    "username": "auth.User",
    "email": "email_people.Person",
    "uuid": "uuid_people.Person",
}[KIND]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    *{"username": [], "email": ["project.email_people"], "uuid": ["project.uuid_people"]}[KIND],
    "auth0db",
]
MIGRATION_MODULES = json.loads(os.environ.get("SITE_MIGRATION_MODULES", "{}"))
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {
                        "registration/login.html": "{{ form.errors.as_json }}",
                        "registration/password_change_form.html": "{{ form.errors.as_json }}",
                        "registration/password_reset_confirm.html": "{{ form.errors.as_json }}",
                        "registration/password_reset_complete.html": "done",
                    },
                ),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }
]

AUTHENTICATION_BACKENDS = [
    "auth0db.backends.MigrateToAuth0Backend",
    "django.contrib.auth.backends.ModelBackend",
]
# Fast, and every stock hasher that this Django has
PASSWORD_HASHERS = [
    "project.hashers.Cheap",
    *[
        "django.contrib.auth.hashers." + name
        for name in (
            "PBKDF2PasswordHasher",
            "PBKDF2SHA1PasswordHasher",
            "Argon2PasswordHasher",
            "BCryptSHA256PasswordHasher",
            "BCryptPasswordHasher",
            *(["ScryptPasswordHasher"] if django.VERSION >= (4, 0) else []),
            "MD5PasswordHasher",
            *(
                ["SHA1PasswordHasher", "UnsaltedSHA1PasswordHasher", "UnsaltedMD5PasswordHasher"]
                if django.VERSION < (5, 1)
                else []
            ),
            *(["CryptPasswordHasher"] if django.VERSION < (5, 0) and find_spec("crypt") else []),
        )
    ],
    "project.hashers.OfTheSite",
]
LOGIN_REDIRECT_URL = "/me/"
STATIC_URL = "/static/"

AUTH0_DOMAIN = TENANT.get("domain", "127.0.0.1")
AUTH0_CLIENT_ID = TENANT.get("client_id", "nobody")
AUTH0_CLIENT_SECRET = TENANT.get("client_secret", "nothing")
AUTH0_CONNECTION = TENANT.get("connection", "nowhere")
AUTH0_DEADLINE = 5
AUTH0_ON_DELETE = "leave"
