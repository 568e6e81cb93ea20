"""Grouped queries: what $apply and expandgroup say, and what ERP.net would refuse before it is asked."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from erpnet import Expansion, F, Query, count
from erpnet.query import Aggregate, Interval

LINES = Query("Crm_Sales_SalesOrderLines")


def options_of(query: Query) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.path()).query))


def test_groups_have_keys_and_aggregates() -> None:
    query = LINES.group_by(F.SalesOrder.Customer, LinesCount=count(), TotalAmount=F.LineAmount.sum())
    assert options_of(query) == {
        "$apply": "groupby((SalesOrder/Customer),aggregate($count as LinesCount,LineAmount with sum as TotalAmount))"
    }


def test_intervals_are_computed_before_rows_are_grouped() -> None:
    query = LINES.group_by(
        F.Product,
        Rows=count(),
        Year=F.DocumentDate.year(),
        Month=F.RequiredDeliveryDate.yearmonth(),
        Day=F.DueDate.date(),
        Letter=F.Number.initial(),
        First=F.Price.min(),
        Last=F.Discount.max(),
        Customers=F.Customer.countdistinct(),
    )
    assert options_of(query)["$apply"] == (
        "compute(year(DocumentDate) as Year,yearmonth(RequiredDeliveryDate) as Month,date(DueDate) as Day,"
        "substring(Number,0,1) as Letter)"
        "/groupby((Product,Year,Month,Day,Letter),aggregate($count as Rows,Price with min as First,"
        "Discount with max as Last,Customer with countdistinct as Customers))"
    )


def test_all_rows_are_one_group_without_keys() -> None:
    query = LINES.filter(F.Void.eq(False)).aggregate(TotalAmount=F.LineAmount.sum(), Count=count())
    assert options_of(query) == {
        "$filter": "Void eq false",
        "$apply": "aggregate(LineAmount with sum as TotalAmount,$count as Count)",
    }


def test_the_references_of_groups_are_expanded() -> None:
    query = (
        LINES.group_by(F.Product, F.SalesOrder.Customer, Count=count())
        .expand_group(F.Product, select=["Id", "DisplayText"])
        .expand_group(F.SalesOrder.Customer, select=["Number"], expand=[Expansion("Party", ["PartyName"])])
        .top(10)
    )
    assert options_of(query) == {
        "$top": "10",
        "$apply": "groupby((Product,SalesOrder/Customer),aggregate($count as Count))",
        "expandgroup": "Product($select=Id,DisplayText),"
        "SalesOrder/Customer($select=Number;$expand=Party($select=PartyName))",
    }


def test_what_does_not_go_with_groups_is_refused_in_either_order() -> None:
    grouped = LINES.group_by(F.Product, Count=count())
    builds: list[tuple[Callable[[], Query], str]] = [
        (lambda: grouped.order_by("Count"), "no order"),
        (lambda: grouped.expand("Product"), "expand_group"),
        (lambda: grouped.select("Product"), "keys and aggregates"),
        (lambda: grouped.search("x"), "documents neither"),
        (grouped.count, "documents neither"),
        (lambda: LINES.order_by("LineNo").group_by(F.Product, Count=count()), "no order"),
        (lambda: LINES.expand("Product").aggregate(Count=count()), "expand_group"),
        (lambda: grouped.group_by(F.Customer, Count=count()), "already"),
        (lambda: LINES.expand_group(F.Product), "comes first"),
        (lambda: grouped.expand_group(F.Customer), "not a key"),
        (lambda: LINES.aggregate(Count=count()).expand_group(F.Product), "not a key"),
    ]
    for build, words in builds:
        with pytest.raises(ValueError, match=words):
            build()


def test_a_group_needs_a_key_and_something_to_tell() -> None:
    with pytest.raises(ValueError, match="what to group by"):
        LINES.group_by(Count=count())
    with pytest.raises(ValueError, match="what to tell"):
        LINES.group_by(F.Product)
    with pytest.raises(ValueError, match="what to tell"):
        LINES.aggregate()
    with pytest.raises(TypeError, match="grouped by fields"):
        LINES.group_by("Product", Count=count())  # type: ignore[arg-type]  # What people try first.
    with pytest.raises(TypeError, match="grouped by fields"):
        LINES.group_by(F.Product, Count=F.Amount)  # type: ignore[arg-type]  # And what they forget.


def test_each_name_and_each_source_is_used_once() -> None:
    builds: list[Callable[[], Query]] = [
        lambda: LINES.group_by(F.Product, F.Product, Count=count()),
        lambda: LINES.group_by(F.Date, Year=F.Date.year(), Count=count()),
        lambda: LINES.group_by(Year=F.Date.year(), Month=F.Date.yearmonth(), Count=count()),
        lambda: LINES.group_by(F.Product, Total=F.Amount.sum(), Most=F.Amount.max()),
        lambda: LINES.group_by(F.Product, Rows=count(), Count=count()),
        lambda: LINES.group_by(F.SalesOrder.Customer, SalesOrder=count()),
    ]
    for build in builds:
        with pytest.raises(ValueError, match="once"):
            build()


def test_only_own_attributes_are_aggregated_and_taken_apart() -> None:
    for build in (F.SalesOrder.Total.sum, F.SalesOrder.DocumentDate.year):
        with pytest.raises(ValueError, match="own attributes"):
            build()


@pytest.mark.parametrize("function", ["average", "month", "", "sum as X,Amount with max"])
def test_there_are_no_other_functions(function: str) -> None:
    with pytest.raises(ValueError, match=r"ERP\.net does not"):
        Aggregate("Amount", function)
    with pytest.raises(ValueError, match=r"ERP\.net does not"):
        Interval("DocumentDate", function)
