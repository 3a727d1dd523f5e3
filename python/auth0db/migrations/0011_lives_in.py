# Written by hand, for the reasons given in 0001_initial. A column that may be NULL and has no default: an
# older package goes on working beside a newer one.
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auth0db", "0010_in_step")]
    operations = [
        migrations.AddField(
            "auth0site", "lives_in", models.TextField(blank=True, null=True, editable=False)
        ),
    ]
