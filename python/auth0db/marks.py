"""What a link says of the two passwords, and who may write it.

same, replaced and told say which hashes knew which password (include/auth0db/digests.h); sync_digest
is what older packages know of that. tenant_mark says which password of the tenant the
site's newest is newer than: the one set there at this date; "?", nobody knows; or "~" and a time,
every one set there until then. Such a time stands for a push of ours. Ahead, the push is under way
and will have ended by then; past, it ended without an answer, or its process did.

Several servers write here at once. Whoever does changes the row that it has read, and no other.
"""

import time
from datetime import datetime, timedelta, timezone

from django.contrib.auth.hashers import is_password_usable
from django.db import connections, router, transaction
from django.db.models import F
from django.utils import timezone as django_timezone

from auth0db import _native, digests, mailboxes, people
from auth0db.models import Auth0User, ImportClaim, Reminder, writable
from auth0db.reports import hides_everything

UNKNOWN = "?"
UNTIL = "~"
PAUSE = 0.05  # seconds, before another look at somebody else's push


def until(seconds=0):
    """As the tenant writes its dates: the login machine compares the two as text."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return UNTIL + moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def under_way(mark):
    return mark.startswith(UNTIL) and mark > until()


def _row(user):
    # __class__: type() of request.user is that of its lazy wrapper
    return writable(user.__class__).filter(pk=user.pk, password=user.password)


@hides_everything
def is_in_row(user):
    """False where the instance was never saved with this password, or another was set since."""
    return _row(user).exists()


@hides_everything
def hold_row(user):
    """is_in_row, and nobody can change that before the transaction ends."""
    return _row(user).update(password=user.password) == 1


def record(user, known, **changes):
    """Change the link where its mark is still the one that is known. False: somebody was faster."""
    return writable(Auth0User).filter(user=user, tenant_mark=known).update(**changes) == 1


# --- digests ------------------------------------------------------------------------------------------

def _held(user):
    """The link as it is now, and nobody changes it before the transaction ends. Under REPEATABLE READ
    a plain query may see an older one; SQLite knows no locking query, and locks by writing. To lock
    a link that is not there would lock out, on MariaDB, the links of all who move meanwhile. On SQLite
    nothing may be read first: who has read, and then writes after somebody else has, is told at once
    that the database is locked."""
    rows = writable(Auth0User).filter(user=user)
    if connections[rows.db].vendor != "sqlite" and not rows.exists():
        return None
    rows.update(lane=F("lane"))
    return rows.select_for_update().first()


def link_now(user):
    """Which somebody else has just made: under REPEATABLE READ a plain query may not see it."""
    with transaction.atomic(using=router.db_for_write(Auth0User)):
        return writable(Auth0User).filter(user=user).select_for_update().first()


@hides_everything
def change(user, known, *events, **changes):
    """Change the link by these events where its mark is still `known`; None: whatever it is."""
    with transaction.atomic(using=router.db_for_write(Auth0User)):
        link = _held(user)
        if link is None or (known is not None and link.tenant_mark != known):
            return False
        changes.update(digests.after(link, *events))
        writable(Auth0User).filter(pk=link.pk).update(**changes)
    return True


@hides_everything
def follow_new_encoding(user, before):
    """The row's hash, `before`, was made anew of the same password. What was known of the old one
    holds for the new one: of the link, of an import that is on its way, of a reminder."""
    change(user, None, ("reencoded", before, user.password))
    was, now = _native.fingerprint(before), people.sync_digest(user)
    for model in (ImportClaim, Reminder):
        writable(model).filter(user=user, sync_digest=was).update(sync_digest=now)


# --- pushes -------------------------------------------------------------------------------------------


def begin_push(user, ends):
    """Before anything is sent. Of all who would push to one Auth0 user one gets the mark that is
    now the link's; the others wait for it, until `ends` (time.monotonic). A process that dies leaves
    the mark, and so the push is not forgotten.

    None: there is nothing to push any more (the tenant has been told, or the row holds another
    hash), or no time.
    """
    while True:
        link = people.link_of(user)
        if link is None or not is_in_row(user):
            return None
        if digests.standing(link, user.password)["standing"] in ("same", "replaced"):
            return None
        left = ends - time.monotonic()
        if left <= 0:
            return None
        if not under_way(link.tenant_mark):
            mark = until(left)
            # The sync digest goes, and may be all that a link of the import's or an older package's has
            if change(user, link.tenant_mark, ("claimed", None, ""), tenant_mark=mark):
                return mark
        time.sleep(min(PAUSE, left))


class Recorder:
    """Answers what the two machines, login and push, have recorded of a link. `users` are the
    instances that were read, `marks` those of their links as last read or written."""

    def __init__(self, ends):
        self.users = {}
        self.marks = {}
        self.pushing = False
        self.ends = ends

    @hides_everything
    def mark_in_step(self, question):
        user = self.users[question["user_key"]]
        event = "reencoded" if question["reencoded"] else "shared"
        if self.pushing:
            events = [("pushed", None, user.password)]
            return {"yes": self.record_in_step(user, question["tenant_mark"], events)}
        with transaction.atomic(using=router.db_for_write(user.__class__)):
            return {
                "yes": hold_row(user)
                and self.record_in_step(
                    user, question["tenant_mark"], [(event, None, user.password)]
                )
            }

    def remember(self, question):
        user = self.users[question["user_key"]]
        now = django_timezone.now()
        writable(Auth0User).filter(user=user).update(word=question["word"], word_at=now)
        return {"yes": True}

    def begin_push(self, question):
        user = self.users[question["user_key"]]
        mark = begin_push(user, self.ends)
        if mark is None:
            return {"yes": False}
        self.pushing, self.marks[question["user_key"]] = True, mark
        return {"yes": True}

    def end_push(self, question):
        """It has not succeeded. tenant_mark is the tenant's since, None where nobody knows."""
        key, mark = question["user_key"], question["tenant_mark"]
        change(
            self.users[key],
            self.marks[key],
            *self._events(question),
            tenant_mark=until() if mark is None else mark,
            unpushed=question["unpushed"],
        )
        return {"yes": True}

    def unpushed(self, question):
        user = self.users[question["user_key"]]
        change(user, None, *self._events(question), unpushed=question["unpushed"])
        return {"yes": True}

    @hides_everything
    def _events(self, question):
        """Where the tenant rules from now on, the password that was not sent opens nothing any more."""
        user = self.users[question["user_key"]]
        return [("replaced", None, user.password)] if question["standing"] == "replaced" else []

    def follow(self, question):
        """The tenant has another address for this user by now."""
        user = self.users[question["user_key"]]
        return {"yes": mailboxes.follow(people.link_of(user), people.email_of(user), question["email"])}

    @hides_everything
    def record_in_step(self, user, tenant_mark, events):
        known = self.marks[people.key_of(user)]
        if under_way(known) and not self.pushing:
            return False  # whoever is pushing records what came of it
        changes = {"unpushed": ""}
        if tenant_mark is not None:
            changes["tenant_mark"] = tenant_mark
        return change(user, known, *events, **changes)


def renewal(before, now):
    """The events of a hash that was renewed with a password of the tenant's."""
    old = [("replaced", None, before)] if before and is_password_usable(before) else []
    return [*old, ("shared", None, now)]
