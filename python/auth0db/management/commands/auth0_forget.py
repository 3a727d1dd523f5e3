import json

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from auth0db import conf, tombstones
from auth0db.command import need_tables, said_plainly


class Command(BaseCommand):
    help = (
        "Erases what is left of a user who was deleted: the tombstone, once the account at Auth0 is gone. "
        "While the account is there, its password would make a new user here."
    )

    def add_arguments(self, parser):
        parser.add_argument("auth0_id", metavar="AUTH0_ID", help="as in 'auth0|0123456789abcdef01234567'")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--delete", action="store_true", help="delete the account at Auth0 first, if it is one of this site's"
        )
        which.add_argument(
            "--even-so", action="store_true", help="the account stays, and its owner may come back with it"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options):
        auth0_id = options["auth0_id"]
        with said_plainly():
            need_tables()
            account = self.account(auth0_id, options)
            with transaction.atomic(using=tombstones.rows().db):
                erased = tombstones.erase(auth0_id)
        if options["json"]:
            return json.dumps({"erased": erased, "account": account})
        self.stdout.write(
            "%d tombstone%s of %s erased; its account at Auth0: %s."
            % (erased, " was" if erased == 1 else "s were", auth0_id, account)
        )

    def account(self, auth0_id, options):
        """What became of it, in a word; or the command ends."""
        stones = tombstones.rows().filter(auth0_id=auth0_id)
        if not stones.exists():
            raise CommandError("there is no tombstone of %s" % auth0_id, returncode=2)
        if tombstones.is_somebodys(auth0_id):
            return "given back"
        if options["even_so"]:
            return "left"
        client, deadline = conf.client(), conf.seconds("AUTH0_DEADLINE")
        outcome, _, message = client.has_user(auth0_id, deadline=deadline)
        if outcome == "not_found":
            return "gone"
        if outcome != "ok":
            raise CommandError("whether the account is gone cannot be told: %s" % message)
        if not options["delete"]:
            raise CommandError(
                "the account is still at Auth0: its password would make a new user here. Say --delete, or --even-so",
                returncode=2,
            )
        if not all(tombstones.is_ours(stone) for stone in stones):
            raise CommandError("the account was not made from a user of this site: delete it at Auth0", returncode=2)
        outcome, _, message = client.delete_user(auth0_id, deadline=deadline)
        if outcome not in ("ok", "not_found"):
            raise CommandError("the account could not be deleted: %s" % message)
        return "deleted"
