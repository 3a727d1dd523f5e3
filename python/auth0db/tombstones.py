"""Who was deleted on the site stays out.

A deletion leaves a tombstone, in its own transaction, whoever deletes: the admin, delete(), a queryset, a cascade.
What goes past Django (SQL, a cascade of the database's) finds our foreign keys in its way, and fails.

Without it the person's old password, which Auth0 still takes, would make a new active account (S14). And a primary
key may be given out again: the new user must not get the id by which Auth0 knows the old one.

What is to be done at Auth0 (AUTH0_ON_DELETE) is written down with it, and done after the commit: by a thread of this
process, else by whoever looks next (`manage.py auth0_outbox`, any process that sends mails or deletes).
"""

import logging
from datetime import timedelta

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.db.models import F
from django.db.models.signals import pre_delete
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from auth0db import _native, conf, people
from auth0db.models import Auth0Site, Auth0User, ImportBatch, ImportClaim, Reminder, Tombstone, missing, writable

log = logging.getLogger("auth0db")

TO_DO = {"block": "to-block", "delete": "to-delete"}
DONE = {"to-block": "blocked", "to-delete": "deleted"}
HELD = timedelta(minutes=2)  # a process that asks Auth0 has so long, then it is taken for dead
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240)]  # then every four hours
TRIES = 40  # about a week
WAIT = timedelta(minutes=5)  # for a batch to be settled
SWEEP = 50  # rows at a time


def rows():
    return writable(Tombstone)


def is_there():
    """False before `migrate`: then the site goes on as without us."""
    return "table " + Tombstone._meta.db_table not in missing()


# --- leaving one ------------------------------------------------------------------------------------------------------


def connect():
    """To the user model and its proxies alone: a receiver for every model would have Django load every row of the site
    that is deleted."""
    concrete = get_user_model()._meta.concrete_model
    for model in apps.get_models():
        if model._meta.concrete_model is concrete:
            pre_delete.connect(before_delete, sender=model, dispatch_uid="auth0db.before_delete")


def before_delete(sender, instance, using, **kwargs):
    """Receiver of pre_delete, inside the deletion's transaction: rolled back, there is no tombstone either. What fails
    here ends the deletion, since it must not pass unseen."""
    if instance.pk is None or using != rows().db or not is_there():
        return
    with transaction.atomic(using=using):
        stone = _hold(sender, instance.pk, using) and leave(instance)
    if stone and stone.due is not None:
        transaction.on_commit(_tend, using=using)


def _hold(model, key, using):
    """Nobody links the user from now on: its link, made between our look and the deletion, would go unseen. False:
    there is no such user."""
    row = model._base_manager.using(using).filter(pk=key)
    if connections[using].features.has_select_for_update:
        return row.select_for_update().values_list("pk", flat=True).first() is not None
    return row.update(password=F("password")) == 1  # SQLite locks by writing


def leave(user):
    # Locking reads: under REPEATABLE READ a plain one shows what was there when the transaction began
    link = writable(Auth0User).filter(user_id=user.pk).select_for_update().first()
    claim = writable(ImportClaim).filter(user_id=user.pk).select_for_update().first()
    before = Tombstone.number_of(user.pk)
    ids = own_ids(people.key_of(user), before)
    auth0_id = ids[-1] if link is None else link.auth0_id
    known = link or claim or writable(Reminder).filter(user_id=user.pk).exists()
    state = fate(auth0_id in ids) if known else "unknown"
    stone = rows().create(
        user_id=user.pk,
        number=before + 1,
        auth0_id=auth0_id,
        state=state,
        due=timezone.now() if state in DONE else None,
        batch=claim and claim.batch_id,
    )
    log.info("user %s was deleted; %s: %s", people.key_of(user), auth0_id, state)
    return stone


def own_ids(key, before):
    """The ids that we gave to users of this key, this one's last: none but these is ours to block or delete."""
    site = Auth0Site.current()
    return [_native.expected_id(site, key, number) for number in range(before + 1)]


def fate(is_ours):
    wanted = conf.on_delete()
    if wanted not in TO_DO:
        return "left"
    return TO_DO[wanted] if is_ours else "not-ours"


# Said by the admin before somebody is deleted
BECOMES = {
    "left": _("%s: the account stays at Auth0, and no longer logs in here"),
    "to-block": _("%s: the account is blocked at Auth0"),
    "to-delete": _("%s: the account is deleted at Auth0 too"),
    "not-ours": _("%s: the account was not made from this user. It stays at Auth0, and no longer logs in here"),
}


def becomes(user, auth0_id):
    """What will become of this account, in words, when its user is deleted."""
    wants_more = conf.on_delete() in TO_DO
    ours = wants_more and auth0_id in own_ids(people.key_of(user), Tombstone.number_of(user.pk))
    return BECOMES[fate(ours)] % auth0_id


# --- what it bars, and who lifts it -----------------------------------------------------------------------------------


def bars(auth0_id):
    return rows().filter(auth0_id=auth0_id, lifted=None).exists()


def lift(auth0_id):
    """Somebody whom the site accepts is linked to this account: it is that user's now, and is not to be deleted."""
    standing = rows().filter(auth0_id=auth0_id, lifted=None)
    standing.filter(state__in=DONE).update(state="left", due=None)
    if standing.update(lifted=timezone.now()):
        log.info("%s belongs to a user of the site again: its tombstone is lifted", auth0_id)


def is_somebodys(auth0_id):
    return writable(Auth0User).filter(auth0_id=auth0_id).exists()


def is_ours(stone):
    key = people.key_of(get_user_model()(pk=stone.user_id))
    return stone.auth0_id in own_ids(key, stone.number - 1)


def erase(auth0_id):
    """How many there were. Of a key that somebody has again the number stays: without it that user would be taken for
    the former one."""
    mine = rows().filter(auth0_id=auth0_id)
    mine.update(number=F("number"))  # SQLite locks by writing, and nothing may be read before
    stones = list(mine.select_for_update())
    model = get_user_model()
    for stone in stones:
        if writable(model).filter(pk=stone.user_id).exists():
            rows().filter(pk=stone.pk).update(auth0_id="", state="forgotten", due=None, batch=None)
        else:
            stone.delete()
    return len(stones)


# --- at Auth0 ---------------------------------------------------------------------------------------------------------


def _tend():
    from auth0db import afterwards

    afterwards.tend()


def waiting():
    return rows().filter(state__in=DONE, due__isnull=False)


def sweep():
    """Do what is due. How many were done with."""
    due = waiting().filter(due__lte=timezone.now()).order_by("due")[:SWEEP]
    return sum(_do(stone) for stone in list(due))


def _claim(stone):
    """The row is this process's for a while. Compared with what was read: two claims of one row are one."""
    until = timezone.now() + HELD
    mine = rows().filter(pk=stone.pk, state=stone.state, due=stone.due, tries=stone.tries, lifted=None)
    if not mine.update(due=until, tries=stone.tries + 1):
        return False
    stone.due, stone.tries = until, stone.tries + 1
    return True


def _do(stone):
    if not _claim(stone):
        return False
    if is_somebodys(stone.auth0_id):
        return _end(stone, "left")
    if stone.batch and writable(ImportBatch).filter(pk=stone.batch, status__in=["claimed", "submitted"]).exists():
        # The job may make the account yet
        return _again(stone, WAIT, tries=stone.tries - 1)
    outcome, _nothing, message = act(stone)
    if outcome == "ok":
        return _end(stone, DONE[stone.state])
    if outcome == "not_found":
        return _end(stone, "gone")
    if outcome == "held":  # perhaps a copy of the site's database: once it is adopted
        return _again(stone, WAIT, tries=stone.tries - 1)
    if stone.tries >= TRIES:
        log.error("%s could not be done at Auth0 for %s (%s); it is given up", stone.state, stone.auth0_id, message)
        return _end(stone, "given-up")
    log.warning("%s could not be done at Auth0 for %s (%s); it is tried again", stone.state, stone.auth0_id, message)
    return _again(stone, PAUSES[min(stone.tries, len(PAUSES)) - 1])


def act(stone):
    client = conf.client()
    call = client.delete_user if stone.state == "to-delete" else client.block_user
    return call(stone.auth0_id, deadline=conf.seconds("AUTH0_DEADLINE"))


def _again(stone, pause, **changes):
    rows().filter(pk=stone.pk, due=stone.due).update(due=timezone.now() + pause, **changes)
    return False


def _end(stone, state):
    rows().filter(pk=stone.pk, due=stone.due).update(state=state, due=None)
    log.info("%s at Auth0: %s", stone.auth0_id, state)
    return True
