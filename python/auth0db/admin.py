"""What is where, to look at. Links are made by logins and imports, never by hand."""

from collections import Counter

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Func, OuterRef, Subquery
from django.db.models.functions import Lower
from django.http import HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from auth0db import addresses, models, people, reasons, resolutions, tombstones
from auth0db.browse import FirstRows, OverManyRows
from auth0db.models import Auth0User, Holdout, ImportBatch, Reminder, Resolution, Tombstone, writable
from auth0db.views import admin_login as login  # noqa: F401 (admin.site.login = auth0db.admin.login)

# In the order in which somebody chooses between users who share an e-mail
TOLD_OF_A_USER = ("last_login", "is_active", "date_joined", "is_staff")
LANES = {
    "login": _("by a login"),
    "join": _("by joining an Auth0 account"),
    "bulk": _("by an import"),
    "reset": _("by a reset mail"),
}


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)  # not "Select ... to view"
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_urls(self):
        urls = super().get_urls()
        for each in urls:
            each.callback = self.after_migrate(each.callback)
        return urls

    def after_migrate(self, view):
        """Before our tables are there a page would be an error report."""

        def page(request, *args, **kwargs):
            if not self.admin_site.has_permission(request) or not models.missing():
                return view(request, *args, **kwargs)
            self.message_user(request, _("Run `manage.py migrate auth0db` first."), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:index", current_app=self.admin_site.name))

        return page


class UserRowAdmin(OverManyRows, ReadOnlyAdmin):
    def get_search_fields(self, request):
        names = [get_user_model().USERNAME_FIELD, people.email_field()]
        return [*self.search_fields, *dict.fromkeys("user__" + name for name in names if name)]

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


def choice_of(field, label, choices):
    """A filter in words. The choices are known: to ask for those that occur would read every row."""

    class Choice(admin.SimpleListFilter):
        title = label
        parameter_name = field

        def lookups(self, request, page):
            return choices

        def queryset(self, request, rows):
            return rows if self.value() is None else rows.filter(**{field: self.value()})

    return Choice


class InStepFilter(admin.SimpleListFilter):
    title = _("newest password")
    parameter_name = "in_step"

    def lookups(self, request, page):
        return [("yes", _("at Auth0")), ("no", _("not at Auth0 yet"))]

    def queryset(self, request, rows):
        if self.value() is None:
            return rows
        rows = rows.filter(lane__in=list(LANES))  # all of them: the index begins with the lane
        return rows.filter(unpushed="") if self.value() == "yes" else rows.filter(unpushed__gt="")


def link_to_user(user):
    """Plain text where the site's admin has no page for its users."""
    options = get_user_model()._meta
    name = "admin:%s_%s_change" % (options.app_label, options.model_name)
    try:
        return format_html('<a href="{}">{}</a>', reverse(name, args=[user.pk]), user)
    except NoReverseMatch:
        return str(user)


@admin.register(Auth0User)
class Auth0UserAdmin(UserRowAdmin):
    """A link that is gone would let the local password of long ago in again."""

    list_display = ("user", "auth0_id", "email", "how", "created", "unpushed", "unsynced")
    list_filter = (choice_of("lane", _("how they moved"), list(LANES.items())), InStepFilter)
    fields = ("user", "auth0_id", "email", "how", "created", "unpushed", "unsynced")
    search_fields = ("=auth0_id",)

    def has_delete_permission(self, request, obj=None):
        """Django's page that asks whether a user is to be deleted asks this for each row that goes along, and then
        shows the row: on every site's own page of users that is the one place to say what becomes of the account."""
        together = super().has_delete_permission(request, obj)
        if together and obj is not None:
            obj.becomes = tombstones.becomes(obj.user, obj.auth0_id)
        return together

    def get_ordering(self, request):
        """As the index goes that the filters use, lest all that they leave is sorted. PostgreSQL, whose index does
        not end with the key, knows how many that is, and walks along the key where it is much."""
        filtered = {"lane", "in_step"} & set(request.GET)
        if filtered and connections[writable(Auth0User).db].vendor != "postgresql":
            return ["lane", "unpushed", "pk"]
        return ["-pk"]

    def how(self, link):
        return LANES.get(link.lane, link.lane)

    how.short_description = _("lane")
    how.admin_order_field = "lane"


@admin.register(Reminder)
class ReminderAdmin(UserRowAdmin):
    """Who was mailed is not mailed again, nor imported, for as long as the row is there."""

    list_display = ("user", "email", "channel", "status", "wave", "sent")
    list_filter = ("status", "channel")
    fields = ("user", "auth0_id", "email", "channel", "status", "wave", "created", "sent", "detail")
    search_fields = ("=email", "=wave")


def by_email():
    """Who shares an e-mail, ignoring case, stands side by side on every database. To MySQL and
    MariaDB more letters are equal than the same one in both cases: there the bytes decide."""
    user = get_user_model()._base_manager.filter(pk=OuterRef("pk"))  # looked up, never joined by reading all
    email = Lower(Subquery(user.values(people.email_field())))
    if connections[writable(Holdout).db].vendor == "mysql":
        return Func(email, template="CAST(%(expressions)s AS BINARY)")
    return email


@admin.register(Holdout)
class HoldoutAdmin(UserRowAdmin):
    """A note about a user, not the user: it is not deleted, but its user is tried again."""

    list_filter = (choice_of("reason", _("reason"), reasons.choices()),)
    fields = ("person", "why", "cure", "shared_with", "detail", "created")
    readonly_fields = ("person", "why", "cure", "shared_with")
    actions = ("keep", "try_again")

    def get_list_display(self, request):
        told = [name for name in TOLD_OF_A_USER if people.has_column(name)]
        email = ["email"] if people.email_field() else []
        return ["user", *email, "why", *("user_" + name for name in told)]

    def get_ordering(self, request):
        few = addresses.costs.few_rows(writable(Holdout))
        return [by_email(), "pk"] if few and people.email_field() else ["pk"]

    def email(self, holdout):
        return people.email_of(holdout.user)

    email.short_description = _("email address")

    user_last_login = of_its_user("last_login", _("last login"))
    user_date_joined = of_its_user("date_joined", _("date joined"))
    user_is_active = of_its_user("is_active", _("active"), boolean=True)
    user_is_staff = of_its_user("is_staff", _("staff status"), boolean=True)

    def person(self, holdout):
        return link_to_user(holdout.user)

    person.short_description = _("user")

    def why(self, holdout):
        return reasons.words(holdout.reason)

    why.short_description = _("reason")
    why.admin_order_field = "reason"

    def cure(self, holdout):
        return reasons.cure(holdout.reason)

    cure.short_description = _("what to do")

    def shared_with(self, holdout):
        email = people.email_of(holdout.user)
        if email and not people.finds_everybody():
            return _("not looked up: there is no index for it (manage.py auth0_index)")
        others = [each for each in people.sharers(email) if each.pk != holdout.pk] if email else []
        return format_html_join(", ", "{}", ((link_to_user(other),) for other in others)) or "-"

    shared_with.short_description = _("other users with this e-mail")

    def has_decide_permission(self, request):
        """For the actions: whoever might delete such a row, had it a button."""
        return request.user.has_perm("auth0db.delete_holdout")

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
    keep.allowed_permissions = ("decide",)

    def try_again(self, request, queryset):
        freed = resolutions.retry(queryset, request.user.get_username())
        said = ngettext("%d user will be tried again", "%d users will be tried again", freed)
        self.message_user(request, said % freed)

    try_again.short_description = _("Try again at the next login or import")
    try_again.allowed_permissions = ("decide",)


@admin.register(Resolution)
class ResolutionAdmin(UserRowAdmin):
    list_display = ("user", "action", "value", "actor", "created")
    list_filter = ("action",)
    fields = ("user", "action", "value", "actor", "created")
    search_fields = ("value", "=actor")


@admin.register(Tombstone)
class TombstoneAdmin(ReadOnlyAdmin):
    """Users who are gone. A row that is gone would let their accounts make new ones: auth0_forget looks first."""

    list_display = ("key", "number", "auth0_id", "created", "state", "lifted")
    list_filter = ("state",)
    fields = ("key", "number", "auth0_id", "created", "state", "due", "tries", "lifted")
    search_fields = ("=auth0_id",)
    list_select_related = ()
    paginator = FirstRows

    def get_sortable_by(self, request):
        return ()

    def get_ordering(self, request):
        return ["-pk"]

    def key(self, stone):
        return stone.user_id

    key.short_description = _("primary key")

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
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
