"""Carrying requests into one transaction of ERP.net's, for as long as it is of use.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from erpnet.exceptions import ErpNetError, MalformedAnswer, ServerFault, TransactionEnded, Unanswered
from erpnet.objects import Sender, encoded
from erpnet.transport import Answer

logger = logging.getLogger("erpnet")

Model = Literal["common", "frontend"]
LIFE = 25 * 60.0

_ID = re.compile(rb"[0-9A-Za-z_-]{1,100}")


class TransactionChannel:
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
    def begin(
        cls, sender: Sender, model: Model, track_changes: bool, clock: Callable[[], float]
    ) -> TransactionChannel:
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
