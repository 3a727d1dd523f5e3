"""A site whose users have integers, UUIDs or texts for keys. Only auth0db's tables come from migrations."""
import json
import os

KEY = os.environ["SITE_KEY"]

SECRET_KEY = "a site under test"
USE_TZ = True
TIME_ZONE = "America/Caracas"  # far from UTC, and the command must not care
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": json.loads(os.environ["SITE_DATABASE_SETTINGS"])}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "auth0db"]
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "people": None}
if KEY != "integer":
    INSTALLED_APPS.append("people")
    AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", "django.contrib.auth.backends.ModelBackend"]
AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, AUTH0_CONNECTION = "127.0.0.1", "nobody", "nothing", "nowhere"
