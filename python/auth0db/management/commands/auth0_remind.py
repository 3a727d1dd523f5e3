import json
import signal
import subprocess
import sys
from contextlib import contextmanager

from django.core.management.base import CommandError

from auth0db.command import SiteCommand, shown
from auth0db.reminders import Mailer, Nameless, name_of_site, render
from auth0db.reports import hides_everything

QUIET = {"--yes", "--dry-run", "--list", "--help"}


def agreed():
    try:
        return input("Mail these users? [y/N] ").strip().lower() == "y"
    except EOFError:
        return False


class Command(SiteCommand):
    """Auth0 mails, or (--ticket) this site: then the command makes the links and keeps the record,
    and asks for one mail after the other."""

    subcommand = "remind"

    def add_arguments(self, parser):
        parser.add_argument(
            "--site-name", help="what the mails call the site; else as django.contrib.sites has it"
        )

    def handle(self, arguments=(), site_name=None, **options):
        if "--ticket" not in arguments or "--help" in arguments:
            return super().handle(arguments=arguments, **options)
        if not QUIET.intersection(arguments) and not sys.stdin.isatty():
            raise CommandError("there is no terminal to ask at: say --yes", returncode=2)
        self.mailer = Mailer(site_name or self.name_of_site())
        if not QUIET.intersection(arguments):
            self.mail([*arguments, "--dry-run"], options)
            if not agreed():
                raise CommandError("Nothing was changed.", returncode=1)
            arguments = [*arguments, "--yes"]
        self.mail(arguments, options)

    def name_of_site(self):
        try:
            return name_of_site()
        except Nameless as why:
            if self.exits and sys.stdin.isatty():
                name = input("What is this site called in its mails? ").strip()
                if name:
                    return name
            raise CommandError(
                "nothing says what this site is called in its mails (%s): say --site-name NAME" % why,
                returncode=2,
            ) from None

    @hides_everything
    def mail(self, arguments, options):
        with self.prepared(arguments, options) as (command, environ, file), self.left_to_it():
            with subprocess.Popen(
                command, env=environ, pass_fds=[file], encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            ) as child:  # fmt: skip
                for line in child.stdout:
                    self.take(line, child)
        self.check(child.returncode)

    @contextmanager
    def left_to_it(self):
        """Ctrl-C is for the command: it stops at a safe place, and we read until it has."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if self.exits else None
        try:
            yield
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)

    def take(self, line, child):
        told = json.loads(line) if line.startswith("{") else {}
        if told.get("event") == "ticket":
            child.stdin.write(json.dumps(self.mailer.send(told)) + "\n")
            child.stdin.flush()
        elif told.get("event") == "sample":
            self.show(told)
        else:
            self.stdout.write(line, ending="")

    def show(self, told):
        message = render(self.mailer.user(told), {**told, "url": "https://..."}, self.mailer.site)
        self.stdout.write(shown("\nTo: %s\nSubject: %s\n" % (", ".join(message.to), message.subject)))
        self.stdout.write(shown("\n" + message.body))
