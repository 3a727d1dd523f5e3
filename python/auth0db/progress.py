"""How far the migration is: three counting queries, whatever the number of users."""

from django.contrib.auth import get_user_model
from django.db.models import Count

from auth0db.models import Auth0User, Holdout


def by(model, field):
    rows = model._base_manager.values_list(field).order_by(field).annotate(n=Count("pk"))
    return dict(rows)


def progress():
    users = get_user_model()._base_manager.count()
    lanes = by(Auth0User, "lane")
    migrated = sum(lanes.values())
    return {
        "users": users,
        "migrated": migrated,
        "percent": percent(migrated, users),
        "lanes": lanes,
        "holdouts": by(Holdout, "reason"),
    }


def percent(part, whole):
    """One decimal, rounded down: 100.0 means everybody."""
    return min(part * 1000 // whole, 1000) / 10 if whole else 0.0
