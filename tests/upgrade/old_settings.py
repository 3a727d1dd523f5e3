"""A site that had auth0db 0.1, on this Django and with today's auth0db."""
import json
import os

TENANT = json.loads(os.environ["SITE_TENANT"])
SECRET_KEY = "a site that was there before"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": json.loads(os.environ["SITE_DATABASE_SETTINGS"])}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages",
    "django.contrib.sessions", os.environ.get("OLD_APP", "auth0db"),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
MIGRATION_MODULES = json.loads(os.environ.get("OLD_MIGRATION_MODULES", "{}"))
AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH0_DOMAIN = TENANT["domain"]
AUTH0_CLIENT_ID = TENANT["client_id"]
AUTH0_CLIENT_SECRET = TENANT["client_secret"]
AUTH0_CONNECTION = TENANT["connection"]
AUTH0_ON_DELETE = "leave"
