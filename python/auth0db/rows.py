"""Users as Django has them, where the users' table tells something else.

The command reads columns. That is right where a column is what the model says. Where `is_active` is computed, a field
has conversions of its own (encrypted, 'Y' and 'N'), or the manager that logs people in hides some of them (soft
deletion), the table tells another thing: who is banned would move as active, who is deleted would come back. Then
nothing is read from the table, and `manage.py auth0_users` writes the users as the model has them, for NDJSON.
"""

from django.conf import settings
from django.contrib.auth import get_user_model, load_backend
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Max

from auth0db import _native, conf, people, proofs, rules, tombstones
from auth0db.backends import MigrateToAuth0Backend
from auth0db.models import Tombstone, writable

PAGE = 1000
# Of these a table without the column would tell what nobody has said
DECIDING = ("password", "is_active")
READ = ("password", "is_active", "is_staff", "is_superuser", "last_login", "date_joined", "username", "first_name",
        "last_name")  # fmt: skip


# --- does the table tell the same? ----------------------------------------------------------------


def differences():
    """What the table does not tell as the model does, in words. Empty: it does."""
    model = get_user_model()
    email = model.get_email_field_name()
    found = [_computed(model, name) for name in (email, *DECIDING)]
    found += [_converted(model, name) for name in dict.fromkeys((model._meta.pk.name, email, *READ))]
    if hides_somebody(model):
        found.append("the manager %s.%s hides some of the users" % (model.__name__, model._default_manager.name))
    return [words for words in found if words]


def _field(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _computed(model, name):
    """AbstractBaseUser's `is_active = True` is no rule; a property is."""
    stands = next((vars(base)[name] for base in model.__mro__ if name in vars(base)), None)
    if _field(model, name) is not None or not hasattr(type(stands), "__get__"):
        return ""
    return "%s.%s is computed" % (model.__name__, name)


def _converted(model, name):
    if not hasattr(_field(model, name), "from_db_value"):
        return ""
    return "the field %s.%s has a conversion of its own" % (model.__name__, name)


def hides_somebody(model):
    query = model._default_manager.all().query
    return bool(query.where) or query.is_sliced or query.distinct


# --- the users ------------------------------------------------------------------------------------


def backend():
    """Ours as the site has it: a subclass may know more of who may log in."""
    for path in settings.AUTHENTICATION_BACKENDS:
        found = load_backend(path)
        if isinstance(found, MigrateToAuth0Backend):
            return found
    return MigrateToAuth0Backend()


def everybody(hidden=False):
    """Dicts for NDJSON, in the order of the keys, without the hashes that the site reads in a way of its own; with `hidden` also whom the manager that logs people in hides."""
    model, ours = get_user_model(), backend()
    behind, buried, unproven = ours.backends_behind(), _buried(), proofs.unproven()
    for user in _pages((model._base_manager if hidden else model._default_manager).order_by("pk")):
        row = _row(user, ours.user_can_authenticate(user) and rules.may_stay(behind, user), buried)
        if _native.hash_kind(user.password or "") in unproven:
            row["password"] = ""  # whoever reads the line has no site to ask, and would take it for what its name says
        yield row


def _pages(rows):
    """By their keys: a read of all at once would stand in writers' way, and MySQL's driver would hold everybody in memory."""
    page = list(rows[:PAGE])
    while page:
        yield from page
        page = list(rows.filter(pk__gt=page[-1].pk)[:PAGE])


def count_hidden():
    model = get_user_model()
    return model._base_manager.count() - model._default_manager.count() if hides_somebody(model) else 0


def _buried():
    """{key: users of it that were deleted}: a later one gets another id."""
    if not tombstones.is_there():  # before `migrate`: nobody has been buried
        return {}
    numbers = writable(Tombstone).values_list("user_id").annotate(Max("number"))
    return {str(key): number for key, number in numbers.order_by()}


def _row(user, active, buried):
    key = people.key_of(user)
    row = {
        "key": key,
        "username": people.username_of(user),
        "email": people.email_of(user),
        "password": user.password,
        "is_active": active,
        "email_verified": conf.email_verified(user),
        "first_name": getattr(user, "first_name", "") or "",
        "last_name": getattr(user, "last_name", "") or "",
        "is_staff": bool(getattr(user, "is_staff", False)),
        "is_superuser": bool(getattr(user, "is_superuser", False)),
    }
    for name in ("last_login", "date_joined"):
        moment = getattr(user, name, None)
        if moment is not None:
            row[name] = moment.isoformat()
    if buried.get(str(user.pk)):
        row["tombstones"] = buried[str(user.pk)]
    return row
