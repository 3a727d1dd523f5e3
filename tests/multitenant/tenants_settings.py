"""A site whose customers have a schema each (django-tenants): the users, and our tables beside them, once in each."""

import json
import os

from multitenant_settings import *  # noqa: F403

DATABASES = {
    "default": {**json.loads(os.environ["SITE_DATABASE_SETTINGS"]), "ENGINE": "django_tenants.postgresql_backend"}
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
SHARED_APPS = ["django_tenants", "customers", "django.contrib.contenttypes"]
TENANT_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "auth0db"]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
TENANT_MODEL, TENANT_DOMAIN_MODEL = "customers.Customer", "customers.Domain"
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *MIDDLEWARE]  # noqa: F405
