"""Queries: what is built, and that no value gets out of its literal."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erpnet import F, Query, Reference
from erpnet.query import literal
from tests.erpnet.builders import ORDERS

GUID = UUID("0bf6b45c-7ec1-484d-9f84-00072b77fabb")
# One OData string literal and nothing else: quotes inside come in pairs.
STRING = re.compile(r"'(?:[^']|'')*'", re.DOTALL)


def options_of(query: Query) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.path()).query, keep_blank_values=True))


def test_a_whole_query_is_written_in_a_fixed_order() -> None:
    query = (
        Query(ORDERS)
        .select("Id", "DocumentNo")
        .expand("Lines", select=["Id", "Quantity"])
        .filter(F.State.in_(["Released", "Completed"]) & F.Void.eq(False))
        .order_by("DocumentDate", descending=True)
        .order_by("DocumentNo")
        .top(100)
        .count()
    )
    assert query.path() == (
        f"{ORDERS}?$top=100&$select=Id,DocumentNo&$expand=Lines($select=Id,Quantity)"
        "&$filter=State%20in%20('Released',%20'Completed')%20and%20Void%20eq%20false"
        "&$orderby=DocumentDate%20desc,DocumentNo&$count=true"
    )


def test_a_query_is_never_changed_by_what_is_built_on_it() -> None:
    base = Query(ORDERS)
    base.select("Id").top(5)
    assert base.path() == ORDERS


def test_two_filters_must_both_hold() -> None:
    query = Query(ORDERS).filter(F.Void.eq(False)).filter(F.DocumentNo.eq("1"))
    assert options_of(query)["$filter"] == "Void eq false and DocumentNo eq '1'"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (10, "10"),
        (Decimal("5.555"), "5.555"),
        ("O'Neil", "'O''Neil'"),
        (GUID, str(GUID)),
        (dt.date(2026, 1, 31), "2026-01-31T00:00:00Z"),
        (dt.datetime(2026, 1, 31, 9, 55, tzinfo=dt.UTC), "2026-01-31T09:55:00.000Z"),
        (Reference("General_Products_Products", GUID), f"'General_Products_Products({GUID})'"),
    ],
)
def test_a_literal_follows_its_type(value: object, expected: str) -> None:
    assert literal(value) == expected


@pytest.mark.parametrize("value", [1.5, b"x", [1], object()])
def test_a_type_without_a_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)


def test_functions_are_written_as_documented() -> None:
    condition = (
        F.Name.contains("ppl")
        & F.PartNumber.startswith("A")
        & F.PartNumber.endswith("Z")
        & F.Store.equalnull(Reference("Logistics_Inventory_Stores", GUID))
        & F.FromDate.lessequalnull(dt.date(2026, 1, 1))
        & F.ThruDate.greaterequalnull(dt.date(2026, 1, 1))
        & F.PurchaseOrder.State.eq("Released")
    )
    assert str(condition) == (
        "contains(Name,'ppl') and startswith(PartNumber,'A') and endswith(PartNumber,'Z')"
        f" and equalnull(Store,'Logistics_Inventory_Stores({GUID})')"
        " and lessequalnull(FromDate,2026-01-01T00:00:00Z) and greaterequalnull(ThruDate,2026-01-01T00:00:00Z)"
        " and PurchaseOrder/State eq 'Released'"
    )


def test_pythons_own_operators_cannot_drop_a_condition() -> None:
    with pytest.raises(TypeError, match="&"):
        bool(F.A.eq(1))


def test_an_empty_list_is_not_asked_for() -> None:
    with pytest.raises(ValueError, match="matches nothing"):
        F.Id.in_([])


@pytest.mark.parametrize("rows", [0, 1001])
def test_a_page_has_one_to_a_thousand_rows(rows: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        Query(ORDERS).top(rows)


@pytest.mark.parametrize("name", ["", "A B", "A'", "A)", "A&$top=1", "A/B", "1A", "A\n"])
def test_names_that_are_none_are_refused_everywhere(name: str) -> None:
    for build in (
        lambda: Query(name),
        lambda: Query(ORDERS).select(name),
        lambda: Query(ORDERS).expand(name),
        lambda: Query(ORDERS).expand("Lines", select=[name]),
        lambda: Query(ORDERS).order_by(name),
        lambda: getattr(F, name),
    ):
        with pytest.raises(ValueError, match=r"name of ERP\.net"):
            build()


@given(st.text())
def test_no_text_breaks_out_of_its_literal(text: str) -> None:
    written = literal(text)
    assert STRING.fullmatch(written)
    assert written[1:-1].replace("''", "'") == text


@given(st.text().filter(lambda text: max(text, default="") < "\ud800" or max(text, default="") > "\udfff"))
def test_no_text_breaks_out_of_its_query_option(text: str) -> None:
    options = options_of(Query(ORDERS).filter(F.DocumentNo.eq(text)).top(5))
    assert options == {"$top": "5", "$filter": f"DocumentNo eq {literal(text)}"}


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_]*", fullmatch=True), st.uuids())
def test_no_reference_breaks_out_of_its_literal(entity_set: str, key: UUID) -> None:
    assert STRING.fullmatch(literal(Reference(entity_set, key)))


@given(
    st.one_of(
        st.integers(),
        st.booleans(),
        st.uuids(),
        st.dates(),
        st.decimals(allow_nan=False, allow_infinity=False),
    )
)
def test_no_other_value_carries_a_quote_or_a_space(value: object) -> None:
    assert not re.search(r"[\s'(),&]", literal(value))
