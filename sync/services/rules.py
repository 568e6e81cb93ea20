"""What a shipment form must satisfy. Rules collect problems instead of stopping at the first one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.exceptions import Problem
from sync.models import Shipment
from sync.services.forms import HEADER_FIELDS, HEADER_LIMITS, LENIENT, LineQuantity, ShipmentHeader

LARGEST_QUANTITY = Decimal(10) ** 15
SMALLEST_STEP = Decimal("0.001")


def header_problems(header: ShipmentHeader, *good_dates: date | None) -> list[Problem]:
    """A date that was good when it was saved stays good: only a newly chosen one may not lie in the past."""
    problems = [problem for name in HEADER_LIMITS if (problem := _too_long(name, getattr(header, name)))]
    chosen = header.planned_delivery_date
    if chosen is None:
        text = _("Enter the day on which the goods will arrive.")
        problems.append(Problem("date_missing", "planned_delivery_date", text))
    elif chosen < timezone.localdate() and chosen not in good_dates:
        problems.append(
            Problem("date_in_past", "planned_delivery_date", _("The delivery date is in the past."))
        )
    return problems


def meanwhile_problems(header: ShipmentHeader, now: Shipment) -> list[Problem]:
    """What a shipment says by now, beside each field in which the form says something else."""
    text = _(
        "This shipment was changed after you opened it. If you save again, your entries replace what it says."
    )
    problems = [Problem("changed_meanwhile", "", text)]
    for name in HEADER_FIELDS:
        value = getattr(now, name)
        if value != getattr(header, name):
            text = _("By now it says: %(value)s") % {"value": localize(value) or "–"}
            problems.append(Problem("changed_meanwhile", name, text))
    return problems


def line_problems(quantities: Sequence[LineQuantity], order_lines: dict[uuid.UUID, Any]) -> list[Problem]:
    """`order_lines` are the lines of the order by id, with what is `open` of each, read under the lock on the order."""
    if not quantities:
        return [Problem("nothing_to_ship", "lines", _("Enter a quantity for at least one line."))]
    problems = (_quantity_problem(line, order_lines.get(line.order_line_id)) for line in _summed(quantities))
    return [problem for problem in problems if problem]


def _summed(quantities: Sequence[LineQuantity]) -> list[LineQuantity]:
    totals: dict[uuid.UUID, Decimal] = {}
    for line in quantities:
        before = totals.get(line.order_line_id, Decimal(0))
        totals[line.order_line_id] = LENIENT.add(before, line.quantity)
    return [LineQuantity(line_id, total) for line_id, total in totals.items()]


def _quantity_problem(line: LineQuantity, order_line: Any) -> Problem | None:
    if order_line is None:
        text = _("This line does not belong to the order.")
        return Problem("line_not_of_order", "lines", text, line.order_line_id)
    if not _is_quantity(line.quantity):
        text = _("Enter a quantity above zero with at most three decimals, or leave the line empty.")
        return Problem("not_a_quantity", "lines", text, line.order_line_id)
    if line.quantity > order_line.open:
        amount = f"{order_line.open.normalize():f} {order_line.unit}".strip()
        text = _("Only %(amount)s of this line are still open.") % {"amount": amount}
        return Problem("beyond_open", "lines", text, line.order_line_id)
    return None


def _is_quantity(quantity: Decimal) -> bool:
    return quantity.is_finite() and 0 < quantity < LARGEST_QUANTITY and quantity % SMALLEST_STEP == 0


def _too_long(name: str, value: str) -> Problem | None:
    limit = HEADER_LIMITS[name]
    if len(value) <= limit:
        return None
    text = ngettext("At most %(limit)d character.", "At most %(limit)d characters.", limit) % {"limit": limit}
    return Problem("too_long", name, text)
