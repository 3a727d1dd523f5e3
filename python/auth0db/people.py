"""Reading a user, whatever model the site has: its key, e-mail, names, and the fingerprints taken
of it."""

import secrets

from django.contrib.auth import get_user_model
from django.db import router

from auth0db import _native, addresses, conf, digests, kept, mailboxes
from auth0db.models import Auth0User, Holdout, Resolution, Tombstone, nobody_has_moved, writable


def column(name):
    """The column of a field of the user model, or None where it has no such column. Asked in every login, so it is
    no exception: those carry the frames that a password is in."""
    fields = get_user_model()._meta.concrete_fields
    return next((field.column for field in fields if field.name == name), None)


def has_column(name):
    return column(name) is not None


def users():
    """The users who may log in, by the site's own manager, read where they are written."""
    model = get_user_model()
    return model._default_manager.db_manager(router.db_for_write(model))


def by_name(name):
    """By the site's own way: whom it names so. Raises what the model's manager raises."""
    field = conf.username_field()
    if field == get_user_model().USERNAME_FIELD:
        return users().get_by_natural_key(name)
    return users().get(**{field: name})


def key_of(user):
    """The primary key as text, the way Django serializes it."""
    return user._meta.pk.value_to_string(user)


def email_field():
    """The model's e-mail column, or None where it has none."""
    name = get_user_model().get_email_field_name()
    return name if has_column(name) else None


def email_of(user):
    name = email_field()
    return (getattr(user, name) or "") if name else ""


def username_of(user):
    return str(getattr(user, "username", "") or "")


def folded(email):
    """Without ASCII case. Databases fold more than that, and so find a Kelvin sign for a k: another
    mailbox."""
    return email.encode("utf-8", "replace").lower()


def same_email(one, other):
    return folded(one) == folded(other)


def address_column():
    """The column that a typed e-mail is looked up in: the site's own; that of the links, where the
    site has many users and no index on its own, so that only those who have moved are found; None:
    nobody is."""
    name = email_field()
    if name is None:
        return None
    if addresses.costs.are_low(users(), name):
        return name
    if nobody_has_moved():  # before `migrate`
        return None
    return "auth0__email" if addresses.costs.are_low(writable(Auth0User), "email") else None


def finds_everybody():
    """By e-mail, that is: else who is not linked must not be taken for nobody."""
    return email_field() is None or address_column() == email_field()


def with_email(queryset, email):
    """At most two of the users with this e-mail: callers ask whether none, one or several."""
    name, column = email_field(), address_column()
    if column is None or not email:
        return []
    rows = list(addresses.look_up(queryset, column, email))
    if len(rows) < addresses.AT_MOST:
        rows = [user for user in rows if same_email(getattr(user, name) or "", email)]
    return sorted(rows, key=lambda user: user.pk)[:2]


def by_other_spelling(request, identifier):
    """Whom the site knows by this name: none, or one that its own manager finds."""
    user = conf.find_user(request, identifier)
    return [] if user is None else list(users().filter(pk=user.pk))


def sync_digest(user):
    return _native.fingerprint(user.password)


def holdout_digest(user):
    return _native.fingerprint(user.password, email_of(user), username_of(user))


def link_of(user):
    return writable(Auth0User).filter(user=user).first()


def describe(user, active):
    """What the login machine wants to know of a user."""
    link, stays = link_of(user), kept.stays(user)
    told = {
        "key": key_of(user),
        "active": active,
        "keep_local": stays,
        "email": email_of(user),
        "username": username_of(user),
        "given_name": getattr(user, "first_name", "") or "",
        "family_name": getattr(user, "last_name", "") or "",
    }
    if link is not None:
        told.update(
            auth0_id=link.auth0_id,
            tenant_email=link.email,
            tenant_mark=link.tenant_mark,
            word=link.word or "",
            moved=mailboxes.moved(link, email_of(user)),
            tenant_username=link.tenant_username or "",
            in_doubt=link.syncing is not None,
            blocked_by_site=link.block == "site",
            unsynced=link.unsynced or "",
            **digests.standing(link, user.password),
        )
    else:
        # Of who stays nothing is sent, and no function that a setting names is in the way
        told["email_verified"] = not stays and conf.email_verified(user)
        told["tombstones"] = Tombstone.number_of(user.pk)
        told["holdout_stands"] = (
            writable(Holdout).filter(user=user, hash_digest=holdout_digest(user)).exists()
            or another_is_kept(user)
        )
    return told


def kept_for(email):
    """Key of the user who was chosen among those who share this e-mail: the last one that still has
    it (`auth0db resolve --keep`). None: nobody was."""
    name = email_field()
    if name is None or not email:
        return None
    keeps = addresses.look_up(writable(Resolution).filter(action="keep"), "value", email, None)
    decisions = keeps.values_list("pk", "user_id", "value", "user__" + name)
    for _, key, value, now in sorted(decisions, reverse=True):
        if same_email(value, email) and same_email(now or "", email):
            return key
    return None


def sharers(email):
    """Every user with this e-mail, those too whom the site's own manager hides."""
    name = email_field()
    if name is None or not email:
        return []
    alike = addresses.look_up(writable(get_user_model()), name, email, None)
    return [user for user in alike if same_email(getattr(user, name) or "", email)]


def moved_with_address(email):
    """Is a tenant user of this address linked to somebody about whom the tenant may not mail to it? It may where the
    address was changed there, and not on the site too."""
    links = addresses.look_up(writable(Auth0User).select_related("user"), "email", email, None)
    return any(same_email(link.email, email) and not _tenant_mails_alone(link) for link in links)


def _tenant_mails_alone(link):
    return link.user.is_active and mailboxes.moved(link, email_of(link.user)) == "tenant"


def another_is_kept(user):
    return kept_for(email_of(user)) not in (None, user.pk)


# --- new users, known at the tenant only ----------------------------------------------------------


def fit(name, text):
    """Text cut to what the column holds."""
    length = get_user_model()._meta.get_field(name).max_length
    return text if length is None else text[:length]


def opaque_names(name, attempts=8):
    """Names for a new user that say nothing. A name of its own choice (jdoe@evil.example becomes jdoe) would be what
    a backend that finds users by name, RemoteUser or LDAP say, gives to the real jdoe."""
    for _ in range(attempts):
        yield fit(name, "auth0-" + secrets.token_hex(8))


def new_users(tenant):
    """Unsaved users for this tenant user, each with another opaque username. Empty where the model
    cannot hold one: an e-mail that is cut is another mailbox."""
    model = get_user_model()
    fields = {}
    if email_field() is not None:
        fields[email_field()] = tenant["email"]
        if fit(email_field(), tenant["email"]) != tenant["email"]:
            return
    for name, told in (("first_name", "given_name"), ("last_name", "family_name")):
        if has_column(name):
            fields[name] = fit(name, tenant[told])
    needs = next(
        (n for n in (model.USERNAME_FIELD, "username") if n != email_field() and has_column(n)),
        None,
    )
    if needs is None:
        if tenant["email"]:
            yield model(**fields)
        return
    for username in opaque_names(needs):
        yield model(**fields, **{needs: username})
