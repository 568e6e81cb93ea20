"""When an invitation's mail is due, and the name of a member who has never signed in."""

from django.db import migrations, models

from accounts.tenancy import WEB_ROLE


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_row_security")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mail_due_at",
            field=models.DateTimeField(help_text="When the mail is next tried. Empty: it is sent.", null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="known_as",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="For somebody who has never signed in.",
                max_length=254,
                verbose_name="name in ERP.net",
            ),
        ),
        # Sending again makes a mail due; the worker alone sends it, and makes the link.
        migrations.RunSQL(
            f"GRANT UPDATE (mail_due_at) ON accounts_invitation TO {WEB_ROLE}; "
            f"REVOKE UPDATE (secret_hash) ON accounts_invitation FROM {WEB_ROLE};",
            f"GRANT UPDATE (secret_hash) ON accounts_invitation TO {WEB_ROLE};",
        ),
    ]
