from auth0db.command import SiteCommand


class Command(SiteCommand):
    subcommand = "factors"
