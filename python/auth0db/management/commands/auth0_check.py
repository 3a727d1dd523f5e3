import json
import logging
import textwrap
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from auth0db import conf, copies, kept, lookups, models, web_checks
from auth0db.checks import check_everything
from auth0db.command import SiteCommand, shown
from auth0db.tenant import Finding, check_tenant


class Command(BaseCommand):
    help = (
        "Asks the Auth0 tenant whether the settings of this site fit it, "
        "and says what to change where they do not."
    )
    requires_system_checks = []  # it reports them itself, with the cure
    exits = False  # run by manage.py, not by call_command

    def run_from_argv(self, argv):
        self.exits = True
        super().run_from_argv(argv)

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument(
            "--switch-over",
            action="store_true",
            help="who is in the way of deleting the old hashes? Exit status 1: somebody",
        )

        parser.add_argument(
            "--factors-settled",
            action="store_true",
            help="with --switch-over: second factors that stayed on the site have been seen to",
        )

        parser.add_argument(
            "--universal-login",
            metavar="ADDRESS",
            nargs="?",
            const="",
            help="what is missing for Auth0's own login page at this address of the site? "
            "Without one, that of AUTH0_CALLBACK_URL",
        )

    def handle(self, **options):
        if options["switch_over"]:
            flags = ("json", "factors_settled")
            return self.switch_over(
                *("--" + name.replace("_", "-") for name in flags if options[name])
            )
        findings = [*from_site(), *from_database(), *from_tenant()]
        if options["universal_login"] is not None:
            findings += web_checks.findings(options["universal_login"])
        errors = sum(finding.level == "error" for finding in findings)
        if options["json"]:
            self.stdout.write(
                json.dumps({"ok": not errors, "findings": [f.as_dict() for f in findings]})
            )
        else:
            for finding in findings:
                self.show(finding)
        if errors:
            raise CommandError("%d of %d checks failed" % (errors, len(findings)))

    def switch_over(self, *arguments):
        """`auth0db status --switch-over` decides."""
        status = SiteCommand(stdout=self.stdout, stderr=self.stderr)
        status.subcommand = "status"
        status.exits = self.exits
        status.handle(["--switch-over", *arguments])

    def show(self, finding):
        style = {
            "ok": self.style.SUCCESS,
            "warning": self.style.WARNING,
            "error": self.style.ERROR,
        }[finding.level]
        said = wrapped(shown("%s: %s" % (finding.setting, finding.message))).lstrip()
        self.stdout.write("%s %s" % (style("%-7s" % finding.level), said))
        if finding.cure:
            self.stdout.write(wrapped(shown(finding.cure)))


def wrapped(text):
    """For a terminal of 80 columns, below the level."""
    indent = 8 * " "
    return textwrap.fill(
        text, 80, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def from_site():
    for message in check_everything():
        yield Finding(
            "error" if message.is_serious() else "warning",
            message.obj,
            message.msg,
            message.hint or "",
        )


def from_database():
    try:
        models.look_again()
        missing = models.missing()
    except (DatabaseError, ImproperlyConfigured) as error:
        yield Finding("error", "DATABASES", "the database cannot be asked: %s" % error)
        return
    if missing:
        yield Finding(
            "error",
            "DATABASES",
            "the database has no %s" % ", ".join(missing),
            "Run `manage.py migrate auth0db`: until then every login fails.",
        )
    else:
        yield Finding("ok", "DATABASES", "the migration's tables are there")
        yield from lookups.findings()
        yield from kept.findings()
        yield from from_copies()


def from_copies():
    if copies.is_copy():
        yield Finding(
            "error", "DATABASES",
            "%s is not a database that this site is known to live in, but perhaps a copy: nothing is changed at "
            "Auth0, and nobody is mailed by it" % copies.shown_here(),
            "If it is the site's own (after a failover, a restore, behind a new pooler): %s." % copies.CURE,
        )  # fmt: skip


def from_tenant():
    try:
        client, deadline = conf.client(), conf.seconds("AUTH0_DEADLINE")
    except ImproperlyConfigured:
        return []  # said by the site's own checks
    with unlogged():
        return check_tenant(client, deadline)


@contextmanager
def unlogged():
    """What is logged of a request is the finding, with the cure."""

    def nothing(record):
        return False

    log = logging.getLogger("auth0db")
    log.addFilter(nothing)
    try:
        yield
    finally:
        log.removeFilter(nothing)
