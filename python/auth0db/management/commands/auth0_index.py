import json

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from auth0db import addresses, indexes, lookups, people
from auth0db.command import need_tables, shown

SAID = {
    "few": "There are at most %d users: a typed e-mail is looked up without an index." % addresses.FEW,
    "index": "A typed e-mail is found by an index already.",
    "none": "A typed e-mail would read all users.",
}


class Command(BaseCommand):
    help = (
        "Makes an index on the users' e-mails, so that a typed e-mail does not read all users. It "
        "shows the SQL and asks first. The site goes on working meanwhile, where the database can."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="make it without asking")
        parser.add_argument(
            "--json", action="store_true", help="one JSON object; makes nothing without --yes"
        )

    def handle(self, **options):
        if people.email_field() is None:
            raise CommandError("the user model has no e-mail column")
        need_tables()  # and so the look-ups that an index is for
        state, sql = lookups.state(), lookups.sql()
        if not options["json"]:
            self.explain(state, sql)
        make = state != "index" and not self.is_there() and self.wanted(options)
        if make:
            self.make(sql)
        if options["json"]:
            told = {"state": lookups.state(), "made": make, "sql": sql}
            return json.dumps(told)
        if make:
            self.stdout.write(self.style.SUCCESS("The index is there. The site uses it within a minute."))

    def explain(self, state, sql):
        connection = connections[people.users().db]
        self.stdout.write(SAID[state])
        if state == "index":
            return
        if self.is_there():
            self.stdout.write("The index %s is there." % indexes.OF_USERS)
            return
        self.stdout.write(
            shown("For the database %s:" % connection.settings_dict["NAME"]).rstrip()
        )
        for statement in sql:
            self.stdout.write("  %s;" % shown(statement))

    def wanted(self, options):
        if options["yes"] or options["json"]:
            return options["yes"]
        try:
            return input("Make it now? [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            raise CommandError("nobody answers here: say --yes to make it", returncode=2) from None

    def make(self, sql):
        try:
            with connections[people.users().db].cursor() as cursor:
                for statement in sql:
                    cursor.execute(statement)
        except DatabaseError as error:
            raise CommandError("the index could not be made: %s" % error) from None
        addresses.costs.forget()
        if lookups.state() == "none":
            raise CommandError("the index is there, but the database does not use it for a typed e-mail")

    def is_there(self):
        model, index = indexes.of_users(people.email_field())
        connection = connections[people.users().db]
        return bool(indexes.is_there(connection, model._meta.db_table, index.name))
