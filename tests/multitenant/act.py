"""In a process with the settings of one of the two sites: people of two hosts ask for a reset, and what they are mailed
is told as JSON."""

import json
import sys

import django
from django.core.management import call_command

django.setup()
from django.contrib.auth import get_user_model  # noqa: E402
from django.core import mail  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from auth0db import afterwards  # noqa: E402

PASSWORD, NEWER = "Correct-Horse-7", "Battery-Staple-8"
HOSTS = ("one.example", "two.example")
setup_test_environment()


def make_ada():
    get_user_model().objects.create_user("ada", "ada@people.example", PASSWORD)


def in_schemas():
    from customers.models import Customer
    from django.db import connection
    from django_tenants.utils import tenant_context

    call_command("migrate_schemas", shared=True, verbosity=0)
    connection.set_schema_to_public()
    customers = {}
    for host in HOSTS:
        customer = Customer(schema_name=host.partition(".")[0], name=host)
        customer.save(verbosity=0)
        customer.domains.create(domain=host, is_primary=True)
        customers[host] = customer
    with tenant_context(customers["two.example"]):  # so that the two have other keys, and their links other texts
        get_user_model().objects.create_user("bob", "bob@people.example", PASSWORD)
    for host in HOSTS:
        with tenant_context(customers[host]):
            make_ada()

    def knows(host, password):
        with tenant_context(customers[host]):
            return get_user_model().objects.get(username="ada").check_password(password)

    return knows


def by_host():
    from django.contrib.sites.models import Site
    from multisite.models import Alias

    call_command("migrate", verbosity=0)
    Site.objects.all().delete()
    for i, host in enumerate(HOSTS, start=1):
        Site.objects.create(pk=i, domain=host, name=host.upper())
    assert Alias.objects.count() == len(HOSTS)
    make_ada()
    return lambda host, password: get_user_model().objects.get(username="ada").check_password(password)


def ask(host):
    answer = Client(HTTP_HOST=host).post("/forgotten/", {"email": "ada@people.example"})
    assert answer.status_code == 302, answer.content


def main(kind):
    knows = {"schemas": in_schemas, "sites": by_host}[kind]()
    for host in HOSTS:
        ask(host)
    afterwards.finish(60)
    letters = [{"subject": letter.subject, "link": letter.body.strip(), "to": letter.to} for letter in mail.outbox]
    used = sorted(letters, key=lambda letter: letter["link"])[1]["link"]
    host, _, path = used.partition("://")[2].partition("/")
    browser = Client(HTTP_HOST=host)
    page = browser.get("/" + path, follow=True).redirect_chain[-1][0]
    set_there = browser.post(page, {"new_password1": NEWER, "new_password2": NEWER}).status_code
    known = {host: [knows(host, PASSWORD), knows(host, NEWER)] for host in HOSTS}
    print(json.dumps({"letters": letters, "set": [host, set_there], "known": known}))


main(sys.argv[1])
