"""The stock snapshot: all of a night or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from erpnet.entities import CurrentBalance
from erpnet.sandbox.testing import running_instance
from sync.models import Run, StockBalance, Stream
from sync.services.runs import start_run
from sync.streams.snapshot.gathering import _stage_good
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db


def versions() -> set[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text FROM sync_stockbalance")
        return set(cursor.fetchall())


def stock() -> dict[Any, Decimal]:
    rows = StockBalance.objects.values_list("product_id", "store_id", "store_bin_id", "lot_id", "quantity")
    return {tuple(key): quantity for *key, quantity in rows}


@pytest.fixture
def first_night(erp: Erp) -> Erp:
    assert erp.pull("stock").state == Run.State.DONE
    return erp


def test_a_first_snapshot_takes_every_balance(erp: Erp) -> None:
    run = erp.pull("stock")
    assert StockBalance.objects.count() == 100
    assert (run.rows_expected, run.rows_read, run.rows_changed, run.rows_removed) == (100, 100, 100, 0)
    assert Stream.objects.get(pk="stock").fresh_at == run.started_at


def test_a_night_in_which_nothing_changed_writes_no_row(first_night: Erp) -> None:
    before = versions()
    run = first_night.pull("stock")
    assert versions() == before
    assert (run.state, run.rows_changed, run.rows_removed) == (Run.State.DONE, 0, 0)


def test_only_what_changed_is_written_and_what_vanished_goes(first_night: Erp) -> None:
    before = versions()
    first_night.sandbox.instance.balances.shift(change=3, remove=5)
    run = first_night.pull("stock")
    assert (run.rows_changed, run.rows_removed) == (3, 5)
    assert len(before & versions()) == 92


class TestRowsShiftWhilePagesAreRead:
    """A view is paged by position, and the warehouse goes on working meanwhile."""

    @pytest.fixture
    def erp(self, settings: Settings) -> Iterator[Erp]:
        settings.SYNC_SLICE_SECONDS = 0
        with running_instance(orders=5, balances=2500) as sandbox:
            yield Erp(sandbox)

    def test_a_row_that_comes_twice_counts_once(self, erp: Erp) -> None:
        run = erp.slice(start_run("stock", trigger=Run.Trigger.PERSON))
        erp.sandbox.instance.balances.turn(-1)
        run = erp.finish(run)
        assert (run.state, run.rows_read) == (Run.State.DONE, 2500)
        assert StockBalance.objects.count() == 2499, "one came twice, and the one that moved ahead was missed"

    def test_a_snapshot_with_too_many_rows_missing_is_refused(self, erp: Erp) -> None:
        first = erp.finish(start_run("stock", trigger=Run.Trigger.PERSON))
        before = stock()
        run = erp.slice(start_run("stock", trigger=Run.Trigger.PERSON))
        assert run.pages == 1
        erp.sandbox.instance.balances.shift(change=500, remove=100)
        run = erp.finish(run)
        assert run.state == Run.State.REFUSED
        assert "2500" in run.message
        assert "2400" in run.message
        assert stock() == before
        assert Stream.objects.get(pk="stock").fresh_at == first.started_at

    def test_half_a_night_is_never_seen(self, erp: Erp) -> None:
        erp.finish(start_run("stock", trigger=Run.Trigger.PERSON))
        before = stock()
        erp.sandbox.instance.balances.shift(change=2500, remove=0)
        run = start_run("stock", trigger=Run.Trigger.PERSON)
        while run.pages < 2:
            run = erp.slice(run)
            assert stock() == before
        erp.finish(run)
        assert stock() != before

    def test_a_staging_table_that_a_crash_emptied_is_no_empty_warehouse(self, erp: Erp) -> None:
        erp.finish(start_run("stock", trigger=Run.Trigger.PERSON))
        run = erp.slice(start_run("stock", trigger=Run.Trigger.PERSON))
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE sync_stock_staging")
        assert erp.finish(run).state == Run.State.REFUSED
        assert StockBalance.objects.count() == 2500


def test_a_row_that_makes_no_sense_is_told_and_stops_nothing(erp: Erp) -> None:
    balances = erp.sandbox.instance.balances
    balances._references.append("Logistics_Inventory_Lots(not-a-guid)")
    balances.lots[3] = len(balances._references) - 1
    run = erp.pull("stock")
    assert (run.state, run.rows_failed) == (Run.State.FLAWED, 1)
    assert "Lot" in run.unreadable_rows.get().why
    assert StockBalance.objects.count() == 99


def test_a_fall_that_nobody_believes_is_refused_in_words(first_night: Erp) -> None:
    before = stock()
    first_night.sandbox.instance.balances.shift(change=0, remove=70)
    run = first_night.pull("stock")
    assert run.state == Run.State.REFUSED
    assert "100" in run.message
    assert "30" in run.message
    assert stock() == before


def test_a_fall_that_staff_allow_is_taken(first_night: Erp, settings: Settings) -> None:
    settings.STOCK_LARGEST_FALL = 0.8
    first_night.sandbox.instance.balances.shift(change=0, remove=70)
    assert first_night.pull("stock").state == Run.State.DONE
    assert StockBalance.objects.count() == 30


def test_what_erp_net_did_not_count_is_not_shown_to_be_complete(first_night: Erp) -> None:
    before = stock()
    first_night.sandbox.instance.balances.shift(change=5, remove=0)
    run = start_run("stock", trigger=Run.Trigger.PERSON)
    Run.objects.filter(pk=run.pk).update(cursor={"next": CurrentBalance.query().path()})
    run = first_night.finish(run)
    assert (run.state, run.rows_read, run.rows_expected) == (Run.State.REFUSED, 100, None)
    assert "did not say how many" in run.message
    assert "Run it again" in run.message
    assert stock() == before


@pytest.mark.parametrize("beyond", [0, 7000], ids=["as much", "more"])
def test_stock_below_zero_does_not_hide_that_goods_are_gone(erp: Erp, beyond: int) -> None:
    """One balance owes as much as all others hold, or more."""
    quantities = erp.sandbox.instance.balances.quantities
    quantities[0] = -sum(quantities[1:]) // 1000 * 1000 - beyond
    assert erp.pull("stock").state == Run.State.DONE
    before = stock()
    assert sum(before.values()) <= 0
    for place in range(1, len(quantities)):
        quantities[place] //= 2
    run = erp.pull("stock")
    assert run.state == Run.State.REFUSED
    assert "above zero" in run.message
    assert stock() == before


class TestRowsThatAreNoBalances:
    """What ERP.net should never send is told by its row, and makes no rows or columns of its own."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("QuantityBase", {"Value": "NaN", "Unit": "kg"}),
            ("QuantityBase", {"Value": "1\tkg\n", "Unit": "kg"}),
            ("QuantityBase", {"Value": "\\N", "Unit": "kg"}),
            ("QuantityBase", {"Value": "1", "Unit": "a unit of more than sixteen"}),
            ("QuantityBase", None),
            ("Store", {"@odata.id": "Stores(x\n\\.\n)"}),
            ("Product", None),
        ],
    )
    def test_are_kept_and_the_others_are_taken(self, name: str, value: Any) -> None:
        row: dict[str, Any] = {
            "EnterpriseCompany": {"@odata.id": f"General_EnterpriseCompanies({uuid.uuid4()})"},
            "Store": {"@odata.id": f"Logistics_Inventory_Stores({uuid.uuid4()})"},
            "Product": {"@odata.id": f"General_Products_Products({uuid.uuid4()})"},
            "QuantityBase": {"Value": "1.500", "Unit": "tab\tand \\N"},
        }
        good = [{**row, "Lot": {"@odata.id": f"Logistics_Inventory_Lots({uuid.uuid4()})"}} for _ in range(9)]
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE sync_stock_staging")
            (refused,) = _stage_good(cursor, [*good[:4], {**row, name: value}, *good[4:]])
            cursor.execute("SELECT count(*), min(unit), sum(quantity) FROM sync_stock_staging")
            assert cursor.fetchone() == (9, "tab\tand \\N", Decimal("13.500"))
        assert refused.row[name] == value
        assert refused.why


def test_pages_that_came_before_an_outage_are_kept(settings: Settings) -> None:
    with running_instance(orders=5, balances=2500) as sandbox:
        erp = Erp(sandbox)
        run = start_run("stock", trigger=Run.Trigger.PERSON)
        erp.fail("no-licence", after=1)
        run = erp.slice(run)
        assert (run.state, run.pages) == (Run.State.WAITING, 1)
