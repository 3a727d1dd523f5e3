# Written by hand, for the reasons given in 0001_initial.
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth0db", "0003_reminders"),
    ]
    operations = [
        migrations.CreateModel(
            name="Resolution",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="auth0_resolutions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("action", models.CharField(max_length=16, verbose_name="action")),
                ("value", models.CharField(blank=True, max_length=254, verbose_name="value")),
                ("actor", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
            ],
            options={
                "verbose_name": "decision about a user held back",
                "verbose_name_plural": "decisions about users held back",
            },
        ),
    ]
