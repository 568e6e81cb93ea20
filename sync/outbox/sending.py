"""One attempt at one entry: bringing ERP.net to what it says.

Whatever may be in ERP.net already is looked up before anything is sent, with one exception. A first announcement is
found by its ExternalId or created, never merged: one that ERP.net carries out late would add its lines to the document
a second time. So an entry can be delivered any number of times and stands in ERP.net once.

The exception is a change of the very version that the mirror has, which was never sent before: it goes at once, made of
what the mirror says, for ERP.net takes it only while that is the version. Where it is not, a look tells what came.

What was sent is read back in the request that sends it, a batch of both.
Docs: https://docs.erp.net/dev/domain-api/data-manipulation/batch.html
https://docs.erp.net/dev/domain-api/data-sync/optimistic-locking.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from erpnet import DomainApi
from erpnet.entities import ReceivingOrder
from erpnet.exceptions import Conflict, ErpNetError, NotFound, Rejected, Unanswered
from sync.models import OutboxEntry
from sync.outbox import documents
from sync.outbox.claims import Claim
from sync.outbox.document_types import find_document_type, forget_document_type, known_document_type
from sync.outbox.payloads import PayloadUnreadable, check_readable

T = TypeVar("T")

# A claim this much of a lease old is renewed before a request: what is left is longer than any request.
FRESH = 0.05


class Ask(Protocol):
    """Carries a request out and answers what it answers."""

    def __call__(self, request: Callable[[], T]) -> T: ...


class Sending:
    """If the attempt ends now, `in_doubt` says whether ERP.net may have taken the entry, and `sent` whether this
    attempt sent it.
    """

    def __init__(self, claim: Claim, api: DomainApi, ask: Ask) -> None:
        self.claim = claim
        self.entry = claim.entry
        self.in_doubt = claim.in_doubt
        self.sent = False
        self._api = api
        self._ask = ask
        self._shipment = claim.entry.shipment
        self._theirs: ReceivingOrder | None = None
        self._renewed_at = time.monotonic()

    @property
    def is_first(self) -> bool:
        return self.entry.attempts == 1

    def prepare(self) -> None:
        """Read what will be wanted from the database. What cannot be made of the entry is found out in its own time."""
        try:
            if not self._may_exist:
                check_readable(self.entry.payload)
                self._new_lines  # noqa: B018 - it is kept
        except (PayloadUnreadable, Rejected):
            return

    def run(self) -> ReceivingOrder:
        """Bring ERP.net to what the entry says, and answer the document as it stands there then.

        Raises ClaimLost, PayloadUnreadable, StaffNeeded, and what ERP.net says.
        """
        check_readable(self.entry.payload)
        if not self._owner_is_unchanged:
            raise Rejected(_("The order is no longer one of this partner's."))
        change = self._change_of_what_was_seen()
        return self._look_and_send() if change is None else self._change_at_once(change)

    def current_document(self) -> ReceivingOrder | None:
        """What ERP.net has now, for the partner to see: None if that cannot be read, or is another partner's."""
        if not self._owner_is_unchanged:
            return None
        try:
            found = self._theirs or self._find()
        except (ErpNetError, documents.StaffNeeded):
            return None
        return found if found is not None and self._is_ours(found) else None

    def is_outdated_by(self, document: ReceivingOrder | None) -> bool:
        """Whether a document has another version than the one that the partner saw before changing it."""
        seen = self.entry.expected_version
        is_change = self.entry.kind == OutboxEntry.Kind.UPDATE and seen is not None
        return is_change and document is not None and document.object_version != seen

    def _look_and_send(self) -> ReceivingOrder:
        found = self._find() if self._may_exist else None
        if found is None:
            created = self._create()
            self._check_document(created)
            return created
        self._check_document(found)
        return found if self._has_arrived(found) else self._change(found)

    def _change_of_what_was_seen(self) -> Callable[[], documents.Written] | None:
        """The change, where the mirror has the document in the version that the partner saw; None: a look is needed.

        The row of a shipment has the version and what it says from one answer of ERP.net, and was read at once.
        """
        shipment, version = self._shipment, self.entry.expected_version
        if self.in_doubt or self.entry.kind != OutboxEntry.Kind.UPDATE or shipment.erp_id is None:
            return None
        if version is None or shipment.object_version != version or shipment.additional_data_json is None:
            return None
        try:
            changes = documents.header_changes(self.entry.payload, shipment.additional_data_json)
        except documents.AdditionalDataUnclear:
            # It may have been mended there meanwhile.
            return None
        return partial(documents.change, self._api, shipment, shipment.erp_id, changes, seen=version)

    def _change_at_once(self, change: Callable[[], documents.Written]) -> ReceivingOrder:
        try:
            changed = self._write(change)
        except Conflict:
            # That was its answer: the look decides nothing where it cannot be had.
            self.sent = False
            self._theirs = self._found_again()
            if not documents.says(self._theirs, self.entry.payload):
                raise
            return self._theirs
        self._check_document(changed)
        return changed

    def _found_again(self) -> ReceivingOrder:
        found = self._find()
        if found is None:
            raise NotFound(_("The receiving order is no longer in ERP.net."))
        self._check_document(found)
        return found

    @property
    def _owner_is_unchanged(self) -> bool:
        """Whose the entry is was right when it was saved. It has to be right still (ACL-03)."""
        shipment, order, supplier = self._shipment, self._shipment.order, self._shipment.supplier
        partner_id = self.entry.partner_id
        return (
            partner_id is not None
            and order is not None
            and supplier is not None
            and order.supplier_id == supplier.pk
            and partner_id == shipment.partner_id == order.partner_id == supplier.partner_id
        )

    def _is_ours(self, document: ReceivingOrder) -> bool:
        return document.supplier.id == self._shipment.supplier_id

    def _check_document(self, document: ReceivingOrder) -> None:
        """What stands in ERP.net has to be this partner's still, with the quantities that were announced last.

        An earlier announcement that was given up may have arrived. Quantities of a document in ERP.net are fixed, so
        the partner has to hear that these are not the corrected ones.
        """
        if not self._is_ours(document):
            raise Rejected(_("In ERP.net this shipment is another supplier's by now."))
        corrects = self.entry.kind == OutboxEntry.Kind.ANNOUNCE and self.claim.follows
        if corrects and not documents.holds(document, self.entry.payload):
            raise Conflict(
                _(
                    "An earlier announcement of this shipment had reached ERP.net, with other quantities. Those stand; "
                    "announce what is missing as another shipment."
                )
            )

    @property
    def _may_exist(self) -> bool:
        """Where an earlier attempt or entry may have come through, nothing is created without a look."""
        return self.in_doubt or self._shipment.erp_id is not None or self.claim.follows

    @cached_property
    def _new_lines(self) -> list[dict[str, Any]]:
        return documents.new_lines(self.entry.payload)

    def _has_arrived(self, found: ReceivingOrder) -> bool:
        created_in_doubt = self.claim.in_doubt and self.entry.kind == OutboxEntry.Kind.ANNOUNCE
        return created_in_doubt or documents.says(found, self.entry.payload)

    def _find(self) -> ReceivingOrder | None:
        self._keep_claim()
        return self._ask(partial(documents.find_receiving_order, self._api, self._shipment))

    def _create(self) -> ReceivingOrder:
        if self._shipment.erp_id is not None:
            raise NotFound(_("The receiving order is no longer in ERP.net."))
        kind = known_document_type(self._api) or self._ask(partial(find_document_type, self._api))
        data = documents.new_document(self.entry.payload, self._shipment, kind, self._new_lines)
        try:
            return self._write(partial(documents.create, self._api, self._shipment, data))
        except Rejected:
            forget_document_type(self._api)
            raise

    def _change(self, found: ReceivingOrder) -> ReceivingOrder:
        changes = documents.header_changes(self.entry.payload, found.additional_data_json)
        # What was never known to be there has no version that the partner could have seen.
        known = self._shipment.erp_id is not None
        seen = self.entry.expected_version if known else found.object_version
        return self._write(partial(documents.change, self._api, self._shipment, found.id, changes, seen=seen))

    def _write(self, write: Callable[[], documents.Written]) -> ReceivingOrder:
        self._keep_claim()
        self.sent = True
        try:
            written = self._ask(write)
        except ErpNetError as error:
            self.in_doubt = self.in_doubt or error.may_have_happened
            raise
        # Done, but until it has been read back nobody has written down that it is.
        self.in_doubt = True
        document = written.document()
        if document is None:
            raise Unanswered(_("ERP.net took the shipment but does not show it yet."))
        return document

    def _keep_claim(self) -> None:
        """Before each request: it shall end before the lease does. Raises ClaimLost."""
        if time.monotonic() - self._renewed_at > FRESH * settings.OUTBOX_LEASE_SECONDS:
            self.claim.renew()
            self._renewed_at = time.monotonic()
