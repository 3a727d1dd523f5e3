"""Logins on a site whose people log in through django-allauth's backend, at a tenant that is there. Each check is a line:
{"check": ..., "seen": ..., "right": ...}."""
import json

import django
from django.test.utils import override_settings, setup_test_environment

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth import authenticate, get_user_model  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from auth0db import conf  # noqa: E402
from auth0db.models import Auth0User  # noqa: E402

setup_test_environment()
OURS = "auth0db.backends.MigrateToAuth0Backend"
BEHIND = {"allauth": "allauth.account.auth_backends.AuthenticationBackend",
          "EmailFirst": "integrations_backends.EmailFirst"}
HERS, HIS, NEWER = "Bertas-Horse-7", "Alans-Horse-5", "Bertas-Newer-8"
THIRD, WRONG = "Third-Horse-9", "Wrong-Horse-9"


def who(name, password):
    user = authenticate(RequestFactory().post("/login/"), username=name, password=password)
    return user.username if user else None


def check(name, seen, right):
    print(json.dumps({"check": name, "seen": seen, "right": right}))


def at_auth0(user, password):
    link = Auth0User.objects.get(user=user)
    return conf.client().user_set_password(link.auth0_id, password.encode(), deadline=10)[0]


def address(user, email, verified=True, primary=False):
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=primary)


def play(kind):
    get_user_model().objects.all().delete()
    berta = get_user_model().objects.create_user("berta", "berta@%s.example" % kind.lower(), HERS)
    alan = get_user_model().objects.create_user(berta.email, "alan@%s.example" % kind.lower(), HIS)
    address(berta, berta.email, primary=True)
    address(alan, alan.email, primary=True)
    for time in ("before", "after"):
        check(kind + ": she by her e-mail, " + time, who(berta.email, HERS), "berta")
        check(kind + ": he by the same, as his name, " + time, who(berta.email, HIS), alan.username)
        check(kind + ": wrong, " + time, who(berta.email, WRONG), None)
    check(kind + ": both have moved", Auth0User.objects.count(), 2)
    check(kind + ": changed at Auth0", at_auth0(berta, NEWER), "ok")
    for _ in range(3):
        check(kind + ": she by her e-mail, with the newer one", who(berta.email, NEWER), "berta")
    check(kind + ": with the older one", who(berta.email, HERS), None)
    check(kind + ": he is not throttled by it", who(berta.email, HIS), alan.username)
    return berta, alan


for kind, backend in BEHIND.items():
    with override_settings(AUTHENTICATION_BACKENDS=[OURS, backend]):
        berta, alan = play(kind)
        if kind != "allauth":
            continue
        address(berta, "second@people.example")
        address(alan, "unconfirmed@people.example", verified=False)
        check("a second confirmed e-mail", who("second@people.example", NEWER), "berta")
        check("changed at Auth0 again", at_auth0(berta, THIRD), "ok")
        check("... after a change at Auth0", who("Second@people.example", THIRD), "berta")
        check("... and the first", who(berta.email, THIRD), "berta")
        check("... with the older password", who("second@people.example", NEWER), None)
        check("changed at Auth0 too", at_auth0(alan, NEWER), "ok")
        check("a second e-mail that nobody has confirmed", who("unconfirmed@people.example", NEWER), None)
        get_user_model().objects.filter(pk=berta.pk).update(is_active=False)
        check("an inactive one, by the second", who("second@people.example", THIRD), None)
