"""What the migration remembers. A user is migrated if and only if it has an Auth0User."""

import secrets

from django.conf import settings
from django.db import models, router
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def writable(model):
    """Rows are always read where they are written: a login must not be decided by a replica that
    lags."""
    return model._base_manager.using(router.db_for_write(model))


class Auth0Site(models.Model):
    """Names this site in the ids it gives to its users, so that two sites may share a tenant. One
    row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("site at Auth0")
        verbose_name_plural = _("site at Auth0")

    def __str__(self):
        return self.name

    @classmethod
    def current(cls):
        """AUTH0_SITE, else a random name made once and kept. Of two processes making one, both get
        the first."""
        from auth0db import conf

        chosen = conf.get("AUTH0_SITE")
        if chosen:
            return str(chosen)
        rows = writable(cls)
        name = rows.filter(pk=1).values_list("name", flat=True).first()
        return name or rows.get_or_create(pk=1, defaults={"name": secrets.token_hex(16)})[0].name


class Auth0User(models.Model):
    """This user is that Auth0 user."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="auth0",
        verbose_name=_("user"),
    )
    auth0_id = models.CharField(_("Auth0 id"), max_length=255, unique=True)
    # As the tenant knows it: what a password login there must name, whatever becomes of the site's
    # own e-mail
    email = models.CharField(_("e-mail at Auth0"), max_length=254, blank=True)
    created = models.DateTimeField(_("migrated at"), default=timezone.now)
    lane = models.CharField(_("lane"), max_length=16)
    # Fingerprint of the local hash as it was when both sides last held the same password; "" means
    # never
    sync_digest = models.CharField(max_length=64, blank=True)
    # The tenant's last_password_reset at that time
    tenant_mark = models.CharField(max_length=40, blank=True)
    # Why the newest local password is not at Auth0 yet, as far as that is known; every login tries
    # again
    unpushed = models.CharField(_("password not at Auth0"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("user at Auth0")
        verbose_name_plural = _("users at Auth0")

    def __str__(self):
        return self.auth0_id


class Holdout(models.Model):
    """This user cannot migrate now, for one reason. Tried again when e-mail, username or password
    changes."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="auth0_holdout",
        verbose_name=_("user"),
    )
    reason = models.CharField(_("reason"), max_length=32, db_index=True)
    detail = models.TextField(_("detail"), blank=True)
    hash_digest = models.CharField(max_length=64)
    created = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("user held back")
        verbose_name_plural = _("users held back")

    def __str__(self):
        return "%s: %s" % (self.pk, self.reason)
