"""What is where, to look at. Links are made by logins and imports, never by hand."""

from collections import Counter

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from auth0db import people, resolutions
from auth0db.models import Auth0User, Holdout, ImportBatch, Reminder, Resolution

TOLD_OF_A_USER = ("last_login", "date_joined", "is_active", "is_staff")


class LookOnly(admin.ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class OfAUser(LookOnly):
    list_select_related = ("user",)

    def get_search_fields(self, request):
        names = [get_user_model().USERNAME_FIELD, people.email_field()]
        return [*self.search_fields, *dict.fromkeys("user__" + name for name in names if name)]


class WithItsUser(OfAUser):
    def has_delete_permission(self, request, obj=None):
        # Only together with its user
        match = request.resolver_match
        return match is None or not (match.url_name or "").startswith("auth0db_")


def of_its_user(name, title, boolean=False):
    """A column of the user's own."""

    def show(page, row):
        return getattr(row.user, name)

    show.short_description = title
    show.admin_order_field = "user__" + name
    show.boolean = boolean
    return show


@admin.register(Auth0User)
class Auth0UserAdmin(WithItsUser):
    """A link that is gone would let the local password of long ago in again."""

    list_display = ("user", "auth0_id", "email", "lane", "created", "unpushed")
    list_filter = ("lane", "unpushed")
    fields = ("user", "auth0_id", "email", "lane", "created", "unpushed")
    search_fields = ("=auth0_id",)


@admin.register(Reminder)
class ReminderAdmin(WithItsUser):
    """Who was mailed is not mailed again, nor imported, for as long as the row is there."""

    list_display = ("user", "email", "channel", "status", "wave", "sent")
    list_filter = ("status", "channel")
    fields = ("user", "auth0_id", "email", "channel", "status", "wave", "created", "sent", "detail")
    search_fields = ("=email", "=wave")


@admin.register(Holdout)
class HoldoutAdmin(OfAUser):
    """Deleting a holdout means: try again at the next login. Sorted by e-mail, those who share one
    stand side by side."""

    list_filter = ("reason",)
    fields = ("user", "reason", "detail", "created")
    actions = ("keep", "try_again")

    def get_list_display(self, request):
        told = [name for name in TOLD_OF_A_USER if people.has_column(name)]
        email = ["email"] if people.email_field() else []
        return ["user", *email, "reason", "detail", "created", *("user_" + name for name in told)]

    def get_ordering(self, request):
        return ["user__" + people.email_field(), "pk"] if people.email_field() else ["pk"]

    def email(self, holdout):
        return people.email_of(holdout.user)

    email.short_description = _("email address")

    user_last_login = of_its_user("last_login", _("last login"))
    user_date_joined = of_its_user("date_joined", _("date joined"))
    user_is_active = of_its_user("is_active", _("active"), boolean=True)
    user_is_staff = of_its_user("is_staff", _("staff status"), boolean=True)

    def keep(self, request, queryset):
        users = [holdout.user for holdout in queryset.select_related("user")]
        chosen = Counter(people.folded(people.email_of(user)) for user in users)
        for user in users:
            try:
                if chosen[people.folded(people.email_of(user))] > 1:
                    raise resolutions.NotPossible(_("choose one of those who share the e-mail"))
                resolutions.keep(user, request.user.get_username())
            except resolutions.NotPossible as why:
                self.message_user(request, "%s: %s" % (user, why), messages.ERROR)
            else:
                self.message_user(request, _("%s moves with the shared e-mail") % user)

    keep.short_description = _("Keep: of those who share the e-mail, this user moves")
    keep.allowed_permissions = ("delete",)

    def try_again(self, request, queryset):
        freed = resolutions.retry(queryset, request.user.get_username())
        said = ngettext("%d user will be tried again", "%d users will be tried again", freed)
        self.message_user(request, said % freed)

    try_again.short_description = _("Try again at the next login or import")
    try_again.allowed_permissions = ("delete",)


@admin.register(Resolution)
class ResolutionAdmin(WithItsUser):
    list_display = ("user", "action", "value", "actor", "created")
    list_filter = ("action",)
    fields = ("user", "action", "value", "actor", "created")
    search_fields = ("value", "=actor")


@admin.register(ImportBatch)
class ImportBatchAdmin(LookOnly):
    """The journal of the imports. A row that is gone would be a job that nobody settles."""

    list_display = ("external_id", "kind", "status", "users", "linked", "held", "created")
    list_filter = ("status", "kind")
    search_fields = ("=external_id", "=job_id")
    fields = (
        *("external_id", "kind", "status", "job_id", "users", "bytes", "linked", "held"),
        *("released", "created", "submitted", "settled", "detail"),
    )

    def has_delete_permission(self, request, obj=None):
        return False
