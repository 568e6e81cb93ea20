"""Deciding about a conflict: what the decision was made against is what it replaces, and nothing newer."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from sync import selectors
from sync.models import OutboxEntry, Shipment
from sync.services.forms import ShipmentHeader
from sync.services.shipments import change_shipment
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db

State = OutboxEntry.State


@pytest.fixture
def shipment(mirrored: Erp, maria: Vendor) -> Shipment:
    """Changed by both sides, and refused."""
    made = maria.announce(maria.open_order(), notes="At first")
    mirrored.deliver()
    change_there(mirrored, made, Notes="Call before you come")
    maria.change(made, notes="Two pallets")
    mirrored.deliver()
    return made


def change_there(erp: Erp, shipment: Shipment, **values: Any) -> None:
    (document,) = erp.receiving_orders(shipment)
    erp.change(RECEIVING_ORDERS, document.id, **values)


def conflict_of(maria: Vendor, shipment: Shipment) -> selectors.Conflict:
    seen = maria.see(shipment)
    conflict = selectors.conflict_of(seen, selectors.delivery_of(seen))
    assert conflict is not None
    return conflict


def decide(maria: Vendor, shipment: Shipment, conflict: selectors.Conflict, side: str) -> None:
    header = ShipmentHeader(**{one.name: getattr(one, side) for one in conflict.fields})
    with maria.acting():
        change_shipment(
            maria.membership,
            user=maria.user,
            shipment=shipment,
            key=uuid.uuid4(),
            header=header,
            version=conflict.version,
        )


def latest() -> OutboxEntry:
    return OutboxEntry.objects.latest("pk")


def test_both_sides_are_there_to_decide_about(mirrored: Erp, maria: Vendor, shipment: Shipment) -> None:
    conflict = conflict_of(maria, shipment)
    (document,) = mirrored.receiving_orders(shipment)
    differing = [(one.name, one.mine, one.theirs, one.base) for one in conflict.fields if not one.is_agreed]
    assert differing == [("notes", "Two pallets", "Call before you come", "At first")]
    assert (conflict.version, conflict.quantities) == (document.object_version, [])


@pytest.mark.parametrize(("side", "notes"), [("mine", "Two pallets"), ("theirs", "Call before you come")])
def test_the_side_that_was_chosen_stands_in_erp_net(
    mirrored: Erp, maria: Vendor, shipment: Shipment, side: str, notes: str
) -> None:
    decide(maria, shipment, conflict_of(maria, shipment), side)
    mirrored.deliver()

    (document,) = mirrored.receiving_orders(shipment)
    assert (latest().state, document.notes, maria.see(shipment).notes) == (State.DONE, notes, notes)


def test_what_came_there_after_the_decision_was_shown_is_not_overwritten(
    mirrored: Erp, maria: Vendor, shipment: Shipment
) -> None:
    """Also where a pull has brought the newer version here meanwhile."""
    conflict = conflict_of(maria, shipment)
    change_there(mirrored, shipment, Notes="Call twice")
    mirrored.pull("receipts")
    decide(maria, shipment, conflict, "mine")
    mirrored.deliver()

    (document,) = mirrored.receiving_orders(shipment)
    assert (latest().state, document.notes) == (State.CONFLICT, "Call twice")
    decide(maria, shipment, conflict_of(maria, shipment), "mine")
    mirrored.deliver()
    (document,) = mirrored.receiving_orders(shipment)
    assert (latest().state, document.notes) == (State.DONE, "Two pallets")
