"""A Django site that has been running for years. What auth0db adds is marked."""

import json
import os
from importlib.util import find_spec
from pathlib import Path

import django

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LEGACY_DATA", BASE_DIR))

SECRET_KEY = "of a demonstration"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "legacy.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "site.db",
        "OPTIONS": {"timeout": 30},
    }
}
INSTALLED_APPS = [
    "legacy",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "auth0db",  # auth0db
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# Every hasher this site has ever used; the first is what it hashes with today
PASSWORD_HASHERS = [
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
        # Gone from Django with 5.0; its work was done by a module that Python lost with 3.13
        *(["CryptPasswordHasher"] if django.VERSION < (5, 0) and find_spec("crypt") else []),
    )
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
STATIC_URL = "/static/"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA / "mail"
DEFAULT_FROM_EMAIL = "legacy@site.example"
LOGGING = {
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": DATA / "auth0db.log"}},
    "loggers": {"auth0db": {"handlers": ["file"], "level": "DEBUG"}},
}

AUTHENTICATION_BACKENDS = [
    "auth0db.backends.MigrateToAuth0Backend",  # auth0db
    "legacy.backends.UsernameOrEmail",
    "django.contrib.auth.backends.ModelBackend",
    "auth0db.backends.Auth0LinkBackend",  # auth0db
]
# What `auth0db sandbox --json` has printed into a file (README.md), else the environment
TENANT = json.loads((DATA / "tenant.json").read_text()) if (DATA / "tenant.json").exists() else {}
AUTH0_DOMAIN = TENANT.get("domain") or os.environ.get("AUTH0_DOMAIN")  # auth0db, and the following
AUTH0_CLIENT_ID = TENANT.get("client_id") or os.environ.get("AUTH0_CLIENT_ID")
AUTH0_CLIENT_SECRET = TENANT.get("client_secret") or os.environ.get("AUTH0_CLIENT_SECRET")
AUTH0_CONNECTION = TENANT.get("connection") or os.environ.get("AUTH0_CONNECTION")
AUTH0_ON_DELETE = "leave"
AUTH0_KEEP_LOCAL = ["superusers"]  # the way in when Auth0 is not there, or has locked out everybody
