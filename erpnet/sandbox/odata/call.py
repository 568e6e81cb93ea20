"""One request under the root of the service, whether it came alone or as a part of a batch."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from erpnet.sandbox.odata.errors import ODataError

Data = dict[str, Any]
TRANSACTION = "TransactionId"
EXACT = "ieee754compatible=true"
DEEPEST = 50

_HALF = re.compile("[\ud800-\udfff]")

_PATH = re.compile(
    r"(?P<name>\$?\w+)"
    r"(?:\((?P<key>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)(?:/(?P<part>\w+))?|/(?P<count>\$count))?"
    r"(?:\((?P<arguments>.*)\))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Path:
    """An entity set or an operation, a key, and what is asked of the object, with the arguments of a function."""

    name: str
    key: str | None
    part: str | None
    arguments: str | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A request; `resource` is its path under the root. Headers are found in any case.

    `by_content_id` is set where a changeset names an object that an earlier part of it has made.
    """

    method: str
    resource: str
    options: Mapping[str, str]
    headers: Headers
    body: bytes
    by_content_id: bool = False

    @classmethod
    def of(cls, request: Request, resource: str) -> "Call":
        return cls(request.method, resource, request.args, Headers(request.headers), request.get_data())

    @property
    def path(self) -> Path:
        """Raises ODataError 404 for a path of another kind: others, like those to parts of parts, are not served."""
        match = _PATH.fullmatch(self.resource)
        if match is None:
            raise ODataError(f"Resource not found for the segment '{self.resource}'.", status=404)
        key = match["key"]
        return Path(
            match["name"], key and key.lower(), match["part"], match["arguments"], bool(match["count"])
        )

    @property
    def operation(self) -> str:
        """The name that stands alone under the root, or before parentheses that hold no key."""
        return self.resource.partition("(")[0]

    @property
    def wants_exact_numbers(self) -> bool:
        return EXACT in self.headers.get("Accept", "").lower()

    @property
    def media_type(self) -> str:
        """What the body is; JSON where no header says so."""
        return self.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()

    @property
    def transaction_id(self) -> str | None:
        return self.headers.get(TRANSACTION)

    def data(self) -> Data:
        """The JSON object of the body; decimals stay exact. Raises ODataError for anything else."""
        if self.body and self.media_type != "application/json":
            raise ODataError(f"A body of the type '{self.media_type}' cannot be read here.", status=415)
        try:
            content = json.loads(self.body or b"{}", parse_float=Decimal)
        except (ValueError, RecursionError):
            raise ODataError("The body of the request is not JSON.") from None
        if not isinstance(content, dict):
            raise ODataError("The body of the request is not a JSON object.")
        _check(content, DEEPEST)
        return content


def _check(content: Any, depth: int) -> None:
    """Raises ODataError for what nests too deep, and for texts with halves of characters."""
    if depth == 0:
        raise ODataError("The body of the request nests too deep.")
    if isinstance(content, str) and _HALF.search(content):
        raise ODataError("The body of the request has a text that is not Unicode.")
    if isinstance(content, dict | list):
        for one in content:
            _check(one, depth - 1)
    if isinstance(content, dict):
        for one in content.values():
            _check(one, depth - 1)
