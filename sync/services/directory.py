"""Who may act for whom, derived from the mirrored directory in a few statements, however many people there are.

A user is a person; the person's parent party, or a company that employs the person, is a company; a company with a
supplier record is a partner. What a person granted or took away in the portal is left alone.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from accounts.models import AuditEvent, Membership
from sync.models import Run

_PARTNERS = """
    INSERT INTO accounts_partner AS partner (id, party_id, name, number, is_active, created_at)
    SELECT gen_random_uuid(), company.id, company.name, coalesce(min(nullif(supplier.number, '')), ''), true, now()
    FROM sync_supplier supplier JOIN sync_company company ON company.id = supplier.party_id
    GROUP BY company.id, company.name
    ON CONFLICT (party_id) DO UPDATE SET name = EXCLUDED.name, number = EXCLUDED.number
    WHERE (partner.name, partner.number) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.number)
"""

_SUPPLIERS = """
    UPDATE sync_supplier supplier SET partner_id = partner.id
    FROM sync_supplier same LEFT JOIN accounts_partner partner ON partner.party_id = same.party_id
    WHERE same.id = supplier.id AND supplier.partner_id IS DISTINCT FROM partner.id
"""

# Table, whose partner it takes, and the join to there. Lines and deliveries come after their documents.
_FOLLOWERS = (
    ("sync_purchaseorder", "sync_supplier", "supplier_id = source.id"),
    ("sync_orderline", "sync_purchaseorder", "order_id = source.id"),
    ("sync_invoice", "sync_supplier", "supplier_id = source.id"),
    ("sync_invoiceline", "sync_invoice", "invoice_id = source.id"),
    ("sync_productsupply", "sync_supplier", "supplier_id = source.id"),
    ("sync_shipment", "sync_supplier", "supplier_id = source.id"),
    ("sync_shipmentline", "sync_shipment", "shipment_id = source.id"),
    ("sync_outboxentry", "sync_shipment", "shipment_id = source.id"),
    ("sync_paymentorder", "accounts_partner", "party_id = source.party_id"),
)

# Everybody who may act for somebody, by the directory.
_ENTITLED = """
    SELECT DISTINCT login.id AS erp_user_id, supplier.partner_id
    FROM sync_directoryuser login
    JOIN sync_person person ON person.id = login.person_id
    JOIN (
        SELECT id AS person_id, parent_party_id AS company_id FROM sync_person
        UNION ALL
        SELECT person_id, company_id FROM sync_employment
        WHERE is_active AND coalesce(starts_on <= current_date, true) AND coalesce(ends_on >= current_date, true)
    ) work ON work.person_id = person.id
    JOIN sync_supplier supplier ON supplier.party_id = work.company_id
    WHERE login.is_active AND supplier.is_active AND supplier.partner_id IS NOT NULL
"""

_GRANT = f"""
    INSERT INTO accounts_membership AS membership
        (partner_id, erp_user_id, role, source, is_active, created_at, updated_at)
    SELECT entitled.partner_id, entitled.erp_user_id, %(role)s, %(directory)s, true, now(), now()
    FROM ({_ENTITLED}) entitled
    ON CONFLICT (partner_id, erp_user_id) DO UPDATE SET is_active = true, updated_at = now()
    WHERE membership.source = %(directory)s AND NOT membership.is_active
    RETURNING partner_id, erp_user_id
"""

_WITHDRAW = f"""
    UPDATE accounts_membership membership SET is_active = false, updated_at = now()
    WHERE membership.source = %(directory)s AND membership.is_active AND NOT EXISTS (
        SELECT FROM ({_ENTITLED}) entitled
        WHERE entitled.partner_id = membership.partner_id AND entitled.erp_user_id = membership.erp_user_id
    )
    RETURNING partner_id, erp_user_id
"""


@transaction.atomic
def derive_partners_and_memberships(run: Run | None = None) -> None:
    """Bring partners, the owners of mirrored rows and memberships in line with the mirrored directory.

    Owners are looked at where a supplier changed hands, and in a full run everywhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PARTNERS)
        new_partners = cursor.rowcount
        cursor.execute(_SUPPLIERS)
        if cursor.rowcount or new_partners or (run is not None and run.mode == Run.Mode.FULL):
            for table, source, join in _FOLLOWERS:
                cursor.execute(_follow(table, source, join))
        who = {"role": settings.DEFAULT_PARTNER_ROLE, "directory": Membership.Source.DIRECTORY.value}
        cursor.execute(_GRANT, who)
        granted = cursor.fetchall()
        cursor.execute(_WITHDRAW, who)
        withdrawn = cursor.fetchall()
    _audit(granted, "granted_by_directory")
    _audit(withdrawn, "withdrawn_by_directory")


def _follow(table: str, source: str, join: str) -> str:
    partner = "source.id" if source == "accounts_partner" else "source.partner_id"
    return (
        f"UPDATE {table} follower SET partner_id = {partner} FROM {source} source"
        f" WHERE follower.{join} AND follower.partner_id IS DISTINCT FROM {partner}"
    )


def _audit(memberships: list[tuple[Any, ...]], what: str) -> None:
    for partner_id, erp_user_id in memberships:
        audit.record(
            AuditEvent.Kind.ROLE, partner_id=partner_id, reason=what, subject=f"ERP.net user {erp_user_id}"
        )
