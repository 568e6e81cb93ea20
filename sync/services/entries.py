"""What a shipment shall be, put into the outbox: as an entry of its own, or into the one that waits unsent."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import User
from erpnet import correlation
from sync.doorbells import ring_deliver
from sync.exceptions import FormAlreadyUsed
from sync.models import OutboxEntry, Shipment
from sync.services.forms import payload_of


def under_way(shipment: Shipment) -> tuple[OutboxEntry | None, bool]:
    """The entry that still waits unsent, and whether the receiving order exists or may come to exist any moment."""
    entries = list(shipment.entries.select_for_update().filter(state__in=OutboxEntry.OPEN))
    unsent = [entry for entry in entries if entry.state == OutboxEntry.State.PENDING]
    waiting = next((entry for entry in unsent if entry.partner_id == shipment.partner_id), None)
    sent = any(entry.state != OutboxEntry.State.PENDING for entry in entries)
    return waiting, sent or shipment.erp_id is not None


def base_of(shipment: Shipment) -> dict[str, Any] | None:
    """What the partner saw of a shipment in ERP.net, to be asked before it is changed here; in the payload's words.

    While an earlier change is stuck, the shipment says what the partner wants: she saw ERP.net's side beside it.
    """
    latest = shipment.entries.filter(partner=shipment.partner_id).first()
    if latest is not None and latest.state in OutboxEntry.STUCK and latest.dropped_at is None:
        seen: dict[str, Any] | None = latest.theirs or latest.base
        return seen
    return payload_of(shipment)


def enqueue(
    shipment: Shipment,
    kind: OutboxEntry.Kind,
    *,
    user: User,
    key: uuid.UUID,
    form: str,
    base: dict[str, Any] | None = None,
    version: int | None = None,
) -> OutboxEntry:
    """A new entry with what the shipment says now. `key` and `form` are the form's own. Raises FormAlreadyUsed.

    `version` is ERP.net's that the partner saw; the one that the mirror has where nobody says.
    """
    entry = OutboxEntry(
        partner_id=shipment.partner_id,
        shipment=shipment,
        kind=kind,
        payload=payload_of(shipment),
        base=base,
        idempotency_key=key,
        forms={str(key): form},
        expected_version=shipment.object_version if version is None else version,
        # By the clock that decides what is due: this machine's may be minutes ahead of it.
        next_attempt_at=Now(),
        created_by=user,
        correlation_id=correlation.get(),
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        # Only the key can be taken: by another document, which the lock on this one's order does not hold back.
        earlier = OutboxEntry.objects.get(partner=shipment.partner_id, idempotency_key=key)
        raise FormAlreadyUsed(earlier.shipment) from None
    ring_deliver()
    return entry


def join(waiting: OutboxEntry, shipment: Shipment, *, key: uuid.UUID, form: str) -> None:
    """Let the entry that waits say what the shipment says now, and go out at once."""
    waiting.payload = payload_of(shipment)
    waiting.forms[str(key)] = form
    waiting.next_attempt_at = Now()
    waiting.save(update_fields=["payload", "forms", "next_attempt_at"])
    ring_deliver()
