"""`$batch`: reads and changesets in one request; a changeset is carried out as a whole or not at all.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/batch.html
"""

from collections.abc import Callable
from dataclasses import replace

import orjson
from werkzeug.wrappers import Response

from erpnet.sandbox.odata.call import TRANSACTION, Call
from erpnet.sandbox.odata.checks import check
from erpnet.sandbox.odata.context import Context
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.multipart import HTTP, Part, answer_part, call_of, nested_part, parts_of, written
from erpnet.sandbox.store import Place, Work

WRITES = {"POST", "PATCH", "DELETE"}
Answering = Callable[[Context], Response]


class Failed(Exception):
    """A part of a changeset was refused, and the changeset with it."""

    def __init__(self, content_id: str, error: ODataError | Refusal) -> None:
        super().__init__(error.message)
        self.content_id = content_id
        self.error = error


class Batch:
    """A batch on its way. `answering` answers one request; every part gets its answer, whatever the others got."""

    def __init__(self, context: Context, answering: Answering) -> None:
        self._context = context
        self._answering = answering

    def answer(self) -> Response:
        """Raises ODataError, with nothing carried out, for a body that is not a batch."""
        call = self._context.call
        parts = parts_of(call.headers.get("Content-Type", ""), call.body)
        steps = [self._step(part) for part in parts]
        content_type, body = written("batchresponse", [step() for step in steps])
        return Response(body, content_type=content_type, headers={"OData-Version": "4.0"})

    def _step(self, part: Part) -> Callable[[], bytes]:
        """What will answer a part; whatever is wrong with its form is found before anything is carried out."""
        if part.kind == HTTP:
            call = _checked(call_of(part, {}))
            if call.method != "GET":
                raise ODataError("What changes data stands in a changeset of the batch.")
            return lambda: answer_part(self._read(call))
        changes = parts_of(part.headers.get("Content-Type", ""), part.content)
        numbers = [one.content_id for one in changes]
        if not all(numbers) or len(set(numbers)) < len(numbers):
            raise ODataError("Each change of a changeset has a Content-ID of its own.")
        for one in changes:
            if _checked(call_of(one, {})).method not in WRITES:
                raise ODataError("A changeset has nothing in it but changes.")
        return lambda: self._changeset(changes)

    def _read(self, call: Call) -> Response:
        try:
            return self._answering(replace(self._context, call=call))
        except (ODataError, Refusal) as error:
            return _refused(error)

    def _changeset(self, changes: list[Part]) -> bytes:
        """The answers to all changes, or the one that stands for them: why they were not made."""
        try:
            with self._context.work() as work:
                answers = self._carry_out(work, changes)
        except Failed as failed:
            answers = [answer_part(_refused(failed.error), failed.content_id)]
        except (ODataError, Refusal) as error:
            answers = [answer_part(_refused(error), changes[0].content_id)]
        return nested_part(*written("changesetresponse", answers))

    def _carry_out(self, work: Work, changes: list[Part]) -> list[bytes]:
        answers: list[bytes] = []
        aliases: dict[str, str] = {}
        places: dict[str, list[Place]] = {}
        seen: set[Place] = set()
        for part in changes:
            number = part.content_id
            try:
                response = self._answering(replace(self._context.seeing(work), call=call_of(part, aliases)))
            except (ODataError, Refusal) as error:
                raise Failed(number, error) from None
            if location := response.headers.get("Location"):
                aliases[number] = location
            places[number] = [place for place in work.touched if place not in seen]
            seen.update(places[number])
            answers.append(answer_part(response, number))
        if work.is_final:
            _check(work, places)
        return answers


def _check(work: Work, places: dict[str, list[Place]]) -> None:
    """Raises Failed with the number of the change that first touched what cannot be saved."""
    for number, touched in places.items():
        try:
            check(work, touched)
        except Refusal as error:
            raise Failed(number, error) from None


def _checked(call: Call) -> Call:
    if TRANSACTION in call.headers:
        raise ODataError("The header TransactionId stands with the batch, not in its parts.")
    if call.operation in {"$batch", "Import", "BeginTransaction", "EndTransaction", "WaitForChanges"}:
        raise ODataError(f"'{call.operation}' cannot be a part of a batch.")
    return call


def _refused(error: ODataError | Refusal) -> Response:
    content = orjson.dumps({"error": error.content()})
    return Response(content, error.status, content_type="application/json")
