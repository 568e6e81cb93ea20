"""A partner's shipments, and how far each has come on its way into ERP.net."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Membership
from sync.models import OutboxEntry, Shipment
from sync.models.base import RELEASED_OR_LATER
from sync.selectors.orders import with_order_in_sight
from sync.selectors.paging import Page, newest_first, parse_moment
from sync.selectors.quantities import latest_state

# A refusal matters until the warehouse takes over.
STUCK = Q(delivery_state__in=OutboxEntry.STUCK, is_void=False) & ~Q(state__in=RELEASED_OR_LATER)
# What ERP.net has never taken is on no way.
UNDER_WAY = (
    Q(is_void=False)
    & ~Q(state__in=RELEASED_OR_LATER)
    & (Q(erp_id__isnull=False) | Q(delivery_state__in=OutboxEntry.OPEN))
)


def shipments_for(membership: Membership, *, search: str = "", state: str = "", after: str = "") -> Page:
    """Shipments, newest first, with `order_in_sight`, and `delivery_state`: the state of the latest outbox entry, None
    if there was none.

    `state` is "announced", "received", "void" or "stuck"; anything else shows all.
    """
    shipments = _shipments(membership).filter(_in_state(state))
    if search:
        shipments = shipments.filter(
            Q(number__icontains=search)
            | Q(order_in_sight__number__icontains=search)
            | Q(delivery_note_number__icontains=search)
            | Q(tracking_number__icontains=search)
        )
    return newest_first(shipments, "created_at", after, parse_moment)


def shipment_for(membership: Membership, shipment_id: uuid.UUID) -> Shipment:
    """One shipment, as in the list. Absent and not yours are the same `Shipment.DoesNotExist`."""
    shipment: Shipment = _shipments(membership).select_related("created_by").get(pk=shipment_id)
    return shipment


def shipment_lines_for(membership: Membership, shipment_id: uuid.UUID) -> list[Any]:
    """What is in a shipment, with the product and the order line of each."""
    shipment = Shipment.objects.for_membership(membership).get(pk=shipment_id)
    return list(shipment.lines.select_related("product", "order_line").order_by("line_no", "pk"))


def shipments_of_order_for(membership: Membership, order_id: uuid.UUID) -> list[Any]:
    """All shipments against one order, newest first, as in the list."""
    return list(_shipments(membership).filter(order=order_id).order_by("-created_at", "-pk"))


def delivery_of(shipment: Shipment) -> OutboxEntry | None:
    """The latest delivery of a shipment that staff have not dropped, None where there is none."""
    entry: OutboxEntry | None = OutboxEntry.objects.filter(
        shipment=shipment, partner=shipment.partner_id, dropped_at=None
    ).first()
    return entry


def is_locked(shipment: Shipment) -> bool:
    """Whether a partner only reads: the warehouse has taken over, or there is no order to hold it against."""
    return shipment.is_void or shipment.state in RELEASED_OR_LATER or shipment.order_id is None


def lines_can_change(shipment: Shipment) -> bool:
    """Quantities are open to correction until the shipment stands in ERP.net."""
    return shipment.erp_id is None and not is_locked(shipment)


def _shipments(membership: Membership) -> QuerySet[Any]:
    """What other applications keep in the document is no page's business."""
    shipments = Shipment.objects.for_membership(membership).defer("additional_data_json")
    return with_order_in_sight(shipments.annotate(delivery_state=latest_state("pk")), membership)


def _in_state(state: str) -> Q:
    received = Q(state__in=RELEASED_OR_LATER, is_void=False)
    return {
        "announced": UNDER_WAY,
        "received": received,
        "void": Q(is_void=True),
        "stuck": STUCK,
    }.get(state, Q())
