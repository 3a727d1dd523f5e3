# Written by hand, for the reasons given in 0001_initial.
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from auth0db.migrations import _from_0_1


def text(max_length, verbose_name=None, **more):
    return models.CharField(max_length=max_length, verbose_name=verbose_name, **more)


def moment(verbose_name=None):
    return models.DateTimeField(blank=True, null=True, verbose_name=verbose_name)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth0db", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(_from_0_1.first_tables, _from_0_1.nothing, atomic=False),
        migrations.AddIndex(
            model_name="auth0user",
            index=models.Index(fields=["lane", "unpushed"], name="auth0db_link_lane"),
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("external_id", text(64, "external id", unique=True)),
                ("kind", text(16, "kind")),
                ("status", text(16, "status", db_index=True)),
                ("job_id", text(64, "job at Auth0", blank=True)),
                ("owner", text(128, blank=True)),
                ("users", models.IntegerField(default=0, verbose_name="users")),
                ("bytes", models.BigIntegerField(default=0, verbose_name="bytes")),
                ("linked", models.IntegerField(default=0, verbose_name="linked")),
                ("held", models.IntegerField(default=0, verbose_name="held back")),
                ("released", models.IntegerField(default=0, verbose_name="given back")),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                ("submitted", moment("sent at")),
                ("settled", moment("settled at")),
                ("seen", moment()),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
            ],
            options={
                "verbose_name": "import batch",
                "verbose_name_plural": "import batches",
            },
        ),
        migrations.CreateModel(
            name="ImportClaim",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        related_name="auth0_claim",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="auth0db.importbatch",
                        verbose_name="import batch",
                    ),
                ),
                ("auth0_id", text(255, "Auth0 id")),
                ("email", text(254, "e-mail as sent", blank=True)),
                ("sync_digest", text(64, blank=True)),
            ],
            options={"verbose_name": "claimed user", "verbose_name_plural": "claimed users"},
        ),
    ]
