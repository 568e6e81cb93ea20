"""No text that a request may hold breaks the service: what it cannot read it says it cannot read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erpnet.sandbox.odata.apply import parse_apply
from erpnet.sandbox.odata.clauses import parse_expand, parse_expandgroup, parse_order, parse_select
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.parse import Condition, Literal, parse_filter

PARSERS: list[Callable[[str], object]] = [
    parse_filter,
    parse_apply,
    parse_select,
    parse_expand,
    parse_expandgroup,
    parse_order,
]
WORDS = "Id State eq and in 'x' null 2026-01-01 -1.5 $count as with sum /$ref desc $select= $expand= contains( year("
PIECES = st.sampled_from([*"()/,;=' ", *WORDS.split(), "groupby((", "aggregate(", "compute("])


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.one_of(st.text(), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_refused(parse: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(ODataError, Refusal):
        parse(text)


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("piece", ["(", "A($expand=", "groupby(("])
def test_depth_has_an_end(parse: Callable[[str], object], piece: str) -> None:
    with pytest.raises((ODataError, Refusal)):
        parse(piece * 5000)
    with pytest.raises((ODataError, Refusal)):
        parse(piece * 5000 + "A" + ")" * 5000)


@given(value=st.text())
def test_a_text_in_quotes_is_read_as_it_is(value: str) -> None:
    quoted = value.replace("'", "''")
    assert parse_filter(f"Name eq '{quoted}'") == [Condition("eq", ("Name",), (Literal("string", value),))]
