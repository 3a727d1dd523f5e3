"""Who was chosen among users that share an e-mail, and what else was decided about those held back.
`auth0db resolve` writes the same rows."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from auth0db import people
from auth0db.models import Auth0User, Holdout, ImportClaim, Resolution, put, writable

KEPT_OTHER = "kept: other user"


class NotPossible(Exception):
    """Why this user cannot be kept."""


def moved_or_moving(users):
    return any(
        writable(model).filter(user__in=users).exists() for model in (Auth0User, ImportClaim)
    )


def keep(user, actor):
    """Of the users who share this one's e-mail it is the one that moves; the others are held back
    until they have another."""
    email = people.email_of(user)
    if email and not people.finds_everybody():
        raise NotPossible(_("not looked up: there is no index for it (manage.py auth0_index)"))
    others = [other for other in people.sharers(email) if other.pk != user.pk] if email else []
    if not others:
        raise NotPossible(_("nobody else has this e-mail"))
    if moved_or_moving([user, *others]):
        raise NotPossible(_("one of these users has moved already, or is in an import"))
    with transaction.atomic(using=writable(Resolution).db):
        writable(Resolution).create(
            user=user, action="keep", value=people.folded(email).decode(), actor=actor[:150]
        )
        writable(Holdout).filter(user=user).delete()
        for other in others:
            put(
                Holdout,
                other,
                reason="duplicate-email",
                detail=KEPT_OTHER,
                hash_digest=people.holdout_digest(other),
                created=timezone.now(),
            )


def retry(holdouts, actor):
    """These users are tried again at their next login, or by the next import."""
    rows = list(holdouts.values_list("user_id", "reason"))
    with transaction.atomic(using=writable(Resolution).db):
        writable(Resolution).bulk_create(
            Resolution(user_id=key, action="retry", value=reason, actor=actor[:150])
            for key, reason in rows
        )
        writable(Holdout).filter(user__in=[key for key, _ in rows]).delete()
    return len(rows)
