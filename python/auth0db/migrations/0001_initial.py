# Written by hand: makemigrations of Django 3.2 would name the concrete user model here, and depend
# on the newest migration of django.contrib.auth. Both would lock out sites with another user model
# or another Django.
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from auth0db.migrations import _from_0_1


def one_to_one_user(related_name):
    return models.OneToOneField(
        on_delete=django.db.models.deletion.CASCADE,
        primary_key=True,
        serialize=False,
        related_name=related_name,
        to=settings.AUTH_USER_MODEL,
        verbose_name="user",
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunPython(_from_0_1.set_aside, _from_0_1.nothing, atomic=False),
        migrations.CreateModel(
            name="Auth0Site",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(editable=False, max_length=64)),
            ],
            options={"verbose_name": "site at Auth0", "verbose_name_plural": "site at Auth0"},
        ),
        migrations.CreateModel(
            name="Auth0User",
            fields=[
                ("user", one_to_one_user("auth0")),
                (
                    "auth0_id",
                    models.CharField(max_length=255, unique=True, verbose_name="Auth0 id"),
                ),
                (
                    "email",
                    models.CharField(blank=True, max_length=254, verbose_name="e-mail at Auth0"),
                ),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="migrated at"
                    ),
                ),
                ("lane", models.CharField(max_length=16, verbose_name="lane")),
                ("sync_digest", models.CharField(blank=True, max_length=64)),
                ("tenant_mark", models.CharField(blank=True, max_length=40)),
                (
                    "unpushed",
                    models.CharField(
                        blank=True, max_length=32, verbose_name="password not at Auth0"
                    ),
                ),
            ],
            options={"verbose_name": "user at Auth0", "verbose_name_plural": "users at Auth0"},
        ),
        migrations.CreateModel(
            name="Holdout",
            fields=[
                ("user", one_to_one_user("auth0_holdout")),
                ("reason", models.CharField(db_index=True, max_length=32, verbose_name="reason")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("hash_digest", models.CharField(max_length=64)),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
            ],
            options={"verbose_name": "reason for not moving", "verbose_name_plural": "reasons for not moving"},
        ),
    ]
