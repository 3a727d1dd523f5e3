from django.core.management.base import BaseCommand, CommandError

from auth0db import kept, marks, people
from auth0db.command import need_tables, said_plainly, shown
from auth0db.exceptions import BadSetting


class Command(BaseCommand):
    help = (
        "Lists the users who stay on this site (AUTH0_KEEP_LOCAL), and whether each can log in. "
        "With --accept NAME the stored password of one who had moved before counts from now on, "
        "whatever Auth0 has said."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--accept", metavar="NAME", help="this user's stored password counts")

    def handle(self, accept=None, **options):
        with said_plainly():
            need_tables()
            try:
                return self.accept(accept) if accept else self.list()
            except BadSetting as error:
                raise CommandError(str(error), returncode=2) from None

    def list(self):
        found = 0
        for user in kept.users():
            found += 1
            link = people.link_of(user)
            why = kept.standing_of(link, user) if link is not None else ""
            state = why or ("moved before" if link is not None else "never moved")
            if not user.is_active:
                state = "not active"
            self.stdout.write(shown("%-30s %s" % (user.get_username(), state)))
        if not found:
            self.stdout.write("Nobody stays on the site: see AUTH0_KEEP_LOCAL.")

    def accept(self, name):
        """Whoever may run this may set any password. It is on record: the log has it."""
        user = next((user for user in kept.users() if user.get_username() == name), None)
        if user is None:
            raise CommandError("%s is nobody who stays on the site" % shown(name), returncode=2)
        if people.link_of(user) is None:
            self.stdout.write("%s has not moved: there is nothing to accept" % shown(name))
            return
        addresses = {"email": "", "site_address": None, "tenant_address": None}  # the user's own
        marks.change(user, None, ("told", None, user.password), word="", word_at=None, **addresses)
        kept.log.warning("user %s: the stored password was accepted by hand", people.key_of(user))
        self.stdout.write("The stored password of %s counts from now on." % shown(name))
