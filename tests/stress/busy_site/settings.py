"""The site of tests/django, as gunicorn serves it to many people at once."""

import os

from project.settings import *

ROOT_URLCONF = "busy_site.urls"
DATABASES["default"]["CONN_MAX_AGE"] = None
PASSWORD_HASHERS = ["project.hashers.Cheap"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators.Auth0PasswordSync"}]
LOGIN_URL = "/login/"
# Everything that is logged anywhere, in one file: the test reads it
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "file": {
            "class": "logging.FileHandler",
            "filename": os.environ["BUSY_SITE_LOG"],
            "formatter": "plain",
        }
    },
    "root": {"handlers": ["file"], "level": "INFO"},
}
