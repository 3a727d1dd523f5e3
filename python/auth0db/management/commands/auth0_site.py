import json

from django.core.management.base import BaseCommand, CommandError

from auth0db import conf, copies, models
from auth0db.command import said_plainly, shown
from auth0db.site_map import NoSiteMap, site_map

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Command(BaseCommand):
    help = (
        "Prints the site map: which tables and columns hold this site's users, as JSON for "
        "auth0db --site-map. It holds no secret. With --adopt: the present database is this site's "
        "own, and no copy of it; what was held back at Auth0 goes on."
    )

    def add_arguments(self, parser):
        parser.add_argument("--adopt", action="store_true", help="this database is the site's own")
        parser.add_argument(
            "--tenant", metavar="NAME", help="with --adopt: do not ask; stop unless this is AUTH0_DOMAIN"
        )

    def handle(self, adopt=False, tenant=None, **options):
        if adopt:
            with said_plainly():
                return self.adopt(tenant)
        try:
            return json.dumps(site_map(proven=True), indent=2)
        except NoSiteMap as why:
            raise CommandError(str(why), returncode=2) from None

    def adopt(self, tenant):
        if models.missing():
            raise CommandError("run `manage.py migrate auth0db` first", returncode=2)
        domain = conf.text("AUTH0_DOMAIN")
        if not self.means(domain, tenant):
            raise CommandError("not adopted: the tenant is %s" % shown(domain), returncode=2)
        known = copies.entries() or []
        if not copies.adopt():
            self.stdout.write(shown("%s is on record already" % copies.shown_here()))
            return
        copies.log.warning("%s was adopted; on record before: %s", copies.shown_here(), "; ".join(map(" ".join, known)) or "none")
        self.stdout.write(shown("%s is this site's own from now on" % copies.shown_here()))

    def means(self, domain, tenant):
        """Off this machine it is said by name: whoever adopts a staging copy by mistake gives real people test passwords."""
        if tenant is None and domain.split("://")[-1].rsplit(":", 1)[0] in LOOPBACK:
            return True
        if tenant is None:
            try:
                tenant = input("Test passwords of a copy would reach real people. Type the tenant, %s: " % shown(domain))
            except EOFError:
                return False
        return tenant.strip() in (domain, domain.split(".")[0])
