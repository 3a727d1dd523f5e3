"""One set of users and several sites, told apart by the host of the request (django-multisite)."""

import json
import os

from multisite import SiteID

from multitenant_settings import *  # noqa: F403

SITE_ID = SiteID(default=1)
DATABASES = {"default": json.loads(os.environ["SITE_DATABASE_SETTINGS"])}
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "multisite", "auth0db",
]  # fmt: skip
MIDDLEWARE = ["multisite.middleware.DynamicSiteMiddleware", *MIDDLEWARE]  # noqa: F405
