"""What a partner should know at first sight."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Membership
from sync.models import OrderLine, Shipment
from sync.models.base import DocumentState
from sync.selectors.invoices import Payment, visible_invoices, with_payment
from sync.selectors.orders import late_lines, visible_orders
from sync.selectors.quantities import latest_state, open_line_count
from sync.selectors.shipments import STUCK, UNDER_WAY
from sync.selectors.stock import supplies_for


@dataclass(frozen=True, slots=True)
class Dashboard:
    open_orders: int
    """Released orders against which something can still be announced."""
    late_lines: int
    """Lines of such orders that are open past their delivery date."""
    shipments_under_way: int
    shipments_stuck: int
    """Shipments whose last delivery needs a person."""
    invoices_due: int
    invoices_overdue: int
    products_supplied: int


def dashboard_for(membership: Membership) -> Dashboard:
    """The counts of the partner's first page, in five queries."""
    shipments = _shipments(membership)
    invoices = with_payment(visible_invoices(membership)).aggregate(
        due=Count("pk", filter=Q(payment=Payment.DUE)), overdue=Count("pk", filter=Q(payment=Payment.OVERDUE))
    )
    return Dashboard(
        open_orders=_open_orders(membership),
        late_lines=_late_lines(membership),
        shipments_under_way=shipments["under_way"],
        shipments_stuck=shipments["stuck"],
        invoices_due=invoices["due"],
        invoices_overdue=invoices["overdue"],
        products_supplied=supplies_for(membership).values("product").distinct().count(),
    )


def _open_orders(membership: Membership) -> int:
    orders = visible_orders(membership).filter(state=DocumentState.RELEASED, is_void=False)
    return orders.annotate(open_lines=open_line_count()).filter(open_lines__gt=0).count()


def _late_lines(membership: Membership) -> int:
    lines = late_lines(OrderLine.objects.for_membership(membership))
    return lines.filter(order__state=DocumentState.RELEASED, order__is_void=False).count()


def _shipments(membership: Membership) -> dict[str, int]:
    shipments = Shipment.objects.for_membership(membership).annotate(delivery_state=latest_state("pk"))
    counts: dict[str, int] = shipments.aggregate(
        under_way=Count("pk", filter=UNDER_WAY),
        stuck=Count("pk", filter=STUCK),
    )
    return counts
