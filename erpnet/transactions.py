"""Transactions of ERP.net: changes that it keeps in memory until all of them are saved at once, or none is.

    with api.transaction() as transaction:
        order = transaction.create("Crm_Sales_SalesOrders", {...})
        transaction.update(line, {"Quantity": Quantity(Decimal(5), "PCE")})

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from erpnet.answers import read_object, read_written
from erpnet.exceptions import (
    ErpNetError,
    MalformedAnswer,
    Rejected,
    ServerFault,
    TransactionEnded,
    Unanswered,
)
from erpnet.objects import Objects, Sender, T, Target, encoded, judged, reference_from
from erpnet.transport import Answer
from erpnet.values import Reference

logger = logging.getLogger("erpnet")

Model = Literal["common", "frontend"]
LIFE = 25 * 60.0

_ID = re.compile(rb"[0-9A-Za-z_-]{1,100}")


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
        transaction = Transaction(_Inside.begin(sender, model, track_changes, clock))
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

    def __init__(self, inside: _Inside) -> None:
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


class _Inside:
    """Carries requests into a transaction of ERP.net's, while it is of use."""

    def __init__(
        self, sender: Sender, transaction_id: str, ends_at: float, clock: Callable[[], float]
    ) -> None:
        self.outside = sender
        self._id = transaction_id
        self._ends_at = ends_at
        self._clock = clock
        self._is_over = False
        self._is_in_doubt = False

    @classmethod
    def begin(cls, sender: Sender, model: Model, track_changes: bool, clock: Callable[[], float]) -> _Inside:
        ends_at = clock() + LIFE
        wanted = {"model": model, "trackChanges": True} if track_changes else {"model": model}
        with _nothing_saved():
            answer = sender.send("POST", "BeginTransaction", encoded(wanted))
        text = answer.body.strip()
        if not _ID.fullmatch(text):
            raise MalformedAnswer("ERP.net began a transaction without telling its id.")
        return cls(sender, text.decode(), ends_at, clock)

    def read(self, link: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        self.check()
        with self._ending():
            return self.outside.read(link, headers=self._headers(headers))

    def send(
        self, method: str, link: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        self.check()
        with self._ending():
            return self.outside.send(method, link, body, headers=self._headers(headers))

    def check(self) -> None:
        """Raise TransactionEnded if nothing more can be done."""
        if self._is_over:
            raise TransactionEnded("The transaction is over.")
        if self._clock() >= self._ends_at:
            raise TransactionEnded("The transaction is over: ERP.net ends each after 25 minutes.")
        if self._is_in_doubt:
            raise TransactionEnded("The answer to a change was lost, so the transaction can only be dropped.")

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around a change: where its answer is lost, nobody knows what saving the transaction would save."""
        try:
            with _nothing_saved():
                yield
        except (Unanswered, ServerFault):
            self._is_in_doubt = True
            raise

    def drop(self) -> None:
        if self._is_over or self._clock() >= self._ends_at:
            return
        self.close()
        try:
            self.outside.send("POST", "EndTransaction", encoded({"commit": False}), headers=self._headers())
        except ErpNetError as error:
            logger.info("A transaction is left for ERP.net to forget: %s", error)

    def close(self) -> None:
        self._is_over = True

    def _headers(self, others: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**(others or {}), "TransactionId": self._id}

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        except TransactionEnded:
            self.close()
            raise


@contextmanager
def _nothing_saved() -> Iterator[None]:
    """Around what changes ERP.net's memory alone."""
    try:
        yield
    except ErpNetError as error:
        error.may_have_happened = False
        raise
