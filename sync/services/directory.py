"""The partners, derived from the mirrored directory, and whose each mirrored row is.

A company with a supplier record is a partner, and so is one to whose customer record somebody has external access:
other customers are nobody's concern here, and there can be many.
"""

from __future__ import annotations

from django.db import connection, transaction

from sync.models import Run
from sync.services.memberships import derive_memberships, end_sessions_of_closed_logins
from sync.streams.wishes import HAND_OVER

_PARTNERS = """
    INSERT INTO accounts_partner AS partner
        (id, party_id, name, number, is_vendor, is_customer, is_active, created_at)
    SELECT gen_random_uuid(), company.id, company.name, coalesce(min(vendor_number), min(customer_number), ''),
        bool_or(is_vendor), bool_or(is_customer), true, now()
    FROM (
        SELECT party_id, nullif(number, '') AS vendor_number, NULL AS customer_number,
            true AS is_vendor, false AS is_customer
        FROM sync_supplier
        UNION ALL
        SELECT party_id, NULL, nullif(number, ''), false, true FROM sync_customer customer
    ) record
    JOIN sync_company company ON company.id = record.party_id
    GROUP BY company.id, company.name
    HAVING bool_or(is_vendor)
        OR EXISTS (SELECT FROM accounts_partner known WHERE known.party_id = company.id)
        OR EXISTS (
            SELECT FROM sync_externalaccess access JOIN sync_customer customer ON customer.id = access.customer_id
            WHERE customer.party_id = company.id
        )
    ON CONFLICT (party_id) DO UPDATE SET name = EXCLUDED.name, number = EXCLUDED.number,
        is_vendor = EXCLUDED.is_vendor, is_customer = EXCLUDED.is_customer
    WHERE (partner.name, partner.number, partner.is_vendor, partner.is_customer)
        IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.number, EXCLUDED.is_vendor, EXCLUDED.is_customer)
"""

_SUPPLIERS = """
    UPDATE sync_supplier supplier SET partner_id = partner.id
    FROM sync_supplier same LEFT JOIN accounts_partner partner ON partner.party_id = same.party_id
    WHERE same.id = supplier.id AND supplier.partner_id IS DISTINCT FROM partner.id
"""

# Table, whose partner it takes, and the join to there. Lines come after their documents. A delivery stays with who
# saved it, and so does a shipment that is not in ERP.net yet: both are that partner's own words.
_FOLLOWERS = (
    ("sync_purchaseorder", "sync_supplier", "supplier_id = source.id"),
    ("sync_orderline", "sync_purchaseorder", "order_id = source.id"),
    ("sync_invoice", "sync_supplier", "supplier_id = source.id"),
    ("sync_invoiceline", "sync_invoice", "invoice_id = source.id"),
    ("sync_productsupply", "sync_supplier", "supplier_id = source.id"),
    ("sync_shipment", "sync_supplier", "erp_id IS NOT NULL AND follower.supplier_id = source.id"),
    ("sync_shipmentline", "sync_shipment", "shipment_id = source.id"),
    ("sync_paymentorder", "accounts_partner", "party_id = source.party_id"),
)


@transaction.atomic
def derive_partners_and_memberships(run: Run | None = None) -> None:
    """Bring partners, the owners of mirrored rows and memberships in line with the mirrored directory.

    Owners are looked at where a supplier changed hands, and everywhere in a run that looks at everything.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS)
        new_partners = cursor.rowcount
        cursor.execute(_SUPPLIERS)
        if cursor.rowcount or new_partners or (run is not None and run.mode != Run.Mode.INCREMENTAL):
            cursor.execute(HAND_OVER)
            for table, source, join in _FOLLOWERS:
                cursor.execute(_follow(table, source, join))
    derive_memberships()
    end_sessions_of_closed_logins()


def _follow(table: str, source: str, join: str) -> str:
    partner = "source.id" if source == "accounts_partner" else "source.partner_id"
    return (
        f"UPDATE {table} follower SET partner_id = {partner} FROM {source} source"
        f" WHERE follower.{join} AND follower.partner_id IS DISTINCT FROM {partner}"
    )
