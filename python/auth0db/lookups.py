"""What it costs to find a user by what was typed, and what to do about it."""

from django.contrib.auth import get_user_model
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, router

from auth0db import addresses, conf, indexes, people
from auth0db.models import missing_tables
from auth0db.tenant import Finding

WITHOUT = (
    "a typed e-mail would read all users, of whom there are more than %d: those who have not moved "
    "are found by the site's own backends only, and nobody gets in whom Auth0 alone knows"
)


def state():
    """"few": so few users that nothing is needed; "index": there is one that serves; "none"."""
    queryset, name = people.users(), people.email_field()
    if addresses.has_few_rows(queryset):
        return "few"
    return "index" if addresses.has_index(queryset, name) else "none"


def sql():
    """The statements that `manage.py auth0_index` runs."""
    model, index = indexes.of_users(people.email_field())
    return indexes.statements(connections[people.users().db], model, index)


def findings():
    if people.email_field() is None:
        return  # the user model's own warning
    setting = "%s.%s" % (get_user_model()._meta.label, people.email_field())
    stands = state()
    if stands == "few":
        yield Finding("ok", setting, "up to %d users need no index for a typed e-mail" % addresses.FEW)
        return
    if stands == "index":
        yield Finding("ok", setting, "a typed e-mail is found by an index")
    else:
        cure = "Run `manage.py auth0_index`. It asks, then runs: %s" % "; ".join(sql())
        yield Finding("warning", setting, WITHOUT % addresses.FEW, cure)
    if names_read_all():
        yield Finding(
            "warning",
            "%s.%s" % (get_user_model()._meta.label, conf.username_field()),
            "the site's own look-up of a typed name reads all users",
            "Give the column an index that fits the look-up of the model's manager.",
        )


def names_read_all():
    """Whatever the site's manager asks is asked once, and looked at."""
    manager, model = people.users(), get_user_model()
    connection, asked = connections[manager.db], []

    def listen(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        try:
            people.by_name(addresses.SOMEBODY)
        except (model.DoesNotExist, model.MultipleObjectsReturned):
            pass
    return any(addresses.statement_reads_all(connection, model, *one) for one in asked)


def check_lookups(app_configs, databases=None, **kwargs):
    """A system check of the database: `manage.py check --database default`, and every `migrate`."""
    try:
        if router.db_for_write(get_user_model()) not in (databases or ()) or missing_tables():
            return []
        found = list(findings())
    except (DatabaseError, ImproperlyConfigured):
        return []  # before `migrate`; auth0_check says what is wrong
    return [
        checks.Warning(one.message, hint=one.cure, obj=one.setting, id="auth0db.W013")
        for one in found
        if one.level != "ok"
    ]
