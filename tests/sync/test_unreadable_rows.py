"""What cannot be read is kept as it came, with the reason, and stops nothing; until it can be read, or is gone."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection

from erpnet import Reference, entities
from sync.models import PurchaseOrder, Run, Stream, UnreadableRow
from sync.services.runs import start_run
from sync.streams.unreadable import MOST_KEPT, Unreadable, keep
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db

PURCHASE_ORDERS = entities.PurchaseOrder.ENTITY_SET


@pytest.fixture
def broken(mirrored: Erp) -> str:
    """The id of an order that has just become unreadable."""
    order_id = str(PurchaseOrder.objects.all()[0].pk)
    spoil(mirrored, order_id, DocumentDate="soon")
    return order_id


def spoil(erp: Erp, order_id: str, **values: Any) -> None:
    erp.administer(Reference(PURCHASE_ORDERS, uuid.UUID(order_id)), **values)


def reconcile(erp: Erp) -> Run:
    return erp.finish(start_run("orders", reconcile=True, trigger=Run.Trigger.PERSON))


def test_one_is_kept_once_with_the_object_as_it_came_and_the_run_that_met_it_last(
    mirrored: Erp, broken: str
) -> None:
    for number in (1, 2):
        run = mirrored.pull("orders")
        assert (run.state, run.rows_failed) == (Run.State.FLAWED, 1), number
        kept = UnreadableRow.objects.get()
        assert (kept.run, kept.object_id) == (run, broken)
    assert kept.row["DocumentDate"] == "soon"
    assert kept.row["Id"] == broken
    assert "DocumentDate" in kept.why
    assert kept.first_seen_at < kept.last_seen_at


def test_the_mirror_keeps_what_it_had_of_it(mirrored: Erp, broken: str) -> None:
    mirrored.pull("orders")
    assert PurchaseOrder.objects.get(pk=broken).lines.exists()
    assert reconcile(mirrored).rows_removed == 0, "what cannot be read is there all the same"


def test_it_is_forgotten_once_it_is_read_well(mirrored: Erp, broken: str) -> None:
    mirrored.pull("orders")
    spoil(mirrored, broken, DocumentDate="2026-01-05T00:00:00Z")
    assert mirrored.pull("orders").state == Run.State.DONE
    assert not UnreadableRow.objects.exists()


def test_a_reconciliation_asks_for_it_again(mirrored: Erp, broken: str) -> None:
    assert reconcile(mirrored).state == Run.State.FLAWED
    spoil(mirrored, broken, DocumentDate="2026-01-05T00:00:00Z")
    assert reconcile(mirrored).state == Run.State.DONE
    assert not UnreadableRow.objects.exists()


def test_it_is_forgotten_once_it_is_gone(mirrored: Erp, broken: str) -> None:
    mirrored.pull("orders")
    mirrored.administer(Reference(PURCHASE_ORDERS, uuid.UUID(broken)))
    mirrored.pull("orders")
    assert UnreadableRow.objects.exists(), "a pull of changes does not see that it is gone"
    assert reconcile(mirrored).state == Run.State.DONE
    assert not UnreadableRow.objects.exists()


def test_one_that_postgresql_refuses_is_kept_even_so(mirrored: Erp) -> None:
    order_id = str(PurchaseOrder.objects.all()[0].pk)
    spoil(mirrored, order_id, Notes="a\0b")
    assert mirrored.pull("orders").state == Run.State.FLAWED
    kept = UnreadableRow.objects.get()
    assert (kept.object_id, kept.row["Notes"]) == (order_id, "a\N{REPLACEMENT CHARACTER}b")


def test_rows_of_a_view_are_told_apart_without_an_id(db: None) -> None:
    first, same, other = (
        Unreadable("A_View", row, "") for row in ({"A": 1, "B": 2}, {"B": 2, "A": 1}, {"A": 2, "B": 2})
    )
    assert first.object_id == same.object_id != other.object_id


def test_a_table_of_which_nothing_can_be_read_does_not_fill_the_database(db: None) -> None:
    run = Run.objects.create(stream=Stream.objects.create(pk="orders"), mode="full", trigger="person")
    rows = [Unreadable("A_View", {"A": number}, "No.") for number in range(MOST_KEPT + 5)]
    keep(run, rows[:10])
    keep(run, rows)
    assert UnreadableRow.objects.count() == MOST_KEPT


def test_the_worker_writes_them_and_the_web_may_not(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(role, 'sync_unreadablerow', 'INSERT')"
            " FROM unnest(ARRAY['portal_worker', 'portal_web']) role"
        )
        assert cursor.fetchall() == [(True,), (False,)]
