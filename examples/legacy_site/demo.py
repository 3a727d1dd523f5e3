#!/usr/bin/env python3
"""The demonstration: a Django site and a local Auth0 tenant, and people who log in through the
site's page.

    examples/legacy_site/demo.py        plays it; exit status 1 if anything is not as expected
    KEEP=1 ...                          leaves site and tenant running, for you to try
    USERS=5000 ...                      another number of users than 1,000

Everything it starts listens on loopback and is ended with it. Needs Debian's Django and `make
build`.
"""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from actors import Browser, FormReader, LegacySite, Tenant, Trouble, reader  # noqa: E402

RUN = Path(os.environ.get("DEMO_RUN", ROOT / "demo-run"))
COMMAND = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).resolve() / "auth0db"
TENANT_PASSWORD = "Changed-At-Auth0-1"


class Demo:
    def __init__(self, site, tenant, logins):
        self.site = site
        self.tenant = tenant
        self.people = {person["username"]: person for person in logins}
        stock = [person for person in logins if person["username"] not in SPECIAL]
        self.stock = [person for person in stock if person["comes_by"]]
        self.others = [person for person in stock if not person["comes_by"]]
        self.surprises = 0
        self.reader = reader()

    # --- the table

    def heading(self, text):
        print("\n%s\n  %-31s %-23s %s" % (text, "who", "expected", "seen"), flush=True)

    def row(self, who, expected, seen):
        mark = "" if seen == expected else "   <-- !"
        self.surprises += seen != expected
        print("  %-31s %-23s %s%s" % (who, expected, seen, mark), flush=True)

    def log_in(self, who, expected, username, password, identifier=None):
        """Through the login page. What is seen: whom the site greets then, and whether they have
        moved."""
        greeted = Browser(self.site.url).log_in(identifier or username, password)
        if greeted is None:
            seen = "refused"
        elif greeted != username:
            seen = "in, as %s" % greeted
        else:
            seen = "in, " + self.site.state(username)
        self.row(who, expected, seen)

    def try_person(self, who, expected, name, password=None, identifier=None):
        person = self.people[name]
        self.log_in(who, expected, name, password or person["password"], identifier)

    # --- the story

    def play(self):
        self.first_logins()
        self.second_logins()
        self.held_back()
        self.tenant_decides()
        self.forgotten_password()
        self.outage()
        self.everyone_else()
        self.the_last_ones()

    def first_logins(self):
        self.heading("First logins: a user made with each hasher, by username or e-mail in turn")
        for at, person in enumerate(self.stock):
            identifier = person["email" if at % 2 else "username"]
            self.log_in(
                person["algorithm"], "in, moved", person["username"], person["password"], identifier
            )

    def second_logins(self):
        self.heading("The same people again: now Auth0 decides")
        last = self.stock[-1]
        # The site's first grant also fetches the tenant's signing keys, once
        self.try_person("%(username)s: by username" % last, "in, moved", last["username"])
        self.tenant.forget_requests()
        for at, person in enumerate(self.stock[:3]):
            identifier = person["username" if at % 2 else "email"]
            self.log_in(identifier, "in, moved", person["username"], person["password"], identifier)
        asked = self.tenant.requests()
        self.row("requests to Auth0 for 3 logins", "3", str(asked))
        self.log_in("a wrong password", "refused", self.stock[0]["username"], "Wrong-Password-1")

    def held_back(self):
        self.heading("Who does not move, and is not kept out for it")
        self.try_person("admin: a superuser, stays here", "in, not moved", "admin")
        self.try_person("twin: e-mail shared with twin2", "in, moved", "twin")
        self.try_person("twin2: the e-mail is taken now", "in, duplicate-email", "twin2")
        self.try_person("weak: 'abc' is no password", "in, weak-password", "weak")
        self.try_person("mailless: no e-mail", "in, no-email", "mailless")
        self.try_person("inactive: deactivated", "refused", "inactive")
        self.try_person("late: a wrong password", "refused", "late", "Wrong-Password-1")
        self.log_in("nobody knows this one", "refused", "nobody", "Wrong-Password-1")

    def tenant_decides(self):
        self.heading("What happens at Auth0 counts here")
        self.try_person("blocked: moves", "in, moved", "blocked")
        self.tenant.patch(self.site.auth0_id("blocked"), blocked=True)
        self.try_person("blocked: now blocked at Auth0", "refused", "blocked")
        self.try_person("changed: moves", "in, moved", "changed")
        self.tenant.patch(
            self.site.auth0_id("changed"),
            password=TENANT_PASSWORD,
            connection=self.tenant.info["connection"],
        )
        self.try_person("changed: the old password", "refused", "changed")
        self.try_person("changed: the new one", "in, moved", "changed", TENANT_PASSWORD)
        self.tenant.create("stranger@tenant.example", TENANT_PASSWORD)
        name = Browser(self.site.url).log_in("stranger@tenant.example", TENANT_PASSWORD)
        # A name that says nothing: one that is like an e-mail could be somebody else's here
        seen = "in, moved" if name and name.startswith("auth0-") and self.site.auth0_id(name) else "refused"
        self.row("stranger: only at Auth0 so far", "in, moved", seen)

    def forgotten_password(self):
        self.heading("Forgotten passwords, by the site's own page and mail")
        self.try_person("forgetful: moves", "in, moved", "forgetful")
        browser = Browser(self.site.url)
        browser.submit("/password/forgotten/", email=self.people["forgetful"]["email"])
        browser.submit(
            self.site.link_in_mail(), new_password1=TENANT_PASSWORD, new_password2=TENANT_PASSWORD
        )
        accepted = self.tenant.accepts(self.people["forgetful"]["email"], TENANT_PASSWORD)
        self.row(
            "forgetful: at Auth0 itself",
            "new password accepted",
            "new password accepted" if accepted else "new password refused",
        )
        self.try_person("forgetful: the old password", "refused", "forgetful")
        self.try_person("forgetful: the new one", "in, moved", "forgetful", TENANT_PASSWORD)

    def outage(self):
        self.heading("Auth0 is switched off")
        self.tenant.stop()
        first = self.stock[0]
        self.log_in(
            "%s: has moved" % first["username"], "in, moved", first["username"], first["password"]
        )
        self.try_person("admin: never asks Auth0", "in, not moved", "admin")
        self.try_person("late: has not moved", "in, not moved", "late")
        self.try_person("late: a wrong password", "refused", "late", "Wrong-Password-1")
        self.heading("... and on again")
        self.tenant.start()
        time.sleep(RECOVERY)
        self.try_person("late: moves now", "in, moved", "late")
        self.log_in(
            "%s: asks Auth0 again" % first["username"],
            "in, moved",
            first["username"],
            first["password"],
        )


    def everyone_else(self):
        print("\nThose who did not come by: what would an import do?\n")
        self.show("auth0_plan")
        print("\nOne made-up user for each kind of hash goes first, then everybody:\n")
        self.show("auth0_import", "--yes")
        self.heading("Their old passwords, at Auth0 itself, without the site")
        for person in self.others:
            there = self.tenant.accepts(person["email"], person["password"])
            travels = person["algorithm"] not in CANNOT_TRAVEL
            self.row(
                person["algorithm"],
                "accepted" if travels else "not there",
                "accepted" if there else "not there",
            )
        self.who_cannot_travel()

    def who_cannot_travel(self):
        # Newer Pythons and Djangos make no such hash; the other kind that cannot travel gets a mail later
        with_crypt = [person for person in self.others if person["algorithm"] == "crypt"]
        if with_crypt:
            self.heading("Whose hash cannot travel can still log in here, and moves by that")
        for person in with_crypt:
            self.log_in("crypt", "in, moved", person["username"], person["password"])

    def the_last_ones(self):
        print("\nWho is left gets a link from Auth0, to set a password with:\n")
        self.show("auth0_remind", "--yes", "--rate", "6000")
        last = next(p for p in self.others if p["algorithm"] == "bcrypt_sha256")
        letters = {letter["to"]: letter for letter in self.tenant.mails()}
        self.heading("One opens the mail and sets a password, %s" % self.reader.name)
        self.reader.set_password(self.tenant, letters.pop(last["email"]), TENANT_PASSWORD)
        accepted = self.tenant.accepts(last["email"], TENANT_PASSWORD)
        self.row(
            "at Auth0 itself",
            "new password accepted",
            "new password accepted" if accepted else "new password refused",
        )
        name = last["username"]
        self.log_in(name, "in, moved", name, TENANT_PASSWORD)
        self.log_in("%s: the old password" % name, "refused", name, last["password"])
        print("\n... and so do the others. Who has, is linked:\n")
        for letter in letters.values():
            FormReader().set_password(self.tenant, letter, TENANT_PASSWORD)
        self.show("auth0_remind", "--list")
        print("\nAnd who cannot move?\n")
        self.show("auth0_holdouts")

    def show(self, *command):
        print("$ manage.py %s" % " ".join(command), flush=True)
        print(self.site.manage(*command, with_errors=True).rstrip(), flush=True)


# Auth0's import has no form for them (docs/hashes.md)
CANNOT_TRAVEL = {"bcrypt_sha256", "crypt"}

SPECIAL = {
    "admin",
    "inactive",
    "twin",
    "twin2",
    "mailless",
    "weak",
    "blocked",
    "changed",
    "forgetful",
    "late",
}
# After failures in a row the site stops asking Auth0 for a moment; it tries again by itself
RECOVERY = 2.5


NEXT = """
What next?
  make demo KEEP=1   the same, and site and tenant stay up for you to log in
  README.md          "Put it into your own site": six steps, beginning with
                     make wheel"""


def set_up():
    if not COMMAND.exists():
        sys.exit("%s is not there: run `make build` first" % COMMAND)
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    os.environ.setdefault("AUTH0DB_COMMAND", str(COMMAND))  # for manage.py auth0_plan and its like
    tenant = Tenant(COMMAND, RUN)
    return tenant, LegacySite(HERE, RUN, tenant)


def keep_running(site, tenant, demo):
    print("\nBoth are still running; Ctrl-C ends them.\n")
    print("  the site     %s" % site.url)
    print("  the tenant   %s   (AUTH0_DOMAIN; docs/sandbox.md)" % tenant.info["url"])
    print("\nSome who have moved:")
    for person in demo.stock[:3]:
        print("  %-12s %-32s %s" % (person["username"], person["email"], person["password"]))
    print("\nThe admin, at %s/admin/, lists who has moved and who has not:" % site.url)
    print("  %-45s %s" % ("admin", demo.people["admin"]["password"]), flush=True)
    signal.pause()


def main():
    users = int(os.environ.get("USERS") or 1000)
    tenant, site = set_up()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        tenant.start()
        print("The tenant is at %s" % tenant.info["url"], flush=True)
        logins = json.loads(site.seed(users))
        site.start()
        print(
            "The site is at   %s, Django %s, %s users"
            % (site.url, site.django_version, format(users, ","))
        )
        demo = Demo(site, tenant, logins)
        demo.play()
        print("\n$ manage.py auth0_migrated\n" + site.manage("auth0_migrated").rstrip())
        if demo.surprises:
            print("\n%d surprises. The site's log: %s" % (demo.surprises, RUN / "auth0db.log"))
        else:
            print("\nEverything was as expected.", flush=True)
            if os.environ.get("KEEP") != "1":
                print(NEXT, flush=True)
        if os.environ.get("KEEP") == "1":
            keep_running(site, tenant, demo)
        return 1 if demo.surprises else 0
    except Trouble as trouble:
        print("\nThe demonstration could not go on: %s" % trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEnded.")
        return 0
    finally:
        site.stop()
        tenant.stop()


if __name__ == "__main__":
    sys.exit(main())
