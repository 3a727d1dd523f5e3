import json
import signal
import subprocess
import sys
from contextlib import contextmanager

from django.core.management.base import CommandError

from auth0db.command import SiteCommand, from_names, shown
from auth0db.reminders import Mailer, Nameless, name_of_site, render
from auth0db.reports import hides_everything

QUIET = {"--yes", "--dry-run", "--list", "--help"}


def answer_to(question):
    """The yes that was typed, or None. The command says what to ask, and what is a yes."""
    if not question:
        return None
    print("\n%s" % shown(question["where"]))
    try:
        answer = input(shown(question["text"])).strip().lower()
    except EOFError:
        return None
    return answer if answer and answer in map(str.lower, question["answers"]) else None


class Command(SiteCommand):
    """Auth0 mails, or (--ticket) this site: then the command makes the links and keeps the record,
    and asks for one mail after the other."""

    subcommand = "remind"
    question = None

    def add_arguments(self, parser):
        parser.add_argument(
            "--site-name", help="what the mails call the site; else as django.contrib.sites has it"
        )

    def handle(self, arguments=(), site_name=None, **options):
        arguments = [*arguments, *from_names(self.subcommand, options)]
        options = {"no_color": options.get("no_color")}
        if "--ticket" not in arguments or "--help" in arguments:
            return super().handle(arguments=arguments, **options)
        if not QUIET.intersection(arguments) and not sys.stdin.isatty():
            raise CommandError("there is no terminal to ask at: say --yes", returncode=2)
        self.mailer = Mailer(site_name or self.name_of_site())
        if not QUIET.intersection(arguments):
            self.mail([*arguments, "--dry-run"], options)
            answer = answer_to(self.question)
            if answer is None:
                raise CommandError("Nothing was changed.", returncode=1)
            # "y" is what a tenant on this machine is content with; else it is the tenant's name
            arguments = [*arguments, "--yes", *(["--tenant", answer] if answer != "y" else [])]
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
        elif told.get("event") == "question":
            self.question = told
        else:
            self.stdout.write(line, ending="")

    def show(self, told):
        message = render(self.mailer.user(told), {**told, "url": "https://..."}, self.mailer.site)
        self.stdout.write(shown("\nTo: %s\nSubject: %s\n" % (", ".join(message.to), message.subject)))
        self.stdout.write(shown("\n" + message.body))
