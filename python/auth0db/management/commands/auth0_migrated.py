import json

from django.core.management.base import BaseCommand, CommandError

from auth0db import models
from auth0db.command import said_plainly, shown
from auth0db.progress import progress


class Command(BaseCommand):
    help = "Shows how many users have moved to Auth0, by which way, and what holds the others back."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options):
        with said_plainly():
            numbers = self.numbers()
        if options["json"]:
            return json.dumps(numbers)
        self.stdout.write(
            "%(percent).1f%% of the users have moved to Auth0: %(migrated)d of %(users)d" % numbers
        )
        if numbers["able"] != numbers["users"]:
            self.stdout.write(
                "%(percent_of_able).1f%% of those who can: %(migrated)d of %(able)d" % numbers
            )
        if numbers["inactive"]:
            self.stdout.write("%(inactive)d inactive, and not moved" % numbers)
        self.table("moved by", numbers["lanes"])
        self.table("held back because", numbers["holdouts"])
        self.table("reminded, and not here since", numbers["reminded"])
        self.table("new password not at Auth0 because", numbers["unpushed"])

    def numbers(self):
        models.look_again()
        gone = models.missing()  # what is missing would be counted as nothing
        if gone:
            raise CommandError("the database has no %s: run `manage.py migrate auth0db`" % gone[0])
        return progress()

    def table(self, title, counts):
        if counts:
            self.stdout.write("\n" + title)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            self.stdout.write("  %-24s %9d" % (shown(name), count))
