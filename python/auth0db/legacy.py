"""What a project of auth0db 0.1 names, by its old name and with a deprecation warning."""

import warnings
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db.migrations.loader import MigrationLoader


def deprecated(old, new, level=3):
    warnings.warn("%s is of auth0db 0.1: write %s" % (old, new), DeprecationWarning, stacklevel=level + 1)


def link_of_0_1(user):
    """user.auth0user, which raises Auth0User.DoesNotExist where there is none, as user.auth0 does."""
    deprecated("user.auth0user", "user.auth0", level=2)
    return user.auth0


def name_link():
    """Unless the site's user model has something else of that name."""
    model = get_user_model()
    if not hasattr(model, "auth0user"):
        model.auth0user = property(link_of_0_1)


def moved_names(module, names):
    """A module's __getattr__: `names` says where what stood here is today."""

    def find(name):
        if name not in names:
            raise AttributeError("module %r has no attribute %r" % (module, name))
        deprecated("%s.%s" % (module, name), "%s.%s" % (names[name], name), level=2)
        return getattr(import_module(names[name]), name)

    return find


def check_migration_modules():
    """0.1 had its migrations in the project. With that entry ours are not found, and makemigrations would make
    out of 0.1's table what it takes for ours."""
    module = settings.MIGRATION_MODULES.get("auth0db")
    if not module or not _is_of_0_1():
        return []
    return [
        checks.Error(
            "MIGRATION_MODULES['auth0db'] names %s, which holds the migrations of auth0db 0.1." % module,
            hint="Take the entry out of MIGRATION_MODULES, and run `manage.py migrate`: it takes the links over. The "
            "folder is needed no more.",
            obj="MIGRATION_MODULES",
            id="auth0db.E019",
        )
    ]


def _is_of_0_1():
    """Does what stands there make a table of links without our columns?"""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    if not any(app == "auth0db" for app, _ in loader.disk_migrations):
        return False
    links = loader.project_state().models.get(("auth0db", "auth0user"))
    return links is not None and "lane" not in dict(links.fields)
