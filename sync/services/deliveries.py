"""Decisions of staff about deliveries that are stuck: sent again as they are, or dropped. Each keeps its reason."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import AuditEvent, User
from sync.doorbells import ring_deliver, ring_refresh
from sync.exceptions import NothingToDecide
from sync.models import Alert, OutboxEntry, PurchaseOrder, Shipment, ShipmentLine
from sync.selectors.operations import lines_to_correct
from sync.services.alerts import close_alert
from sync.services.contents import refuse
from sync.services.forms import HEADER_LIMITS, LineQuantity
from sync.services.rules import line_problems

State = OutboxEntry.State


@transaction.atomic
def retry_delivery(entry: OutboxEntry, *, user: User, reason: str) -> OutboxEntry:
    """Send a stuck delivery once more, unchanged. Raises NothingToDecide.

    Raises ShipmentInvalid where its quantities have been announced otherwise meanwhile: while it was stuck they were
    open to that.
    """
    lock_order(entry)
    shipment, locked = lock_newest(entry, OutboxEntry.STUCK)
    if shipment.erp_id is None:
        refuse(line_problems(_quantities(shipment), {line.pk: line for line in lines_to_correct(shipment)}))
    # What was given up may have arrived all the same: it is looked up before it is sent again.
    locked.state = State.UNKNOWN if locked.state == State.DEAD else State.PENDING
    locked.expected_version = shipment.object_version
    locked.attempts = 0
    locked.next_attempt_at = Now()
    locked.finished_at = None
    locked.save(update_fields=["state", "expected_version", "attempts", "next_attempt_at", "finished_at"])
    keep_decision(locked, "retry", user=user, reason=reason)
    ring_deliver()
    return locked


@transaction.atomic
def drop_delivery(entry: OutboxEntry, *, user: User, reason: str) -> OutboxEntry:
    """Send a delivery no more that is stuck or waits unsent, nor those before it that it was to mend.

    What never came to be in ERP.net is void from then on, so that its quantities can be announced again; a change that
    did not get there gives way to what ERP.net has. Raises NothingToDecide: what may be in ERP.net is looked up first.
    """
    shipment, locked = lock_newest(entry, (*OutboxEntry.STUCK, State.PENDING))
    if locked.state == State.PENDING:
        locked.state, locked.finished_at = State.DEAD, Now()
        locked.save(update_fields=["state", "finished_at"])
    shipment.entries.filter(state__in=OutboxEntry.STUCK, dropped_at=None).update(dropped_at=Now())
    if shipment.erp_id is None and not shipment.entries.filter(state__in=OutboxEntry.OPEN).exists():
        Shipment.objects.filter(pk=shipment.pk).update(is_void=True)
    else:
        # Where the document has become another partner's, these are not words for them.
        is_theirs = shipment.partner_id == locked.partner_id
        _show_theirs(shipment, (locked.theirs or locked.base) if is_theirs else None)
    close_alert(Alert.Kind.DELIVERY, locked.alert_subject)
    keep_decision(locked, "drop", user=user, reason=reason)
    return locked


def lock_order(entry: OutboxEntry) -> None:
    """Lock the order of an entry's shipment: before the shipment, in the order in which a partner's form does."""
    PurchaseOrder.objects.select_for_update().filter(pk=entry.shipment.order_id).first()


def lock_newest(entry: OutboxEntry, states: tuple[str, ...]) -> tuple[Shipment, OutboxEntry]:
    """The shipment and its newest entry, locked. Raises NothingToDecide unless that is `entry`, in one of `states`."""
    shipment = Shipment.objects.select_for_update().get(pk=entry.shipment_id)
    newest = OutboxEntry.objects.select_for_update().filter(shipment=shipment).first()
    if newest is None or newest.pk != entry.pk or newest.state not in states or newest.dropped_at:
        raise NothingToDecide
    return shipment, newest


def keep_decision(entry: OutboxEntry, action: str, *, user: User, reason: str) -> None:
    audit.record(
        AuditEvent.Kind.STAFF,
        user=user,
        partner_id=entry.partner_id,
        subject=f"delivery {entry.pk}",
        detail={"action": action, "reason": reason},
    )


def _quantities(shipment: Shipment) -> list[LineQuantity]:
    return [LineQuantity(line.order_line_id, line.quantity) for line in shipment.lines.all()]


def _show_theirs(shipment: Shipment, theirs: dict[str, Any] | None) -> None:
    """Let a shipment say what ERP.net was known to have, and have it read again."""
    if theirs is not None:
        day = theirs["header"]["planned_delivery_date"]
        header = {name: theirs["header"][name] for name in HEADER_LIMITS}
        header["planned_delivery_date"] = date.fromisoformat(day) if day else None
        Shipment.objects.filter(pk=shipment.pk).update(**header)
        shipment.lines.all().delete()
        ShipmentLine.objects.bulk_create(_line(shipment, line) for line in theirs["lines"])
    ring_refresh("shipment", shipment.pk, shipment.partner_id)


def _line(shipment: Shipment, line: dict[str, Any]) -> ShipmentLine:
    return ShipmentLine(
        shipment=shipment,
        partner_id=shipment.partner_id,
        order_line_id=_id(line["order_line"]),
        product_id=_id(line["product"]),
        line_no=line["line_no"],
        quantity=Decimal(line["quantity"]),
        unit=line["unit"],
    )


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None
