"""Row-level security on everything that a partner may see, who may write what, and the staging table of the snapshot.

A balance belongs to nobody: a partner sees those of the products that it supplies today to the company that holds them.
Who works where is nobody's business but that of staff and of the workers, which derive memberships from it. Of the
mirror the web writes only what partners announce; it can lock an order, for which PostgreSQL wants a column to update.
"""

from django.db import migrations

from accounts.tenancy import WEB_ROLE, WORKER_ROLE

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

PEOPLE = ("sync_person", "sync_employment", "sync_directoryuser")

MIRRORED = (
    *PEOPLE,
    "sync_company",
    "sync_enterprisecompany",
    "sync_store",
    "sync_supplier",
    "sync_product",
    "sync_productsupply",
    "sync_purchaseorder",
    "sync_orderline",
    "sync_invoice",
    "sync_invoiceline",
    "sync_paymentorder",
    "sync_stockbalance",
)
READ_ALONE = f"""
    REVOKE INSERT, UPDATE, DELETE ON {", ".join(MIRRORED)} FROM {WEB_ROLE};
    GRANT UPDATE (fetched_at) ON sync_purchaseorder TO {WEB_ROLE};
"""
WRITE_AGAIN = f"GRANT INSERT, UPDATE, DELETE ON {', '.join(MIRRORED)} TO {WEB_ROLE};"

SUPPLIED = """EXISTS (
    SELECT FROM sync_productsupply supply
    WHERE supply.product_id = sync_stockbalance.product_id
      AND supply.partner_id = nullif(current_setting('portal.partner_id', true), '')::uuid
      AND supply.is_active
      AND coalesce(supply.starts_on <= current_date, true)
      AND coalesce(supply.ends_on >= current_date, true)
      AND coalesce(supply.enterprise_company_id = sync_stockbalance.enterprise_company_id, true)
)"""

# Frozen, like all that a migration says: what databases have got from it stays what it was.
ACTING_PARTNERS = "partner_id = (SELECT nullif(current_setting('portal.partner_id', true), '')::uuid)"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"

# Not logged: a crash empties it, and the run that was filling it is refused as incomplete.
STAGING = f"""
    CREATE UNLOGGED TABLE sync_stock_staging AS
        SELECT enterprise_company_id, store_id, store_bin_id, product_id, variant_id, lot_id, serial_number_id, quantity, unit
        FROM sync_stockbalance WITH NO DATA;
    REVOKE ALL ON sync_stock_staging FROM {WEB_ROLE};
    GRANT TRUNCATE ON sync_stock_staging TO {WORKER_ROLE};
"""


def row_security_sql(table: str, owned: str = ACTING_PARTNERS) -> str:
    """SQL that puts `table` under row-level security; `owned` says which rows the acting partner sees."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        CREATE POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_rows ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true);
    """


def undo(table: str) -> str:
    policies = "".join(f"DROP POLICY {name} ON {table};" for name in ("partner_rows", "staff_rows", "worker_rows"))
    return f"{policies} ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial"), ("accounts", "0002_roles_and_audit")]

    operations = [
        *(migrations.RunSQL(row_security_sql(table), undo(table)) for table in PARTNER_OWNED),
        migrations.RunSQL(row_security_sql("sync_stockbalance", SUPPLIED), undo("sync_stockbalance")),
        *(migrations.RunSQL(row_security_sql(table, "false"), undo(table)) for table in PEOPLE),
        migrations.RunSQL(READ_ALONE, WRITE_AGAIN),
        migrations.RunSQL(STAGING, "DROP TABLE sync_stock_staging;"),
    ]
