# Written by hand, for the reasons given in 0001_initial. Columns that may be NULL and have no default:
# no row is rewritten, and an older package goes on working beside a newer one.
from django.db import migrations, models


def text(length, **named):
    return models.CharField(blank=True, max_length=length, null=True, **named)


class Migration(migrations.Migration):
    dependencies = [("auth0db", "0007_digests")]
    operations = [
        migrations.AddField("auth0user", "site_address", text(22, editable=False)),
        migrations.AddField("auth0user", "tenant_address", text(22, editable=False)),
    ]
