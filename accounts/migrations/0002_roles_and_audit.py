"""The database's own share of the access rules: the roles that processes act in, and an audit trail that only grows."""

from django.db import migrations

from accounts.tenancy import WEB_ROLE, WORKER_ROLE

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


# Partners and memberships come from the workers; staff may switch a membership or change its role, in the web.
WHO_IS_WHO = f"""
    REVOKE INSERT, UPDATE, DELETE ON accounts_partner FROM {WEB_ROLE};
    REVOKE INSERT, DELETE ON accounts_membership FROM {WEB_ROLE};
    REVOKE UPDATE, DELETE ON erpnet_apicall FROM {WEB_ROLE};
"""
WHO_IS_WHO_UNDONE = f"""
    GRANT INSERT, UPDATE, DELETE ON accounts_partner, accounts_membership, erpnet_apicall TO {WEB_ROLE};
"""


def create_roles_sql() -> str:
    """SQL that makes the two roles where they are missing and lets them use today's and tomorrow's tables.

    Where somebody has made them before, as logins say, the one who migrates needs no right to create roles.
    """
    statements = [_create_role(role) + _grants(role) for role in (WEB_ROLE, WORKER_ROLE)]
    return "\n".join(statements)


def _create_role(role: str) -> str:
    return f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$;
        DO $$ BEGIN
            GRANT {role} TO CURRENT_USER;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END $$;
    """


def _grants(role: str) -> str:
    rights = "SELECT, INSERT, UPDATE, DELETE"
    return f"""
        GRANT USAGE ON SCHEMA public TO {role};
        GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
    """


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("erpnet", "0001_api_call")]

    operations = [
        # Roles belong to the whole server and may serve another database too: undoing leaves them.
        migrations.RunSQL(create_roles_sql(), migrations.RunSQL.noop),
        migrations.RunSQL(KEEP_AUDIT, RELEASE_AUDIT),
        migrations.RunSQL(WHO_IS_WHO, WHO_IS_WHO_UNDONE),
    ]
