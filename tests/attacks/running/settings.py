"""The site of tests/django as it stands on the network: real pages, CSRF, mail, logs, and a lockout like django-axes.

SITE_OVERRIDES (JSON) changes single settings for one attack."""

import json
import os

from project.settings import *  # noqa: F403
from project.settings import MIDDLEWARE, TEMPLATES

ROOT_URLCONF = "running.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "running"]  # noqa: F405
MIDDLEWARE = [*MIDDLEWARE, "django.middleware.csrf.CsrfViewMiddleware"]
FORM = '<form method="post">{% csrf_token %}{{ form.as_p }}</form>'
TEMPLATES[0]["OPTIONS"]["loaders"][0] = (
    "django.template.loaders.locmem.Loader",
    {
        "form.html": FORM,
        "registration/login.html": FORM,
        "registration/password_reset_form.html": FORM,
        "registration/password_reset_confirm.html": FORM,
        "registration/password_reset_done.html": "If there is an account, a mail is on its way.",
        "registration/password_reset_complete.html": "done",
        "registration/password_reset_email.html": "{% url 'password_reset_confirm' uidb64=uid token=token %}",
    },
)
AUTHENTICATION_BACKENDS = [
    "running.lockout.Lockout",
    "auth0db.backends.MigrateToAuth0Backend",
    "django.contrib.auth.backends.ModelBackend",
]
ADMINS = MANAGERS = [("Admin", "admin@people.example")]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ.get("SITE_MAIL", "")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "out": {"class": "logging.StreamHandler", "formatter": "line"},
        "mail": {
            "class": "django.utils.log.AdminEmailHandler",
            "level": "ERROR",
            "include_html": True,
        },
    },
    "loggers": {"django.db.backends": {"level": "INFO"}},
    "root": {"handlers": ["out", "mail"], "level": "DEBUG"},
}
globals().update(json.loads(os.environ.get("SITE_OVERRIDES", "{}")))
