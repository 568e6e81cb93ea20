"""The room of the benchmarks: what it pulls is whole, and what it says of a figure is so."""

from __future__ import annotations

import json

import pytest

from benchmarks.figures import Figure, in_turns, table
from benchmarks.reading import balances, client
from benchmarks.servers import page_server
from erpnet.entities import CurrentBalance


def test_the_page_server_serves_the_rows_that_were_asked_for_as_balances() -> None:
    with page_server(3000) as application:
        pages = list(client(application).pages(balances()))
    read = [CurrentBalance.from_row(row) for page in pages for row in page.rows]
    assert [len(page.rows) for page in pages] == [1000, 1000, 1000]
    assert len({(one.product, one.store_bin, one.lot, one.quantity.value) for one in read}) > 2900


@pytest.mark.parametrize(
    ("value", "at_most", "met"),
    [(50.0, False, True), (49.0, False, False), (50.0, True, True), (51.0, True, False)],
)
def test_a_figure_is_judged_by_its_ratio_to_the_floor(value: float, at_most: bool, met: bool) -> None:
    figure = Figure("pull", value, "rows/s", 100.0, 0.5, at_most=at_most)
    assert json.loads(figure.to_json()) == {
        "name": "pull",
        "value": value,
        "unit": "rows/s",
        "floor": 100.0,
        "ratio": value / 100,
        "target": 0.5,
        "met": met,
    }
    assert ("MISSED" in table([figure])) is not met


def test_sides_take_turns_and_begin_in_turns_and_the_median_counts() -> None:
    called: list[str] = []
    values = {"a": iter([1.0, 100.0, 3.0]), "b": iter([5.0, 6.0, 7.0])}

    def side(name: str) -> float:
        called.append(name)
        return next(values[name])

    assert in_turns({"a": lambda: side("a"), "b": lambda: side("b")}, 1) == {"a": 3.0, "b": 6.0}
    assert called == ["a", "b", "b", "a", "a", "b"]
