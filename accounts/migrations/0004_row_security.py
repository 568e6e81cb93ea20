"""Row-level security on who may act for whom and on the trail, and of these tables to the web what it needs.

A person sees her own memberships before she acts for anybody, and the partners they lead to; whoever holds the link of
an invitation sees that one and the partner that invites. To write, one has to act for the partner, or be staff.

Everybody may add a line to the trail, and while acting for a partner only to that partner's: a refused page has no
acting partner any more when it leaves its line.
"""

from django.db import migrations, models

from accounts.tenancy import WEB_ROLE, WORKER_ROLE

# Sub-selects, so that PostgreSQL works them out once for a query rather than for each row.
ACTING_PARTNER = "(SELECT nullif(current_setting('portal.partner_id', true), '')::uuid)"
PERSON = "(SELECT nullif(current_setting('portal.erp_user_id', true), '')::uuid)"
INVITATION = "(SELECT nullif(current_setting('portal.invitation', true), ''))"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"


def row_security_sql(table: str, owned: str = f"partner_id = {ACTING_PARTNER}") -> str:
    """SQL that puts `table` under row-level security; `owned` says which rows the acting partner sees."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        CREATE POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_rows ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true);
    """


def no_row_security_sql(table: str, *more: str) -> str:
    """SQL that undoes `row_security_sql`, and the policies named in `more` with it."""
    policies = "".join(
        f"DROP POLICY {name} ON {table};" for name in ("partner_rows", "staff_rows", "worker_rows", *more)
    )
    return (
        f"{policies} ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f" ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )


MEMBERSHIPS = f"""
    {row_security_sql("accounts_membership")}
    CREATE POLICY own_rows ON accounts_membership FOR SELECT USING (erp_user_id = {PERSON});
"""
INVITATIONS = f"""
    {row_security_sql("accounts_invitation")}
    CREATE POLICY link_rows ON accounts_invitation FOR SELECT USING (secret_hash = {INVITATION});
"""
PARTNERS = f"""
    {row_security_sql("accounts_partner", f"id = {ACTING_PARTNER}")}
    CREATE POLICY own_rows ON accounts_partner FOR SELECT USING (EXISTS (
        SELECT FROM accounts_membership membership
        WHERE membership.partner_id = accounts_partner.id AND membership.erp_user_id = {PERSON}
    ));
    CREATE POLICY link_rows ON accounts_partner FOR SELECT USING (EXISTS (
        SELECT FROM accounts_invitation invitation
        WHERE invitation.partner_id = accounts_partner.id AND invitation.secret_hash = {INVITATION}
    ));
"""
TRAIL = f"""
    ALTER TABLE accounts_auditevent ENABLE ROW LEVEL SECURITY;
    ALTER TABLE accounts_auditevent FORCE ROW LEVEL SECURITY;
    CREATE POLICY partner_rows ON accounts_auditevent FOR SELECT USING (partner_id = {ACTING_PARTNER});
    CREATE POLICY staff_rows ON accounts_auditevent FOR SELECT USING ({STAFF});
    CREATE POLICY worker_rows ON accounts_auditevent FOR SELECT TO {WORKER_ROLE} USING (true);
    CREATE POLICY added_rows ON accounts_auditevent FOR INSERT
        WITH CHECK (coalesce(partner_id = {ACTING_PARTNER}, true));
"""

# Whose a row is, and whom it is about, is said once.
GRANTS = f"""
    REVOKE UPDATE ON accounts_membership FROM {WEB_ROLE};
    GRANT INSERT, UPDATE (role, days_back, source, is_active, updated_at) ON accounts_membership TO {WEB_ROLE};
    REVOKE UPDATE, DELETE ON accounts_invitation FROM {WEB_ROLE};
    GRANT UPDATE (role, days_back, secret_hash, invited_by, created_at, expires_at, accepted_at, accepted_by,
        withdrawn_at) ON accounts_invitation TO {WEB_ROLE};
"""
GRANTS_UNDONE = f"""
    REVOKE INSERT ON accounts_membership FROM {WEB_ROLE};
    GRANT UPDATE ON accounts_membership TO {WEB_ROLE};
    GRANT UPDATE, DELETE ON accounts_invitation TO {WEB_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_sessions_invitations_and_limits")]

    operations = [
        migrations.RunSQL(MEMBERSHIPS, no_row_security_sql("accounts_membership", "own_rows")),
        migrations.RunSQL(INVITATIONS, no_row_security_sql("accounts_invitation", "link_rows")),
        migrations.RunSQL(PARTNERS, no_row_security_sql("accounts_partner", "own_rows", "link_rows")),
        migrations.AlterField("auditevent", "partner_id", models.UUIDField(null=True)),
        migrations.AddIndex(
            "auditevent", models.Index(fields=["partner_id", "-id"], name="trail_of_partner")
        ),
        migrations.RunSQL(TRAIL, no_row_security_sql("accounts_auditevent", "added_rows")),
        migrations.RunSQL(GRANTS, GRANTS_UNDONE),
    ]
