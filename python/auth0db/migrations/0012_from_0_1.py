# Written by hand. The rows come last, when all columns are there: PostgreSQL changes no table that has rows
# whose foreign keys it still has to look at.
from django.conf import settings
from django.db import migrations

from auth0db.migrations import _from_0_1


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth0db", "0011_lives_in"),
    ]
    operations = [migrations.RunPython(_from_0_1.take_over, _from_0_1.nothing, atomic=False)]
