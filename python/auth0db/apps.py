from django.apps import AppConfig
from django.apps import apps as global_apps
from django.contrib.auth.signals import user_logged_in
from django.core import checks
from django.db.models.signals import post_migrate, post_save, pre_save
from django.utils.translation import gettext_lazy as _


class Auth0dbConfig(AppConfig):
    name = "auth0db"
    default = True  # of the two in this module
    verbose_name = _("Migration to Auth0")

    def ready(self):
        from auth0db import hooks, legacy, sync, tombstones
        from auth0db.checks import check_site
        from auth0db.lookups import check_lookups
        from auth0db.models import look_again
        from auth0db.sessions import name_lasting_backend

        checks.register(check_site, checks.Tags.security)
        checks.register(check_lookups, checks.Tags.database)
        post_migrate.connect(look_again, sender=self, dispatch_uid="auth0db.look_again")
        post_migrate.connect(name_site, sender=self)
        pre_save.connect(hooks.before_save, dispatch_uid="auth0db.before_save")
        post_save.connect(hooks.after_save, dispatch_uid="auth0db.after_save")
        hooks.connect()
        tombstones.connect()
        legacy.name_link()
        if global_apps.is_installed("allauth.account"):
            from allauth.account.signals import email_confirmed

            email_confirmed.connect(sync.email_confirmed, dispatch_uid="auth0db.email_confirmed")
        user_logged_in.connect(name_lasting_backend, dispatch_uid="auth0db.name_lasting_backend")


class Auth0Config(Auth0dbConfig):
    """The name of auth0db 0.1, in INSTALLED_APPS of its projects."""

    default = False

    def ready(self):
        from auth0db import legacy

        legacy.deprecated("auth0db.apps.Auth0Config in INSTALLED_APPS", '"auth0db"')
        super().ready()


def name_site(sender, using, apps=global_apps, **kwargs):
    """Name the site before anybody logs in: a name made in a request that is rolled back would be
    forgotten, and the tenant users made under it with it."""
    from django.db import router

    from auth0db import copies
    from auth0db.models import Auth0Site, missing, missing_tables

    try:
        apps.get_model("auth0db", "Auth0Site")
    except LookupError:  # migrated back to nothing
        return
    if router.db_for_write(Auth0Site) != using:
        return
    # Of several databases each is migrated by a command of its own, in any order, and the router may
    # keep our tables out of this one
    if Auth0Site._meta.db_table not in missing_tables():
        Auth0Site.current()
    if not missing():
        copies.begin()
