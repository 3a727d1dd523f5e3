"""What is where, to look at. Links are made by logins and imports, never by hand."""

from django.contrib import admin
from django.contrib.auth import get_user_model

from auth0db import people
from auth0db.models import Auth0User, Holdout, ImportBatch


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


@admin.register(Auth0User)
class Auth0UserAdmin(OfAUser):
    list_display = ("user", "auth0_id", "email", "lane", "created", "unpushed")
    list_filter = ("lane", "unpushed")
    fields = ("user", "auth0_id", "email", "lane", "created", "unpushed")
    search_fields = ("=auth0_id",)

    def has_delete_permission(self, request, obj=None):
        # Only together with its user: a link that is gone would let the local password of long ago
        # in again
        match = request.resolver_match
        return match is None or not (match.url_name or "").startswith("auth0db_")


@admin.register(Holdout)
class HoldoutAdmin(OfAUser):
    """Deleting a holdout means: try again at the next login."""

    list_display = ("user", "reason", "detail", "created")
    list_filter = ("reason",)
    fields = ("user", "reason", "detail", "created")


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
