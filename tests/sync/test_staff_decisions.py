"""What staff decide about deliveries that are stuck: again, otherwise, or not at all. Each with its reason."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from sync.exceptions import NothingToDecide, ShipmentInvalid
from sync.models import Alert, OutboxEntry, Shipment
from sync.outbox.outcomes import MOST_ATTEMPTS
from sync.services.corrections import correct_delivery
from sync.services.deliveries import drop_delivery, retry_delivery
from sync.services.forms import LineQuantity
from tests.deliveries import State, bring_to, delivery
from tests.sync import builders as make
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, header, only_entry

pytestmark = pytest.mark.django_db


def refused_announcement(mirrored: Erp, maria: Vendor, **values: Any) -> Shipment:
    mirrored.fail("business-error", methods=("POST",))
    shipment = maria.announce(maria.open_order(), **values)
    mirrored.deliver()
    return shipment


def change_in_conflict(mirrored: Erp, maria: Vendor) -> Shipment:
    shipment = maria.announce(maria.open_order(), notes="At first")
    mirrored.deliver()
    (document,) = mirrored.receiving_orders(shipment)
    mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call before you come")
    maria.change(shipment, notes="Two pallets")
    mirrored.deliver()
    assert latest(shipment).state == State.CONFLICT
    return shipment


def latest(shipment: Shipment) -> OutboxEntry:
    entry: OutboxEntry = shipment.entries.latest("pk")
    return entry


class TestDroppingWhatNeverCameToBe:
    def test_makes_the_shipment_void_and_its_quantities_free(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = refused_announcement(mirrored, maria)
        drop_delivery(latest(shipment), user=maria.user, reason="Announced twice.")

        assert maria.see(shipment).is_void
        assert maria.line(line.pk, order).open == line.open
        assert mirrored.deliver() == 0
        assert mirrored.receiving_orders(shipment) == []
        maria.announce_lines(order, [LineQuantity(line.pk, line.open)])
        assert mirrored.deliver() == 1

    def test_also_while_it_waits_for_something_else(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        drop_delivery(only_entry(shipment), user=maria.user, reason="By mistake.")

        entry = only_entry(shipment)
        assert (entry.state, bool(entry.dropped_at)) == (State.DEAD, True)
        assert mirrored.deliver() == 0
        assert mirrored.receiving_orders(shipment) == []

    def test_is_undone_by_erp_net_if_it_came_to_be_after_all(self, mirrored: Erp, maria: Vendor) -> None:
        """Given up after many attempts without an answer, and one of them was carried out."""
        mirrored.fail("answer-lost", methods=("POST",))
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        bring_to(only_entry(shipment), State.DEAD)
        drop_delivery(only_entry(shipment), user=maria.user, reason="It was never answered.")
        assert maria.see(shipment).is_void

        mirrored.pull("receipts")

        seen = maria.see(shipment)
        assert (seen.is_void, seen.number) == (False, mirrored.receiving_orders(shipment)[0].number)

    def test_is_nothing_that_is_still_being_asked_for(self, mirrored: Erp, maria: Vendor) -> None:
        """The announcement may stand there already: dropping the change that waits behind it frees no quantity."""
        order = maria.open_order()
        line = maria.open_line(order)
        mirrored.fail("answer-lost", methods=("POST",))
        shipment = maria.announce(order, notes="At first")
        mirrored.deliver()
        maria.change(shipment, notes="Two pallets")
        drop_delivery(latest(shipment), user=maria.user, reason="By mistake.")

        seen: Any = maria.see(shipment)
        assert (seen.is_void, seen.notes, seen.delivery_state) == (False, "At first", State.UNKNOWN)
        assert maria.line(line.pk, order).open == line.open - 2
        assert mirrored.deliver() == 1
        assert [document.notes for document in mirrored.receiving_orders(shipment)] == ["At first"]


class TestDroppingAChange:
    def test_shows_what_erp_net_has(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = change_in_conflict(mirrored, maria)
        drop_delivery(latest(shipment), user=maria.user, reason="They are right.")

        seen: Any = maria.see(shipment)
        assert (seen.notes, seen.is_void, seen.delivery_state) == ("Call before you come", False, State.DONE)
        mirrored.pull("receipts", full=True)
        assert maria.see(shipment).notes == "Call before you come"
        assert maria.see(shipment).lines.count() == 1

    def test_drops_what_it_was_to_mend_with_it(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = change_in_conflict(mirrored, maria)
        mirrored.fail("business-error", methods=("POST",))
        maria.change(shipment, notes="Three pallets")
        mirrored.deliver()
        drop_delivery(latest(shipment), user=maria.user, reason="They are right.")

        dropped = shipment.entries.filter(dropped_at__isnull=False)
        assert sorted(dropped.values_list("state", flat=True)) == [State.CONFLICT, State.REJECTED]
        assert maria.see(shipment).notes == "Call before you come"

    def test_leaves_the_shipment_open_to_another_change(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = change_in_conflict(mirrored, maria)
        drop_delivery(latest(shipment), user=maria.user, reason="They are right.")
        maria.change(shipment, notes="Three pallets")
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        assert document.notes == "Three pallets"


class TestSendingAgain:
    def test_takes_no_quantity_that_was_announced_otherwise_meanwhile(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = refused_announcement(mirrored, maria)
        maria.announce_lines(order, [LineQuantity(line.pk, line.open - 1)])
        with pytest.raises(ShipmentInvalid):
            retry_delivery(latest(shipment), user=maria.user, reason="ERP.net is back.")
        assert latest(shipment).state == State.REJECTED


class TestCorrecting:
    def test_sends_other_words_and_quantities(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = refused_announcement(mirrored, maria)
        correct_delivery(
            latest(shipment),
            user=maria.user,
            reason="The vendor rang.",
            header=header(notes="From the gate"),
            lines=[LineQuantity(line.pk, Decimal(3))],
        )
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert document.notes == "From the gate"
        assert [one.quantity.value for one in document.lines] == [Decimal(3)]
        assert maria.line(line.pk, order).open == line.open - 3

    def test_asks_again_where_other_quantities_had_arrived_before(self, mirrored: Erp, maria: Vendor) -> None:
        """Given up, for no attempt was answered; yet one was carried out."""
        order = maria.open_order()
        line = maria.open_line(order)
        mirrored.fail("answer-lost", methods=("POST",))
        shipment = maria.announce(order)
        mirrored.deliver()
        bring_to(only_entry(shipment), State.DEAD)
        correct_delivery(
            latest(shipment),
            user=maria.user,
            reason="The vendor rang.",
            header=header(notes="Five"),
            lines=[LineQuantity(line.pk, Decimal(5))],
        )
        mirrored.deliver()

        assert latest(shipment).state == State.CONFLICT
        assert "other quantities" in latest(shipment).message
        (document,) = mirrored.receiving_orders(shipment)
        assert (document.notes, document.lines[0].quantity.value) == ("", Decimal(2)), (
            "nothing was overwritten"
        )
        assert maria.line(line.pk, order).open == line.open - 2
        maria.change(shipment, notes="Two, then")
        assert mirrored.deliver() == 1

    def test_of_a_change_overwrites_what_was_seen_and_no_more(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = change_in_conflict(mirrored, maria)
        correct_delivery(
            latest(shipment), user=maria.user, reason="Both.", header=header(notes="Two pallets, call first")
        )
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        assert document.notes == "Two pallets, call first"

    def test_holds_to_the_rules_of_the_form(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = refused_announcement(mirrored, maria)
        line = shipment.lines.get().order_line
        with pytest.raises(ShipmentInvalid):
            correct_delivery(
                latest(shipment),
                user=maria.user,
                reason="All of it.",
                header=header(),
                lines=[LineQuantity(line.pk, line.quantity + 1)],
            )


class TestWhatCanBeDecided:
    @pytest.mark.parametrize("decide", [retry_delivery, drop_delivery])
    @pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.DONE])
    def test_nothing_about_what_erp_net_may_have(self, decide: Any, state: str) -> None:
        membership = make.membership("Rila")
        entry = delivery(make.shipment(make.order(membership.partner)), state)
        user = User.objects.create(issuer="https://vitosha.example/id", erp_id=uuid.uuid4(), login="ops")
        with pytest.raises(NothingToDecide):
            decide(entry, user=user, reason="Impatience")

    def test_nothing_about_what_was_dropped_or_has_a_later_one(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = refused_announcement(mirrored, maria)
        first = latest(shipment)
        maria.change(shipment, delivery_note_number="DN-9")
        for decide in (retry_delivery, drop_delivery):
            with pytest.raises(NothingToDecide):
                decide(first, user=maria.user, reason="Too late")
        drop_delivery(latest(shipment), user=maria.user, reason="Not wanted.")
        with pytest.raises(NothingToDecide):
            retry_delivery(latest(shipment), user=maria.user, reason="Wanted after all.")


class TestAnAlert:
    def given_up(self, mirrored: Erp, maria: Vendor) -> Shipment:
        shipment = maria.announce(maria.open_order())
        OutboxEntry.objects.update(attempts=MOST_ATTEMPTS - 1)
        mirrored.fail("broken", methods=("POST",))
        mirrored.deliver()
        return shipment

    def test_tells_of_what_was_given_up(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = self.given_up(mirrored, maria)
        alert = Alert.objects.get(kind=Alert.Kind.DELIVERY, closed_at=None)
        assert str(shipment.pk) in alert.subject
        assert alert.message == only_entry(shipment).message

    def test_is_over_when_the_delivery_is_done(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = self.given_up(mirrored, maria)
        retry_delivery(only_entry(shipment), user=maria.user, reason="ERP.net is back.")
        assert Alert.objects.filter(closed_at=None).exists(), "nobody knows yet whether that helped"
        mirrored.deliver()
        assert not Alert.objects.filter(closed_at=None).exists()

    def test_is_over_when_the_delivery_is_dropped(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = self.given_up(mirrored, maria)
        drop_delivery(only_entry(shipment), user=maria.user, reason="No longer wanted.")
        assert not Alert.objects.filter(closed_at=None).exists()


class TestPages:
    @pytest.fixture
    def staff(self, client: Client) -> Client:
        user = User.objects.create(
            issuer="https://vitosha.example/id",
            erp_id=uuid.uuid4(),
            login="ops@vitosha.example",
            user_type=User.UserType.INTERNAL,
            is_staff=True,
            is_superuser=True,
        )
        client.force_login(user, backend="accounts.oidc.backend.InstanceIdBackend")
        return client

    @pytest.fixture
    def entry(self, db: None) -> OutboxEntry:
        order = make.order(make.membership("Rila").partner)
        shipment = make.shipment(order, notes="Two pallets")
        make.shipment_line(shipment, make.order_line(order), "5")
        return delivery(shipment, State.REJECTED, message="The store is closed.")

    def address(self, name: str, entry: OutboxEntry) -> str:
        return reverse(f"admin:sync_outboxentry_{name}", args=[entry.pk])

    def test_offer_each_decision_where_it_is_open(self, staff: Client, entry: OutboxEntry) -> None:
        shown = staff.get(self.address("change", entry)).content.decode()
        assert all(words in shown for words in ("Send again", "Correct it", "Drop it"))
        bring_to(entry, State.DONE)
        shown = staff.get(self.address("change", entry)).content.decode()
        assert not any(words in shown for words in ("Send again", "Correct it", "Drop it"))

    def test_drop_for_a_reason(self, staff: Client, entry: OutboxEntry) -> None:
        staff.post(self.address("drop", entry), {"reason": " "})
        assert OutboxEntry.objects.get().dropped_at is None
        staff.post(self.address("drop", entry), {"reason": "Announced twice."})
        assert OutboxEntry.objects.get().dropped_at is not None
        event = AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF)
        assert event.detail == {"action": "drop", "reason": "Announced twice."}
        assert "not sent any more" in staff.get(self.address("change", entry)).content.decode()

    def test_correct_for_a_reason(self, staff: Client, entry: OutboxEntry) -> None:
        page = staff.get(self.address("correct", entry)).content.decode()
        assert "The store is closed." in page
        assert "Two pallets</textarea>" in page
        line = entry.shipment.lines.get()
        form = {
            "planned_delivery_date": str(entry.shipment.planned_delivery_date),
            "notes": "Three pallets",
            f"quantity_{line.order_line_id}": "500",
            "reason": "The vendor rang.",
        }
        refused = staff.post(self.address("correct", entry), form).content.decode()
        assert "are still open" in refused
        answer = staff.post(self.address("correct", entry), {**form, f"quantity_{line.order_line_id}": "7"})
        corrected = latest(entry.shipment)
        assert answer.headers["Location"] == self.address("change", corrected)
        assert corrected.payload["header"]["notes"] == "Three pallets"
        assert [one["quantity"] for one in corrected.payload["lines"]] == ["7.000"]
        assert AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF).detail["action"] == "correct"

    @pytest.mark.parametrize("name", ["retry", "drop", "correct"])
    def test_take_a_right(self, staff: Client, entry: OutboxEntry, name: str) -> None:
        User.objects.update(is_superuser=False)
        assert staff.post(self.address(name, entry), {"reason": "Curiosity"}).status_code == 403
        assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.STAFF).exists()
