"""What changes on the site beside the password goes to Auth0 as well: e-mail, user name, verification, active flag.

The sync machine (include/auth0db/login.h) decides; this answers what it asks. A change that a hook saw is told after the
commit, any other at the user's next login, or by `manage.py auth0_sync`.
"""

import logging
import time
from functools import partial

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction

from auth0db import addresses, conf, mailboxes, marks, models, outage, people
from auth0db.models import Auth0Site, Auth0User, Holdout, Tombstone, writable

log = logging.getLogger("auth0db")

BLOCKED_BY_US = "site"


def options():
    """What the settings allow, for a login and for a sync."""
    return {
        "address": bool(conf.get("AUTH0_SYNC_EMAIL")),
        "active": bool(conf.get("AUTH0_SYNC_ACTIVE")),
    }


def tell(key, verifies=False, retries=True):
    """Tell the tenant what the site has of the user with this key. None: all is told, or nothing was due; else why not
    ("exists", "unavailable", ...), which is recorded at the link. verifies: look whether the tenant lacks a
    verification, though nothing else is due; retries: what Auth0 has refused is tried again."""
    if models.missing() or not any(options().values()):
        return None
    client, deadline = conf.client(), conf.seconds("AUTH0_DEADLINE")
    telling = _Telling(key, time.monotonic() + deadline)
    user_key = get_user_model()._meta.pk
    machine = client.sync(
        Auth0Site.current(),
        str(user_key.value_to_string(_Keyed(user_key.attname, key))),
        verifies=verifies,
        retries=retries,
        deadline=deadline,
        **options(),
    )
    question = machine.step()
    while question["ask"] != "sync_ended":
        question = machine.step(**getattr(telling, question["ask"])(question))
    outage.observe(client)
    if question["unsynced"]:
        log.warning(
            "a change of user %s is not at Auth0 yet (%s): %s",
            key,
            question["unsynced"],
            machine.trouble or "",
        )
    return question["unsynced"]


PAGE = 500


def keys(everybody=False):
    """Of the users who have moved, those of whom the site has something to tell; the machine looks again. Page by page:
    no long read stands in a writer's way. The users of a page are read by their keys: a join would begin at the first
    user for each page."""
    after = None
    while True:
        rows = writable(Auth0User).order_by("pk").prefetch_related("user")
        page = list((rows if after is None else rows.filter(pk__gt=after))[:PAGE])
        yield from (link.pk for link in page if everybody or _differs(link))
        if len(page) < PAGE:
            return
        after = page[-1].pk


def _differs(link):
    user, email = link.user, people.email_of(link.user)
    return (
        bool(link.email and not people.same_email(link.email, email))
        or bool(link.tenant_username and link.tenant_username != people.username_of(user).lower())
        or bool(link.syncing or link.unsynced)
        or bool(getattr(user, "is_active", True)) == (link.block == BLOCKED_BY_US)
        or link.word == "blocked"  # by us, perhaps: the account says so
    )


class _Keyed:
    """Stands for a user of this key where only the key's text is wanted."""

    def __init__(self, attname, key):
        setattr(self, attname, key)


def tell_on_commit(user, **how):
    """What is rolled back here must not have happened there."""
    database = router.db_for_write(user.__class__, instance=user)
    transaction.on_commit(partial(tell_quietly, user.pk, **how), using=database)


def tell_quietly(key, **how):
    """The change is saved: too late for an error page, and it is found again."""
    try:
        tell(key, **how)
    except ImproperlyConfigured as error:
        log.error("a change of user %s is not at Auth0: %s", key, error)


def email_confirmed(request, email_address, **kwargs):
    """Receiver of django-allauth's signal of this name."""
    tell_on_commit(email_address.user, verifies=True)


class _Telling:
    """The site's answers to one sync."""

    def __init__(self, key, ends):
        self.key = key
        self.ends = ends
        self.user = self.link = None

    def own_row(self, question):
        """Read anew: the instance that was saved may be older than another one's change."""
        self.user = writable(get_user_model()).filter(pk=self.key).first()
        self.link = None if self.user is None else people.link_of(self.user)
        if self.link is None:
            return {"users": 0}
        told = people.describe(self.user, bool(getattr(self.user, "is_active", True)))
        told["email_verified"] = conf.email_verified(self.user)
        told["tombstones"] = Tombstone.number_of(self.user.pk)  # the id of a key given out again carries it
        return {"users": 1, "user": told}

    def email_shared(self, question):
        """Where nobody can look, it may be another one's: it is not sent."""
        field, email = people.email_field(), people.email_of(self.user)
        if not people.finds_everybody():
            return {"yes": True}
        alike = addresses.look_up(writable(type(self.user)), field, email)
        return {"yes": any(key != self.key for key in alike.values_list("pk", flat=True))}

    def _rows(self):
        return writable(Auth0User).filter(pk=self.link.pk)

    def begin_sync(self, question):
        """Of all who would tell, one does, by changing the row that it has read. A process that dies leaves the mark, and
        the next login looks at the tenant before it asks for a name that may be the old one."""
        before = self.link.syncing
        if before is not None and marks.under_way(before):
            return {"yes": False}
        known = {"syncing__isnull": True} if before is None else {"syncing": before}
        mark = marks.until(self.ends - time.monotonic())
        return {"yes": self._rows().filter(**known).update(syncing=mark) == 1}

    def end_sync(self, question):
        changes = {
            "unsynced": question["unsynced"],
            "syncing": marks.until() if question["unclear"] else None,
        }
        if question["blocked"] is not None:
            changes["block"] = BLOCKED_BY_US if question["blocked"] else ""
        if question.get("identifier") and conf.get("AUTH0_REQUIRE_USERNAME"):
            changes["tenant_username"] = question["identifier"][:150]
        if question.get("email"):
            changes.update(mailboxes.changes(self.link, people.email_of(self.user), question["email"]))
        self._rows().update(**changes)
        freed = self.link.email
        if freed and not people.same_email(freed, changes.get("email", freed)):
            release(freed)
        return {"yes": True}


def release(email):
    """This address is free at the tenant: whoever has it on the site now was held back for it."""
    for user in people.sharers(email) if people.finds_everybody() else ():
        writable(Holdout).filter(user=user, reason="foreign-account").delete()
