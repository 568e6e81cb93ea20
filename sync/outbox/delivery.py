"""Delivering entries: the network outside of any transaction, and what came of it in one.

Whatever may be in ERP.net already is looked up before anything is sent, and a first announcement is found by its
ExternalId or created, never merged: one that ERP.net carries out late would add its lines to the document a second
time. So an entry can be delivered any number of times and stands in ERP.net once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from erpnet import DomainApi, Reference, correlation
from erpnet.entities import ReceivingOrder
from erpnet.exceptions import ErpNetError, NotFound, Rejected, Unanswered
from sync.models import OutboxEntry
from sync.outbox import documents
from sync.outbox.claims import Claim, ClaimLost, claim_next
from sync.outbox.outcomes import MOST_ATTEMPTS, Outcome, State, blocked, of_error, settle
from sync.streams.mapping.documents import EXTERNAL_SYSTEM

logger = logging.getLogger(__name__)


def deliver_due(api: DomainApi, *, seconds: float = 60) -> int:
    """Deliver what is due, oldest first, until nothing is, time is up, or ERP.net cannot be reached.

    Answers how many entries are done. What cannot be delivered now says why in its row, and waits.
    """
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until and (claim := claim_next()):
        with correlation.use(claim.entry.correlation_id):
            state = _deliver(claim, api)
        done += state == State.DONE
        if state in OutboxEntry.OPEN:
            break
    return done


def _deliver(claim: Claim, api: DomainApi) -> State:
    """One entry. Answers the state that it is in afterwards."""
    try:
        outcome = _attempt(claim, api)
        settle(claim, outcome)
    except ClaimLost:
        logger.warning(
            "Delivery %s outlived its lease; whoever finds it next looks it up first.", claim.entry.pk
        )
        return State.UNKNOWN
    return outcome.state


def _attempt(claim: Claim, api: DomainApi) -> Outcome:
    if claim.entry.attempts > MOST_ATTEMPTS:
        return Outcome(State.DEAD, _("Every attempt ended without an answer to write down."))
    sending = _Sending(claim, api)
    try:
        return Outcome(State.DONE, document=sending.run())
    except documents.StaffNeeded as error:
        return blocked(str(error), in_doubt=sending.in_doubt)
    except ErpNetError as error:
        outcome = of_error(error, claim.entry.attempts, in_doubt=sending.in_doubt, sent=sending.sent)
    if outcome.state in (State.REJECTED, State.CONFLICT):
        # The partner shall correct against what ERP.net has now. If that cannot be read, the next pull brings it.
        return replace(outcome, document=sending.current_document())
    return outcome


class _Sending:
    """One attempt at one entry.

    If it ends now, `in_doubt` says whether ERP.net may have taken the entry, and `sent` whether this attempt sent it.
    """

    def __init__(self, claim: Claim, api: DomainApi) -> None:
        self.claim = claim
        self.api = api
        self.entry = claim.entry
        self.shipment = claim.entry.shipment
        self.in_doubt = claim.in_doubt
        self.sent = False

    def run(self) -> ReceivingOrder:
        """Bring ERP.net to what the entry says, and answer the document as it stands there then."""
        self._check_owner()
        found = self._find() if self._may_exist() else None
        if found is None:
            self._create()
        elif self._has_arrived(found):
            return found
        else:
            self._change(found)
        document = self._find()
        if document is None:
            raise Unanswered(_("ERP.net took the shipment but does not show it yet."))
        return document

    def current_document(self) -> ReceivingOrder | None:
        try:
            return self._find()
        except (ErpNetError, documents.StaffNeeded):
            return None

    def _check_owner(self) -> None:
        """Whose the entry is was right when it was saved. It has to be right still (ACL-03)."""
        shipment, order, supplier = self.shipment, self.shipment.order, self.shipment.supplier
        partner_id = self.entry.partner_id
        fits = (
            partner_id is not None
            and order is not None
            and supplier is not None
            and order.supplier_id == supplier.pk
            and partner_id == shipment.partner_id == order.partner_id == supplier.partner_id
        )
        if not fits:
            raise Rejected(_("The order is no longer one of this partner's."))

    def _may_exist(self) -> bool:
        """Where an earlier attempt or entry may have come through, nothing is created without a look."""
        earlier = OutboxEntry.objects.filter(shipment=self.shipment, pk__lt=self.entry.pk)
        return self.in_doubt or self.shipment.erp_id is not None or earlier.exists()

    def _has_arrived(self, found: ReceivingOrder) -> bool:
        created_in_doubt = self.claim.in_doubt and self.entry.kind == OutboxEntry.Kind.ANNOUNCE
        return created_in_doubt or documents.says(found, self.entry.payload)

    def _find(self) -> ReceivingOrder | None:
        self.claim.renew()
        return documents.find_receiving_order(self.api, self.shipment)

    def _create(self) -> None:
        if self.shipment.erp_id is not None:
            raise NotFound(_("The receiving order is no longer in ERP.net."))
        document_type = documents.find_document_type(self.api)
        data = documents.new_document(self.entry.payload, self.shipment, document_type)
        self._write(
            lambda: self.api.find_or_create(
                documents.RECEIVING_ORDERS,
                data,
                external_id=str(self.shipment.pk),
                external_system=EXTERNAL_SYSTEM,
            )
        )

    def _change(self, found: ReceivingOrder) -> None:
        changes = documents.header_changes(self.entry.payload, found.additional_data_json)
        # What was never known to be there has no version that the partner could have seen.
        seen = self.entry.expected_version if self.shipment.erp_id is not None else found.object_version
        reference = Reference(documents.RECEIVING_ORDERS, found.id)
        self._write(lambda: self.api.update(reference, changes, object_version=seen))

    def _write(self, write: Callable[[], Any]) -> None:
        self.claim.renew()
        self.sent = True
        try:
            write()
        except ErpNetError as error:
            self.in_doubt = self.in_doubt or error.may_have_happened
            raise
        # Done, but until it has been read back nobody has written down that it is.
        self.in_doubt = True
