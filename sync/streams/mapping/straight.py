"""Orders straight from the JSON: the first pull of a large instance brings hundreds of thousands of lines.

PostgreSQL reads ids, dates and decimals as they stand, and references end in `(guid)`. Whatever looks odd here raises
KeyError, TypeError, ValueError or AttributeError, and is left to the mapping that reads with care.
"""

from __future__ import annotations

from typing import Any

import orjson

from erpnet.values import from_utc
from sync.streams.targets import Mapped


def purchase_order(row: dict[str, Any]) -> Mapped:
    """As `documents.purchase_order`, of which a test compares every row."""
    order_id, currency, changed_at = row["Id"], row["DocumentCurrency"], row["AggregateLastUpdateTimeUtc"]
    if row["Void"] is not True and row["Void"] is not False:
        raise TypeError
    document = (
        order_id,
        row["DocumentNo"] or "",
        row["DocumentDate"][:10],
        row["State"] or "",
        row["Void"],
        row["Supplier"]["@odata.id"][-37:-1],
        row["EnterpriseCompany"]["@odata.id"][-37:-1],
        currency["CurrencySign"] if currency else "",
        _day(row["PlannedDeliveryDate"]),
        row["Notes"] or "",
        row["Store"]["@odata.id"][-37:-1] if row["Store"] else None,
        row["EnterpriseCompanyLocation"]["@odata.id"][-37:-1],
        currency["Id"] if currency else None,
        from_utc(changed_at) if changed_at else None,
    )
    return Mapped(document, [_order_line(order_id, line) for line in row["Lines"]])


def _order_line(order_id: str, line: dict[str, Any]) -> tuple[Any, ...]:
    quantity, price, confirmed = line["Quantity"], line["PricePerUnit"], line["ConfirmedQuantity"]
    return (
        line["Id"],
        order_id,
        line["LineNo"],
        line["Product"]["@odata.id"][-37:-1],
        _words(line["ProductDescription"]),
        _decimal(quantity["Value"]),
        quantity["Unit"],
        line["QuantityUnit"]["@odata.id"][-37:-1],
        _decimal(price["Value"]) if price else None,
        line["PlannedDeliveryDate"][:10],
        _decimal(confirmed["Value"]) if confirmed else None,
    )


def _day(value: str | None) -> str | None:
    return value[:10] if value else None


def _decimal(value: str) -> str:
    """ERP.net sends decimals as text. PostgreSQL would take NaN and Infinity, which end in a letter."""
    if not value[-1].isdigit():
        raise ValueError
    return value


def _words(value: dict[str, str] | None) -> str:
    return orjson.dumps(value).decode() if value else "{}"
