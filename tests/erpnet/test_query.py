"""Queries: what is built of selections, filters, orders, expansions and searches, and how it is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from erpnet import Expansion, F, Query, Reference, count, custom_property
from erpnet.query import Condition, Term, literal
from tests.erpnet.builders import ORDERS

GUID = UUID("0bf6b45c-7ec1-484d-9f84-00072b77fabb")


class State(StrEnum):
    RELEASED = "Released"


class OldState(str, Enum):  # noqa: UP042 - as scripts still write it; its str() is another.
    RELEASED = "Released"


class PlainState(Enum):
    RELEASED = "Released"


class Number(IntEnum):
    ONE = 1


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
        .skip(200)
        .count()
        .skip_nulls()
    )
    assert query.path() == (
        f"{ORDERS}?$top=100&$skip=200&$select=Id,DocumentNo&$expand=Lines($select=Id,Quantity)"
        "&$filter=State%20in%20('Released',%20'Completed')%20and%20Void%20eq%20false"
        "&$orderby=DocumentDate%20desc,DocumentNo&$count=true&options=skipnulls"
    )


def test_a_query_is_never_changed_by_what_is_built_on_it() -> None:
    base = Query(ORDERS)
    base.select("Id").top(5)
    assert base.path() == ORDERS


def test_two_filters_must_both_hold() -> None:
    query = Query(ORDERS).filter(F.Void.eq(False)).filter(F.DocumentNo.eq("1"))
    assert options_of(query)["$filter"] == "Void eq false and DocumentNo eq '1'"


def test_what_is_expanded_expands_in_turn() -> None:
    codes = Expansion("Codes", ["Code"])
    product = Expansion("Product", ["Codes", "Name", "PartNumber"], [codes])
    query = Query(ORDERS).expand("Lines", expand=[product])
    assert options_of(query)["$expand"] == (
        "Lines($expand=Product($select=Codes,Name,PartNumber;$expand=Codes($select=Code)))"
    )


def test_a_search_is_one_phrase() -> None:
    assert options_of(Query(ORDERS).search("015"))["$search"] == '"015"'
    assert options_of(Query(ORDERS).search("x OR NOT y"))["$search"] == '"x OR NOT y"'
    assert options_of(Query(ORDERS).search('2" \\ 3"'))["$search"] == r'"2\" \\ 3\""'


@pytest.mark.parametrize(
    ("text", "words"), [("", "nothing"), ("  ", "nothing"), ("x\ud800", "half a character")]
)
def test_nothing_to_search_for_is_not_searched(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Query(ORDERS).search(text)


def test_custom_properties_are_selected_and_compared_by_their_names() -> None:
    color = custom_property("color.name")
    query = Query("General_Products_Products").select("default", color).filter(F[color].eq("blue"))
    assert options_of(query) == {
        "$select": "default,CustomProperty_color_u002Ename",
        "$filter": "CustomProperty_color_u002Ename eq 'blue'",
    }
    assert str(F.Product[color].eq("x")) == "Product/CustomProperty_color_u002Ename eq 'x'"


@pytest.mark.parametrize("compare", [F.X.ge, F.X.contains, F.X.equalnull])
def test_custom_properties_know_no_other_comparison(compare: Callable[[str], Condition]) -> None:
    (term,) = compare("x").terms
    with pytest.raises(ValueError, match="eq alone"):
        Term(custom_property("color"), term.operator, "x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (10, "10"),
        (Decimal("5.555"), "5.555"),
        (Decimal("1E+3"), "1000"),
        ("O'Neil", "'O''Neil'"),
        (State.RELEASED, "'Released'"),
        (OldState.RELEASED, "'Released'"),
        (PlainState.RELEASED, "'Released'"),
        (GUID, str(GUID)),
        (dt.date(2026, 1, 31), "2026-01-31T00:00:00Z"),
        (dt.datetime(2026, 1, 31, 9, 55, tzinfo=dt.UTC), "2026-01-31T09:55:00.000Z"),
        (Reference("General_Products_Products", GUID), f"'General_Products_Products({GUID})'"),
    ],
)
def test_a_literal_follows_its_type(value: object, expected: str) -> None:
    assert literal(value) == expected


@pytest.mark.parametrize("value", [1.5, 1j, b"x", [1], (1,), {}, object(), Number.ONE, dt.time(1), F.State])
def test_a_type_without_a_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("NaN"), "number"),
        (Decimal("Infinity"), "number"),
        ("x\ud800", "half a character"),
        (dt.datetime.fromisoformat("2026-01-01T12:00:00"), "time zone"),
        (dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=3))), "years"),
    ],
)
def test_a_value_without_a_literal_is_refused(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
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


@pytest.mark.parametrize("operator", ["ne", "gt", "lt", "or", "not", "has", "eq 1 or A eq", ""])
def test_there_are_no_other_operators(operator: str) -> None:
    with pytest.raises(ValueError, match="has no operator"):
        Term("State", operator, "x")


@pytest.mark.parametrize("name", ["gt", "lt", "ne", "avg", "or_", "state", "__len__"])
def test_an_operator_that_is_not_there_is_no_name_either(name: str) -> None:
    for start in (F, F.State):
        with pytest.raises(AttributeError, match=f"{name}' is neither a name of ERP.net's"):
            getattr(start, name)


def test_pythons_own_operators_cannot_drop_a_condition() -> None:
    with pytest.raises(TypeError, match="&"):
        bool(F.A.eq(1))
    with pytest.raises(TypeError, match="methods"):
        Query(ORDERS).filter(F.A == 1)  # type: ignore[arg-type, comparison-overlap]  # What someone new may write.


def test_an_empty_list_is_not_asked_for() -> None:
    with pytest.raises(ValueError, match="matches nothing"):
        F.Id.in_([])


def test_a_text_is_no_list_of_its_letters() -> None:
    with pytest.raises(TypeError, match=r"eq\(\)"):
        F.State.in_("Released")
    with pytest.raises(TypeError, match="several"):
        Expansion("Lines", "Quantity")


def test_a_field_or_a_list_is_no_name() -> None:
    for wrong in (F.DocumentNo, ["Id", "DocumentNo"]):
        with pytest.raises(TypeError, match="is a text here, such as 'DocumentNo', not "):
            Query(ORDERS).select(wrong)  # type: ignore[arg-type]  # What someone new may write.
        with pytest.raises(TypeError, match="is a text here"):
            Query(ORDERS).order_by(wrong)  # type: ignore[arg-type]


def test_what_is_looked_for_in_texts_is_text() -> None:
    with pytest.raises(TypeError, match="looks for a text"):
        F.Name.contains(1)  # type: ignore[arg-type]  # What someone without a type checker may write.


@pytest.mark.parametrize("rows", [0, 1001])
def test_a_page_has_one_to_a_thousand_rows(rows: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        Query(ORDERS).top(rows)
    with pytest.raises(ValueError, match="left out"):
        Query(ORDERS).skip(-1)


@pytest.mark.parametrize("name", ["", "A B", "A'", "A)", "A&$top=1", "A/B", "1A", "A\n", "Ä", "_A"])
def test_names_that_are_none_are_refused_everywhere(name: str) -> None:
    for build in (
        lambda: Query(name),
        lambda: Query(ORDERS).select(name),
        lambda: Query(ORDERS, selection=(name,)),
        lambda: Query(ORDERS).expand(name),
        lambda: Query(ORDERS).expand("Lines", select=[name]),
        lambda: Query(ORDERS).expand("Lines", expand=[Expansion(name)]),
        lambda: Query(ORDERS).order_by(name),
        lambda: F[name],
        lambda: F.Product[name],
        lambda: Query(ORDERS).group_by(F.State, **{name: count()}),
    ):
        with pytest.raises(ValueError, match=r"name of ERP\.net"):
            build()


@pytest.mark.parametrize(
    "query",
    [
        Query(ORDERS),
        Query(ORDERS).select("Id", "DocumentNo").top(10).skip(5).count().skip_nulls(),
        Query(ORDERS).filter(
            F.State.in_(["New", "Released"])
            & F.Supplier.eq(Reference("Logistics_Procurement_Suppliers", GUID))
        ),
        Query(ORDERS).filter(F.Name.contains("O'Neil") & F.PurchaseOrder.Void.eq(False)).search('2"'),
        Query(ORDERS).filter(F[custom_property("size (cm)")].eq("5")),
        Query(ORDERS).order_by("DocumentDate", descending=True).order_by("DocumentNo"),
        Query(ORDERS).expand("Lines", select=["Id"], expand=[Expansion("Product", ["Name"])]),
        Query(ORDERS).group_by(
            F.SalesOrder.Customer, Month=F.DocumentDate.yearmonth(), Letter=F.Number.initial(), Rows=count()
        ),
        Query(ORDERS).group_by(F.Product, Total=F.Amount.sum()).expand_group(F.Product, select=["Name"]),
        Query(ORDERS).aggregate(Total=F.Amount.sum(), Suppliers=F.Supplier.countdistinct()),
    ],
)
def test_a_query_is_shown_as_the_calls_that_make_it(query: Query) -> None:
    names = {
        "Query": Query,
        "F": F,
        "Expansion": Expansion,
        "Reference": Reference,
        "UUID": UUID,
        "count": count,
    }
    assert eval(repr(query), names) == query  # noqa: S307 - its own words, from this very file.


def test_fields_and_conditions_are_shown_as_they_are_written() -> None:
    assert repr(F) == "F"
    assert repr(F.PurchaseOrder.State) == "F.PurchaseOrder.State"
    assert repr(F.Void.eq(False) & F.State.in_(("New",))) == "F.Void.eq(False) & F.State.in_(['New'])"
