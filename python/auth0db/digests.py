"""What a link knows of a hash: the columns of include/auth0db/digests.h, which decides."""

from auth0db import _native
from auth0db.models import Auth0Site
from auth0db.reports import hides_everything

COLUMNS = ("sync_digest", "same", "replaced", "told")


@hides_everything
def _key_for(*hashes):
    """Hashes with a salt need none, which saves a query."""
    wants = any(_native.digest_needs_key(encoded) for encoded in hashes if encoded)
    return Auth0Site.current_digest_key() if wants else ""


@hides_everything
def standing(link, encoded):
    """As the machines take it: standing, shared_known, told_waits."""
    columns = tuple(getattr(link, name) for name in COLUMNS)
    return _native.standing(columns, encoded or "", _key_for(encoded))


@hides_everything
def after(link, *events):
    """The columns after these: (event, the hash before or None, the hash now)."""
    columns = tuple(getattr(link, name) for name in COLUMNS)
    for event, before, now in events:
        columns = _native.digests_after(event, columns, before, now or "", _key_for(before, now))
    return dict(zip(COLUMNS, columns))
