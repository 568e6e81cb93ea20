"""Transactions of ERP.net: changes that it keeps in memory until all of them are saved at once, or none is.

    with api.transaction() as transaction:
        order = transaction.create("Crm_Sales_SalesOrders", {...})
        transaction.update(line, {"Quantity": Quantity(Decimal(5), "PCE")})

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from erpnet.answers import read_object, read_written
from erpnet.exceptions import ErpNetError, MalformedAnswer, Rejected
from erpnet.objects import Objects, Sender, T, Target, judged, reference_from
from erpnet.transaction_channel import LIFE, Model, TransactionChannel
from erpnet.transport import Answer
from erpnet.values import Reference

__all__ = ["LIFE", "Model", "Transaction", "Turn", "begun"]


class Turn:
    """One transaction at a time, as ERP.net has it for a session: others wait, whatever thread they are in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        if self._owner == threading.get_ident():
            raise RuntimeError("ERP.net opens one transaction at a time: end this one first.")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                yield
            finally:
                self._owner = None


@contextmanager
def begun(
    sender: Sender,
    turn: Turn,
    *,
    model: Model = "frontend",
    track_changes: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Transaction]:
    """A transaction that is saved at a clean end of the `with` block and dropped by an exception."""
    if track_changes and model != "frontend":
        raise ValueError("Only a front-end transaction tracks changes.")
    with turn.taken():
        transaction = Transaction(TransactionChannel.begin(sender, model, track_changes, clock))
        try:
            yield transaction
        except BaseException:
            transaction.drop()
            raise
        transaction.end()


class Transaction(Objects):
    """What is done in one transaction. Reading through it sees what has been changed through it.

    In the front-end model ERP.net fills in what depends on each change, as its own forms do. Nothing is saved
    before the end, so no error before it `may_have_happened`; after one whose answer was lost the transaction
    can only be dropped. An end whose answer was lost has saved everything or nothing: look. ERP.net forgets a
    transaction 25 minutes after its beginning. One whose end or beginning was lost keeps the session's place
    until then, and others get RateLimited.
    """

    def __init__(self, inside: TransactionChannel) -> None:
        super().__init__(inside)
        self._outside = inside.outside
        self._inside = inside
        self._versions: dict[Reference, int] = {}
        self._is_saved_at_end = True

    def update(
        self, reference: Target, data: Mapping[str, Any], *, object_version: int | None = None
    ) -> dict[str, Any]:
        """Change some attributes of an object. Empty where ERP.net answers nothing.

        With `object_version`, Conflict is raised, here or at the end, if the object has another one by now.
        Docs: https://docs.erp.net/dev/domain-api/data-sync/optimistic-locking.html
        """
        if object_version is not None:
            self._versions[reference_from(reference)] = object_version
        return super().update(reference, data, object_version=object_version)

    def changes(self) -> dict[str, dict[str, Any]]:
        """What has changed since this was last asked, by ERP.net's own rules too: operation, entity set, id.

        Needs `track_changes`. ERP.net tells each change once: what an answer that was lost told is gone.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html#getchanges
        """
        content = read_object(self._inside.send("GET", "GetChanges"))
        found = {name: sets for name, sets in content.items() if not name.startswith("@")}
        if not all(isinstance(sets, dict) for sets in found.values()):
            raise MalformedAnswer("ERP.net answered the question for changes with something else.")
        return found

    def create_adjustment_documents(self) -> None:
        """Let adjustment documents bring the changes into the released documents; then nothing else is saved.

        ERP.net saves the adjustments at once, in a transaction of their own. After an answer that was lost, look
        at the documents that were to be changed.
        Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
        """
        self._is_saved_at_end = False
        self._save("CreateAdjustmentDocuments", None)

    def end(self) -> None:
        """Save the changes, or drop them if they have become adjustment documents."""
        if not self._is_saved_at_end:
            self.drop()
            return
        try:
            self._save("EndTransaction", {"commit": True})
        except ErpNetError as error:
            if not error.may_have_happened:
                self.drop()
            raise
        finally:
            self._inside.close()

    def drop(self) -> None:
        """End the transaction without saving. Does not raise: what cannot be ended, ERP.net forgets."""
        self._inside.drop()

    def _save(self, action: str, data: Mapping[str, Any] | None) -> None:
        try:
            # Past `_write` of this class: losing this answer leaves open whether anything was saved.
            super()._write("POST", action, data, read_written)
        except Rejected as refusal:
            raise judged(refusal, self._versions, self._outside) from None

    def _write(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None,
        read: Callable[[Answer], T],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        with self._inside.changing():
            return super()._write(method, path, data, read, headers=headers)
