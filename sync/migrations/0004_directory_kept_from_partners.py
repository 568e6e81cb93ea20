"""Companies and suppliers are nobody's business but that of staff and of the workers, and policies ask once a query.

A policy whose setting stands in a sub-select is worked out once for a query rather than for each row.
"""

from django.db import migrations

from accounts.tenancy import ACTING_PARTNER, STAFF, no_row_security_sql, row_security_sql

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


def ask_once(table: str) -> str:
    owned = f"partner_id = {ACTING_PARTNER}"
    return f"""
        ALTER POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        ALTER POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
    """


class Migration(migrations.Migration):
    dependencies = [("sync", "0003_customers"), ("accounts", "0004_row_security")]

    operations = [
        *(migrations.RunSQL(ask_once(table), migrations.RunSQL.noop) for table in PARTNER_OWNED),
        migrations.RunSQL(row_security_sql("sync_company", "false"), no_row_security_sql("sync_company")),
        migrations.RunSQL(row_security_sql("sync_supplier"), no_row_security_sql("sync_supplier")),
    ]
