"""What people do on the site, each under a mark in the database's log: logins, forgotten passwords, the admin's pages.
Run in the site of SITE_TENANT, whose tenant has the users that grounds.py names."""
import os
import sys
from contextlib import contextmanager

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib import admin  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core import mail  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from auth0db import addresses  # noqa: E402

MARK = "plans: "
PASSWORD, WRONG = "Correct-Horse-7", "Wrong-Horse-8"
LINKED, FIRST, SHARED, HELD = 11, 20, 1000, 30


@contextmanager
def mark(what):
    with connection.cursor() as cursor:
        cursor.execute("SELECT '%s%s'" % (MARK, what.replace("'", "")))
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT '%sbetween'" % MARK)


def log_in(name, password=PASSWORD):
    browser = Client()
    browser.post("/login/", {"username": name, "password": password})
    return browser.get("/me/").content.decode()


def logins(how):
    """(what, name, password, who gets in)"""
    yield "a linked user, by name", "user%d" % LINKED, PASSWORD, str(LINKED)
    yield "a linked user, by e-mail", "USER%d@example.org" % LINKED, PASSWORD, str(LINKED)
    yield "a linked user, wrong password", "user%d@example.org" % LINKED, WRONG, ""
    yield "a first login, by name", "user%d" % FIRST, PASSWORD, str(FIRST)
    yield "a user held back, by name", "user%d" % HELD, PASSWORD, str(HELD)
    yield "a shared e-mail, by name", "user%d" % SHARED, PASSWORD, str(SHARED)
    yield "a shared e-mail", "shared1@example.org", WRONG, ""
    yield "nobody's name", "nobody", WRONG, ""
    yield "nobody's e-mail", "nobody@example.org", WRONG, ""
    yield "an unlinked user's e-mail, wrong password", "user40@example.org", WRONG, ""
    if how == "with the index":
        yield "a tenant user who joins by e-mail", "user50@example.org", "Tenants-Horse-9", "50"
        yield "known at the tenant alone", "newcomer@example.org", "Tenants-Horse-9", None
    else:
        yield "an unlinked user's e-mail, as the tenant has it", "user60@example.org", "Tenants-Horse-9", ""


def visit_logins(how):
    for what, name, password, user in logins(how):
        with mark("login, %s: %s" % (how, what)):
            got = log_in(name, password)
        assert user is None or got == user, (what, got)


def visit_forgotten(how):
    for what, email in (("linked", "user%d@example.org" % (LINKED + 1)), ("not linked", "user70@example.org"),
                        ("nobody", "nobody2@example.org"), ("shared", "shared2@example.org")):
        with mark("forgotten password, %s: %s" % (how, what)):
            assert Client().post("/forgotten/", {"email": email}).status_code == 302
        if how == "with the index":
            with mark("forgotten password, Django's own page: %s" % what):
                assert Client().post("/reset/", {"email": email}).status_code == 302


def visit_change():
    browser = Client()
    browser.post("/login/", {"username": "user%d" % LINKED, "password": PASSWORD})
    with mark("a password is changed"):
        answer = browser.post("/change/", {"old_password": PASSWORD, "new_password1": "Newer-Horse-1x", "new_password2": "Newer-Horse-1x"})
        assert answer.status_code == 302, answer.content


# --- the admin ------------------------------------------------------------------------------------


def visit_admin():
    browser = Client()
    browser.force_login(get_user_model().objects.get(pk=1), settings.AUTHENTICATION_BACKENDS[-1])
    for model, page in sorted(admin.site._registry.items(), key=lambda one: one[0].__name__):
        if model._meta.app_label == "auth0db":
            visit_model(browser, model, page)


def visit_model(browser, model, page):
    name = model._meta.model_name
    shown = reverse("admin:auth0db_%s_changelist" % name)

    def get(what, address):
        with mark("admin, %s: %s" % (name, what)):
            answer = browser.get(address)
        assert answer.status_code == 200, (name, what, answer.status_code)
        return answer

    first = get("the list", shown)
    get("its second page", shown + "?p=1")
    get("its last page", shown + "?p=%d" % max(first.context["cl"].paginator.num_pages - 1, 0))
    for at, column in enumerate(first.context["cl"].list_display[1:], 1):
        if first.context["cl"].get_ordering_field(column):
            get("sorted by %s" % column, shown + "?o=%d" % at)
    get("searched for an e-mail", shown + "?q=user%d@example.org" % LINKED)
    get("searched for nothing that there is", shown + "?q=zzzzz")
    for spec in first.context["cl"].filter_specs:
        for choice in list(spec.choices(first.context["cl"]))[1:]:
            get("filtered, %s" % choice["display"], shown + choice["query_string"])
    one = model._base_manager.order_by("pk").first()
    if one is not None:
        get("one", reverse("admin:auth0db_%s_change" % name, args=[one.pk]))
        if page.has_delete_permission(first.wsgi_request):
            get("before it is deleted", reverse("admin:auth0db_%s_delete" % name, args=[one.pk]))


def main():
    setup_test_environment()
    how = sys.argv[1]
    visit_logins(how)
    visit_forgotten(how)
    if how == "with the index":
        visit_admin()
        visit_change()


main()
