import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from auth0db import outbox


class Command(BaseCommand):
    help = (
        "Sends the reset mails that wait: of a process that was killed, or of a mail server that failed. "
        "Whoever uses the reset page sends them as well; where few do, run this every five minutes."
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
        if options["json"]:
            return json.dumps({"sent": sent, "waiting": waiting})
        self.stdout.write(
            "%d reset mail%s sent, %d wait%s."
            % (sent, " was" if sent == 1 else "s were", waiting, "s" if waiting == 1 else "")
        )

    def send_all(self, by):
        """Each once: what fails waits for its next time."""
        sent = 0
        due = outbox.rows().filter(by=by, due__lte=timezone.now())
        while due.exists():
            sent += outbox.sweep(by)
        return sent
