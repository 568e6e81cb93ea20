"""A partner's purchase orders, once they are released: drafts are the buyer's own business."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Membership
from sync.models import OrderLine, PurchaseOrder
from sync.models.base import RELEASED_OR_LATER, DocumentState, earliest_day
from sync.selectors.paging import Page, newest_first, parse_date, soonest_first
from sync.selectors.quantities import open_line_count, received_line_count, with_quantities


def orders_for(membership: Membership, *, search: str = "", state: str = "", after: str = "") -> Page:
    """Orders, newest first, with `line_count`, `open_line_count` and `received_line_count`.

    `state` is a document state, "open" for those against which something can still be announced, or "late" for those
    of them with a line that is open past its date. These two come with `due_on`, the one that is due first at the top.
    """
    orders = _with_line_counts(visible_orders(membership))
    if search:
        orders = orders.filter(
            Q(number__icontains=search) | Exists(_lines().filter(product__part_number__icontains=search))
        )
    orders = orders.select_related("enterprise_company", "store")
    if state == "late":
        orders = orders.filter(Exists(late_lines(_lines())))
    if state in {"open", "late"}:
        return soonest_first(_with_due_date(_open(orders)), "due_rank", after, parse_date)
    if state:
        orders = orders.filter(state=state)
    return newest_first(orders, "document_date", after, parse_date)


def most_urgent_orders_for(membership: Membership, *, limit: int) -> list[Any]:
    """Orders against which something can still be announced, the one that is due first at the top."""
    return orders_for(membership, state="open").rows[:limit]


def order_for(membership: Membership, order_id: uuid.UUID) -> PurchaseOrder:
    """One order. Absent and not yours are the same `PurchaseOrder.DoesNotExist`."""
    order: PurchaseOrder = (
        visible_orders(membership).select_related("enterprise_company", "store").get(pk=order_id)
    )
    return order


def order_lines_for(
    membership: Membership, order_id: uuid.UUID, *, apart_from: uuid.UUID | None = None
) -> list[Any]:
    """The lines of an order with `announced`, `received` and `open`.

    `apart_from` is a shipment that is being corrected: its own lines do not count.
    """
    lines = OrderLine.objects.for_membership(membership).filter(order=order_id).select_related("product")
    return list(with_quantities(lines, apart_from=apart_from).order_by("line_no", "pk"))


def open_lines_for(membership: Membership, order_id: uuid.UUID) -> list[Any]:
    """The lines against which something can still be announced; none if the order takes no shipments."""
    order = order_for(membership, order_id)
    return (
        [line for line in order_lines_for(membership, order_id) if line.open > 0]
        if can_ship_against(order)
        else []
    )


def can_ship_against(order: PurchaseOrder) -> bool:
    return order.state == DocumentState.RELEASED and not order.is_void


def visible_orders(membership: Membership) -> QuerySet[Any]:
    return PurchaseOrder.objects.for_membership(membership).filter(state__in=RELEASED_OR_LATER)


def with_order_in_sight(documents: QuerySet[Any], membership: Membership) -> QuerySet[Any]:
    """Adds `order_in_sight`: the order of a shipment or an invoice, None where the person would not find it as such.

    What a page says of the order, and a search looks for in it, goes by this: the document may be newer than what she
    sees, and its order older.
    """
    seen = Q(order__partner=membership.partner_id, order__state__in=RELEASED_OR_LATER)
    if earliest := earliest_day(membership):
        seen &= Q(order__document_date__gte=earliest)
    order = FilteredRelation("order", condition=seen)
    return documents.annotate(order_in_sight=order).select_related("order_in_sight")


def _with_line_counts(orders: QuerySet[Any]) -> QuerySet[Any]:
    return orders.annotate(
        line_count=_line_count(), open_line_count=open_line_count(), received_line_count=received_line_count()
    )


def _open(orders: QuerySet[Any]) -> QuerySet[Any]:
    return orders.filter(state=DocumentState.RELEASED, is_void=False, open_line_count__gt=0)


def late_lines(lines: QuerySet[Any]) -> QuerySet[Any]:
    """Those of these order lines that are open past their delivery date."""
    late = lines.filter(planned_delivery_date__lt=timezone.localdate())
    return with_quantities(late).filter(open__gt=0).order_by()


def _with_due_date(orders: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `due_on`: the first date of a line that is still open, else the order's own; `due_rank` is never empty."""
    first = (
        with_quantities(_lines())
        .filter(open__gt=0)
        .values("order")
        .annotate(first=Min("planned_delivery_date"))
        .values("first")
    )
    due_on = Coalesce(Subquery(first), F("planned_delivery_date"))
    return orders.annotate(due_on=due_on).annotate(due_rank=Coalesce(F("due_on"), Value(date.max)))


def _line_count() -> Coalesce:
    return Coalesce(Subquery(_lines().values("order").annotate(count=Count("pk")).values("count")), 0)


def _lines() -> QuerySet[Any]:
    return OrderLine.objects.filter(order=OuterRef("pk"), partner=OuterRef("partner")).order_by()
