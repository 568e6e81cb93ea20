"""Every policy asks its setting in a sub-select, which is worked out once for a query rather than for each row.

Databases that are older than that form had it for the partners' rows alone; one made since has it here already, but
for balances. What the policies let through stays as it was.
"""

from django.db import migrations

PARTNER = "(SELECT nullif(current_setting('portal.partner_id', true), '')::uuid)"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"

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
NO_PARTNERS = (
    "sync_person",
    "sync_employment",
    "sync_directoryuser",
    "sync_customer",
    "sync_externalaccess",
)

SUPPLIED = f"""EXISTS (
    SELECT FROM sync_productsupply supply
    WHERE supply.product_id = sync_stockbalance.product_id
      AND supply.partner_id = {PARTNER}
      AND supply.is_active
      AND coalesce(supply.starts_on <= current_date, true)
      AND coalesce(supply.ends_on >= current_date, true)
      AND coalesce(supply.enterprise_company_id = sync_stockbalance.enterprise_company_id, true)
)"""


def ask_once(table: str, owned: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        ALTER POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        ALTER POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        """,
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [("sync", "0004_directory_kept_from_partners")]

    operations = [
        *(ask_once(table, f"partner_id = {PARTNER}") for table in PARTNER_OWNED),
        *(ask_once(table, "false") for table in NO_PARTNERS),
        ask_once("sync_stockbalance", SUPPLIED),
    ]
