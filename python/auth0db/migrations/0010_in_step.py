# Written by hand, for the reasons given in 0001_initial. Columns that may be NULL and have no default:
# no row is rewritten, and an older package goes on working beside a newer one.
from django.db import migrations, models


def text(length, **named):
    return models.CharField(blank=True, max_length=length, null=True, **named)


class Migration(migrations.Migration):
    dependencies = [("auth0db", "0009_tombstones")]
    operations = [
        migrations.AddField("auth0user", "tenant_username", text(150, verbose_name="user name at Auth0")),
        migrations.AddField("auth0user", "syncing", text(40, editable=False)),
        migrations.AddField("auth0user", "unsynced", text(32, verbose_name="change not at Auth0")),
        migrations.AddField("auth0user", "block", text(8, editable=False)),
    ]
