"""What differs between the stock and what shall be the stock: worked out once, kept, and merged from.

Each function works inside the caller's transaction, which is the life of the table of differences.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from sync.streams.snapshot.tables import (
    CHANGE_LIST,
    CHANGES,
    COLUMN_LIST,
    DIFFERENCE,
    KEY,
    KEY_LIST,
    STAGING,
    STOCK,
    hash_of,
    same_balance,
)

# A million balances are joined and sorted in memory, for the seconds that a merge takes.
_ROOM = "SELECT set_config('work_mem', '64MB', true)"

_COUNT = f"SELECT count(*) FROM {STAGING}"
_COUNT_BALANCES = (
    f"SELECT count(*) FROM (SELECT FROM {STAGING} staged GROUP BY {hash_of('staged')}) AS balances"
)
_DROP_TWINS = f"""
    DELETE FROM {STAGING} earlier USING {STAGING} later
    WHERE {same_balance("earlier", "later")} AND earlier.ctid < later.ctid
"""
_FORGET = f"DROP TABLE IF EXISTS {DIFFERENCE}"
_FROM_STAGING = f"""
    CREATE TEMPORARY TABLE {DIFFERENCE} ON COMMIT DROP AS
    SELECT stock.id AS stock_id, {", ".join(f"coalesce(staged.{name}, stock.{name}) AS {name}" for name in KEY)},
        stock.quantity AS quantity_before, stock.unit AS unit_before,
        staged.quantity AS quantity_after, staged.unit AS unit_after
    FROM {STAGING} staged FULL JOIN {STOCK} stock ON {same_balance("staged", "stock")}
    WHERE (stock.quantity, stock.unit) IS DISTINCT FROM (staged.quantity, staged.unit)
"""
_FROM_CHANGES = f"""
    CREATE TEMPORARY TABLE {DIFFERENCE} ON COMMIT DROP AS
    SELECT stock.id AS stock_id, {", ".join(f"wanted.{name}" for name in KEY)},
        stock.quantity AS quantity_before, stock.unit AS unit_before,
        wanted.quantity AS quantity_after, wanted.unit AS unit_after
    FROM ({{wanted}}) AS wanted LEFT JOIN {STOCK} stock ON {same_balance("wanted", "stock")}
    WHERE (stock.quantity, stock.unit) IS DISTINCT FROM (wanted.quantity, wanted.unit)
"""
_MEASURE = f"""
    SELECT count(*), count(*) FILTER (WHERE stock_id IS NULL), count(*) FILTER (WHERE quantity_after IS NULL),
        coalesce(sum(quantity_after) FILTER (WHERE quantity_after > 0), 0)
            - coalesce(sum(quantity_before) FILTER (WHERE quantity_before > 0), 0)
    FROM {DIFFERENCE}
"""
_KEEP = f"""
    INSERT INTO {CHANGES} (run_id, {CHANGE_LIST}) SELECT %s, {CHANGE_LIST} FROM {DIFFERENCE} ORDER BY {KEY_LIST}
"""
_MERGE = f"""
    MERGE INTO {STOCK} stock USING {DIFFERENCE} change ON stock.id = change.stock_id
    WHEN MATCHED AND change.quantity_after IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET quantity = change.quantity_after, unit = change.unit_after
    WHEN NOT MATCHED THEN INSERT ({COLUMN_LIST})
        VALUES ({", ".join(f"change.{name}" for name in KEY)}, change.quantity_after, change.unit_after)
"""
# In the order of what the key begins with: its index then grows at one end, and sorting by the whole key costs more.
_INSERT_ALL = f"INSERT INTO {STOCK} ({COLUMN_LIST}) SELECT {COLUMN_LIST} FROM {STAGING} ORDER BY {KEY[0]}"


@dataclass(frozen=True, slots=True)
class Size:
    """How many balances there are, and the total of those above zero: stock below zero, which ERP.net knows, is no
    goods, and would hide how much of them is gone.
    """

    rows: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """How many balances differ, how many of these are new or gone, and by how much the total does, as of `Size`."""

    rows: int
    new: int
    gone: int
    total: Decimal

    def after(self, before: Size) -> Size:
        return Size(before.rows + self.new - self.gone, before.total + self.total)


def count_staged(cursor: Any) -> int:
    """How many rows were staged: as many balances, where none of them came twice."""
    cursor.execute(_ROOM)
    cursor.execute(_COUNT)
    return int(cursor.fetchone()[0])


def drop_twins(cursor: Any, staged: int) -> int:
    """Of balances that were staged more than once, keep the latest; answers how many balances there are."""
    cursor.execute(_COUNT_BALANCES)
    balances = int(cursor.fetchone()[0])
    if balances < staged:
        cursor.execute(_DROP_TWINS)
    return balances


def stock_is_empty(cursor: Any) -> bool:
    cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {STOCK})")
    return bool(cursor.fetchone()[0])


def size_of_stock(cursor: Any) -> Size:
    cursor.execute(f"SELECT count(*), coalesce(sum(quantity) FILTER (WHERE quantity > 0), 0) FROM {STOCK}")
    return Size(*cursor.fetchone())


def compare_staged(cursor: Any) -> Difference:
    """Work out what the staged rows would change."""
    cursor.execute(_FORGET)
    cursor.execute(_FROM_STAGING)
    return _measured(cursor)


def compare_wanted(cursor: Any, wanted: str, parameters: list[Any]) -> Difference:
    """Work out what the rows of the query `wanted` would change; without a quantity is what shall be gone."""
    cursor.execute(_ROOM)
    cursor.execute(_FORGET)
    cursor.execute(_FROM_CHANGES.format(wanted=wanted), parameters)
    return _measured(cursor)


def _measured(cursor: Any) -> Difference:
    cursor.execute(_MEASURE)
    return Difference(*cursor.fetchone())


def keep_difference(cursor: Any, run_id: uuid.UUID) -> None:
    """Leave the difference behind with a run, as its `StockChange` rows."""
    cursor.execute(_KEEP, [run_id])


def merge_difference(cursor: Any) -> None:
    """Change the stock. Rows that do not differ are not written."""
    cursor.execute(_MERGE)


def fill_stock(cursor: Any) -> bool:
    """Take every staged row into a stock that is empty; takes none and answers False where one is there twice."""
    try:
        with transaction.atomic():
            cursor.execute(_INSERT_ALL)
    except IntegrityError:
        return False
    return True
