"""Changes that lie over one another: what is seen of them where, and what their commit leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from erpnet.sandbox.model import load_model
from erpnet.sandbox.store import Store, Work
from erpnet.sandbox.values import Row

MODEL = load_model()
UNITS = MODEL["General.Products.MeasurementUnits"]
ORDERS, LINES = (MODEL[f"Logistics.Procurement.{name}"] for name in ("PurchaseOrders", "PurchaseOrderLines"))


@pytest.fixture
def store() -> Iterator[Store]:
    kept = Store(MODEL)
    kept.write([(UNITS.name, {"Id": key, "Code": key}) for key in "bdf"])
    yield kept
    kept.close()


def keys(store: Store) -> str:
    return "".join(row["Id"] for row in store.table(UNITS.name))


def line(key: str, order: str) -> Row:
    return {"Id": key, "PurchaseOrder": f"{ORDERS.entity_set}({order})"}


def test_rows_come_in_the_order_of_their_keys_from_all_layers(store: Store) -> None:
    lower = Work(store)
    lower.put(UNITS, {"Id": "c"})
    upper = Work(lower)
    upper.put(UNITS, {"Id": "a"})
    upper.remove(UNITS, {"Id": "d"})
    upper.edit(UNITS, "f")["Code"] = "changed"
    assert [keys(one) for one in (store, lower, upper)] == ["bdf", "bcdf", "abcf"]
    assert [len(one.table(UNITS.name)) for one in (store, lower, upper)] == [3, 4, 4]
    table = upper.table(UNITS.name)
    assert [row["Id"] for row in table.after("b")] == ["c", "f"]
    assert [row["Id"] for row in table.after("bb")] == ["c", "f"]
    assert (table.get("d"), store.table(UNITS.name).get("f")) == (None, {"Id": "f", "Code": "f"})


def test_children_are_those_that_belong_to_the_parent_now(store: Store) -> None:
    store.write([(LINES.name, line(key, "00000000-0000-0000-0000-00000000000a")) for key in "123"])
    work = Work(store)
    work.edit(LINES, "1")["PurchaseOrder"] = line("", "00000000-0000-0000-0000-00000000000b")["PurchaseOrder"]
    work.remove(LINES, {"Id": "2"})
    work.put(LINES, line("4", "00000000-0000-0000-0000-00000000000a"))
    children = work.children(LINES, "00000000-0000-0000-0000-00000000000a")
    assert [row["Id"] for row in children] == ["3", "4"]
    assert len(store.table(LINES.name).children("00000000-0000-0000-0000-00000000000a")) == 3


def test_a_commit_hands_on_to_the_layer_below_and_the_last_to_the_file(store: Store) -> None:
    lower = Work(store)
    upper = Work(lower)
    upper.put(UNITS, {"Id": "a"})
    upper.remove(UNITS, {"Id": "b"})
    upper.commit()
    assert (keys(lower), keys(store), keys(upper)) == ("adf", "bdf", "adf")
    lower.commit()
    assert keys(store) == "adf"
    assert {row[0] for row in store.file.execute("SELECT id FROM row")} == set("adf")
    assert store.table(UNITS.name).get("a") == {
        "Id": "a",
        "ObjectVersion": 1,
        "AggregateLastUpdateTimeUtc": store.table(UNITS.name).get("a")["AggregateLastUpdateTimeUtc"],  # type: ignore[index]
    }


def test_what_did_not_change_is_not_written(store: Store) -> None:
    work = Work(store)
    work.edit(UNITS, "b")["Code"] = "b"
    work.commit()
    assert store.table(UNITS.name).get("b") == {"Id": "b", "Code": "b"}


def test_a_row_that_is_made_and_removed_was_never_there(store: Store) -> None:
    work = Work(store)
    work.put(UNITS, {"Id": "a"})
    work.remove(UNITS, {"Id": "a"})
    assert (keys(work), work.touched) == ("bdf", [])


def test_changes_are_laid_over_those_of_others(store: Store) -> None:
    work = Work(store)
    work.edit(UNITS, "b")["Code"] = "ours"
    store.write([(UNITS.name, {"Id": "b", "Code": "b", "Name": "theirs"})])
    work.rebase()
    assert work.get(UNITS, "b") == {"Id": "b", "Code": "ours", "Name": "theirs"}
    store.write([], [(UNITS.name, "b")])
    with pytest.raises(LookupError):
        work.rebase()


def test_a_transaction_of_the_file_takes_all_or_nothing(store: Store) -> None:
    def fail_half_way() -> None:
        with store.transaction():
            store.keep_setting("one", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert store.setting("one") is None
    store.keep_setting("one", "1")
    assert store.setting("one") == "1"
