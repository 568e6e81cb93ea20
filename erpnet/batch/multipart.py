"""The wire format of `$batch`: HTTP requests and answers as the parts of one body.

Answers are parsed by the standard library's parsers, which raise at whatever they would otherwise mend.
Docs: https://docs.erp.net/dev/domain-api/data-manipulation/batch.html
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from http.client import HTTPException, HTTPResponse
from typing import Any

from requests.structures import CaseInsensitiveDict

from erpnet.transport import Answer

# The policy that leaves headers as they came: taking each apart costs more than all the rest of an answer.
_STRICT = compat32.clone(raise_on_defect=True)
_EOL = b"\r\n"


@dataclass(frozen=True, slots=True)
class PartRequest:
    """One request: `path` is relative to the root of the service, or begins with a `$1` of its changeset."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """One answer, and the Content-ID of the request that it belongs to; empty where it names none."""

    answer: Answer
    content_id: str = ""


class NotMultipart(ValueError):
    """What came is no whole multipart/mixed answer of HTTP answers."""


def written(parts: Sequence[PartRequest | Sequence[PartRequest]]) -> tuple[str, bytes]:
    """The Content-Type and the body of a batch; a sequence among the parts is a changeset."""
    return _multipart("batch", [_part(part) for part in parts])


def parsed(content_type: str, body: bytes, seconds: float) -> list[PartAnswer | list[PartAnswer]]:
    """The answers of a batch in their order, those of a changeset as a list. Raises NotMultipart."""
    head = b"Content-Type: " + content_type.encode("ascii", "replace") + 2 * _EOL
    try:
        message = BytesParser(policy=_STRICT).parsebytes(head + body)
        return [_answers(part, seconds) for part in _parts(message)]
    except (MessageError, HTTPException, ValueError, IndexError, RecursionError) as fault:
        raise NotMultipart(f"{type(fault).__name__}") from None


def _multipart(kind: str, parts: Sequence[bytes]) -> tuple[str, bytes]:
    boundary = f"{kind}_{uuid.uuid4()}"
    line = b"--" + boundary.encode()
    body = b"".join(line + _EOL + part + _EOL for part in parts) + line + b"--" + _EOL
    return f"multipart/mixed; boundary={boundary}", body


def _part(part: PartRequest | Sequence[PartRequest]) -> bytes:
    if not isinstance(part, PartRequest):
        content_type, body = _multipart("changeset", [_part(one) for one in part])
        return _head({"Content-Type": content_type}) + body
    outer = {"Content-Type": "application/http", "Content-Transfer-Encoding": "binary"}
    if part.content_id:
        outer["Content-ID"] = part.content_id
    request = f"{part.method} {part.path} HTTP/1.1".encode("ascii")
    return _head(outer) + request + _EOL + _head(part.headers) + part.body


def _head(headers: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii") + _EOL


def _parts(message: Any) -> list[Message]:
    if message.get_content_type() != "multipart/mixed" or not message.is_multipart():
        raise NotMultipart("not multipart/mixed")
    return list(message.get_payload())


def _answers(part: Message, seconds: float) -> PartAnswer | list[PartAnswer]:
    if part.get_content_type() == "application/http":
        return _answer(part, seconds)
    return [_answer(one, seconds) for one in _parts(part)]


def _answer(part: Message, seconds: float) -> PartAnswer:
    if part.get_content_type() != "application/http":
        raise NotMultipart("not application/http")
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise NotMultipart("no content")
    response = HTTPResponse(_Received(content))  # type: ignore[arg-type]  # It only asks for a file to read.
    response.begin()
    headers = CaseInsensitiveDict(response.getheaders())
    return PartAnswer(
        Answer(response.status, headers, response.read(), seconds), str(part.get("Content-ID", ""))
    )


class _Received:
    """Bytes that have come, in the place of a socket."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)
