"""Changes of a batch that are saved together, in their order, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from erpnet.answers import raise_for_status, read_written, read_written_object
from erpnet.batch.multipart import PartAnswer, PartRequest
from erpnet.batch.pending import Children, Created, Pending
from erpnet.channel import ACCEPT, JSON
from erpnet.exceptions import ErpNetError, Rejected, Unanswered
from erpnet.objects import Sender, Target, encoded, judged, keyed, reference_from
from erpnet.query import checked_name
from erpnet.values import Reference


class Changeset:
    """Changes that fail together: if one is refused, the result of each raises that refusal.

    `next_number` gives each change a number that no other of its batch has.
    """

    def __init__(self, next_number: Callable[[], int]) -> None:
        self._next_number = next_number
        self._requests: list[PartRequest] = []
        self._pending: dict[str, Pending[Any]] = {}
        self._versions: dict[Reference, int] = {}

    @property
    def request(self) -> list[PartRequest]:
        return self._requests

    def create(self, target: str | Children, data: Mapping[str, Any]) -> Created:
        """Create an object in an entity set, or in a child list of an object created before."""
        path = self._list_path(target) if isinstance(target, Children) else checked_name(target)
        number = str(self._next_number())
        created = Created(number)
        self._add("POST", path, encoded(data), number, created)
        return created

    def find_or_create(
        self, entity_set: str, data: Mapping[str, Any], *, external_id: str, external_system: str
    ) -> Created:
        """The object with that external id; created from `data` if it is not there, else left as it is.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
        """
        return self.create(entity_set, keyed("findOrCreate", data, external_id, external_system))

    def update(
        self,
        target: Created | Target,
        data: Mapping[str, Any],
        *,
        object_version: int | None = None,
    ) -> Pending[dict[str, Any]]:
        """Change some attributes. With `object_version`, fails with Conflict if the object has another by now."""
        path = self._path(target)
        if object_version is not None and not isinstance(target, Created):
            self._versions[reference_from(target)] = object_version
            data = {**data, "ObjectVersion": object_version}
        pending = Pending(read_written_object)
        self._add("PATCH", path, encoded(data), str(self._next_number()), pending)
        return pending

    def delete(self, target: Created | Target) -> Pending[None]:
        """Delete an object and what belongs to it."""
        pending: Pending[None] = Pending(read_written)
        self._add("DELETE", self._path(target), b"", str(self._next_number()), pending)
        return pending

    def fail(self, error: ErpNetError) -> None:
        """Let every change answer with this error."""
        for pending in self._pending.values():
            pending.fail(error)

    def take(self, answer: PartAnswer | list[PartAnswer], sender: Sender) -> None:
        """Hand out the answers, or the one refusal that stands for all. `sender` looks at versions then."""
        answers = [answer] if isinstance(answer, PartAnswer) else answer
        try:
            for one in answers:
                raise_for_status(one.answer)
        except Rejected as refusal:
            self.fail(judged(refusal, self._versions, sender))
        except ErpNetError as error:
            self.fail(error)
        else:
            self._take_successes(answers)

    def _take_successes(self, answers: list[PartAnswer]) -> None:
        if sorted(one.content_id for one in answers) != sorted(self._pending):
            self.fail(Unanswered("ERP.net answered a changeset without an answer to each of its changes."))
            return
        for one in answers:
            self._pending[one.content_id].take(one.answer)

    def _list_path(self, children: Children) -> str:
        return f"{self._path(children.owner)}/{children.name}"

    def _path(self, target: Created | Target) -> str:
        if not isinstance(target, Created):
            return reference_from(target).odata_id
        if target not in self._pending.values():
            raise ValueError("Only what the same changeset creates can be reached before it is saved.")
        return target.path

    def _add(self, method: str, path: str, body: bytes, number: str, pending: Pending[Any]) -> None:
        headers = {"Accept": ACCEPT, "Content-Type": JSON} if body else {"Accept": ACCEPT}
        self._requests.append(PartRequest(method, path, headers, body, number))
        self._pending[number] = pending
