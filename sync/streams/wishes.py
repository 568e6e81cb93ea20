"""What becomes of what partners entered in shipments when rows of ERP.net come in, or another partner takes over. SQL.

A former partner's wishes, and who entered them, are nobody else's business. It happens in two ways: the document gets
another supplier (`KEEP_WISHES` and `FORGET_WHO`, over staged rows), or its supplier another company (`HAND_OVER`).
"""

from __future__ import annotations

# A receiving order that the portal asked for is the shipment that it came from; any other keeps its own id.
FIND_SHIPMENTS = """
    UPDATE stage_sync_shipment staged SET id = shipment.id FROM sync_shipment shipment
    WHERE shipment.erp_id = staged.erp_id
       OR shipment.id = staged.portal_id AND shipment.erp_id IS NULL AND shipment.supplier_id = staged.supplier_id
"""
# Whoever is just saving one is waited for: what she enters is read after that, and not taken back.
LOCK_SHIPMENTS = """
    SELECT FROM sync_shipment shipment WHERE shipment.id IN (SELECT staged.id FROM stage_sync_shipment staged)
    ORDER BY shipment.id FOR UPDATE
"""
# What a partner entered stands until ERP.net has taken it, or until the warehouse or another partner has taken over the
# document.
KEEP_WISHES = """
    UPDATE stage_sync_shipment staged SET
        planned_delivery_date = shipment.planned_delivery_date,
        delivery_note_number = shipment.delivery_note_number,
        carrier = shipment.carrier,
        tracking_number = shipment.tracking_number,
        notes = shipment.notes
    FROM sync_shipment shipment
    WHERE shipment.id = staged.id AND NOT staged.is_void
      AND staged.state NOT IN ('Released', 'Completed', 'Closed')
      AND (SELECT entry.state FROM sync_outboxentry entry
           JOIN sync_supplier supplier ON supplier.id = staged.supplier_id
           WHERE entry.shipment_id = shipment.id AND entry.dropped_at IS NULL
             AND entry.partner_id = supplier.partner_id
           ORDER BY entry.id DESC LIMIT 1) <> 'DONE'
"""
# Who announced it is no other partner's business.
FORGET_WHO = """
    UPDATE sync_shipment shipment SET created_by_id = NULL
    FROM stage_sync_shipment staged JOIN sync_supplier supplier ON supplier.id = staged.supplier_id
    WHERE shipment.id = staged.id AND shipment.created_by_id IS NOT NULL
      AND shipment.partner_id IS DISTINCT FROM supplier.partner_id
"""
# Before a shipment changes hands with its supplier: what its partner wanted and ERP.net never took is no word for
# another one, nor is who announced it. No row of ERP.net came for it, so it says what ERP.net was known to have.
HAND_OVER = """
    UPDATE sync_shipment shipment SET
        created_by_id = NULL,
        planned_delivery_date = CASE WHEN known IS NULL THEN shipment.planned_delivery_date
            ELSE (known ->> 'planned_delivery_date')::date END,
        delivery_note_number = coalesce(known ->> 'delivery_note_number', shipment.delivery_note_number),
        carrier = coalesce(known ->> 'carrier', shipment.carrier),
        tracking_number = coalesce(known ->> 'tracking_number', shipment.tracking_number),
        notes = coalesce(known ->> 'notes', shipment.notes)
    FROM (
        SELECT moved.id, (
            SELECT CASE WHEN entry.state <> 'DONE' THEN coalesce(entry.theirs, entry.base) -> 'header' END
            FROM sync_outboxentry entry WHERE entry.shipment_id = moved.id AND entry.dropped_at IS NULL
            ORDER BY entry.id DESC LIMIT 1
        ) AS known
        FROM sync_shipment moved JOIN sync_supplier supplier ON supplier.id = moved.supplier_id
        WHERE moved.erp_id IS NOT NULL AND moved.partner_id IS DISTINCT FROM supplier.partner_id
    ) moving
    WHERE moving.id = shipment.id
"""
