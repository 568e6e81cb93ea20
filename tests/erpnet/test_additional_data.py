"""What applications keep in an object: one's own is read and replaced, the others' stays as it is."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erpnet import AdditionalData
from erpnet.values import to_json

OURS = "my.application"
contents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_ones_own_is_read() -> None:
    data = AdditionalData('{"other": {"carrier": "x"}, "my.application": {"carrier": "DHL", "packages": 2}}')
    assert data.of(OURS) == {"carrier": "DHL", "packages": 2}
    assert data.of("third") == {}
    assert AdditionalData().of(OURS) == {}


def test_ones_own_is_replaced_as_a_whole() -> None:
    data = AdditionalData('{"my.application": {"carrier": "DHL"}}').with_own(OURS, {"packages": 2})
    assert str(data) == '{"my.application":{"packages":2}}'
    assert data.of(OURS) == {"packages": 2}


def test_it_is_sent_as_text() -> None:
    body = {"AdditionalDataJson": AdditionalData().with_own(OURS, {"a": "ä"})}
    written = orjson.dumps(body, default=to_json, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    assert json.loads(written) == {"AdditionalDataJson": '{"my.application":{"a":"ä"}}'}


@given(st.dictionaries(st.text().filter(lambda name: name != OURS), contents, max_size=4))
def test_what_others_keep_stays_as_it_is(theirs: dict[str, object]) -> None:
    after = AdditionalData(json.dumps(theirs)).with_own(OURS, {"carrier": "DHL"})
    assert json.loads(after.text) == {**theirs, OURS: {"carrier": "DHL"}}


@pytest.mark.parametrize(
    "number", ["12345678901234567890.123456789", "0.10", "1e400", "98765432109876543210", "-0"]
)
def test_numbers_of_others_keep_every_digit(number: str) -> None:
    after = AdditionalData(f'{{"other": {{"deep": [{number}]}}}}').with_own(OURS, {})
    assert f"[{number}]" in after.text


@pytest.mark.parametrize(
    "text", ["{", "[]", "5", "null", '"x"', '{"my.application": 5}x', '{"other": NaN}', "[" * 100_000]
)
def test_what_is_no_object_is_neither_read_nor_overwritten(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words for a text that is no JSON are Python's.
        AdditionalData(text).of(OURS)
    with pytest.raises(ValueError):  # noqa: PT011
        AdditionalData(text).with_own(OURS, {})


def test_what_an_application_keeps_is_an_object() -> None:
    with pytest.raises(ValueError, match="object"):
        AdditionalData('{"my.application": 5}').of(OURS)
    with pytest.raises(ValueError, match="with a name"):
        AdditionalData().with_own("", {})


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        AdditionalData().with_own(OURS, {"when": object()})
    with pytest.raises(ValueError, match="cannot be written"):
        AdditionalData(r'{"other": "\ud800"}').with_own(OURS, {})
    with pytest.raises(ValueError, match="32000 characters"):
        AdditionalData().with_own(OURS, {"notes": "x" * 32_000})
