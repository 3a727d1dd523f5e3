"""Reset mails on their way. They are made where the request is, written down sealed, and sent after the answer.

A row holds one mail, or one request to Auth0 to send its own, as JSON that only the site's SECRET_KEY opens: a link
that sets a password must not lie readable in a table, a backup or a replica. Its text goes when it was sent; what is
left says only that this address was mailed, so that nobody can have it mailed at every post.

A killed process leaves its rows. Whoever sends next sends them as well, once their time (`due`) has come: at least
once, therefore, and not at most once. The same link twice does no harm, and no link would.
"""

import json
import logging
import time
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from auth0db import _native, conf, copies, people
from auth0db.models import OutgoingMail, writable
from auth0db.reports import hides_everything

log = logging.getLogger("auth0db")

BY_SITE, BY_AUTH0, BY_NOBODY = "site", "auth0", "nobody"
HELD = timedelta(minutes=2)  # a process that sends has so long, then it is taken for dead
# Between two tries, and then it is given up: by then its user has asked again
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240)]
SWEEP = 50  # rows at a time
SWEEP_EVERY = 10.0  # seconds
HELD_BACK = "held back"


def rows():
    return writable(OutgoingMail)


def address_digest(email):
    """Of one mailbox, whatever its spelling. Keyed: the table must not tell who has asked."""
    folded = people.folded(email).decode("utf-8", "replace")
    return salted_hmac("auth0db.outbox", folded, algorithm="sha256").hexdigest()


def was_mailed(email):
    """Was this address asked for within AUTH0_MAIL_INTERVAL? Then it has a mail, or will have: one is enough."""
    since = timezone.now() - timedelta(seconds=conf.seconds("AUTH0_MAIL_INTERVAL"))
    return rows().filter(address=address_digest(email), created__gt=since).exists()


@hides_everything
def post(email, by, content):
    """Write it down; returns the row's key, or None where this address has got a row at this very moment. BY_NOBODY:
    nothing is sent, the address is remembered all the same, so that the work and what follows of it are the same for
    everybody."""
    address, nothing, now = address_digest(email), by == BY_NOBODY, timezone.now()
    interval = conf.seconds("AUTH0_MAIL_INTERVAL")
    try:
        with transaction.atomic(using=rows().db):
            row = rows().create(
                address=address,
                # was_mailed() of two posts at once says no to both: the constraint lets one of them in
                slot=int(now.timestamp() // interval) if interval > 0 else time.time_ns(),
                by=by,
                created=now,
                # The process that made it sends it: others leave it alone until that one must be dead
                due=None if nothing else now + HELD,
                content="" if nothing else seal(address, content),
            )
    except IntegrityError:
        return None
    return row.pk


def letter(message):
    """An EmailMultiAlternatives as JSON has it; attachments are none of a reset mail's."""
    return {
        "subject": str(message.subject),
        "body": str(message.body),
        "from": message.from_email,
        "to": list(message.to),
        "headers": {name: str(value) for name, value in message.extra_headers.items()},
        "alternatives": [[str(content), kind] for content, kind in message.alternatives],
    }


def link_was_used(email):
    """Who has set a password by it may ask for another mail at once."""
    if email and is_there():
        rows().filter(address=address_digest(email), due__isnull=True).delete()


# --- sealed -------------------------------------------------------------------------------------------------------


def secrets():
    keys = [settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", [])]
    return [key if isinstance(key, bytes) else str(key).encode() for key in keys]


@hides_everything
def seal(address, content):
    return _native.seal(secrets()[0], "outbox " + address, json.dumps(content).encode())


@hides_everything
def unseal(row):
    """None where no secret of the site opens it: it was rotated without SECRET_KEY_FALLBACKS, or this is a copy of
    somebody else's database."""
    for secret in secrets():
        text = _native.unseal(secret, "outbox " + row.address, row.content)
        if text is not None:
            return json.loads(text)
    return None


# --- sending ------------------------------------------------------------------------------------------------------


def send(key):
    """Send the row of this key, once: of several that try at once, one does. And once in a while, what others have
    left: a site's queue calls nothing else. True: this row is done with."""
    row = rows().filter(pk=key, due__isnull=False).first()
    if row is None:
        return True
    done = _send(row)
    if is_turn(row.by):
        sweep(row.by)
    return done


_swept = {}  # (of what, in whose schema): when


def is_turn(what):
    """Once in SWEEP_EVERY seconds a process."""
    of, now = (what, getattr(connections[rows().db], "tenant", None)), time.monotonic()
    if now - _swept.get(of, -SWEEP_EVERY) < SWEEP_EVERY:
        return False
    _swept[of] = now
    return True


def sweep(by):
    """Send what others have left: rows whose time has come. How many were done with."""
    forget()
    due = rows().filter(by=by, due__lte=timezone.now()).order_by("due")[:SWEEP]
    return sum(_send(row) for row in list(due))


def _claim(row):
    """The row is this process's for a while. Compared with what was read: two claims of one row are one."""
    until = timezone.now() + HELD
    mine = rows().filter(pk=row.pk, due=row.due, tries=row.tries)
    if not mine.update(due=until, tries=row.tries + 1):
        return False
    row.due, row.tries = until, row.tries + 1
    return True


@hides_everything
def _send(row):
    if not _claim(row):
        return False
    if copies.is_copy():  # perhaps the original sends this very row: nobody is mailed twice, or by a test
        return _hold_back(row)
    content = unseal(row)
    if content is None:
        log.error("a reset mail cannot be opened: was SECRET_KEY changed without SECRET_KEY_FALLBACKS?")
        return _done(row)
    why = WAYS[row.by](content)
    if why is None:
        return _done(row)
    if why == HELD_BACK:
        return _hold_back(row)
    if row.tries > len(PAUSES):
        log.error("a reset mail could not be sent (%s); it is given up after %d tries", why, row.tries)
        return _done(row)
    log.warning("a reset mail could not be sent (%s); it is tried again", why)
    rows().filter(pk=row.pk, due=row.due).update(due=timezone.now() + PAUSES[row.tries - 1])
    return False


def _hold_back(row):
    """Not a try: it is sent once the database is adopted."""
    rows().filter(pk=row.pk, due=row.due).update(due=timezone.now() + PAUSES[-1], tries=row.tries - 1)
    return False


def release():
    """The database was adopted: what was held back need not wait any longer. A row that a process is sending right now
    is left to it."""
    rows().filter(due__gt=timezone.now() + HELD).update(due=timezone.now())


def _done(row):
    rows().filter(pk=row.pk).update(due=None, content="")
    return True


def forget():
    """Rows that say nothing any more."""
    old = timezone.now() - timedelta(seconds=max(conf.seconds("AUTH0_MAIL_INTERVAL"), 1))
    rows().filter(due__isnull=True, created__lte=old).delete()


@hides_everything
def _by_site(letters):
    """None, or why not. Never the server's words: they may repeat the mail."""
    try:
        for told in letters:
            message = EmailMultiAlternatives(
                told["subject"], told["body"], told["from"], told["to"], headers=told["headers"]
            )
            for content, kind in told["alternatives"]:
                message.attach_alternative(content, kind)
            message.send()
    except Exception as error:  # of whatever mail service the site has
        return type(error).__name__
    return None


def _by_auth0(email):
    """Auth0 answers the same whether it knows the e-mail or not, and mails those it knows."""
    outcome, _, message = conf.client().reset_mail(
        email, deadline=conf.seconds("AUTH0_DEADLINE")
    )
    if outcome == "held":
        return HELD_BACK
    return None if outcome == "ok" else "Auth0: %s, %s" % (outcome, message)


WAYS = {BY_SITE: _by_site, BY_AUTH0: _by_auth0}


_there = False


def is_there():
    """False before `migrate`. Asked until it is: no request may end in a traceback for want of a table."""
    global _there
    if not _there:
        _there = OutgoingMail._meta.db_table in connections[rows().db].introspection.table_names()
    return _there
