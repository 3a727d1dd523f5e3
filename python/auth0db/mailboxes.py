"""Which of a user's two addresses has moved, the site's or the tenant's? The C core decides (include/auth0db/addresses.h)."""

from auth0db import _native
from auth0db.models import Auth0Site, Auth0User, writable

COLUMNS = ("site_address", "tenant_address")
EMAIL_MAX = Auth0User._meta.get_field("email").max_length


def _columns(link):
    return tuple(getattr(link, name) for name in COLUMNS)


def moved(link, email, key=None):
    """Since both were the same: "neither", "site", "tenant" or "both". `email` is the user's on the site. `key` is that
    of the site, where the caller has it."""
    columns = _columns(link)
    if key is None:
        key = Auth0Site.made_digest_key() if any(columns) and link.email != email else ""
    return _native.addresses_moved(columns, email, link.email, key)


def tenant_moved(link, email, key=None):
    """Then the site neither mails to the address that it has, nor pushes."""
    return moved(link, email, key) in ("tenant", "both")


def follow(link, email, tenant_email):
    """The tenant was seen to have another address for this user: from now on logins ask for that one. True: it is on
    record, False: somebody was faster."""
    found = {} if link is None else changes(link, email, tenant_email)
    if not found:
        return False
    return writable(Auth0User).filter(pk=link.pk, email=link.email).update(**found) == 1


def changes(link, email, tenant_email):
    """Of the link's columns."""
    if not 0 < len(tenant_email) <= EMAIL_MAX:
        return {}
    key = Auth0Site.current_digest_key()
    after = _native.addresses_after(_columns(link), email, link.email, tenant_email, key)
    return {"email": tenant_email, **dict(zip(COLUMNS, after))}
