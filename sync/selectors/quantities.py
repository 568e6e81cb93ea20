"""What of an order line is announced, received and still open.

A shipment line counts as received once its receiving order is released, and as announced before that. It counts as
neither while its shipment is void, or is one that never came to be in ERP.net because its last delivery was refused.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from sync.models import OrderLine, OutboxEntry, ShipmentLine
from sync.models.base import RELEASED_OR_LATER

_QUANTITY: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=3)
_ZERO = Value(Decimal(0), output_field=_QUANTITY)

RECEIVED = Q(shipment__state__in=RELEASED_OR_LATER)
NEVER_CAME_TO_BE = Q(
    shipment__erp_id=None, latest_state__in=[OutboxEntry.State.REJECTED, OutboxEntry.State.DEAD]
)


def with_quantities(lines: QuerySet[Any], *, apart_from: uuid.UUID | None = None) -> QuerySet[Any]:
    """Order lines with `announced`, `received` and `open`, as if the shipment `apart_from` did not exist."""
    counting = _counting_lines(apart_from)
    return lines.annotate(
        announced=_total(counting.exclude(RECEIVED)),
        received=_total(counting.filter(RECEIVED)),
    ).annotate(open=Greatest(F("quantity") - F("announced") - F("received"), _ZERO))


def open_line_count() -> Coalesce:
    """How many lines of an outer order are still open."""
    return _line_count(Q(open__gt=0))


def received_line_count() -> Coalesce:
    """How many lines of an outer order are received in full."""
    return _line_count(Q(received__gte=F("quantity")))


def _line_count(condition: Q) -> Coalesce:
    lines = with_quantities(OrderLine.objects.filter(order=OuterRef("pk"))).filter(condition)
    return Coalesce(Subquery(lines.order_by().values("order").annotate(count=Count("pk")).values("count")), 0)


def latest_state(shipment: str) -> Subquery:
    """The state of the latest delivery of an outer row's shipment that staff have not dropped.

    `shipment` is the way there from that row.
    """
    entries = OutboxEntry.objects.filter(shipment=OuterRef(shipment), dropped_at=None).order_by("-pk")
    return Subquery(entries.values("state")[:1])


def _counting_lines(apart_from: uuid.UUID | None) -> QuerySet[Any]:
    lines = ShipmentLine.objects.filter(
        order_line=OuterRef("pk"), partner=OuterRef("partner"), shipment__is_void=False
    )
    if apart_from is not None:
        lines = lines.exclude(shipment=apart_from)
    state = Coalesce(latest_state("shipment"), Value(""))
    return lines.annotate(latest_state=state).exclude(NEVER_CAME_TO_BE).order_by()


def _total(lines: QuerySet[Any]) -> Coalesce:
    totals = lines.values("order_line").annotate(total=Sum("quantity")).values("total")
    return Coalesce(Subquery(totals, output_field=_QUANTITY), _ZERO)
