"""What came of an attempt, and writing it down in one transaction with what ERP.net answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now

from erpnet.entities import ReceivingOrder
from erpnet.exceptions import (
    Conflict,
    ErpNetError,
    Forbidden,
    InvalidClient,
    InvalidScope,
    NotFound,
    RateLimited,
    Rejected,
    Renamed,
    Unauthorized,
)
from sync.models import Alert, OutboxEntry, Shipment
from sync.outbox.claims import Claim, ClaimLost
from sync.outbox.documents import in_our_words
from sync.services.alerts import close_alert, raise_alert
from sync.streams import targets
from sync.streams.mapping.documents import receiving_order
from sync.streams.writing import write_page

logger = logging.getLogger(__name__)

State = OutboxEntry.State

MOST_ATTEMPTS = 20
FIRST_WAIT = 5.0
LONGEST_WAIT = 15 * 60.0
WAIT_WHEN_BLOCKED = 2 * 60.0
# After this long ERP.net has ended a request that was never answered, one way or the other.
WAIT_WHEN_IN_DOUBT = 20.0

# Nothing is wrong with the entry: the portal's access or its settings are, and somebody has to put them right.
_BLOCKING = (InvalidClient, InvalidScope, Unauthorized, Forbidden, Renamed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `document` is the receiving order as ERP.net has it now, where that is known."""

    state: State
    message: str = ""
    code: str = ""
    wait: float = 0.0
    counts: bool = True
    document: ReceivingOrder | None = None


def blocked(message: str, *, in_doubt: bool) -> Outcome:
    """Nothing that trying again would wear out: the entry waits for staff, however long it takes."""
    return Outcome(
        State.UNKNOWN if in_doubt else State.PENDING, message, wait=WAIT_WHEN_BLOCKED, counts=False
    )


def of_error(error: ErpNetError, attempts: int, *, in_doubt: bool, sent: bool) -> Outcome:
    """`sent`: whether this attempt came to sending the entry. An outage, however long, wears out none that it kept."""
    wears_out = sent and error.may_have_happened
    match error:
        case Conflict():
            return Outcome(State.CONFLICT, error.message)
        case Rejected():
            return Outcome(State.REJECTED, error.message, str(error.code or ""))
        case NotFound():
            return Outcome(State.REJECTED, error.message)
        case _ if isinstance(error, _BLOCKING):
            return blocked(error.message, in_doubt=in_doubt)
        case _ if attempts >= MOST_ATTEMPTS and wears_out:
            return Outcome(State.DEAD, error.message)
    wait = _backoff(attempts)
    if isinstance(error, RateLimited):
        wait = max(wait, error.retry_after or 0.0)
    if in_doubt:
        wait = max(wait, WAIT_WHEN_IN_DOUBT)
    return Outcome(
        State.UNKNOWN if in_doubt else State.PENDING,
        error.message,
        wait=wait,
        counts=wears_out or attempts < MOST_ATTEMPTS,
    )


@transaction.atomic
def settle(claim: Claim, outcome: Outcome) -> None:
    """Write down how the attempt ended, and bring the shipment to what ERP.net has. Raises ClaimLost."""
    # In the order in which a form locks them: each would wait for the other, otherwise.
    Shipment.objects.select_for_update().values("pk").get(pk=claim.entry.shipment_id)
    ended = outcome.state not in OutboxEntry.OPEN
    # Where a person has to decide, both sides are kept: what the partner wants is the payload.
    refused = outcome.document if outcome.state in OutboxEntry.STUCK else None
    settled = claim.mine().update(
        state=outcome.state,
        theirs=in_our_words(refused) if refused else None,
        message=outcome.message,
        message_code=outcome.code[:20],
        attempts=F("attempts") if outcome.counts else F("attempts") - 1,
        next_attempt_at=_from_now(outcome.wait),
        lease_owner="",
        lease_until=None,
        finished_at=Now() if ended else None,
    )
    if not settled:
        raise ClaimLost
    if outcome.document is not None:
        _take_over(claim, outcome.document, done=outcome.state == State.DONE)
    if outcome.state == State.DEAD:
        logger.error("Delivery %s was given up: %s", claim.entry.pk, outcome.message)
        raise_alert(Alert.Kind.DELIVERY, claim.entry.alert_subject, outcome.message)
    elif ended:
        close_alert(Alert.Kind.DELIVERY, claim.entry.alert_subject)


def _take_over(claim: Claim, document: ReceivingOrder, *, done: bool) -> None:
    """The document becomes the shipment's; later entries of the same shipment build upon its version."""
    if claim.entry.shipment.erp_id is None:
        Shipment.objects.filter(pk=claim.entry.shipment_id, erp_id=None).update(erp_id=document.id)
    write_page(targets.SHIPMENTS, targets.SHIPMENT_LINES, [receiving_order(document)])
    if done:
        later = OutboxEntry.objects.filter(shipment=claim.entry.shipment_id, pk__gt=claim.entry.pk)
        later.filter(state=State.PENDING).update(expected_version=document.object_version)


def _backoff(attempts: int) -> float:
    """Doubling, with jitter, so that what failed together does not come back together."""
    return float(min(FIRST_WAIT * 2.0 ** (attempts - 1), LONGEST_WAIT) * SystemRandom().uniform(0.75, 1.25))


def _from_now(seconds: float) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
