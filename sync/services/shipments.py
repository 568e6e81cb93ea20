"""Announcing and changing shipments: the business rows and the outbox entry, in one transaction.

Callers act for the partner (`accounts.tenancy.acting_for`), so the database refuses whatever is not that partner's. The
order's row is locked first: two tabs that announce against one order go one after the other and see each other's
quantities.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import AuditEvent, Membership, User
from sync.exceptions import (
    FormAlreadyUsed,
    OrderNotOpen,
    ShipmentChanged,
    ShipmentLocked,
)
from sync.models import OutboxEntry, PurchaseOrder, Shipment
from sync.selectors.orders import can_ship_against, order_lines_for, visible_orders
from sync.selectors.shipments import is_locked
from sync.services.contents import refuse, replace_lines, save_change, write_header
from sync.services.entries import enqueue
from sync.services.forms import LineQuantity, ShipmentHeader, content_of, fingerprint
from sync.services.rules import header_problems, line_problems, meanwhile_problems


@transaction.atomic
def announce_shipment(
    membership: Membership,
    *,
    user: User,
    order: PurchaseOrder,
    key: uuid.UUID,
    header: ShipmentHeader,
    lines: Sequence[LineQuantity],
) -> Shipment:
    """Save a shipment against open lines of `order` and put it into the outbox.

    `key` is the form's own: the same form again answers with the shipment that it made.
    Raises ShipmentInvalid, OrderNotOpen, FormAlreadyUsed, and `PurchaseOrder.DoesNotExist` for a foreign order.
    """
    locked = _locked_order(membership, order.pk)
    form = fingerprint(header, lines)
    entries = OutboxEntry.objects.for_membership(membership).select_related("shipment")
    if earlier := entries.filter(idempotency_key=key).first():
        return _answer_again(earlier, key, form)
    if not can_ship_against(locked):
        raise OrderNotOpen
    order_lines = _order_lines(membership, locked.pk)
    refuse(header_problems(header) + line_problems(lines, order_lines))
    shipment = Shipment(
        partner_id=membership.partner_id, order=locked, supplier_id=locked.supplier_id, created_by=user
    )
    write_header(shipment, header)
    replace_lines(shipment, lines, order_lines)
    enqueue(shipment, OutboxEntry.Kind.ANNOUNCE, user=user, key=key, form=form)
    _audit(user, shipment, "announce")
    return shipment


@transaction.atomic
def change_shipment(
    membership: Membership,
    *,
    user: User,
    shipment: Shipment,
    key: uuid.UUID,
    header: ShipmentHeader,
    lines: Sequence[LineQuantity] | None = None,
    seen: str = "",
    version: int | None = None,
) -> Shipment:
    """Save a change and put it into the outbox; a change of something not sent yet joins the entry that waits.

    `lines` replaces the quantities, which is open until the shipment is on its way; None leaves them as they are.
    `seen` is the `content_of` the shipment for which the form was opened: what came after that is not overwritten.
    `version` is the one of ERP.net's side that was decided upon in a conflict: what came there after it is not either.
    Raises ShipmentInvalid, ShipmentChanged, ShipmentLocked, FormAlreadyUsed, and `Shipment.DoesNotExist` for a
    foreign shipment.
    """
    locked = _locked_shipment(membership, shipment.pk)
    form = fingerprint(header, lines)
    if earlier := locked.entries.filter(forms__has_key=str(key)).first():
        return _answer_again(earlier, key, form)
    if is_locked(locked):
        raise ShipmentLocked
    if seen and seen != content_of(locked):
        raise ShipmentChanged(meanwhile_problems(header, locked), content_of(locked))
    order_lines = _order_lines(membership, locked.order_id, apart_from=locked.pk)
    save_change(locked, header, lines, order_lines, user=user, key=key, version=version)
    _audit(user, locked, "change")
    return locked


def _locked_order(membership: Membership, order_id: uuid.UUID | None) -> PurchaseOrder:
    order: PurchaseOrder = visible_orders(membership).select_for_update().get(pk=order_id)
    return order


def _locked_shipment(membership: Membership, shipment_id: uuid.UUID) -> Shipment:
    """The order's row is locked before the shipment's, as it is in announcing."""
    shipments = Shipment.objects.for_membership(membership)
    order_id = shipments.values_list("order", flat=True).get(pk=shipment_id)
    if order_id is not None:
        _locked_order(membership, order_id)
    shipment: Shipment = shipments.select_for_update().get(pk=shipment_id)
    return shipment


def _order_lines(
    membership: Membership, order_id: Any, *, apart_from: uuid.UUID | None = None
) -> dict[uuid.UUID, Any]:
    return {line.pk: line for line in order_lines_for(membership, order_id, apart_from=apart_from)}


def _answer_again(earlier: OutboxEntry, key: uuid.UUID, form: str) -> Shipment:
    if earlier.forms.get(str(key)) != form:
        raise FormAlreadyUsed(earlier.shipment)
    return earlier.shipment


def _audit(user: User, shipment: Shipment, action: str) -> None:
    audit.record(
        AuditEvent.Kind.WRITE,
        user=user,
        partner_id=shipment.partner_id,
        subject=f"shipment {shipment.pk}",
        detail={"action": action},
    )
