"""How far the migration is: four counting queries, whatever the number of users."""

from django.contrib.auth import get_user_model
from django.db.models import Count

from auth0db.models import Auth0User, Holdout, Reminder


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


def progress():
    users = get_user_model()._base_manager.count()
    links = list(by(Auth0User._base_manager, "lane", "unpushed"))
    lanes = count((lane, n) for lane, _, n in links)
    migrated = sum(lanes.values())
    holdouts = count(by(Holdout._base_manager, "reason"))
    able = users - sum(n for reason, n in holdouts.items() if reason not in BY_THEMSELVES)
    return {
        "users": users,
        "migrated": migrated,
        "percent": percent(migrated, users),
        "able": able,
        "percent_of_able": percent(migrated, able),
        "lanes": lanes,
        "holdouts": holdouts,
        "unpushed": count((why, n) for _, why, n in links if why),
        # Mailed, perhaps with a password at Auth0 by now, but not seen since: not migrated
        "reminded": count(by(Reminder._base_manager.filter(user__auth0=None), "status")),
    }


def percent(part, whole):
    """One decimal, rounded down: 100.0 means everybody."""
    return min(part * 1000 // whole, 1000) / 10 if whole else 0.0
