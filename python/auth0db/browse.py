"""Pages of the admin over tables of millions of rows: no page counts, sorts or searches all of them."""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.utils.functional import cached_property

from auth0db import addresses, people
from auth0db.models import Auth0User, writable

SHOWN = addresses.FEW  # rows: nobody turns more pages


class FirstRows(Paginator):
    """Of the rows, the first ones: a count of all would read all."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[:SHOWN].count()


class OverManyRows:
    """Mixin for a ModelAdmin whose rows are users' own. Up to SHOWN rows, and users, its pages are Django's."""

    paginator = FirstRows
    # A join that is sorted, or read from its middle, is made of the whole users' table: the users of a page are read
    # by their keys
    list_select_related = ()

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("user")

    def get_sortable_by(self, request):
        few = addresses.costs.few_rows(writable(self.model))
        return super().get_sortable_by(request) if few else ()

    def get_search_results(self, request, queryset, search_term):
        if addresses.costs.few_rows(people.users()):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(pk__in=keys_of(search_term.strip())), False


def keys_of(term):
    """Of the users whom this names as a whole: a key, a user name, an e-mail, or an Auth0 id."""
    model = get_user_model()
    found = {link.pk for link in writable(Auth0User).filter(auth0_id=term)}
    found.update(user.pk for user in people.with_email(people.users(), term))
    for name in {model.USERNAME_FIELD, "pk"}:
        try:
            found.update(writable(model).filter(**{name: term}).values_list("pk", flat=True)[: addresses.AT_MOST])
        except (TypeError, ValueError, OverflowError, ValidationError):
            pass  # no key of this kind
    return found
