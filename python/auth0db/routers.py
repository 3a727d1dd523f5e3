"""For DATABASE_ROUTERS, before the site's own: our tables stand beside the users."""

from django.contrib.auth import get_user_model
from django.db import router


class BesideTheUsers:
    """A link is written in one transaction with its user, so both are in one database: the one in
    which the site's other routers keep the users."""

    def db_for_read(self, model, **hints):
        # Where they are written: a login must not be decided by a replica that lags
        return self.db_for_write(model, **hints)

    def db_for_write(self, model, **hints):
        return router.db_for_write(get_user_model()) if is_ours(model._meta.app_label) else None

    def allow_relation(self, one, other, **hints):
        return True if is_ours(one._meta.app_label) or is_ours(other._meta.app_label) else None

    def allow_migrate(self, db, app_label, **hints):
        return db == router.db_for_write(get_user_model()) if is_ours(app_label) else None


def is_ours(app_label):
    return app_label == "auth0db"
