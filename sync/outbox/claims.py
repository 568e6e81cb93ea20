"""Claiming entries of the outbox: one worker at a time, one entry of a shipment at a time, in their order.

A claim is a lease by the database's clock. Whoever holds it renews it before every request to ERP.net; a worker that
was killed lets it run out, and the sweep then has the entry looked up before it is sent again.
"""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet

from sync.models import OutboxEntry

_DUE = """
    entry.state IN ('PENDING', 'UNKNOWN') AND entry.next_attempt_at <= statement_timestamp() AND NOT EXISTS (
        SELECT FROM sync_outboxentry earlier
        WHERE earlier.shipment_id = entry.shipment_id AND earlier.id < entry.id
          AND earlier.state IN ('PENDING', 'SENDING', 'UNKNOWN')
    )
"""
_IS_DUE = f"SELECT EXISTS (SELECT FROM sync_outboxentry entry WHERE {_DUE})"
_CLAIM = f"""
    WITH due AS (
        SELECT entry.id, entry.state, entry.attempts FROM sync_outboxentry entry WHERE {_DUE}
        ORDER BY entry.id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE sync_outboxentry entry
    SET state = 'SENDING', attempts = entry.attempts + 1, lease_owner = %(owner)s,
        lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
    FROM due WHERE entry.id = due.id AND (due.attempts = 0 OR NOT %(untried)s)
    RETURNING entry.id, due.state, EXISTS (
        SELECT FROM sync_outboxentry earlier WHERE earlier.shipment_id = entry.shipment_id AND earlier.id < entry.id
    )
"""
_RENEW = """
    UPDATE sync_outboxentry SET lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
    WHERE id = %(id)s AND lease_owner = %(owner)s AND state = 'SENDING'
"""
_GIVE_BACK_EXPIRED = """
    UPDATE sync_outboxentry SET state = 'UNKNOWN', lease_owner = '', lease_until = NULL
    WHERE state = 'SENDING' AND lease_until < statement_timestamp()
"""


class ClaimLost(Exception):
    """The lease ran out, and the entry is no longer ours to send."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry in our hands. `in_doubt`: an earlier attempt may have reached ERP.net. `follows`: there are earlier ones
    of the same shipment.
    """

    entry: OutboxEntry
    owner: str
    in_doubt: bool
    follows: bool

    def renew(self) -> None:
        """Keep the entry for another lease. Raises ClaimLost."""
        with connection.cursor() as cursor:
            cursor.execute(
                _RENEW, {"id": self.entry.pk, "owner": self.owner, "seconds": settings.OUTBOX_LEASE_SECONDS}
            )
            if not cursor.rowcount:
                raise ClaimLost

    def give_back(self) -> None:
        """Let an entry that was not sent wait again, as if nobody had claimed it: to be looked up first, if it was."""
        state = OutboxEntry.State.UNKNOWN if self.in_doubt else OutboxEntry.State.PENDING
        self.mine().update(state=state, attempts=F("attempts") - 1, lease_owner="", lease_until=None)

    def mine(self) -> QuerySet[Any]:
        """The entry, as long as it is ours."""
        return OutboxEntry.objects.filter(
            pk=self.entry.pk, lease_owner=self.owner, state=OutboxEntry.State.SENDING
        )


def claim_next(*, untried: bool = False) -> Claim | None:
    """The oldest entry that is due, None if there is none; with `untried`, also if that one has been tried before."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"owner": owner, "seconds": settings.OUTBOX_LEASE_SECONDS, "untried": untried})
        claimed = cursor.fetchone()
    if claimed is None:
        return None
    entry_id, found_in, follows = claimed
    entry = OutboxEntry.objects.select_related("shipment", "shipment__order", "shipment__supplier").get(
        pk=entry_id
    )
    return Claim(entry, owner, in_doubt=found_in == OutboxEntry.State.UNKNOWN, follows=follows)


def delivery_is_due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_DUE)
        return bool(cursor.fetchone()[0])


def give_back_expired() -> int:
    """Entries whose worker did not come back may have been sent: have them looked up. Answers how many."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK_EXPIRED)
        return int(cursor.rowcount)
