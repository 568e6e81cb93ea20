"""Decisions of staff about deliveries that are stuck."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import AuditEvent, User
from sync.doorbells import ring_deliver
from sync.exceptions import NothingToRetry
from sync.models import OutboxEntry, Shipment


@transaction.atomic
def retry_delivery(entry: OutboxEntry, *, user: User, reason: str) -> OutboxEntry:
    """Send a stuck delivery once more, unchanged: a decision of staff, kept with its reason. Raises NothingToRetry."""
    shipment = Shipment.objects.select_for_update().get(pk=entry.shipment_id)
    locked: OutboxEntry = OutboxEntry.objects.select_for_update().get(pk=entry.pk)
    newest = OutboxEntry.objects.filter(shipment=shipment).first()
    if locked.state not in OutboxEntry.STUCK or newest != locked:
        raise NothingToRetry
    # What was given up may have arrived all the same: it is looked up before it is sent again.
    given_up = locked.state == OutboxEntry.State.DEAD
    locked.state = OutboxEntry.State.UNKNOWN if given_up else OutboxEntry.State.PENDING
    locked.expected_version = shipment.object_version
    locked.attempts = 0
    locked.next_attempt_at = Now()
    locked.finished_at = None
    locked.save()
    audit.record(
        AuditEvent.Kind.STAFF,
        user=user,
        partner_id=locked.partner_id,
        subject=f"delivery {locked.pk}",
        detail={"action": "retry", "reason": reason},
    )
    ring_deliver()
    return locked
