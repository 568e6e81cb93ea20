"""The bodies of batches: HTTP requests in parts between boundaries, and answers put together the same way.

Standard: https://docs.oasis-open.org/odata/odata/v4.0/odata-v4.0-part1-protocol.html#_Toc453752313
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from werkzeug.datastructures import Headers, MultiDict
from werkzeug.http import parse_options_header
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.odata.call import Call
from erpnet.sandbox.odata.errors import ODataError

MIXED, HTTP = "multipart/mixed", "application/http"
SERVICE = "/api/domain/odata/"

_EOL = re.compile(rb"\r?\n")
_BLANK = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.1")


@dataclass(frozen=True, slots=True)
class Part:
    """The headers and the content of one part."""

    headers: Headers
    content: bytes

    @property
    def kind(self) -> str:
        return parse_options_header(self.headers.get("Content-Type"))[0].lower()

    @property
    def content_id(self) -> str:
        return self.headers.get("Content-ID", "").strip()


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a body. Raises ODataError for one that is not multipart/mixed as its header says."""
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "").encode()
    if kind.lower() != MIXED or not boundary:
        raise ODataError(f"A batch and its changesets are {MIXED} with a boundary.")
    mark = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|$)")
    marks = list(mark.finditer(body))
    if len(marks) < 2 or [bool(one[1]) for one in marks] != [False] * (len(marks) - 1) + [True]:
        raise ODataError("The boundaries of the batch are not as its header says.")
    return [_part(body[one.end() : other.start()]) for one, other in pairwise(marks)]


def call_of(part: Part, aliases: dict[str, str]) -> Call:
    """The request in a part; a `$1` at its beginning stands for the object that `aliases` has for it."""
    if part.kind != HTTP:
        raise ODataError(f"A part of a batch is {HTTP}.")
    head, _, body = _split(part.content.lstrip(b"\r\n"))
    first, *lines = _EOL.split(head)
    match = _REQUEST_LINE.fullmatch(first.decode("latin-1").strip())
    if match is None:
        raise ODataError(f"'{first.decode('latin-1')}' is not the first line of a request.")
    address = urlsplit(match[2].partition(SERVICE)[2] if SERVICE in match[2] else match[2])
    path, is_alias = _without_alias(unquote(address.path), aliases)
    query = Request({"QUERY_STRING": iri_to_uri(address.query)}).args
    return Call(match[1], path, MultiDict(query), _headers(lines), body.strip(b"\r\n"), is_alias)


def written(kind: str, parts: Iterable[bytes]) -> tuple[str, bytes]:
    """The Content-Type and the body of what is put together from parts."""
    boundary = f"{kind}_{uuid.uuid4()}"
    mark = f"--{boundary}".encode()
    content = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return f"{MIXED}; boundary={boundary}", content + mark + b"--\r\n"


def answer_part(response: Response, content_id: str = "") -> bytes:
    """An answer as a part."""
    lines = [f"Content-Type: {HTTP}", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    status = HTTPStatus(response.status_code)
    lines += ["", f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.get_data()


def nested_part(content_type: str, body: bytes) -> bytes:
    return f"Content-Type: {content_type}\r\n\r\n".encode() + body


def _part(content: bytes) -> Part:
    head, blank, body = _split(content.removeprefix(b"\r\n").removeprefix(b"\n"))
    if not blank:
        raise ODataError("A part of the batch has no content.")
    return Part(_headers(_EOL.split(head)), body)


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before and behind the first empty line, and the line itself."""
    match = _BLANK.search(content)
    if match is None:
        return content, b"", b""
    return content[: match.start()], match[0], content[match.end() :]


def _headers(lines: list[bytes]) -> Headers:
    pairs = [line.decode("latin-1").partition(":") for line in lines if line.strip()]
    if not all(colon for _, colon, _ in pairs):
        raise ODataError("A header in the batch has no colon.")
    return Headers([(name.strip(), value.strip()) for name, _, value in pairs])


def _without_alias(path: str, aliases: dict[str, str]) -> tuple[str, bool]:
    alias, slash, rest = path.partition("/")
    if not alias.startswith("$") or alias[1:] not in aliases:
        return path, False
    return aliases[alias[1:]] + slash + rest, True
