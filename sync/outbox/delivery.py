"""Delivering entries: the network outside of any transaction, and what came of it in one.

While the request of one entry is under way, what came of the one before is written down, and the next one is claimed
and made ready: ERP.net has one request at a time, and the time between two is short. What has been tried before is
delivered alone, so that an entry which kills its worker takes no other's attempts with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from erpnet import DomainApi, correlation
from erpnet.exceptions import ErpNetError
from sync.models import OutboxEntry
from sync.outbox.claims import ClaimLost, claim_next
from sync.outbox.documents import StaffNeeded
from sync.outbox.outcomes import MOST_ATTEMPTS, Outcome, State, blocked, of_error, settle
from sync.outbox.payloads import PayloadUnreadable
from sync.outbox.sending import Sending, T
from sync.outbox.wire import Wire

logger = logging.getLogger(__name__)


def deliver_due(api: DomainApi, *, seconds: float = 60) -> int:
    """Deliver what is due, oldest first, until nothing is, time is up, or ERP.net cannot be reached.

    Answers how many entries are done. What cannot be delivered now says why in its row, and waits.
    """
    with Wire() as wire:
        return _Round(api, wire).run(time.monotonic() + seconds)


class _Round:
    """Entries one after another: `_behind` has had its answer, `_ahead` is ready to go."""

    def __init__(self, api: DomainApi, wire: Wire) -> None:
        self._api = api
        self._wire = wire
        self._ahead: Sending | None = None
        self._current: Sending | None = None
        self._behind: tuple[Sending, Outcome] | None = None
        self._done = 0

    def run(self, until: float) -> int:
        try:
            while time.monotonic() < until and (sending := self._next()):
                with correlation.use(sending.entry.correlation_id):
                    goes_on = self._deliver(sending)
                if not goes_on:
                    break
        finally:
            self._settle_behind()
            if self._ahead is not None:
                self._ahead.claim.give_back()
        return self._done

    def _next(self) -> Sending | None:
        if self._ahead is None:
            self._settle_behind()
            return self._claimed(untried=False)
        sending, self._ahead = self._ahead, None
        return sending

    def _claimed(self, *, untried: bool) -> Sending | None:
        claim = claim_next(untried=untried)
        return None if claim is None else Sending(claim, self._api, self._ask)

    def _deliver(self, sending: Sending) -> bool:
        """Have an entry's answer. Tells whether there is any use in going on."""
        self._current = sending
        try:
            outcome = _outcome(sending)
        except ClaimLost:
            _tell_of_lost(sending)
            return False
        # An outcome without any request has left the one before it unwritten.
        self._settle_behind()
        self._behind = (sending, outcome)
        return outcome.state not in OutboxEntry.OPEN

    def _ask(self, request: Callable[[], T]) -> T:
        return self._wire.ask(request, self._meanwhile)

    def _meanwhile(self) -> None:
        self._settle_behind()
        if self._ahead is None and self._current is not None and self._current.is_first:
            self._ahead = self._claimed(untried=True)
            if self._ahead is not None:
                self._ahead.prepare()

    def _settle_behind(self) -> None:
        if self._behind is None:
            return
        (sending, outcome), self._behind = self._behind, None
        try:
            with correlation.use(sending.entry.correlation_id):
                settle(sending.claim, outcome)
            self._done += outcome.state == State.DONE
        except ClaimLost:
            _tell_of_lost(sending)


def _outcome(sending: Sending) -> Outcome:
    """What comes of an attempt. Raises ClaimLost."""
    entry = sending.entry
    if entry.attempts > MOST_ATTEMPTS:
        return Outcome(State.DEAD, _("Every attempt ended without an answer to write down."))
    try:
        return Outcome(State.DONE, document=sending.run())
    except PayloadUnreadable as error:
        return Outcome(State.DEAD, str(error))
    except StaffNeeded as error:
        return blocked(str(error), in_doubt=sending.in_doubt)
    except ErpNetError as error:
        outcome = of_error(error, entry.attempts, in_doubt=sending.in_doubt, sent=sending.sent)
    if outcome.state in (State.REJECTED, State.CONFLICT):
        # The partner shall correct against what ERP.net has now. If that cannot be read, the next pull brings it.
        document = sending.current_document()
        # The client reads the version to tell a conflict from a refusal. Where it could not, this document tells.
        state = State.CONFLICT if sending.is_outdated_by(document) else outcome.state
        return replace(outcome, state=state, document=document)
    return outcome


def _tell_of_lost(sending: Sending) -> None:
    logger.warning(
        "Delivery %s outlived its lease; whoever finds it next looks it up first.", sending.entry.pk
    )
