"""The web adds lines to the trail about the partner that it acts for, about none, or as staff; the workers about any.

Until now a transaction that acted for nobody could add a line about anybody.
"""

from django.db import migrations

PARTNER = "(SELECT nullif(current_setting('portal.partner_id', true), '')::uuid)"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"

TIGHTEN = f"""
    ALTER POLICY added_rows ON accounts_auditevent
        WITH CHECK (partner_id IS NULL OR partner_id = {PARTNER} OR {STAFF});
    CREATE POLICY worker_added_rows ON accounts_auditevent FOR INSERT TO portal_worker WITH CHECK (true);
"""
LOOSEN = f"""
    DROP POLICY worker_added_rows ON accounts_auditevent;
    ALTER POLICY added_rows ON accounts_auditevent WITH CHECK (coalesce(partner_id = {PARTNER}, true));
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_invitations_by_mail")]

    operations = [migrations.RunSQL(TIGHTEN, LOOSEN)]
