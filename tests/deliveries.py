"""Deliveries in any state that a test wants, brought there as the portal would: the database takes no other way."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sync.models import OutboxEntry, Shipment

State = OutboxEntry.State


def delivery(of: Shipment, state: str, **values: Any) -> OutboxEntry:
    """A delivery of a shipment, its announcement unless `values` say otherwise."""
    values = {"kind": OutboxEntry.Kind.ANNOUNCE, "payload": {}, "idempotency_key": uuid.uuid4(), **values}
    entry = OutboxEntry.objects.create(partner=of.partner, shipment=of, **values)
    bring_to(entry, state)
    return entry


def bring_to(entry: OutboxEntry, state: str) -> None:
    """Move a delivery, step by step, to another state."""
    for step in _way(entry.state, state):
        sending = step == State.SENDING
        entry.state = step
        entry.lease_until = timezone.now() + timedelta(seconds=90) if sending else None
        entry.lease_owner = "a test" if sending else ""
        entry.finished_at = None if step in OutboxEntry.OPEN else timezone.now()
        entry.save()


def _way(start: str, end: str) -> list[str]:
    """The shortest way from one state to another, without the state that it starts in."""
    ways: list[list[str]] = [[start]]
    for way in ways:
        if way[-1] == end:
            return way[1:]
        ways += [
            [*way, after]
            for before, after in sorted(OutboxEntry.MOVES)
            if before == way[-1] and after not in way
        ]
    raise AssertionError(f"No delivery comes from {start} to {end}.")
