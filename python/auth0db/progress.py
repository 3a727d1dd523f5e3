"""How far the migration is: five counting queries, whatever the number of users."""

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count, Q

from auth0db.models import Auth0User, Holdout, Reminder
from auth0db.site_map import null_is_active


# Held back, but a login or a reset mail moves them: nobody has to decide or to repair anything
BY_THEMSELVES = {"must-reset", "bad-hash", "canary-failed", "weak-password", "unsendable-password"}


def by(rows, *fields):
    """Rows (value of each field, ..., how many)."""
    return rows.values_list(*fields).order_by(*fields).annotate(n=Count("pk"))


def count(pairs):
    counts = {}
    for name, n in pairs:
        counts[name] = counts.get(name, 0) + n
    return counts


def inactive_here():
    """How many stay here for being inactive. Whoever is held back as well, for something that somebody must
    settle, is counted with that."""
    model = get_user_model()
    try:
        model._meta.get_field("is_active")
    except FieldDoesNotExist:
        return 0  # everybody is active
    shut_out = Q(is_active=False)
    if not null_is_active():
        shut_out |= Q(is_active=None)
    free = Q(auth0_holdout=None) | Q(auth0_holdout__reason__in=BY_THEMSELVES)
    return model._base_manager.filter(shut_out, free, auth0=None).count()


def progress():
    users = get_user_model()._base_manager.count()
    links = list(by(Auth0User._base_manager, "lane", "unpushed"))
    lanes = count((lane, n) for lane, _, n in links)
    migrated = sum(lanes.values())
    holdouts = count(by(Holdout._base_manager, "reason"))
    inactive = inactive_here()
    able = users - inactive - sum(n for reason, n in holdouts.items() if reason not in BY_THEMSELVES)
    return {
        "users": users,
        "migrated": migrated,
        "percent": percent(migrated, users),
        "able": able,
        "percent_of_able": percent(migrated, able),
        "inactive": inactive,
        "lanes": lanes,
        "holdouts": holdouts,
        "unpushed": count((why, n) for _, why, n in links if why),
        # Mailed, perhaps with a password at Auth0 by now, but not seen since: not migrated
        "reminded": count(by(Reminder._base_manager.filter(user__auth0=None), "status")),
    }


def percent(part, whole):
    """One decimal, rounded down: 100.0 means everybody."""
    return min(part * 1000 // whole, 1000) / 10 if whole else 0.0
