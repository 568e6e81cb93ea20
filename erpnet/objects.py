"""What can be asked of and done with objects, straight or inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import orjson

from erpnet import documents
from erpnet.answers import read_object, read_written, read_written_object
from erpnet.documents import FileFormat, State, VoidType
from erpnet.exceptions import Conflict, ErpNetError, PermanentError, Rejected
from erpnet.pages import Page, link_to, page_from
from erpnet.query import Expansion, Query, checked_name, expanded, literal, options_text, selected
from erpnet.transport import Answer
from erpnet.values import Referable, Reference, refuse_floats, to_json

T = TypeVar("T")
# One object: a reference, an entity, or an `Entity_Set(guid)`.
Target = Referable | str

# Left readable in the parameters of a function; a slash and what could end the path are always encoded.
_SAFE = "'=,:"
_WRITE_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


class Sender(Protocol):
    """What carries requests: the channel, or a transaction on it."""

    def read(self, link: str, *, headers: Mapping[str, str] | None = None) -> Answer: ...

    def send(
        self, method: str, link: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer: ...


def encoded(data: Mapping[str, Any]) -> bytes:
    """The JSON body of a write. Raises TypeError or ValueError for what cannot be sent to ERP.net."""
    refuse_floats(data)
    try:
        return orjson.dumps(data, default=to_json, option=_WRITE_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise error.__cause__ or error from None  # The cause is ours, and says what is wrong.


def reference_from(target: Target) -> Reference:
    """Raises ValueError for a text that is no odata id, TypeError for a row of a view and what refers to nothing."""
    if isinstance(target, str):
        return Reference.parse(target)
    try:
        return target.reference
    except AttributeError:
        kind = type(target).__name__
        raise TypeError(f"A Reference, an entity or its odata id says which object, not {kind}.") from None


def path_of(reference: Target, select: Sequence[str] = (), expand: Sequence[Expansion] = ()) -> str:
    """Where one object is read."""
    target = reference_from(reference)
    query = Query(target.entity_set, selected(select), expanded(expand))
    return target.odata_id + options_text(query.options())


class Objects:
    """Reading and writing. Reads are repeated while what fails may pass; writes never.

    A write whose answer is lost raises an error that `may_have_happened`: look before doing it again.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = self._outside = sender

    # -- Reading --------------------------------------------------------------------------------------------

    def page(self, query_or_next_link: Query | str) -> Page:
        """One page: the first of a query, or the one that a `next_link` of an earlier page leads to.

        A query that does not say how many rows a page has gets 1000.
        Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
        """
        return page_from(self._sender.read(link_to(query_or_next_link)))

    def get(
        self, reference: Target, *, select: Sequence[str] = (), expand: Sequence[Expansion] = ()
    ) -> dict[str, Any]:
        """One object, by its reference or its `Entity_Set(guid)`. Raises NotFound."""
        return read_object(self._sender.read(path_of(reference, select, expand)))

    def function(
        self, name: str, parameters: Mapping[str, Any] | None = None, *, of: Target | None = None
    ) -> dict[str, Any]:
        """Call a function of the service, such as GetVersion, or of an object.

        Docs: https://docs.erp.net/dev/domain-api/operations/index.html
        """
        owner = "" if of is None else f"{reference_from(of)}/"
        given = ",".join(f"{checked_name(key)}={literal(value)}" for key, value in (parameters or {}).items())
        call = checked_name(name) + (f"({quote(given, safe=_SAFE)})" if given else "")
        return read_object(self._sender.read(owner + call))

    # -- Writing --------------------------------------------------------------------------------------------

    def create(self, entity_set: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object, with its lines if `data` has some. Answers what ERP.net made of it.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/create.html
        """
        return self._write("POST", checked_name(entity_set), data, read_written_object)

    def update(
        self, reference: Target, data: Mapping[str, Any], *, object_version: int | None = None
    ) -> dict[str, Any]:
        """Change some attributes of an object. Empty where ERP.net answers nothing.

        With `object_version`, raises Conflict if the object has another one by now. ERP.net does not document
        how it tells that refusal from others, so a refused update is followed by a look at the version.
        Docs: https://docs.erp.net/dev/domain-api/data-sync/optimistic-locking.html
        """
        target = reference_from(reference)
        if object_version is None:
            return self._write("PATCH", target.odata_id, data, read_written_object)
        versioned = {**data, "ObjectVersion": object_version}
        try:
            return self._write("PATCH", target.odata_id, versioned, read_written_object)
        except Rejected as refusal:
            raise judged(refusal, {target: object_version}, self._outside) from None

    def delete(self, reference: Target) -> None:
        """Delete an object and what belongs to it. NotFound after an answer that was lost says that it is done.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/delete.html
        """
        self._write("DELETE", reference_from(reference).odata_id, None, read_written)

    def merge(
        self, entity_set: str, data: Mapping[str, Any], *, external_id: str, external_system: str
    ) -> dict[str, Any]:
        """Create the object with that external id, or update it if it is there: repeated, it is still one object.

        Child objects that nothing identifies, such as the lines of a document, are added anew by a repeat. After
        an answer that was lost, look for the object first.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
        """
        body = keyed("merge", data, external_id, external_system)
        return self._write("POST", checked_name(entity_set), body, read_written_object)

    def find_or_create(
        self, entity_set: str, data: Mapping[str, Any], *, external_id: str, external_system: str
    ) -> dict[str, Any]:
        """The object with that external id; created from `data` if it is not there, else left as it is.

        So a request that ERP.net carries out late, after another has done its work, changes nothing.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
        """
        body = keyed("findOrCreate", data, external_id, external_system)
        return self._write("POST", checked_name(entity_set), body, read_written_object)

    # -- Actions --------------------------------------------------------------------------------------------

    def action(self, reference: Target, name: str, data: Mapping[str, Any] | None = None) -> Any:
        """Call an action of an object, such as Recalculate. Answers its JSON, None where there is none.

        Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
        """
        return self._write("POST", _action_path(reference, name), data or {}, read_written)

    def change_state(self, document: Target, state: State, *, user_status: Reference | None = None) -> None:
        """Bring a document to another state, which takes ERP.net from half a second to five.

        After an answer that was lost, look at its State.
        Docs: https://docs.erp.net/model/entities/General.Documents.Documents.html#changestate
        """
        self.action(document, "ChangeState", documents.state_change(state, user_status))

    def make_void(
        self,
        document: Target,
        *,
        reason: str,
        void_type: VoidType = "VoidDocument",
        reset_parent_state: bool = True,
    ) -> None:
        """Make a document void, which cannot be undone. After an answer that was lost, look at its Void.

        Docs: https://docs.erp.net/model/entities/General.Documents.Documents.html#makevoid
        """
        self.action(document, "MakeVoid", documents.voiding(reason, void_type, reset_parent_state))

    def printout(
        self,
        document: Target,
        *,
        file_format: FileFormat = "pdf",
        printout: Reference | None = None,
        language: str = "",
    ) -> bytes:
        """The file of a document's printout: the default one of its document type, unless `printout` names another.

        `language` is a two-letter code; ERP.net writes English without one. ERP.net notes each printout made, so
        it is not asked for again by itself.
        Docs: https://docs.erp.net/model/entities/General.Documents.Documents.html#getprintout
        """
        wanted = documents.printing(file_format, printout)
        headers = {"Accept-Language": documents.checked_language(language)} if language else None
        return self._write(
            "POST", _action_path(document, "GetPrintout"), wanted, documents.file_from, headers=headers
        )

    def _write(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None,
        read: Callable[[Answer], T],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Send once and read the answer. `data` of None is a request without a body."""
        body = None if data is None else encoded(data)
        return read(self._sender.send(method, path, body, headers=headers))


def judged(refusal: Rejected, versions: Mapping[Reference, int], sender: Sender) -> PermanentError:
    """The refusal, or the Conflict that it is because an object is no longer at the version that was expected."""
    if all(_is_still_at(target, version, sender) for target, version in versions.items()):
        return refusal
    return Conflict(refusal.message)


def _is_still_at(target: Reference, object_version: int, sender: Sender) -> bool:
    try:
        current = read_object(sender.read(path_of(target, ["ObjectVersion"]))).get("ObjectVersion")
    except ErpNetError:
        return True
    return str(current) == str(object_version)


def _action_path(reference: Target, name: str) -> str:
    return f"{reference_from(reference)}/{checked_name(name)}"


def keyed(action: str, data: Mapping[str, Any], external_id: str, external_system: str) -> dict[str, Any]:
    """The body of a write that finds its object by an external id."""
    key = {"ExternalId": external_id, "ExternalSystem": external_system}
    return {"@erpnet.action": action, "@erpnet.findBy": key, **data, **key}
