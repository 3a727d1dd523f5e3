import json

from django.core.management.base import BaseCommand, CommandError

from auth0db import sync
from auth0db.command import need_tables


class Command(BaseCommand):
    help = (
        "Tells Auth0 what has changed on the site beside passwords, of users who have moved: e-mail and user "
        "name (AUTH0_SYNC_EMAIL), who is active (AUTH0_SYNC_ACTIVE). Hooks and logins do so as well; this finds "
        "what they did not see, and tries again what Auth0 has refused."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--verified",
            action="store_true",
            help="look at Auth0 whether an e-mail that the site has verified is verified there too: one request "
            "for each such user",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options):
        need_tables()
        if not any(sync.options().values()):
            raise CommandError("AUTH0_SYNC_EMAIL and AUTH0_SYNC_ACTIVE are off: nothing is told")
        told, left = 0, {}
        for key in sync.keys(everybody=options["verified"]):
            why = sync.tell(key, verifies=options["verified"])
            if why is None:
                told += 1
            else:
                left[why] = left.get(why, 0) + 1
        if options["json"]:
            return json.dumps({"in_step": told, "left": left})
        self.stdout.write("%d user%s in step now." % (told, " is" if told == 1 else "s are"))
        for why, users in sorted(left.items()):
            self.stdout.write("%d not: %s" % (users, why))
