"""Writing what a shipment shall be: its header and quantities here, and the whole of it into the outbox.

Callers hold the locks on the order and the shipment, and have decided that this person may.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sync.exceptions import Problem, ShipmentInvalid
from sync.models import OutboxEntry, Shipment, ShipmentLine
from sync.services.entries import base_of, enqueue, join, under_way
from sync.services.forms import HEADER_FIELDS, LineQuantity, ShipmentHeader, fingerprint
from sync.services.rules import header_problems, line_problems

LINE_STEP = 10


def save_change(
    shipment: Shipment,
    header: ShipmentHeader,
    lines: Sequence[LineQuantity] | None,
    order_lines: dict[uuid.UUID, Any],
    *,
    user: User,
    key: uuid.UUID,
    version: int | None = None,
) -> None:
    """Save a change and put it into the outbox; a change of something not sent yet joins the entry that waits.

    `order_lines` are those of the order by id, with what is `open` of each apart from this shipment. Raises
    ShipmentInvalid.
    """
    waiting, created = under_way(shipment)
    base = base_of(shipment) if created else None
    refuse(
        header_problems(header, *_good_dates(shipment))
        + _changed_line_problems(shipment, lines, order_lines, created=created)
    )
    write_header(shipment, header)
    if lines is not None and not created:
        replace_lines(shipment, lines, order_lines)
    form = fingerprint(header, lines)
    if waiting is not None:
        join(waiting, shipment, key=key, form=form)
    else:
        kind = OutboxEntry.Kind.UPDATE if created else OutboxEntry.Kind.ANNOUNCE
        enqueue(shipment, kind, user=user, key=key, form=form, base=base, version=version)


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise ShipmentInvalid(problems)


def write_header(shipment: Shipment, header: ShipmentHeader) -> None:
    for name in HEADER_FIELDS:
        setattr(shipment, name, getattr(header, name))
    shipment.changed_at = timezone.now()
    shipment.save()


def replace_lines(
    shipment: Shipment, lines: Sequence[LineQuantity], order_lines: dict[uuid.UUID, Any]
) -> None:
    shipment.lines.all().delete()
    chosen = sorted(lines, key=lambda line: order_lines[line.order_line_id].line_no)
    ShipmentLine.objects.bulk_create(
        ShipmentLine(
            shipment=shipment,
            partner_id=shipment.partner_id,
            order_line_id=line.order_line_id,
            product_id=order_lines[line.order_line_id].product_id,
            line_no=place * LINE_STEP,
            quantity=line.quantity,
            unit=order_lines[line.order_line_id].unit,
        )
        for place, line in enumerate(chosen, start=1)
    )


def _changed_line_problems(
    shipment: Shipment,
    lines: Sequence[LineQuantity] | None,
    order_lines: dict[uuid.UUID, Any],
    *,
    created: bool,
) -> list[Problem]:
    if lines is None:
        return []
    if not created:
        return line_problems(lines, order_lines)
    saved = {line.order_line_id: line.quantity for line in shipment.lines.all()}
    if saved == {line.order_line_id: line.quantity for line in lines}:
        return []
    text = _(
        "The shipment is on its way to ERP.net, so its quantities are fixed. Announce what is missing as another one."
    )
    return [Problem("lines_fixed", "lines", text)]


def _good_dates(shipment: Shipment) -> list[date | None]:
    """The dates that stand already, here or in ERP.net: nobody has chosen them anew."""
    latest = shipment.entries.first()
    theirs = (
        latest.theirs["header"]["planned_delivery_date"] if latest is not None and latest.theirs else None
    )
    return [shipment.planned_delivery_date, date.fromisoformat(theirs) if theirs else None]
