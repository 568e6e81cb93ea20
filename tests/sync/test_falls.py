"""Tables that open doors are read whole: an answer that would close too many of them at once is not believed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, Membership, User
from erpnet import Reference, entities
from erpnet.sandbox.store import Work
from sync import tasks
from sync.models import Alert, DirectoryUser, ExternalAccess, Run, StreamName, Supplier
from sync.services.runs import start_run
from sync.streams.falls import FEW, MOST_ASKED_FOR
from sync.streams.table import STREAMS
from tests.accounts.builders import make_staff
from tests.sync import builders
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db

USERS, SUPPLIERS = entities.User.ENTITY_SET, entities.Supplier.ENTITY_SET
ACCESS = entities.CustomerExternalAccess.ENTITY_SET
# The small instance has some tens of pages.
MOST_SLICES = 100


def directory_run(erp: Erp) -> Run:
    """What the beat starts, to its end."""
    tasks.start_run("directory")
    return erp.finish(Run.objects.get(stream="directory", state__in=Run.OPEN))


def rows_of(erp: Erp, entity_set: str) -> dict[str, dict[str, Any]]:
    store = erp.sandbox.instance.store
    entity = store.model.of_set(entity_set)
    assert entity is not None
    return {row["Id"]: dict(row) for row in store.table(entity.name)}


def hide(erp: Erp, entity_set: str) -> dict[str, dict[str, Any]]:
    """ERP.net shows the service nothing of a table any more; answers what there was."""
    before = rows_of(erp, entity_set)
    put(erp, entity_set, {})
    return before


def put(erp: Erp, entity_set: str, rows: dict[str, dict[str, Any]]) -> None:
    """Make a table have these rows and no others, whatever refers to it."""
    store = erp.sandbox.instance.store
    entity = store.model.of_set(entity_set)
    assert entity is not None
    with store.lock:
        work = Work(store)
        for key in rows_of(erp, entity_set).keys() - rows.keys():
            work.remove(entity, work.edit(entity, key))
        for key in rows.keys() - rows_of(erp, entity_set).keys():
            work.put(entity, dict(rows[key]))
        work.commit()


def many_logins(erp: Erp, count: int) -> list[uuid.UUID]:
    ids = [uuid.uuid4() for _number in range(count)]
    rows = rows_of(erp, USERS)
    some = next(row for row in rows.values() if row["Active"])
    more = {
        str(one): {**some, "Id": str(one), "Login": f"many-{nth:04}", "Person": None}
        for nth, one in enumerate(ids)
    }
    put(erp, USERS, rows | more)
    assert directory_run(erp).state == Run.State.DONE
    return ids


def close(erp: Erp, logins: list[uuid.UUID]) -> None:
    """Delete logins in ERP.net."""
    gone = {str(one) for one in logins}
    put(erp, USERS, {key: row for key, row in rows_of(erp, USERS).items() if key not in gone})


def amid(erp: Erp, run: Run, entity_set: str) -> Run:
    """Take a run on, a page a slice, until it has read a part of a table and not all of it."""
    feeds = STREAMS[StreamName(run.stream_id)].feeds
    for _slice in range(MOST_SLICES):
        run = erp.slice(run)
        if run.cursor.get("ids") and feeds[run.cursor["feed"]].entity_set == entity_set:
            return run
    raise AssertionError(f"The run is never amid {entity_set}.")


def open_doors() -> tuple[int, int, int]:
    return (
        Membership.objects.filter(is_active=True).count(),
        Supplier.objects.filter(is_active=True).count(),
        DirectoryUser.objects.filter(is_active=True).count(),
    )


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_staff("somebody@vitosha.example", is_superuser=True))
    return client


def accept(staff: Client, run: Run, reason: str = "The plant has closed.") -> Any:
    return staff.post(reverse("admin:sync_run_accept", args=[run.pk]), {"reason": reason})


class TestAnEmptyAnswer:
    def test_closes_no_door_however_small_the_table(self, mirrored: Erp) -> None:
        before = open_doors()
        assert 1 < Supplier.objects.filter(is_active=True).count() <= FEW
        hidden = hide(mirrored, SUPPLIERS)
        run = directory_run(mirrored)
        assert run.state == Run.State.REFUSED
        assert open_doors() == before
        put(mirrored, SUPPLIERS, hidden)
        assert directory_run(mirrored).state == Run.State.DONE
        assert open_doors() == before

    def test_is_an_alert_that_says_what_to_do_until_the_next_good_run(self, mirrored: Erp) -> None:
        hidden = hide(mirrored, SUPPLIERS)
        directory_run(mirrored)
        directory_run(mirrored)
        alert = Alert.objects.get()
        assert (alert.kind, alert.subject) == ("run", "directory")
        assert "may still read them" in alert.message
        assert "accept it on the page of this run" in alert.message
        put(mirrored, SUPPLIERS, hidden)
        directory_run(mirrored)
        assert not Alert.objects.filter(closed_at=None).exists()

    def test_is_believed_of_a_table_with_one_row(self, mirrored: Erp) -> None:
        assert ExternalAccess.objects.count() == 1
        hide(mirrored, ACCESS)
        assert directory_run(mirrored).state == Run.State.DONE
        assert not ExternalAccess.objects.exists()


class TestAFall:
    def test_of_more_than_is_believed_closes_nothing(self, mirrored: Erp) -> None:
        ids = many_logins(mirrored, 40)
        before = open_doors()
        close(mirrored, ids[:30])
        run = directory_run(mirrored)
        assert (run.state, run.rows_removed) == (Run.State.REFUSED, 0)
        assert "30 rows of" in run.message
        assert open_doors() == before

    def test_of_a_few_is_believed_at_once(self, mirrored: Erp) -> None:
        ids = many_logins(mirrored, 40)
        close(mirrored, ids[:FEW])
        run = directory_run(mirrored)
        assert (run.state, run.rows_removed) == (Run.State.DONE, FEW)

    def test_is_measured_by_what_was_not_put_away_before(self, mirrored: Erp) -> None:
        """As where nine of ten logins have been closed over the years."""
        ids = many_logins(mirrored, 30)
        for nth in range(300):
            builders.mirrored(
                DirectoryUser, login=f"closed-{nth}", user_type="CommunityUser", is_active=False
            )
        close(mirrored, ids[: FEW + 10])
        run = directory_run(mirrored)
        assert (run.state, run.rows_removed) == (Run.State.REFUSED, 0)

    def test_of_more_than_are_asked_for_one_by_one_is_believed_of_no_table(
        self, mirrored: Erp, settings: Settings
    ) -> None:
        settings.RECONCILIATION_LARGEST_FALL = 1.0
        earlier = timezone.now() - timedelta(minutes=1)
        DirectoryUser.objects.bulk_create(
            DirectoryUser(
                id=uuid.uuid4(),
                login=f"gone-{nth}",
                user_type="CommunityUser",
                is_active=True,
                fetched_at=earlier,
            )
            for nth in range(MOST_ASKED_FOR + 1)
        )
        run = directory_run(mirrored)
        assert (run.state, run.rows_removed) == (Run.State.REFUSED, 0)

    def test_in_one_table_keeps_no_other_door_open(self, mirrored: Erp) -> None:
        ids = many_logins(mirrored, 3)
        hide(mirrored, SUPPLIERS)
        mirrored.administer(Reference(USERS, ids[0]))
        run = directory_run(mirrored)
        assert (run.state, run.rows_removed) == (Run.State.REFUSED, 1)
        assert not DirectoryUser.objects.get(pk=ids[0]).is_active

    def test_is_remembered_over_slices(self, mirrored: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        hide(mirrored, SUPPLIERS)
        before = open_doors()
        assert directory_run(mirrored).state == Run.State.REFUSED
        assert open_doors() == before

    def test_that_only_the_pages_did_not_show_is_none(self, mirrored: Erp, settings: Settings) -> None:
        """As where a row moves to a page that has been read."""
        settings.SYNC_SLICE_SECONDS = 0
        many_logins(mirrored, 1100)
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        run = amid(mirrored, run, USERS)
        before = open_doors()
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM sync_seen WHERE object_id = (SELECT min(object_id::text)::uuid FROM sync_seen)"
            )
        Run.objects.filter(pk=run.pk).update(cursor={**run.cursor, "ids": run.cursor["ids"] - 1})
        run = mirrored.finish(run)
        assert (run.state, run.rows_removed) == (Run.State.DONE, 0)
        assert open_doors() == before


class TestAcceptingIt:
    @pytest.fixture
    def logins(self, mirrored: Erp) -> list[uuid.UUID]:
        return many_logins(mirrored, 40)

    @pytest.fixture
    def refused(self, mirrored: Erp, logins: list[uuid.UUID]) -> Run:
        hide(mirrored, SUPPLIERS)
        return directory_run(mirrored)

    def test_takes_one_click_and_a_reason(self, mirrored: Erp, refused: Run, staff: Client) -> None:
        page = staff.get(reverse("admin:sync_run_change", args=[refused.pk])).content.decode()
        assert reverse("admin:sync_run_accept", args=[refused.pk]) in page
        answer = accept(staff, refused)
        run = Run.objects.get(state__in=Run.OPEN)
        assert answer.headers["Location"] == reverse("admin:sync_run_change", args=[run.pk])
        assert (run.of, run.mode, run.trigger) == (refused, refused.mode, Run.Trigger.PERSON)
        run = mirrored.finish(run)
        assert run.state == Run.State.DONE
        assert not Supplier.objects.filter(is_active=True).exists()
        assert not Alert.objects.filter(closed_at=None).exists()
        assert AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF).detail == {
            "action": "accept_fall",
            "reason": "The plant has closed.",
        }
        assert (
            "Accept it" not in staff.get(reverse("admin:sync_run_change", args=[refused.pk])).content.decode()
        ), "it is over"

    def test_believes_no_more_than_was_accepted(
        self, mirrored: Erp, logins: list[uuid.UUID], refused: Run, staff: Client
    ) -> None:
        before = DirectoryUser.objects.filter(is_active=True).count()
        close(mirrored, logins[:30])
        accept(staff, refused)
        run = mirrored.finish(Run.objects.get(state__in=Run.OPEN))
        assert run.state == Run.State.REFUSED
        assert not Supplier.objects.filter(is_active=True).exists()
        assert DirectoryUser.objects.filter(is_active=True).count() == before

    def test_does_not_believe_an_empty_list_where_a_part_of_it_was_accepted(
        self, mirrored: Erp, staff: Client
    ) -> None:
        """However few there are beside those: the service may have lost its right to see them."""
        few = rows_of(mirrored, SUPPLIERS)
        assert 1 < len(few) <= FEW
        more = {str(uuid.uuid4()): next(iter(few.values())) for _nth in range(40)}
        put(mirrored, SUPPLIERS, few | {key: {**row, "Id": key} for key, row in more.items()})
        assert directory_run(mirrored).state == Run.State.DONE
        put(mirrored, SUPPLIERS, few)
        accept(staff, directory_run(mirrored))
        hide(mirrored, SUPPLIERS)
        run = mirrored.finish(Run.objects.get(state__in=Run.OPEN))
        assert (run.state, run.rows_removed) == (Run.State.REFUSED, 0)
        put(mirrored, SUPPLIERS, few)
        accept(staff, run)
        run = mirrored.finish(Run.objects.get(state__in=Run.OPEN))
        assert (run.state, run.rows_removed) == (Run.State.DONE, len(more))

    def test_is_no_leave_for_the_runs_after_it(
        self, mirrored: Erp, logins: list[uuid.UUID], staff: Client
    ) -> None:
        close(mirrored, logins[:15])
        accept(staff, directory_run(mirrored))
        assert mirrored.finish(Run.objects.get(state__in=Run.OPEN)).rows_removed == 15
        close(mirrored, logins[15:30])
        assert directory_run(mirrored).state == Run.State.REFUSED

    def test_needs_a_reason_and_the_right_to(self, refused: Run, staff: Client) -> None:
        accept(staff, refused, reason="  ")
        User.objects.update(is_superuser=False)
        assert accept(staff, refused).status_code == 403
        assert not Run.objects.filter(state__in=Run.OPEN).exists()

    def test_waits_for_the_run_that_is_open(self, refused: Run, staff: Client) -> None:
        tasks.start_run("directory")
        accept(staff, refused)
        assert Run.objects.filter(state__in=Run.OPEN).get().of is None
        assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.STAFF).exists()

    def test_is_over_with_the_next_good_run(self, mirrored: Erp, staff: Client) -> None:
        hidden = hide(mirrored, SUPPLIERS)
        refused = directory_run(mirrored)
        put(mirrored, SUPPLIERS, hidden)
        assert (refused.state, directory_run(mirrored).state) == (Run.State.REFUSED, Run.State.DONE)
        accept(staff, refused)
        assert not Run.objects.filter(state__in=Run.OPEN).exists()

    def test_is_the_same_for_a_reconciliation(self, mirrored: Erp, staff: Client) -> None:
        hide(mirrored, entities.PurchaseOrder.ENTITY_SET)
        run = mirrored.finish(start_run("orders", reconcile=True, trigger=Run.Trigger.PERSON))
        assert run.state == Run.State.REFUSED
        accept(staff, run)
        run = mirrored.finish(Run.objects.get(state__in=Run.OPEN))
        assert (run.mode, run.state, run.rows_removed) == (Run.Mode.RECONCILIATION, Run.State.DONE, 40)
