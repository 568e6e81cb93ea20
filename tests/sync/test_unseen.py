"""What no page has shown is asked for by its id before it is taken for gone, however much that is."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from erpnet import entities
from sync.models import ProductSupply, Run
from sync.services.falls import accept_fall
from sync.services.runs import start_run
from sync.streams.falls import MOST_ASKED_FOR
from sync.streams.unseen import ASKED_AT_ONCE
from tests.accounts.builders import make_staff
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db


def supplies_gone_in_erp_net(count: int) -> None:
    earlier = timezone.now() - timedelta(minutes=1)
    ProductSupply.objects.bulk_create(
        ProductSupply(id=uuid.uuid4(), kind="supply", fetched_at=earlier) for _nth in range(count)
    )


def begin_reconciliation(erp: Erp) -> Run:
    return begin(erp, start_run("products", reconcile=True, trigger=Run.Trigger.PERSON))


def begin(erp: Erp, run: Run) -> Run:
    """Take the products and, in a slice of its own, the first feed into the supplies; the prices are to come."""
    return erp.slice(erp.slice(run))


def overlook(erp: Erp, run: Run) -> uuid.UUID:
    """As where a row moves to a page that has been read; answers its id."""
    overlooked = uuid.UUID(erp.first(entities.ProductSupply.query())["Id"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sync_seen WHERE object_id = %s", [overlooked])
        assert cursor.rowcount == 1
    Run.objects.filter(pk=run.pk).update(cursor={**run.cursor, "ids": run.cursor["ids"] - 1})
    return overlooked


def test_it_is_asked_for_in_as_many_slices_as_it_takes(mirrored: Erp, settings: Settings) -> None:
    settings.SYNC_SLICE_SECONDS = 0
    settings.RECONCILIATION_LARGEST_FALL = 1.0
    before, gone = ProductSupply.objects.count(), 2 * ASKED_AT_ONCE
    supplies_gone_in_erp_net(gone)
    run = begin_reconciliation(mirrored)
    overlooked = overlook(mirrored, run)
    turns = run.turn
    run = mirrored.finish(run)
    assert (run.state, run.rows_removed, run.turn - turns) == (Run.State.DONE, gone, 3)
    assert ProductSupply.objects.filter(pk=overlooked).exists()
    assert ProductSupply.objects.count() == before


def test_cancelling_works_between_two_questions(mirrored: Erp, settings: Settings) -> None:
    settings.SYNC_SLICE_SECONDS = 0
    settings.RECONCILIATION_LARGEST_FALL = 1.0
    supplies_gone_in_erp_net(2 * ASKED_AT_ONCE)
    before = ProductSupply.objects.count()
    run = mirrored.slice(begin_reconciliation(mirrored))
    assert run.cursor["asked"]
    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
    mirrored.slice(run)
    assert ProductSupply.objects.count() == before


def test_it_is_also_asked_for_where_a_person_has_said_that_very_much_is_gone(
    mirrored: Erp, settings: Settings
) -> None:
    settings.SYNC_SLICE_SECONDS = 0
    before, gone = ProductSupply.objects.count(), MOST_ASKED_FOR + 1
    supplies_gone_in_erp_net(gone)
    refused = mirrored.finish(begin_reconciliation(mirrored))
    assert refused.state == Run.State.REFUSED
    run = begin(mirrored, accept_fall(refused, user=make_staff(), reason="They are gone."))
    overlooked = overlook(mirrored, run)
    settings.SYNC_SLICE_SECONDS = 60
    run = mirrored.finish(run)
    assert (run.state, run.rows_removed) == (Run.State.DONE, gone)
    assert ProductSupply.objects.filter(pk=overlooked).exists()
    assert ProductSupply.objects.count() == before
