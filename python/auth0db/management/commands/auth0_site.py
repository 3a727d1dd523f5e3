import json

from django.core.management.base import BaseCommand, CommandError

from auth0db.site_map import NoSiteMap, site_map


class Command(BaseCommand):
    help = (
        "Prints the site map: which tables and columns hold this site's users, as JSON for "
        "auth0db --site-map. It holds no secret."
    )

    def handle(self, **options):
        try:
            return json.dumps(site_map(), indent=2)
        except NoSiteMap as why:
            raise CommandError(str(why), returncode=2) from None
