"""What has to be true whatever broke: each form that was accepted is one document, and every state is true."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from tests.faults.instance import RECEIVING_ORDERS, Instance
from tests.faults.rig import Rig
from tests.faults.seller import Accepted, Seller

SHOWN = {"DONE": "In ERP.net", "REJECTED": "Refused", "CONFLICT": "Conflict", "DEAD": "Not sent"}
_STATES = """
    SELECT DISTINCT ON (shipment.id) shipment.id, shipment.partner_id, shipment.erp_id, shipment.number, entry.state,
        bool_or(entry.state = 'DONE') OVER (PARTITION BY shipment.id) AS arrived
    FROM sync_shipment shipment JOIN sync_outboxentry entry ON entry.shipment_id = shipment.id
    ORDER BY shipment.id, entry.id DESC
"""


class Wellness:
    """Compares what vendors were told with ERP.net and the database. Pages are looked at once for each state."""

    def __init__(self, rig: Rig, instance: Instance, sellers: Sequence[Seller]) -> None:
        self._rig = rig
        self._instance = instance
        self._sellers = sellers
        self._seen: set[tuple[uuid.UUID, str]] = set()

    def all_is_well(self) -> None:
        documents = {uuid.UUID(one["ExternalId"]): one for one in self._instance.documents()}
        counts = Counter(one["ExternalId"] for one in self._instance.documents())
        assert set(counts.values()) <= {1}, f"documents that stand in ERP.net twice: {counts}"
        shipments = {row["id"]: row for row in self._rig.books.rows(_STATES)}
        accepted = {key: (seller, form) for seller in self._sellers for key, form in seller.accepted.items()}
        assert shipments.keys() == accepted.keys(), "shipments nobody was told of, or forms that were lost"
        assert documents.keys() <= accepted.keys(), "documents that no form asked for"
        for key, (seller, form) in accepted.items():
            self._judge(shipments[key], documents.get(key), seller, form)

    def _judge(
        self, shipment: dict[str, Any], document: dict[str, Any] | None, seller: Seller, form: Accepted
    ) -> None:
        state = shipment["state"]
        assert state in SHOWN, f"{form.shipment} is {state} for ever"
        assert shipment["partner_id"] == seller.partner
        if shipment["arrived"]:
            assert document is not None, f"{form.shipment} is said to be in ERP.net"
            assert (str(shipment["erp_id"]), shipment["number"]) == (document["Id"], document["DocumentNo"])
        if state == "REJECTED" and not shipment["arrived"]:
            assert document is None, f"{form.shipment} is said to be refused, and stands in ERP.net"
        if document is not None:
            assert document["EntitySet"] == RECEIVING_ORDERS
            assert self._partner_of(document) == seller.partner, "a document of another partner"
        if state == "DONE":
            assert document is not None
            assert _said(document) == (form.header, _decimals(form.quantities))
        if (form.shipment, state) not in self._seen:
            self._look(form.shipment, state, seller)

    def _partner_of(self, document: dict[str, Any]) -> uuid.UUID:
        supplier = document["Supplier"]["@odata.id"].partition("(")[2].rstrip(")")
        partner: uuid.UUID = self._rig.books.value(
            "SELECT partner_id FROM sync_supplier WHERE id = %s", supplier
        )
        return partner

    def _look(self, shipment: uuid.UUID, state: str, owner: Seller) -> None:
        """The owner's page says how it stands, and for anybody else there is no such page."""
        page = owner.see(shipment)
        assert page.status_code == 200
        assert SHOWN[state] in page.text, f"the page of {shipment} does not say {SHOWN[state]}"
        others = [seller for seller in self._sellers if seller is not owner]
        assert [other.see(shipment).status_code for other in others] == [404] * len(others)
        self._seen.add((shipment, state))


def _said(document: dict[str, Any]) -> tuple[dict[str, str], list[Decimal]]:
    ours = json.loads(document["AdditionalDataJson"])["partner-portal"]
    header = {
        "delivery_note_number": document.get("ReferenceDocumentNo", ""),
        "tracking_number": ours["trackingNumber"],
        "notes": document.get("Notes", ""),
    }
    return header, _decimals(line["Quantity"]["Value"] for line in document["Lines"])


def _decimals(texts: Iterable[str]) -> list[Decimal]:
    return sorted(Decimal(text) for text in texts)
