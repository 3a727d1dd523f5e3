# Written by hand, for the reasons given in 0001_initial.
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def text(max_length, verbose_name=None, **more):
    return models.CharField(max_length=max_length, verbose_name=verbose_name, **more)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth0db", "0002_bulk"),
    ]
    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        related_name="auth0_reminder",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("auth0_id", text(255, "Auth0 id")),
                ("email", text(254, "mailed to")),
                ("channel", text(16, "mailed by")),
                ("status", text(16, "status", db_index=True)),
                ("wave", text(64, "wave")),
                ("sync_digest", text(64, blank=True)),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                ("in_air", models.DateTimeField(blank=True, null=True)),
                ("sent", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
            ],
            options={"verbose_name": "reminder", "verbose_name_plural": "reminders"},
        ),
    ]
