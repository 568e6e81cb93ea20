"""Collecting the requests of a batch, sending them, and handing each its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from erpnet.answers import read_object
from erpnet.batch.changeset import Changeset
from erpnet.batch.multipart import NotMultipart, PartAnswer, PartRequest, parsed, written
from erpnet.batch.pending import Pending, T
from erpnet.channel import ACCEPT
from erpnet.exceptions import ErpNetError, Unanswered
from erpnet.objects import Sender, Target, path_of
from erpnet.pages import Page, link_to, page_from
from erpnet.query import Expansion, Query
from erpnet.transport import Answer


@dataclass(frozen=True, slots=True)
class Read:
    """One request that reads."""

    request: PartRequest
    pending: Pending[Any]

    def fail(self, error: ErpNetError) -> None:
        self.pending.fail(error)

    def take(self, answer: PartAnswer | list[PartAnswer], sender: Sender) -> None:
        if isinstance(answer, PartAnswer):
            self.pending.take(answer.answer)
        else:
            self.fail(Unanswered("ERP.net answered a question with a changeset."))


class Batch:
    """Requests that wait for `send`, once: reads and changesets, carried out in their order.

    A request that fails raises when its result is asked for. A batch is never repeated by itself: where its
    answer is lost, `send` and every result raise Unanswered, and each changeset may have been saved.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._parts: list[Read | Changeset] = []
        self._numbers = 0
        self._is_sent = False

    def __repr__(self) -> str:
        return f"<Batch of {len(self._parts)} parts, {'sent' if self._is_sent else 'not sent'}>"

    def read(self, query: Query) -> Pending[Page]:
        """The first page of a query, as `DomainApi.page` reads it."""
        return self._reading(link_to(query), page_from)

    def get(
        self, reference: Target, *, select: Sequence[str] = (), expand: Sequence[Expansion] = ()
    ) -> Pending[dict[str, Any]]:
        """One object. Its result raises NotFound."""
        return self._reading(path_of(reference, select, expand), read_object)

    @contextmanager
    def changeset(self) -> Iterator[Changeset]:
        """Changes that are saved together. An exception in the `with` block leaves them out of the batch."""
        self._check_unsent()
        changes = Changeset(self._next_number)
        yield changes
        if changes.request:
            self._check_unsent()
            self._parts.append(changes)

    def send(self) -> None:
        """Send the batch. Raises only if it has no answer as a whole; what each part raises is in its result."""
        self._check_unsent()
        if not self._parts:
            raise ValueError("There is nothing in this batch.")
        self._is_sent = True
        try:
            answers = self._exchange()
        except ErpNetError as error:
            self._fail_from(0, error)
            raise
        for part, answer in zip(self._parts, answers, strict=False):
            part.take(answer, self._sender)
        self._fail_from(len(answers), Unanswered("ERP.net ended the batch before this part of it."))

    def _exchange(self) -> list[PartAnswer | list[PartAnswer]]:
        content_type, body = written([part.request for part in self._parts])
        headers = {"Content-Type": content_type, "Accept": "multipart/mixed"}
        try:
            return self._parsed(self._sender.send("POST", "$batch", body, headers=headers))
        except ErpNetError as error:
            error.may_have_happened &= any(isinstance(part, Changeset) for part in self._parts)
            raise

    def _parsed(self, answer: Answer) -> list[PartAnswer | list[PartAnswer]]:
        try:
            answers = parsed(answer.headers.get("Content-Type", ""), answer.body, answer.seconds)
        except NotMultipart:
            raise Unanswered(
                "ERP.net answered a batch with something that is no whole answer to one."
            ) from None
        if len(answers) > len(self._parts):
            raise Unanswered("ERP.net answered a batch with more than it was asked.")
        return answers

    def _fail_from(self, index: int, error: ErpNetError) -> None:
        for part in self._parts[index:]:
            part.fail(error)

    def _reading(self, path: str, read: Callable[[Answer], T]) -> Pending[T]:
        self._check_unsent()
        pending = Pending(read)
        self._parts.append(Read(PartRequest("GET", path, {"Accept": ACCEPT}), pending))
        return pending

    def _check_unsent(self) -> None:
        if self._is_sent:
            raise RuntimeError("This batch has been sent. Begin another.")

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers
