# Written by hand, for the reasons given in 0001_initial. Indexes only: an older package goes on
# working, and nothing is rewritten.
from django.conf import settings
from django.db import migrations

from auth0db.indexes import AddIndexOnline, AddressIndex


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes an index beside its writers outside of a transaction only
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth0db", "0004_resolutions"),
    ]
    operations = [
        AddIndexOnline("auth0user", AddressIndex(fields=["email"], name="auth0db_link_email")),
        AddIndexOnline(
            "resolution", AddressIndex(fields=["value"], name="auth0db_resolution_value")
        ),
    ]
