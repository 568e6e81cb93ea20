"""How fast purchase orders of five lines each become committed rows, against the least that this costs: when all of
them are new, and when all are there and have changed.

The floor is pages by `requests` and orjson, copied as they are, and one `INSERT … ON CONFLICT` for the documents and
one for the lines: no types, no runs, no newest that wins, no partner, and no index beside the keys.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from django.db import connection

from benchmarks.figures import Figure, Size, in_turns
from benchmarks.floors import bare_pages
from benchmarks.made_up import ORDERS
from benchmarks.portal import set_up_portal
from benchmarks.reading import rows_a_second
from benchmarks.servers import next_night, page_server
from benchmarks.stock import as_worker
from erpnet import DomainApi
from erpnet.entities import PurchaseOrder

TARGET = 0.5

_ORDER = (
    "id, number, document_date, state, is_void, supplier_id, enterprise_company_id, currency, planned_delivery_date,"
    " notes, store_id, enterprise_company_location_id, document_currency_id, erp_updated_at"
)
_LINE = (
    "id, order_id, line_no, product_id, descriptions, quantity, unit, unit_id, price, planned_delivery_date,"
    " confirmed_quantity"
)
_TABLES = {"order": (_ORDER, "sync_purchaseorder"), "line": (_LINE, "sync_orderline")}


@dataclass(frozen=True, slots=True)
class Side:
    """One way to bring the orders in. `prepare` comes before those that it has are loaded again."""

    load: Callable[[], int]
    empty: Callable[[], None]
    prepare: Callable[[], None] = lambda: None


def measure(size: Size) -> Iterator[Figure]:
    set_up_portal()
    with (
        page_server(size.orders, view=ORDERS, changed=1.0) as application,
        closing(OrdersFloor()) as floor,
    ):
        api = as_worker(application)
        root, token = api.instance.domain_api_url, api.token.value()
        again: dict[str, list[float]] = {"portal": [], "floor": []}

        def new_then_changed(name: str, side: Side) -> float:
            side.empty()
            speed = rows_a_second(side.load)
            next_night(application)
            side.prepare()
            again[name].append(rows_a_second(side.load))
            next_night(application)
            return speed

        portal = Side(lambda: pull(api), empty_orders, prepare=forget_watermark)
        bare = Side(lambda: floor.load(root, token), floor.empty)
        medians = in_turns(
            {
                "portal": lambda: new_then_changed("portal", portal),
                "floor": lambda: new_then_changed("floor", bare),
            },
            size.rounds,
        )
    changed = {name: statistics.median(speeds) for name, speeds in again.items()}
    orders = f"{size.orders:,} orders of 5 lines"
    yield Figure(f"{orders}, all new", medians["portal"], "orders/s", medians["floor"], TARGET)
    yield Figure(f"{orders}, all changed", changed["portal"], "orders/s", changed["floor"], TARGET)


# -- The portal's side ----------------------------------------------------------------------------------------------


def empty_orders() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sync_purchaseorder, sync_orderline")
    forget_watermark()


def forget_watermark() -> None:
    """From here on all orders have changed since they were read."""
    from sync.models import Stream  # noqa: PLC0415 - its models need Django set up

    Stream.objects.update_or_create(
        pk="orders", defaults={"watermarks": {ORDERS: "2026-01-01T00:00:00+00:00"}}
    )


def pull(api: DomainApi) -> int:
    """One run of the orders, slice after slice; answers how many were taken over."""
    from sync.models import Run  # noqa: PLC0415
    from sync.services.runs import run_slice, start_run  # noqa: PLC0415

    run = start_run("orders", trigger=Run.Trigger.PERSON)
    while run.state in Run.OPEN:
        run = run_slice(run.pk, api)
    if run.state != Run.State.DONE:
        raise RuntimeError(f"{run.get_state_display()}. {run.message}")
    return run.rows_changed


# -- The floor ------------------------------------------------------------------------------------------------------


class OrdersFloor:
    """Orders and lines of its own in the same database, over a connection of its own."""

    def __init__(self) -> None:
        parameters = connection.get_connection_params()
        login = {name: parameters[name] for name in ("dbname", "user", "host") if parameters.get(name)}
        self._connection = psycopg.connect(**login)
        for name, (columns, like) in _TABLES.items():
            self._execute(
                f"CREATE TABLE floor_{name} AS SELECT {columns} FROM {like} WITH NO DATA",  # noqa: S608
                f"ALTER TABLE floor_{name} ADD PRIMARY KEY (id)",
                f"CREATE UNLOGGED TABLE floor_{name}_staging AS SELECT {columns} FROM {like} WITH NO DATA",  # noqa: S608
            )

    def close(self) -> None:
        self._connection.close()

    def empty(self) -> None:
        self._execute("TRUNCATE floor_order, floor_line")

    def load(self, root: str, token: str) -> int:
        """Bring all orders in; answers how many came."""
        count = 0
        path = PurchaseOrder.query().top(1000).path()
        with self._connection.cursor() as cursor:
            cursor.execute("TRUNCATE floor_order_staging, floor_line_staging")
            for rows in bare_pages(root, token, path):
                self._copy("order", map(_order, rows))
                self._copy("line", (_line(row["Id"], line) for row in rows for line in row["Lines"]))
                count += len(rows)
        self._execute(*(_upsert(name) for name in _TABLES))
        return count

    def _copy(self, name: str, rows: Iterator[tuple[Any, ...]]) -> None:
        columns = _TABLES[name][0]
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY floor_{name}_staging ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _execute(self, *statements: str) -> None:
        for statement in statements:
            self._connection.execute(statement.encode())
        self._connection.commit()


def _upsert(name: str) -> str:
    columns = _TABLES[name][0]
    overwritten = ", ".join(f"{one} = excluded.{one}" for one in columns.split(", ")[1:])
    return (
        f"INSERT INTO floor_{name} ({columns}) SELECT {columns} FROM floor_{name}_staging"  # noqa: S608 - our names
        f" ON CONFLICT (id) DO UPDATE SET {overwritten}"
    )


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["Id"],
        row["DocumentNo"],
        row["DocumentDate"],
        row["State"],
        row["Void"],
        _guid(row["Supplier"]),
        _guid(row["EnterpriseCompany"]),
        row["DocumentCurrency"]["CurrencySign"],
        row["PlannedDeliveryDate"],
        row["Notes"] or "",
        _guid(row["Store"]),
        _guid(row["EnterpriseCompanyLocation"]),
        row["DocumentCurrency"]["Id"],
        row["AggregateLastUpdateTimeUtc"],
    )


def _line(order_id: str, line: dict[str, Any]) -> tuple[Any, ...]:
    return (
        line["Id"],
        order_id,
        line["LineNo"],
        _guid(line["Product"]),
        orjson.dumps(line["ProductDescription"]).decode(),
        line["Quantity"]["Value"],
        line["Quantity"]["Unit"],
        _guid(line["QuantityUnit"]),
        line["PricePerUnit"]["Value"],
        line["PlannedDeliveryDate"],
        line["ConfirmedQuantity"],
    )


def _guid(reference: dict[str, str]) -> str:
    return reference["@odata.id"][-37:-1]
