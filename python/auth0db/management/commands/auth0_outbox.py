import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from auth0db import outbox, tombstones


class Command(BaseCommand):
    help = (
        "Does what waits: reset mails of a process that was killed, or of a mail server that failed, and what "
        "AUTH0_ON_DELETE wants done about deleted users. Whoever uses the reset page does it as well; where few "
        "do, run this every five minutes."
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options):
        if not outbox.is_there():
            raise CommandError(
                "the database has no table for reset mails: run `manage.py migrate auth0db`"
            )
        sent = sum(self.send_all(by) for by in outbox.WAYS)
        waiting = outbox.rows().filter(due__isnull=False).count()
        departed = self.tend_all()
        if options["json"]:
            return json.dumps({"sent": sent, "waiting": waiting, **departed})
        self.stdout.write(
            "%d reset mail%s sent, %d wait%s."
            % (sent, " was" if sent == 1 else "s were", waiting, "s" if waiting == 1 else "")
        )

        if any(departed.values()):
            self.stdout.write(
                "%(departed)d Auth0 account(s) of deleted users were looked after, "
                "%(departed_waiting)d wait." % departed
            )

    def tend_all(self):
        if not tombstones.is_there():
            return {"departed": 0, "departed_waiting": 0}
        due = tombstones.waiting().filter(due__lte=timezone.now())
        done = 0
        while due.exists():
            done += tombstones.sweep()
        return {"departed": done, "departed_waiting": tombstones.waiting().count()}

    def send_all(self, by):
        """Each once: what fails waits for its next time."""
        sent = 0
        due = outbox.rows().filter(by=by, due__lte=timezone.now())
        while due.exists():
            sent += outbox.sweep(by)
        return sent
