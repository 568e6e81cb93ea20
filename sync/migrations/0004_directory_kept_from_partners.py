"""Companies and suppliers are nobody's business but that of staff and of the workers, and policies ask once a query.

A policy whose setting stands in a sub-select is worked out once for a query rather than for each row.
"""

from django.db import migrations

from accounts.tenancy import WORKER_ROLE

PARTNER_OWNED = (
    "sync_purchaseorder",
    "sync_orderline",
    "sync_shipment",
    "sync_shipmentline",
    "sync_invoice",
    "sync_invoiceline",
    "sync_paymentorder",
    "sync_productsupply",
    "sync_outboxentry",
)

ACTING_PARTNERS = "partner_id = (SELECT nullif(current_setting('portal.partner_id', true), '')::uuid)"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"


def ask_once(table: str) -> str:
    return f"""
        ALTER POLICY partner_rows ON {table} USING ({ACTING_PARTNERS}) WITH CHECK ({ACTING_PARTNERS});
        ALTER POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
    """


def row_security_sql(table: str, owned: str = ACTING_PARTNERS) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        CREATE POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_rows ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true);
    """


def no_row_security_sql(table: str) -> str:
    policies = "".join(f"DROP POLICY {name} ON {table};" for name in ("partner_rows", "staff_rows", "worker_rows"))
    return (
        f"{policies} ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f" ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )


class Migration(migrations.Migration):
    dependencies = [("sync", "0003_customers"), ("accounts", "0004_row_security")]

    operations = [
        *(migrations.RunSQL(ask_once(table), migrations.RunSQL.noop) for table in PARTNER_OWNED),
        migrations.RunSQL(row_security_sql("sync_company", "false"), no_row_security_sql("sync_company")),
        migrations.RunSQL(row_security_sql("sync_supplier"), no_row_security_sql("sync_supplier")),
    ]
