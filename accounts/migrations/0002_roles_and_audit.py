"""The database's own share of the access rules: the roles that processes act in, and an audit trail that only grows."""

from django.db import migrations

from accounts.tenancy import WEB_ROLE, WORKER_ROLE, create_roles_sql

KEEP_AUDIT = f"""
    CREATE FUNCTION accounts_auditevent_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The audit trail only grows: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER accounts_auditevent_keep BEFORE UPDATE OR DELETE ON accounts_auditevent
        FOR EACH ROW EXECUTE FUNCTION accounts_auditevent_keep();
    REVOKE UPDATE, DELETE ON accounts_auditevent FROM {WEB_ROLE}, {WORKER_ROLE};
"""

RELEASE_AUDIT = f"""
    GRANT UPDATE, DELETE ON accounts_auditevent TO {WEB_ROLE}, {WORKER_ROLE};
    DROP TRIGGER accounts_auditevent_keep ON accounts_auditevent;
    DROP FUNCTION accounts_auditevent_keep();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        # Roles belong to the whole server and may serve another database too: undoing leaves them.
        migrations.RunSQL(create_roles_sql(), migrations.RunSQL.noop),
        migrations.RunSQL(KEEP_AUDIT, RELEASE_AUDIT),
    ]
