"""Staff mend what a partner entered, where the partner cannot: a stuck delivery, or one that waits and would not go."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from sync.exceptions import ShipmentLocked
from sync.models import OutboxEntry, Shipment
from sync.selectors.operations import lines_to_correct
from sync.selectors.shipments import is_locked
from sync.services.contents import save_change
from sync.services.deliveries import keep_decision, lock_newest, lock_order
from sync.services.forms import LineQuantity, ShipmentHeader


@transaction.atomic
def correct_delivery(
    entry: OutboxEntry,
    *,
    user: User,
    reason: str,
    header: ShipmentHeader,
    lines: Sequence[LineQuantity] | None = None,
) -> Shipment:
    """Let a shipment say what staff enter and send that, instead of `entry`: a decision of staff, kept with its reason.

    Quantities are open until the shipment is in ERP.net; None leaves them as they are. What waits unsent is changed in
    its place; what is stuck stays as it was, with another entry behind it. Raises ShipmentInvalid, ShipmentLocked and
    NothingToDecide.
    """
    lock_order(entry)
    shipment, locked = lock_newest(entry, (*OutboxEntry.STUCK, OutboxEntry.State.PENDING))
    if is_locked(shipment):
        raise ShipmentLocked
    order_lines = {line.pk: line for line in lines_to_correct(shipment)}
    save_change(shipment, header, lines, order_lines, user=user, key=uuid.uuid4())
    keep_decision(locked, "correct", user=user, reason=reason)
    return shipment
