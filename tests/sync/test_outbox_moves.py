"""The database lets a delivery move between its states as `OutboxEntry.MOVES` says, and keeps what it is about.

Whoever asks.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from sync.models import OutboxEntry, Shipment
from tests.deliveries import bring_to, delivery
from tests.sync import builders as make

pytestmark = pytest.mark.django_db

State = OutboxEntry.State
PAIRS = sorted(product(State.values, State.values))


@pytest.fixture
def shipment() -> Shipment:
    made: Shipment = make.shipment(make.order(make.membership("Rila").partner))
    return made


def execute(statement: str, *values: Any) -> None:
    """As somebody at the database's own prompt would."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def move(entry: OutboxEntry, state: str) -> None:
    execute(
        "UPDATE sync_outboxentry SET state = %s, lease_until = now() + interval '90 s' WHERE id = %s",
        state,
        entry.pk,
    )


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{one} to {other}" for one, other in PAIRS])
def test_a_delivery_moves_as_the_table_says(shipment: Shipment, before: str, after: str) -> None:
    entry = delivery(shipment, before)
    if before == after or (before, after) in OutboxEntry.MOVES:
        move(entry, after)
        assert OutboxEntry.objects.get().state == after
        return
    with pytest.raises(IntegrityError, match=f"does not move from {before} to {after}"):
        move(entry, after)
    assert OutboxEntry.objects.get().state == before


def test_every_state_can_be_reached_and_nothing_leads_out_of_the_last(shipment: Shipment) -> None:
    assert {after for _before, after in OutboxEntry.MOVES} == set(State.values)
    assert [after for before, after in OutboxEntry.MOVES if before == State.DONE] == []


@pytest.mark.parametrize("state", sorted(set(State.values) - {State.PENDING}))
def test_a_delivery_begins_unsent(shipment: Shipment, state: str) -> None:
    with pytest.raises(IntegrityError, match="begins as PENDING"):
        execute(
            "INSERT INTO sync_outboxentry (partner_id, shipment_id, kind, state, payload, idempotency_key, forms,"
            " attempts, next_attempt_at, lease_owner, lease_until, message, message_code, created_at, correlation_id)"
            " VALUES (%s, %s, 'announce', %s, '{}', gen_random_uuid(), '{}', 0, now(), '', now(), '', '', now(), '')",
            shipment.partner_id,
            shipment.pk,
            state,
        )


def test_nobody_sends_what_has_no_lease(shipment: Shipment) -> None:
    """No sweep would ever take it up again."""
    entry = delivery(shipment, State.PENDING)
    with pytest.raises(IntegrityError, match="sending_has_a_lease"):
        execute("UPDATE sync_outboxentry SET state = 'SENDING' WHERE id = %s", entry.pk)


@pytest.mark.parametrize("role", ["portal_web", "portal_worker"])
def test_no_role_of_the_portal_deletes_one(shipment: Shipment, role: str) -> None:
    delivery(shipment, State.PENDING)
    with pytest.raises(ProgrammingError, match="permission denied"):
        execute(f"SET LOCAL ROLE {role}; DELETE FROM sync_outboxentry")
    assert OutboxEntry.objects.exists()


def test_only_one_delivery_of_a_shipment_is_sent_at_a_time(shipment: Shipment) -> None:
    delivery(shipment, State.SENDING)
    later = delivery(shipment, State.PENDING, kind=OutboxEntry.Kind.UPDATE)
    with pytest.raises(IntegrityError, match="one_in_flight_per_shipment"):
        move(later, State.SENDING)


class TestWhatStaffHaveDropped:
    @pytest.mark.parametrize("state", sorted(OutboxEntry.STUCK))
    def test_never_moves_again(self, shipment: Shipment, state: str) -> None:
        entry = delivery(shipment, state)
        entry.dropped_at = timezone.now()
        entry.save()
        for after in sorted(set(State.values) - {state}):
            with pytest.raises(IntegrityError, match="was dropped"):
                move(entry, after)
        with pytest.raises(IntegrityError, match="was dropped"):
            execute("UPDATE sync_outboxentry SET dropped_at = NULL WHERE id = %s", entry.pk)

    @pytest.mark.parametrize("state", sorted({*OutboxEntry.OPEN, State.DONE}))
    def test_was_stuck(self, shipment: Shipment, state: str) -> None:
        entry = delivery(shipment, state)
        with pytest.raises(IntegrityError, match="dropped_is_stuck"):
            execute("UPDATE sync_outboxentry SET dropped_at = now() WHERE id = %s", entry.pk)


class TestWhatWasAccepted:
    @pytest.mark.parametrize("role", ["portal_web", "portal_worker"])
    @pytest.mark.parametrize("state", sorted(State.values))
    def test_is_what_is_sent(self, shipment: Shipment, state: str, role: str) -> None:
        entry = delivery(shipment, state)
        with pytest.raises(IntegrityError, match="says what was accepted"):
            rewrite(role, "payload = '{\"lines\": []}'")
        assert OutboxEntry.objects.get(pk=entry.pk).payload == {}

    @pytest.mark.parametrize(
        "change", ["forms = '{}'", "state = 'PENDING'", 'forms = \'{"another": "form"}\'']
    )
    def test_takes_no_rewriting_under_cover_of_another_change(self, shipment: Shipment, change: str) -> None:
        delivery(shipment, State.PENDING, forms={"a": "form"})
        with pytest.raises(IntegrityError, match="says what was accepted"):
            rewrite("portal_web", f"payload = '[]', {change}")

    @pytest.mark.parametrize("state", sorted(set(State.values) - {State.PENDING}))
    def test_takes_a_later_form_only_while_it_waits(self, shipment: Shipment, state: str) -> None:
        joined = "payload = '[]', forms = forms || '{\"later\": \"form\"}'"
        delivery(shipment, state)
        with pytest.raises(IntegrityError, match="says what was accepted"):
            rewrite("portal_web", joined)

    def test_is_joined_by_a_later_form_while_it_waits(self, shipment: Shipment) -> None:
        delivery(shipment, State.PENDING)
        rewrite("portal_web", "payload = '[]', forms = forms || '{\"later\": \"form\"}'")
        assert OutboxEntry.objects.get().payload == []

    @pytest.mark.parametrize("role", ["portal_web", "portal_worker"])
    @pytest.mark.parametrize(
        "change",
        [
            "kind = 'update'",
            "base = '{}'",
            "partner_id = NULL",
            "shipment_id = (SELECT id FROM sync_shipment WHERE id <> shipment_id)",
        ],
    )
    def test_stays_of_its_kind_and_whose_it_is(self, shipment: Shipment, role: str, change: str) -> None:
        make.shipment(shipment.order)
        delivery(shipment, State.PENDING)
        with pytest.raises(IntegrityError, match="settled when it was saved"):
            rewrite(role, change)


def rewrite(role: str, change: str) -> None:
    execute(
        f"SET LOCAL ROLE {role}; SET LOCAL portal.staff = 'on'; UPDATE sync_outboxentry SET {change};"
        " RESET ROLE; SET LOCAL portal.staff = ''"
    )


def test_a_delivery_that_rests_can_still_be_written_to(shipment: Shipment) -> None:
    """The trigger asks for moves alone."""
    entry = delivery(shipment, State.DONE)
    entry.message = "Taken."
    entry.save()
    bring_to(entry, State.DONE)
    assert OutboxEntry.objects.get().message == "Taken."
