"""What the migration remembers. A user is migrated if and only if it has an Auth0User."""

import secrets

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connections, models, router, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from auth0db.indexes import AddressIndex
from auth0db.migrations._from_0_1 import PENDING


def writable(model):
    """Rows are always read where they are written: a login must not be decided by a replica that
    lags."""
    return model._base_manager.using(router.db_for_write(model))


def put(model, user, **values):
    """This user's row of that kind has these values from now on. As update_or_create(), which reads first and then writes
    in one transaction: on SQLite a crowd would be told that the database is locked."""
    rows = writable(model).filter(user=user)
    if rows.update(**values):
        return
    try:
        with transaction.atomic(using=rows.db):
            model(user=user, **values).save(using=rows.db, force_insert=True)
    except IntegrityError:
        rows.update(**values)


def _tables_there():
    return set(connections[router.db_for_write(Auth0User)].introspection.table_names())


def missing_tables():
    """Of our own, those that `migrate` has not made yet."""
    return _missing_from(_tables_there())


def _missing_from(there):
    ours = apps.get_app_config("auth0db").get_models()
    return [model._meta.db_table for model in ours if model._meta.db_table not in there]


_complete = False  # nothing was missing: asked no more in this process


def missing():
    """What `migrate` has not made yet: "table ..." of ours, "column ..." where a table of ours is older than this
    package, and "rows of ..." where those of auth0db 0.1 have not come over. Empty: nothing, which is found out once
    a process."""
    global _complete
    if _complete:
        return []
    there = _tables_there()
    tables = _missing_from(there)
    found = ["table " + table for table in tables]
    found += ["rows of " + table for table in (PENDING,) if table in there]
    connection = connections[router.db_for_write(Auth0User)]
    with connection.cursor() as cursor:
        for model in apps.get_app_config("auth0db").get_models():
            table = model._meta.db_table
            if table not in tables:
                cursor.execute("SELECT * FROM %s LIMIT 0" % connection.ops.quote_name(table))
                known = {column[0] for column in cursor.description}
                columns = [field.column for field in model._meta.local_concrete_fields]
                found += ["column %s.%s" % (table, n) for n in columns if n not in known]
    _complete = not found
    return found


def look_again(**kwargs):
    """Receiver of post_migrate: tables may have come or gone."""
    global _complete
    _complete = False


def nobody_has_moved():
    """True where there is no table of links yet, nor one of auth0db 0.1: then the site goes on as without us."""
    gone = missing()
    return "table " + Auth0User._meta.db_table in gone and "rows of " + PENDING not in gone


class AsFarAsMade(models.Manager):
    """Before `migrate` there is nothing in our tables, which is what Django then finds wherever it follows a relation
    of the site's users: the cascade when one is deleted, an inline, dumpdata. A column that is not there yet is not
    read. For everything that asks before it decides, that is no answer: missing()."""

    def get_queryset(self):
        rows, gone = super().get_queryset(), missing()
        table = self.model._meta.db_table
        if not gone:
            return rows
        if "table " + table in gone:
            return rows.none()
        fields = self.model._meta.local_concrete_fields
        return rows.defer(*(f.name for f in fields if "column %s.%s" % (table, f.column) in gone))


class Ours(models.Model):
    """What all of our tables have. Its managers are inherited, so that no migration has to name them."""

    objects = AsFarAsMade()

    class Meta:
        abstract = True
        base_manager_name = "objects"  # a cascade asks this one


def one_of_each_user(related_name):
    """A row of this kind is its user's, has the user's key, and goes with the user."""
    return models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name=related_name,
        verbose_name=_("user"),
    )


def recorded_at():
    return models.DateTimeField(_("recorded at"), default=timezone.now)


class Auth0Site(Ours):
    """Names this site in the ids it gives to its users, so that two sites may share a tenant. One
    row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=64, editable=False)
    # Of digests of hashes that have no salt of their own
    digest_key = models.CharField(max_length=64, null=True, blank=True, editable=False)
    # The databases that are the site's own, as JSON (auth0db.copies). NULL: nobody has looked yet
    lives_in = models.TextField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("site at Auth0")
        verbose_name_plural = _("site at Auth0")

    def __str__(self):
        return self.name

    @classmethod
    def row(cls):
        """Made once and kept."""
        try:
            return writable(cls).get_or_create(pk=1, defaults={"name": secrets.token_hex(16)})[0]
        except IntegrityError:
            row = cls._now()
            if row is None:  # PostgreSQL shows nothing that is newer; `migrate` makes the row before anybody comes
                raise
            return row

    @classmethod
    def _now(cls):
        """Which somebody else has just made: under REPEATABLE READ a plain query may not see it."""
        with transaction.atomic(using=router.db_for_write(cls)):
            return writable(cls).filter(pk=1).select_for_update().first()

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
        return name or cls.row().name

    @classmethod
    def current_digest_key(cls):
        """Made once and kept, like the name."""
        rows = writable(cls)
        key = cls.made_digest_key()
        if not key:
            cls.row()
            rows.filter(pk=1, digest_key=None).update(digest_key=secrets.token_hex(32))
            key = cls._now().digest_key
        return key

    @classmethod
    def made_digest_key(cls):
        """To compare with what was recorded; "" where none was made, and so nothing recorded with one. One query."""
        return writable(cls).filter(pk=1).values_list("digest_key", flat=True).first() or ""


class Auth0User(Ours):
    """This user is that Auth0 user."""

    user = one_of_each_user("auth0")
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
    # Digests (include/auth0db/digests.h), newest first: of encodings of the shared password, of
    # earlier passwords, and of the hash that a hook saw being set. NULL: an older package's link
    same = models.CharField(max_length=110, null=True, blank=True, editable=False)
    replaced = models.CharField(max_length=440, null=True, blank=True, editable=False)
    told = models.CharField(max_length=22, null=True, blank=True, editable=False)
    # What Auth0 last said against this user, for the time of an outage, and when: blocked, mfa,
    # leaked, denied, gone. Empty: nothing
    word = models.CharField(_("remembered"), max_length=16, null=True, blank=True)
    # Fingerprints (include/auth0db/addresses.h) of the site's address and of the tenant's, as they were when
    # both were last the same. NULL: as they were when the user was linked
    site_address = models.CharField(max_length=22, null=True, blank=True, editable=False)
    tenant_address = models.CharField(max_length=22, null=True, blank=True, editable=False)
    # What auth0db.sync has told: the user name at the tenant (NULL: the user's own, or not known); "~" and a
    # time until which a change is on its way, or since which nobody knows whether it has arrived; why not all
    # was told; "site": blocked there by us
    tenant_username = models.CharField(
        _("user name at Auth0"), max_length=150, null=True, blank=True
    )
    syncing = models.CharField(max_length=40, null=True, blank=True, editable=False)
    unsynced = models.CharField(_("change not at Auth0"), max_length=32, null=True, blank=True)
    block = models.CharField(max_length=8, null=True, blank=True, editable=False)
    word_at = models.DateTimeField(_("remembered since"), null=True, blank=True)

    class Meta:
        verbose_name = _("user at Auth0")
        verbose_name_plural = _("users at Auth0")
        # How many have moved, and by which way, is then told without reading the rows
        indexes = [
            models.Index(fields=["lane", "unpushed"], name="auth0db_link_lane"),
            AddressIndex(fields=["email"], name="auth0db_link_email"),
        ]

    becomes = None  # what the admin says of it before its user is deleted

    def __str__(self):
        return self.becomes or self.auth0_id


class Holdout(Ours):
    """This user cannot migrate now, for one reason. Tried again when e-mail, username or password
    changes."""

    user = one_of_each_user("auth0_holdout")
    reason = models.CharField(_("reason"), max_length=32, db_index=True)
    detail = models.TextField(_("detail"), blank=True)
    hash_digest = models.CharField(max_length=64)
    created = recorded_at()

    class Meta:
        verbose_name = _("reason for not moving")
        verbose_name_plural = _("reasons for not moving")

    def __str__(self):
        return "%s: %s" % (self.pk, self.reason)


class ImportBatch(Ours):
    """One import file: written before it is sent, so that a kill loses nothing. The command writes
    these rows and those of ImportClaim (src/store); Django makes and shows them."""

    id = models.BigAutoField(primary_key=True)
    external_id = models.CharField(_("external id"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=16)
    # claimed (perhaps sent), submitted, settled, failed
    status = models.CharField(_("status"), max_length=16, db_index=True)
    job_id = models.CharField(_("job at Auth0"), max_length=64, blank=True)
    # The process at work on it
    owner = models.CharField(max_length=128, blank=True)
    users = models.IntegerField(_("users"), default=0)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    linked = models.IntegerField(_("linked"), default=0)
    held = models.IntegerField(_("held back"), default=0)
    released = models.IntegerField(_("given back"), default=0)
    created = recorded_at()
    submitted = models.DateTimeField(_("sent at"), null=True, blank=True)
    settled = models.DateTimeField(_("settled at"), null=True, blank=True)
    # The owner's last sign of life
    seen = models.DateTimeField(null=True, blank=True)
    detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("import batch")
        verbose_name_plural = _("import batches")

    def __str__(self):
        return self.external_id


class Reminder(Ours):
    """This user was mailed, or is about to be, a link to set a password at Auth0 with. Written by
    the command before it does anything, so that nobody is mailed twice. The user is not migrated by
    it: that is for the login with the new password, which makes the Auth0User."""

    user = one_of_each_user("auth0_reminder")
    auth0_id = models.CharField(_("Auth0 id"), max_length=255)
    email = models.CharField(_("mailed to"), max_length=254)
    # tenant, site
    channel = models.CharField(_("mailed by"), max_length=16)
    # created, in-air, sent, failed
    status = models.CharField(_("status"), max_length=16, db_index=True)
    wave = models.CharField(_("wave"), max_length=64)
    # Fingerprint of the local hash at that time
    sync_digest = models.CharField(max_length=64, blank=True)
    created = recorded_at()
    in_air = models.DateTimeField(null=True, blank=True)
    sent = models.DateTimeField(_("sent at"), null=True, blank=True)
    detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")

    def __str__(self):
        return "%s: %s" % (self.pk, self.status)


class ImportClaim(Ours):
    """This user is in a batch whose end is not on record yet: nobody else may import it."""

    user = one_of_each_user("auth0_claim")
    # The job at Auth0 goes on without the row, so a batch with claims cannot be deleted
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, related_name="claims", verbose_name=_("import batch")
    )
    auth0_id = models.CharField(_("Auth0 id"), max_length=255)
    email = models.CharField(_("e-mail as sent"), max_length=254, blank=True)
    sync_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("claimed user")
        verbose_name_plural = _("claimed users")

    def __str__(self):
        return self.auth0_id


class Resolution(Ours):
    """What was decided about a user who was held back. Of one e-mail the last "keep" counts, for as
    long as the user has that e-mail. The command writes these rows too."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="auth0_resolutions",
        verbose_name=_("user"),
    )
    action = models.CharField(_("action"), max_length=16)  # keep, email, retry
    # The e-mail kept, the new one, or the reason that is tried again
    value = models.CharField(_("value"), max_length=254, blank=True)
    actor = models.CharField(_("decided by"), max_length=150, blank=True)
    created = recorded_at()

    class Meta:
        verbose_name = _("decision about a user held back")
        verbose_name_plural = _("decisions about users held back")
        indexes = [AddressIndex(fields=["value"], name="auth0db_resolution_value")]

    def __str__(self):
        return "%s: %s %s" % (self.user_id, self.action, self.value)


class Tombstone(Ours):
    """A user of this key was deleted on the site. Bars the Auth0 account from making a new user, and from
    joining one without the site's word; a later user of the key gets an id that carries the number.
    The user is gone, so the database does not look whether there is one: a deletion must leave it."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("user"),
    )
    # Of those of this key, from 1
    number = models.IntegerField(_("number"))
    auth0_id = models.CharField(_("Auth0 id"), max_length=255)
    created = models.DateTimeField(_("deleted at"), default=timezone.now)
    # What was done at Auth0 (auth0db.tombstones): unknown, left, not-ours, to-block, to-delete, blocked,
    # deleted, gone, given-up, forgotten
    state = models.CharField(_("at Auth0"), max_length=16)
    # When somebody may do, or try again, what is to be done there
    due = models.DateTimeField(_("due"), null=True, blank=True)
    tries = models.IntegerField(_("tries"), default=0)
    # The user was in this batch, so the account may be made yet
    batch = models.BigIntegerField(null=True, blank=True, editable=False)
    # When a user whom the site accepts was linked to the account
    lifted = models.DateTimeField(_("given back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("deleted user")
        verbose_name_plural = _("deleted users")
        indexes = [
            models.Index(fields=["user", "number"], name="auth0db_tombstone_user"),
            models.Index(fields=["auth0_id"], name="auth0db_tombstone_auth0_id"),
            models.Index(fields=["state"], name="auth0db_tombstone_state"),
        ]

    def __str__(self):
        return self.auth0_id

    @classmethod
    def number_of(cls, key):
        """How many users of this key were deleted."""
        return writable(cls).filter(user_id=key).aggregate(models.Max("number"))["number__max"] or 0


class OutgoingMail(Ours):
    """A reset mail on its way, or that one went: auth0db.outbox."""

    id = models.BigAutoField(primary_key=True)
    # Keyed digest of the mailbox, and the span of time it was asked in
    address = models.CharField(max_length=64, editable=False)
    slot = models.BigIntegerField(editable=False)
    by = models.CharField(_("mailed by"), max_length=8)  # site, auth0, nobody
    # The mail, sealed; "" once it was sent
    content = models.TextField(blank=True, editable=False)
    # When somebody else may send it; None: it was sent
    due = models.DateTimeField(_("due"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    created = recorded_at()

    class Meta:
        verbose_name = _("reset mail")
        verbose_name_plural = _("reset mails")
        constraints = [
            models.UniqueConstraint(fields=["address", "slot"], name="auth0db_outgoing_once")
        ]
        indexes = [
            models.Index(fields=["address", "created"], name="auth0db_outgoing_address"),
            models.Index(fields=["by", "due"], name="auth0db_outgoing_due"),
        ]

    def __str__(self):
        return "%s: %s" % (self.pk, self.by)
