"""Current balances."""

from __future__ import annotations

from typing import Any


def balance(row: dict[str, Any]) -> tuple[Any, ...]:
    """One current balance, straight from the JSON: there may be a million of them.

    References end in `(guid)`, which PostgreSQL reads as it stands. Raises KeyError, TypeError or IndexError.
    """
    quantity = row["QuantityBase"]
    return (
        row["EnterpriseCompany"]["@odata.id"][-37:-1],
        row["Store"]["@odata.id"][-37:-1],
        _guid(row.get("StoreBin")),
        row["Product"]["@odata.id"][-37:-1],
        _guid(row.get("ProductVariant")),
        _guid(row.get("Lot")),
        _guid(row.get("SerialNumber")),
        quantity["Value"],
        quantity["Unit"] or "",
    )


def _guid(reference: dict[str, str] | None) -> str | None:
    return reference["@odata.id"][-37:-1] if reference else None
