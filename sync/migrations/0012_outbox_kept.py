"""No role of the portal deletes what a partner saved; and an alert for deliveries that do not go out."""

from django.db import migrations, models

from accounts.tenancy import WEB_ROLE, WORKER_ROLE

KEPT = f"REVOKE DELETE ON sync_outboxentry FROM {WEB_ROLE}, {WORKER_ROLE};"
NOT_KEPT = f"GRANT DELETE ON sync_outboxentry TO {WEB_ROLE}, {WORKER_ROLE};"


class Migration(migrations.Migration):
    dependencies = [("sync", "0011_words")]

    operations = [
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("delivery", "A delivery was given up"),
                    ("waiting", "Deliveries do not go out"),
                    ("run", "A run failed or was refused"),
                    ("schedule", "A scheduled task did not start"),
                    ("worker", "A worker does not do its work"),
                    ("licences", "ERP.net has no free licence"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
    ]
