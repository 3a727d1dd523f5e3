# Written by hand, for the reasons given in 0001_initial.
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def moment(name):
    return models.DateTimeField(blank=True, null=True, verbose_name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("auth0db", "0008_mailboxes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("number", models.IntegerField(verbose_name="number")),
                ("auth0_id", models.CharField(max_length=255, verbose_name="Auth0 id")),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="deleted at"
                    ),
                ),
                ("state", models.CharField(max_length=16, verbose_name="at Auth0")),
                ("due", moment("due")),
                ("tries", models.IntegerField(default=0, verbose_name="tries")),
                ("batch", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("lifted", moment("given back at")),
            ],
            options={
                "verbose_name": "deleted user",
                "verbose_name_plural": "deleted users",
                "indexes": [
                    models.Index(fields=["user", "number"], name="auth0db_tombstone_user"),
                    models.Index(fields=["auth0_id"], name="auth0db_tombstone_auth0_id"),
                    models.Index(fields=["state"], name="auth0db_tombstone_state"),
                ],
            },
        ),
    ]
