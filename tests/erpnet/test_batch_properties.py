"""`$batch` under any value and any damage: nothing leaves its part, and nothing half is taken for whole."""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erpnet import F, Query
from erpnet.answers import read_object
from erpnet.batch.changeset import Changeset
from erpnet.batch.multipart import NotMultipart, PartRequest, parsed, written

CONTENT_TYPE = "multipart/mixed; boundary=b"
NAME = '{"Name":"Мито 1"}'
WHOLE = (
    "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{NAME}\r\n"
    "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    "--c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n"
    "--c--\r\n--b--"
).encode()
TEXTS = st.text() | st.text(alphabet="\r\n-bc_:/ HTP1.'\"\\\u2028\x85\0")


def parts_of(content_type: str, body: bytes) -> list[Any]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message: Any = BytesParser(EmailMessage, policy=HTTP.clone(raise_on_defect=True)).parsebytes(head + body)
    return list(message.get_payload())


@given(TEXTS, TEXTS)
def test_no_value_leaves_its_part(first: str, second: str) -> None:
    numbers = iter((1, 2))
    changes = Changeset(lambda: next(numbers))
    made = changes.create("Some_Things", {"Notes": first})
    changes.update(made, {"Notes": second})
    reading = PartRequest("GET", Query("Some_Things").filter(F.Notes.eq(first)).path(), {})
    read, changeset = parts_of(*written([reading, changes.request]))
    bodies = [one.get_payload(decode=True).partition(b"\r\n\r\n")[2] for one in changeset.get_payload()]
    assert [json.loads(body)["Notes"] for body in bodies] == [first, second]
    assert read.get_payload(decode=True).count(b"\r\n") == 2


@given(st.integers(0, len(WHOLE) - 1))
def test_no_part_of_an_answer_is_taken_for_the_whole(end: int) -> None:
    try:
        answers = parsed(CONTENT_TYPE, WHOLE[:end], 0.0)
    except NotMultipart:
        return
    raise AssertionError(f"{answers} were read from half an answer.")


@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 20),
    st.binary(max_size=20) | st.text(alphabet="\r\n:;=\"<>()-bc %'*\0").map(str.encode),
)
def test_damage_is_refused_or_does_no_harm(start: int, length: int, instead: bytes) -> None:
    try:
        parsed(CONTENT_TYPE, WHOLE[:start] + instead + WHOLE[start + length :], 0.0)
    except NotMultipart:
        return


@given(st.text())
def test_any_content_type_is_answered_or_refused(content_type: str) -> None:
    try:
        parsed(content_type, WHOLE, 0.0)
    except NotMultipart:
        return


def test_parts_in_parts_without_end_are_refused() -> None:
    part = "--{0}\r\nContent-Type: multipart/mixed; boundary={1}\r\n\r\n"
    nested = "".join(part.format(f"b{depth}", f"b{depth + 1}") for depth in range(2000))
    with pytest.raises(NotMultipart):
        parsed("multipart/mixed; boundary=b0", nested.encode(), 0.0)


def test_the_whole_is_read() -> None:
    read, changeset = parsed(CONTENT_TYPE, WHOLE, 0.25)
    assert not isinstance(read, list)
    assert (read_object(read.answer), read.answer.seconds) == (json.loads(NAME), 0.25)
    assert isinstance(changeset, list)
    assert [(one.content_id, one.answer.status, one.answer.body) for one in changeset] == [("1", 204, b"")]
