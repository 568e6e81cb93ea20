"""Current balances, as text that PostgreSQL copies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

COLUMNS = 9
_ID = "@odata.id"
_NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class MisshapenRow(ValueError):
    """Something that is no current balance is among the rows."""


def copy_text(rows: Sequence[dict[str, Any]]) -> str:
    """Current balances in PostgreSQL's text format of COPY: the key with the product first, the quantity, the unit.

    Straight from the JSON, because there may be a million of them: references end in `(guid)`, and whether that is one
    is PostgreSQL's to say. Raises MisshapenRow where a row lacks what a balance has.
    Docs: https://docs.erp.net/model/entities/Logistics.Inventory.CurrentBalances.html
    """
    try:
        text = "".join([_line(row) for row in rows])
    except (KeyError, TypeError, IndexError) as error:
        raise MisshapenRow from error
    # What should be a GUID or a number may be any text: it must not make columns or rows of its own.
    if text.count("\t") != (COLUMNS - 1) * len(rows) or text.count("\n") != len(rows):
        raise MisshapenRow
    return text


def _line(row: dict[str, Any]) -> str:
    quantity, store_bin = row["QuantityBase"], row.get("StoreBin")
    variant, lot, serial_number = row.get("ProductVariant"), row.get("Lot"), row.get("SerialNumber")
    return (
        f"{row['Product'][_ID][-37:-1]}\t{row['EnterpriseCompany'][_ID][-37:-1]}\t{row['Store'][_ID][-37:-1]}\t"
        f"{store_bin[_ID][-37:-1] if store_bin else _NULL}\t{variant[_ID][-37:-1] if variant else _NULL}\t"
        f"{lot[_ID][-37:-1] if lot else _NULL}\t{serial_number[_ID][-37:-1] if serial_number else _NULL}\t"
        f"{quantity['Value']}\t{_escaped(quantity['Unit'] or '')}\n"
    )


@lru_cache(maxsize=256)
def _escaped(unit: str) -> str:
    return unit.translate(_ESCAPES)
