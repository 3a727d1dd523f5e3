import json

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from auth0db import conf
from auth0db.checks import check_site
from auth0db.command import SiteCommand
from auth0db.tenant import Finding, check_tenant


class Command(BaseCommand):
    help = (
        "Asks the Auth0 tenant whether the settings of this site fit it, "
        "and says what to change where they do not."
    )
    requires_system_checks = []  # it reports them itself, with the cure

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument(
            "--switch-over",
            action="store_true",
            help="who is in the way of deleting the old hashes? Exit status 1: somebody",
        )

    def handle(self, **options):
        if options["switch_over"]:
            return self.switch_over("--json" if options["json"] else None)
        findings = [*from_site(), *from_tenant()]
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
        status.handle(["--switch-over", *filter(None, arguments)])

    def show(self, finding):
        style = {
            "ok": self.style.SUCCESS,
            "warning": self.style.WARNING,
            "error": self.style.ERROR,
        }[finding.level]
        self.stdout.write(
            "%s %s: %s" % (style("%-7s" % finding.level), finding.setting, finding.message)
        )
        if finding.cure:
            self.stdout.write("        %s" % finding.cure)


def from_site():
    for message in check_site(None):
        yield Finding(
            "error" if message.is_serious() else "warning",
            message.obj,
            message.msg,
            message.hint or "",
        )


def from_tenant():
    try:
        client, deadline = conf.client(), conf.seconds("AUTH0_DEADLINE")
    except ImproperlyConfigured:
        return []  # said by the site's own checks
    return check_tenant(client, deadline)
