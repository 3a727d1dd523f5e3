import json
import os
import sys

from django.core.management.base import BaseCommand, CommandError

from auth0db import rows
from auth0db.command import said_plainly, shown


class Command(BaseCommand):
    requires_system_checks = []  # the site's own mistakes are not this command's to tell
    help = (
        "Writes the users as Django has them, one JSON object a line, for DATABASE_URL=ndjson:... of auth0db plan and "
        "auth0db export: where the users' table tells something else than the model. The lines hold password hashes: "
        "they go into a pipe, or into a file that only you can read."
    )

    def add_arguments(self, parser):
        parser.add_argument("--file", metavar="PATH", help="write there instead; made with mode 0600, never over another file")
        parser.add_argument(
            "--hidden", action="store_true", help="also users whom the default manager hides (soft deletion)"
        )

    def handle(self, file=None, hidden=False, **options):
        if file is None and sys.stdout.isatty():
            raise CommandError("hashes are not shown on a terminal: use a pipe, or --file PATH", returncode=2)
        with said_plainly():
            written = self.write_to(file, hidden) if file else self.write(self.stdout, hidden)
            left = 0 if hidden else rows.count_hidden()
        self.stderr.write("%d users written%s" % (written, "; %d are hidden by the default manager" % left if left else ""))

    def write_to(self, path, hidden):
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError("%s: %s" % (shown(path), error.strerror), returncode=3) from None
        with os.fdopen(number, "w", encoding="utf-8") as out:
            return self.write(out, hidden)

    def write(self, out, hidden):
        written = 0
        for row in rows.everybody(hidden):
            out.write(json.dumps(row) + "\n")
            written += 1
        return written
