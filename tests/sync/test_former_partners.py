"""A document that has become another partner's: what was saved before stays with who saved it, unsent and unseen."""

from __future__ import annotations

from typing import Any

import pytest

from erpnet import Reference, entities
from sync import selectors
from sync.models import OutboxEntry, PurchaseOrder, Shipment
from sync.services.deliveries import drop_delivery
from sync.services.refresh import refresh_document
from tests.conftest import PortalClient
from tests.deliveries import State
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, only_entry

pytestmark = pytest.mark.django_db

SUPPLIERS = entities.Supplier.ENTITY_SET
ORDERS = entities.PurchaseOrder.ENTITY_SET


def supplier_changes_hands(erp: Erp, order: PurchaseOrder, to: Vendor) -> None:
    """The supplier's record is another company's by now, with all its documents."""
    party = {"@odata.id": f"General_Contacts_Companies({to.partner.party_id})"}
    assert order.supplier_id is not None
    erp.change(SUPPLIERS, order.supplier_id, Party=party)
    erp.pull("directory")


def order_goes_to_another_supplier(erp: Erp, order: PurchaseOrder, to: Vendor) -> None:
    """With what is to be received for it."""
    supplier = f"{SUPPLIERS}({to.open_order().supplier_id})"
    erp.administer(Reference(ORDERS, order.pk), Supplier=supplier)
    for shipment in Shipment.objects.filter(order=order).exclude(erp_id=None):
        assert shipment.erp_id is not None
        erp.administer(Reference(RECEIVING_ORDERS, shipment.erp_id), Supplier=supplier)
    erp.pull("orders", "receipts")


MOVES = [supplier_changes_hands, order_goes_to_another_supplier]


@pytest.fixture(params=MOVES, ids=lambda move: move.__name__)
def move(request: pytest.FixtureRequest) -> Any:
    return request.param


def knows(vendor: Vendor, shipment: Shipment) -> tuple[bool, bool]:
    """Whether the database shows the shipment, and deliveries, to those who act for that partner."""
    with vendor.acting():
        return Shipment.objects.filter(pk=shipment.pk).exists(), OutboxEntry.objects.exists()


def test_an_announcement_stays_with_who_saved_it_and_is_not_sent(
    mirrored: Erp, maria: Vendor, john: Vendor, client: PortalClient, move: Any
) -> None:
    order = maria.open_order()
    shipment = maria.announce(order, notes="Maria's own words")
    move(mirrored, order, john)
    mirrored.deliver()

    order.refresh_from_db()
    entry = only_entry(shipment)
    assert (order.partner, entry.partner, maria.see(shipment).pk) == (
        john.partner,
        maria.partner,
        shipment.pk,
    )
    assert (entry.state, entry.theirs) == (State.REJECTED, None)
    assert mirrored.receiving_orders(shipment) == []
    assert knows(john, shipment) == (False, False)
    client.force_login(maria.user)
    page = client.get(f"/shipments/{shipment.pk}/")
    assert b"no longer one of this partner" in page.content


def test_a_change_is_not_sent_and_neither_partner_sees_the_others_words(
    mirrored: Erp, maria: Vendor, john: Vendor, move: Any
) -> None:
    order = maria.open_order()
    shipment = maria.announce(order, notes="At first")
    mirrored.deliver()
    maria.change(shipment, notes="Maria's own words")
    move(mirrored, order, john)
    (before,) = mirrored.receiving_orders(shipment)
    mirrored.deliver()

    entry = OutboxEntry.objects.latest("pk")
    assert (entry.partner, entry.state, entry.theirs) == (maria.partner, State.REJECTED, None)
    assert mirrored.receiving_orders(shipment) == [before]
    theirs = john.see(shipment)
    assert (theirs.notes, theirs.created_by) == ("At first", None)
    assert selectors.delivery_of(theirs) is None
    assert knows(john, shipment) == (True, False)
    assert knows(maria, shipment) == (False, True)


def test_a_decision_that_was_left_open_tells_nothing_of_what_came_after(
    mirrored: Erp, maria: Vendor, john: Vendor, move: Any
) -> None:
    order = maria.open_order()
    shipment = maria.announce(order, notes="At first")
    mirrored.deliver()
    (document,) = mirrored.receiving_orders(shipment)
    mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call before you come")
    maria.change(shipment, notes="Maria's own words")
    mirrored.deliver()
    move(mirrored, order, john)
    assert john.see(shipment).notes == "Call before you come"
    mirrored.change(RECEIVING_ORDERS, document.id, Notes="For John alone")
    refresh_document("shipment", shipment.pk, mirrored.api)

    entry = OutboxEntry.objects.latest("pk")
    assert entry.theirs["header"]["notes"] == "Call before you come"
    drop_delivery(entry, user=maria.user, reason="It is another supplier's by now.")
    assert john.see(shipment).notes == "For John alone"


def test_the_new_partner_goes_on_from_what_erp_net_has(
    mirrored: Erp, maria: Vendor, john: Vendor, move: Any
) -> None:
    order = maria.open_order()
    shipment = maria.announce(order, notes="At first")
    mirrored.deliver()
    maria.change(shipment, notes="Maria's own words")
    move(mirrored, order, john)
    john.change(john.see(shipment), notes="John's")
    mirrored.deliver()

    mine, his = OutboxEntry.objects.filter(shipment=shipment).order_by("pk")[1:]
    assert (mine.partner, mine.state) == (maria.partner, State.REJECTED)
    assert (his.partner, his.state) == (john.partner, State.DONE)
    assert his.base["header"]["notes"] == "At first"
    assert mirrored.receiving_orders(shipment)[0].notes == "John's"
