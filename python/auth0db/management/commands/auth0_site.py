import json

from django.core.management.base import BaseCommand

from auth0db.site_map import site_map


class Command(BaseCommand):
    help = (
        "Prints the site map: which tables and columns hold this site's users, as JSON for "
        "auth0db --site-map. It holds no secret."
    )

    def handle(self, **options):
        return json.dumps(site_map(), indent=2)
