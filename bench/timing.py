#!/usr/bin/env python3
"""Can a stranger tell by the time who has an account? Refused logins of the Django backend against the
sandbox, interleaved: one of each kind a round, in an order that changes.

    bench/timing.py [ROUNDS]

What decides: is the difference between two kinds larger than that of one kind against itself?"""
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "django"), str(ROOT / "python")]
WRONG = "Wrong-Password-1"


def start(folder):
    """The site and the tenant of the tests, but with hashes that cost what they cost on a site."""
    import json

    from harness import Sandbox, Tenant

    sandbox = Sandbox().start()
    os.environ["SITE_TENANT"] = json.dumps(sandbox.info)
    os.environ["SITE_DATABASE"] = str(Path(folder) / "site.db")
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    django.setup()
    call_command("migrate", verbosity=0)
    tenant = Tenant(sandbox.info)
    tenant.reset()
    tenant.options(same_user_limit=False, brute_force_enabled=False, suspicious_ip_enabled=False)
    return sandbox


def people():
    """Kind of login: the name typed."""
    from django.contrib.auth import authenticate
    from harness import PASSWORD, make_person

    make_person("known")
    twin = make_person("twin", email="shared@people.example")
    make_person("holdout", email="shared@people.example")
    make_person("linked")
    for user in (twin.username, "holdout", "linked"):
        assert authenticate(None, username=user, password=PASSWORD)
    from auth0db.models import Auth0User, Holdout

    assert Holdout.objects.get().user.username == "holdout"
    assert Auth0User.objects.filter(user__username="linked").exists()
    # one of them twice: the noise of a kind against itself
    return {"unknown user": "nobody", "wrong password": "known", "holdout": "holdout",
            "linked": "linked", "unknown user again": "nobody"}


def measure(kinds, rounds):
    from django.contrib.auth import authenticate

    order, times = list(kinds), {kind: [] for kind in kinds}
    for _ in range(rounds):
        random.shuffle(order)
        for kind in order:
            begun = time.perf_counter()
            assert authenticate(None, username=kinds[kind], password=WRONG) is None
            times[kind].append(time.perf_counter() - begun)
    return times


def report(times):
    first = "unknown user"
    base = statistics.median(times[first])
    print("refused logins, %d of each kind, interleaved; difference to %s" % (len(times[first]), first))
    for kind, seconds in times.items():
        difference = statistics.median(seconds) - base
        paired = statistics.median(b - a for a, b in zip(times[first], seconds))
        print("  %-20s median %7.2f ms  %+6.2f %%   paired %+6.2f %%   quartiles %6.2f to %6.2f ms" % (
            kind, statistics.median(seconds) * 1000, difference / base * 100, paired / base * 100,
            *(1000 * q for q in statistics.quantiles(seconds, n=4)[::2])))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="auth0db-timing-") as folder:
        sandbox = start(folder)
        try:
            kinds = people()
            measure(kinds, 3)
            report(measure(kinds, rounds))
        finally:
            from django.db import connections

            connections.close_all()
            sandbox.stop()


if __name__ == "__main__":
    main()
