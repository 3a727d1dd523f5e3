#!/usr/bin/env python3
"""Can a stranger tell by the time who has an account? Refused logins of the Django backend against the
sandbox.

    bench/timing.py [ROUNDS]

A round is one attempt of each kind, in random order, so that a slow moment of the machine meets all kinds alike. What
is compared is the two attempts of one round, and of these differences the median: of the time on the wall, and of the
processor time of the site, which other processes on the machine do not count in. One kind is in each round twice: the
differences to itself say what is noise. Exit status 1 if a kind differs by more than LIMIT of the median, or by more
than noise. Where even the kind that is there twice seems to differ from itself, that clock cannot decide."""
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "django"), str(ROOT / "tests" / "support"), str(ROOT / "python")]
WRONG = "Wrong-Password-1"
LIMIT = 0.05
FIRST, ITSELF = "unknown user", "unknown user, again"
CLOCKS = {"wall": time.perf_counter, "processor": time.thread_time}


def start(folder):
    """The site and the tenant of the tests, but with hashes that cost what they cost on a site."""
    import json

    from harness import Tenant
    from sandbox import Sandbox

    sandbox = Sandbox("--quiet")
    os.environ["SITE_TENANT"] = json.dumps(sandbox.info)
    os.environ["SITE_DATABASE"] = str(Path(folder) / "site.db")
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    django.setup()
    call_command("migrate", verbosity=0)
    tenant = Tenant(sandbox)
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
    return {FIRST: "nobody", ITSELF: "nobody", "wrong password": "known", "holdout": "holdout",
            "wrong password, moved": "linked"}


def attempt(name):
    """What it took, by each clock."""
    from django.contrib.auth import authenticate

    begun = {clock: now() for clock, now in CLOCKS.items()}
    assert authenticate(None, username=name, password=WRONG) is None
    return {clock: now() - begun[clock] for clock, now in CLOCKS.items()}


def measure(kinds, rounds):
    """A dictionary a round: kind, clock, seconds."""
    order, taken = list(kinds), []
    for _ in range(rounds):
        random.shuffle(order)
        taken.append({kind: attempt(kinds[kind]) for kind in order})
    return taken


def report(taken, clock):
    """Prints it; True if no kind can be told from another."""
    base = statistics.median(took[FIRST][clock] for took in taken)
    differences = {kind: [(took[kind][clock] - took[FIRST][clock]) / base for took in taken]
                   for kind in taken[0] if kind != FIRST}
    middles = {kind: statistics.median(found) for kind, found in differences.items()}
    noise = statistics.median(map(abs, differences[ITSELF]))
    blind = abs(middles[ITSELF]) > LIMIT / 2
    print("\n%s time: %.2f ms; two attempts of this one kind are %.2f %% apart%s" % (
        clock, base * 1000, noise * 100, ": the machine is too busy to tell" if blind else ""))
    same = True
    for kind, middle in sorted(middles.items()):
        quarter, _, three = statistics.quantiles(differences[kind], n=4)
        told = kind != ITSELF and not blind and abs(middle) > min(noise, LIMIT)
        same = same and not told
        print("  %-22s %+6.2f %%   half of the rounds %+7.2f to %+6.2f %%%s" % (
            kind, middle * 100, quarter * 100, three * 100, "   <-- can be told" if told else ""))
    return same


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="auth0db-timing-") as folder:
        sandbox = start(folder)
        try:
            kinds = people()
            measure(kinds, 5)
            taken = measure(kinds, rounds)
            print("Refused logins, %d rounds. Differences to %s in the same round" % (rounds, FIRST))
            return 0 if all([report(taken, clock) for clock in CLOCKS]) else 1
        finally:
            from django.db import connections

            connections.close_all()
            sandbox.stop()


if __name__ == "__main__":
    sys.exit(main())
