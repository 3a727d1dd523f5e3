# Written by hand, for the reasons given in 0001_initial.
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auth0db", "0005_addresses")]
    operations = [
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("address", models.CharField(editable=False, max_length=64)),
                ("slot", models.BigIntegerField(editable=False)),
                ("by", models.CharField(max_length=8, verbose_name="mailed by")),
                ("content", models.TextField(blank=True, editable=False)),
                ("due", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                (
                    "created",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
            ],
            options={
                "verbose_name": "reset mail",
                "verbose_name_plural": "reset mails",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["address", "slot"], name="auth0db_outgoing_once"
                    )
                ],
                "indexes": [
                    models.Index(fields=["address", "created"], name="auth0db_outgoing_address"),
                    models.Index(fields=["by", "due"], name="auth0db_outgoing_due"),
                ],
            },
        ),
    ]
