# Written by hand, for the reasons given in 0001_initial. Columns that may be NULL and have no default:
# no row is rewritten, and an older package goes on working beside a newer one.
from django.db import migrations, models


def text(length, **named):
    return models.CharField(blank=True, max_length=length, null=True, **named)


class Migration(migrations.Migration):
    dependencies = [("auth0db", "0006_outbox")]
    operations = [
        migrations.AddField("auth0site", "digest_key", text(64, editable=False)),
        migrations.AddField("auth0user", "same", text(110, editable=False)),
        migrations.AddField("auth0user", "replaced", text(440, editable=False)),
        migrations.AddField("auth0user", "told", text(22, editable=False)),
        migrations.AddField("auth0user", "word", text(16, verbose_name="remembered")),
        migrations.AddField(
            "auth0user",
            "word_at",
            models.DateTimeField(blank=True, null=True, verbose_name="remembered since"),
        ),
    ]
