"""The least that bringing rows into PostgreSQL costs: no types, no runs, no guards, no row-level security.

Pages by `requests` one after another, read by orjson, copied to a staging table, and one statement that inserts what is
new and overwrites what is there, blindly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import orjson
import psycopg
import requests

from erpnet.entities import CurrentBalance

_KEY = "enterprise_company_id, store_id, store_bin_id, product_id, variant_id, lot_id, serial_number_id"
_COLUMNS = f"{_KEY}, quantity, unit"
_STOCK = f"""
    CREATE TABLE IF NOT EXISTS floor_stock (
        enterprise_company_id uuid NOT NULL, store_id uuid NOT NULL, store_bin_id uuid, product_id uuid NOT NULL,
        variant_id uuid, lot_id uuid, serial_number_id uuid, quantity numeric(38, 3) NOT NULL,
        unit varchar(16) NOT NULL,
        UNIQUE NULLS NOT DISTINCT ({_KEY})
    );
    CREATE UNLOGGED TABLE IF NOT EXISTS floor_staging AS SELECT * FROM floor_stock WITH NO DATA;
"""  # noqa: S608 - names of our own
_UPSERT = f"""
    INSERT INTO floor_stock ({_COLUMNS}) SELECT {_COLUMNS} FROM floor_staging
    ON CONFLICT ({_KEY}) DO UPDATE SET quantity = excluded.quantity, unit = excluded.unit
"""  # noqa: S608 - names of our own


def bare_pages(root: str, token: str, path: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of every page of a query below the service root `root`."""
    link = root + path
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        while link:
            content = orjson.loads(session.get(link, timeout=60).content)
            yield content["value"]
            link = content.get("@odata.nextLink", "")
            link = urljoin(root, link) if link else ""


class StockFloor:
    """A stock of its own in the same database, over a connection of its own."""

    def __init__(self, database: dict[str, Any]) -> None:
        self._connection = psycopg.connect(**database)
        with self._connection.transaction():
            self._connection.execute(_STOCK)
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()

    def empty(self) -> None:
        self._connection.execute("TRUNCATE floor_stock")
        self._connection.commit()

    def load(self, root: str, token: str) -> int:
        """Bring the whole stock in; answers how many rows came."""
        count = 0
        with self._connection.cursor() as cursor:
            cursor.execute("TRUNCATE floor_staging")
            with cursor.copy(f"COPY floor_staging ({_COLUMNS}) FROM STDIN") as copy:
                for rows in bare_pages(root, token, CurrentBalance.query().top(1000).path()):
                    for row in rows:
                        copy.write_row(_balance(row))
                    count += len(rows)
            cursor.execute(_UPSERT)
        self._connection.commit()
        return count


def _balance(row: dict[str, Any]) -> tuple[Any, ...]:
    quantity = row["QuantityBase"]
    return (
        row["EnterpriseCompany"]["@odata.id"][-37:-1],
        row["Store"]["@odata.id"][-37:-1],
        _guid(row["StoreBin"]),
        row["Product"]["@odata.id"][-37:-1],
        _guid(row["ProductVariant"]),
        _guid(row["Lot"]),
        _guid(row["SerialNumber"]),
        quantity["Value"],
        quantity["Unit"],
    )


def _guid(reference: dict[str, str] | None) -> str | None:
    return reference["@odata.id"][-37:-1] if reference else None
