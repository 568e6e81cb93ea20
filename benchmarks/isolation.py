"""What the second lock costs: the list of orders with row-level security and without, and the scope by itself.

Both sides run the same query with its filter by partner in a transaction; one of them as the web process does, as the
other passes the policies. The floor is the side without.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection, transaction

from benchmarks.figures import Figure, Size, in_turns
from benchmarks.portal import set_up_portal

PARTNERS = 50
ORDERS = 400
LINES = 5

ROUNDS = 9
LOOKS = 20
LIST_TARGET = 1.25
SCOPE_TARGET = 4.0
SCOPES = 500

_PARTNER = """
    INSERT INTO accounts_partner (id, party_id, name, number, is_active, is_vendor, is_customer, created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 'Partner ' || nth, '', true, true, false, now()
    FROM generate_series(1, %(partners)s) AS nth
"""
_ORDERS = """
    INSERT INTO sync_purchaseorder
        (id, fetched_at, partner_id, number, document_date, state, is_void, currency, notes)
    SELECT gen_random_uuid(), now(), partner.id, nth, current_date - nth, 'Released', false, 'BGN', ''
    FROM accounts_partner partner, generate_series(1, %(orders)s) AS nth
"""
_LINES = """
    INSERT INTO sync_orderline (id, partner_id, order_id, line_no, descriptions, quantity, unit)
    SELECT gen_random_uuid(), partner_id, id, nth, '{}', 10, 'm'
    FROM sync_purchaseorder, generate_series(1, %(lines)s) AS nth
"""
_SHIPMENTS = """
    INSERT INTO sync_shipment
        (id, partner_id, order_id, delivery_note_number, carrier, tracking_number, notes, number, state, is_void,
         created_at, planned_delivery_date)
    SELECT gen_random_uuid(), partner_id, id, '', '', '', '', '', 'New', false, now(), current_date
    FROM sync_purchaseorder WHERE number::int %% 2 = 0
"""
_SHIPMENT_LINES = """
    INSERT INTO sync_shipmentline (id, partner_id, shipment_id, order_line_id, line_no, quantity, unit)
    SELECT gen_random_uuid(), shipment.partner_id, shipment.id, line.id, line.line_no, 4, 'm'
    FROM sync_shipment shipment JOIN sync_orderline line ON line.order_id = shipment.order_id
"""


def measure(size: Size) -> Iterator[Figure]:
    set_up_portal()
    from accounts.models import Membership, Partner  # noqa: PLC0415 - models need Django set up
    from accounts.tenancy import acting_for  # noqa: PLC0415
    from sync.selectors import orders_for  # noqa: PLC0415

    _fill()
    partner = Partner.objects.order_by("pk")[PARTNERS // 2]
    membership = Membership(partner=partner, erp_user_id=uuid.uuid4(), role="Billing")

    sides = {
        "list with": lambda: _seconds(lambda: orders_for(membership), lambda: acting_for(partner), LOOKS),
        "list without": lambda: _seconds(lambda: orders_for(membership), transaction.atomic, LOOKS),
        "scope with": lambda: _seconds(_one, lambda: acting_for(partner), SCOPES),
        "scope without": lambda: _seconds(_one, transaction.atomic, SCOPES),
    }
    took = in_turns(sides, max(size.rounds, ROUNDS))
    name = f"orders of one of {PARTNERS} partners, under RLS"
    yield Figure(name, *_both(took, "list", "ms", 1e3), LIST_TARGET, at_most=True)
    name = "transaction that acts for a partner"
    yield Figure(name, *_both(took, "scope", "µs", 1e6), SCOPE_TARGET, at_most=True)


def _both(took: Mapping[str, float], what: str, unit: str, scale: float) -> tuple[float, str, float]:
    return took[f"{what} with"] * scale, unit, took[f"{what} without"] * scale


def _fill() -> None:
    numbers = {"partners": PARTNERS, "orders": ORDERS, "lines": LINES}
    with connection.cursor() as cursor:
        for statement in (_PARTNER, _ORDERS, _LINES, _SHIPMENTS, _SHIPMENT_LINES):
            cursor.execute(statement, numbers)
        cursor.execute("ANALYZE")


def _one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _seconds(work: Callable[[], Any], scope: Callable[[], AbstractContextManager[Any]], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        with scope():
            work()
    return (time.perf_counter() - started) / times
