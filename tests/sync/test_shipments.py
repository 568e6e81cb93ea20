"""Saving shipments: what is refused, and that two tabs or a second click never take more than is open."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from sync.exceptions import (
    FormAlreadyUsed,
    NothingToDecide,
    OrderNotOpen,
    ShipmentInvalid,
    ShipmentLocked,
)
from sync.models import OutboxEntry, PurchaseOrder, Shipment, ShipmentLine
from sync.outbox.claims import claim_next
from sync.services.deliveries import retry_delivery
from sync.services.forms import LineQuantity
from tests.deliveries import bring_to
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, only_entry

pytestmark = pytest.mark.django_db


def problems(error: pytest.ExceptionInfo[ShipmentInvalid]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in error.value.problems}


class TestAnnouncing:
    def test_saves_the_shipment_its_lines_and_one_entry(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order, quantity="2.5")

        saved = ShipmentLine.objects.get(shipment=shipment)
        assert (saved.order_line_id, saved.quantity, saved.unit) == (line.pk, Decimal("2.5"), line.unit)
        assert only_entry(shipment).state == OutboxEntry.State.PENDING
        assert maria.line(line.pk, order).open == line.open - Decimal("2.5")
        assert AuditEvent.objects.filter(kind=AuditEvent.Kind.WRITE, partner_id=maria.partner.pk).count() == 1

    def test_refuses_more_than_is_open_and_says_how_much_is(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        with pytest.raises(ShipmentInvalid) as error:
            maria.announce_lines(order, [LineQuantity(line.pk, line.open + 1)])

        (problem,) = error.value.problems
        assert (problem.code, problem.line_id) == ("beyond_open", line.pk)
        assert f"{line.open.normalize():f}" in problem.message
        assert not Shipment.objects.filter(order=order, erp_id=None).exists()

    def test_refuses_more_than_is_open_in_two_lines_of_the_same(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        with pytest.raises(ShipmentInvalid) as error:
            maria.announce_lines(order, [LineQuantity(line.pk, line.open), LineQuantity(line.pk, Decimal(1))])
        assert problems(error) == {("lines", "beyond_open")}

    @pytest.mark.parametrize(
        "quantity",
        [
            "0",
            "-1",
            "0.0001",
            "NaN",
            "sNaN",
            "Infinity",
            "1e20",
            "1e999999999",
            "-1e999999999",
            f"1.{'0' * 30}1",
        ],
    )
    def test_refuses_what_is_no_quantity(self, maria: Vendor, quantity: str) -> None:
        with pytest.raises(ShipmentInvalid) as error:
            maria.announce(maria.open_order(), quantity=quantity)
        assert problems(error) == {("lines", "not_a_quantity")}

    def test_tells_everything_that_is_wrong_at_once(self, maria: Vendor) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        with pytest.raises(ShipmentInvalid) as error:
            maria.announce_lines(
                maria.open_order(), [], planned_delivery_date=yesterday, delivery_note_number="9" * 21
            )
        assert problems(error) == {
            ("lines", "nothing_to_ship"),
            ("planned_delivery_date", "date_in_past"),
            ("delivery_note_number", "too_long"),
        }

    def test_needs_a_delivery_date(self, maria: Vendor) -> None:
        with pytest.raises(ShipmentInvalid) as error:
            maria.announce(maria.open_order(), planned_delivery_date=None)
        assert problems(error) == {("planned_delivery_date", "date_missing")}

    def test_refuses_a_line_of_another_order(self, maria: Vendor, john: Vendor) -> None:
        foreign = john.open_line(john.open_order())
        with pytest.raises(ShipmentInvalid) as error:
            maria.announce_lines(maria.open_order(), [LineQuantity(foreign.pk, Decimal(1))])
        assert problems(error) == {("lines", "line_not_of_order")}

    def test_acl_02_another_partners_order_does_not_exist(self, maria: Vendor, john: Vendor) -> None:
        with pytest.raises(PurchaseOrder.DoesNotExist):
            maria.announce_lines(john.open_order(), [])

    def test_refuses_an_order_that_was_made_void(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        mirrored.make_void("Logistics_Procurement_PurchaseOrders", order.pk)
        mirrored.pull("orders")
        with pytest.raises(OrderNotOpen):
            maria.announce_lines(order, [LineQuantity(line.pk, Decimal(1))])


class TestTheSameFormAgain:
    def test_answers_with_the_shipment_that_it_made(self, maria: Vendor) -> None:
        order, key = maria.open_order(), uuid.uuid4()
        lines = [LineQuantity(maria.open_line(order).pk, Decimal(2))]
        first = maria.announce_lines(order, lines, key=key)
        second = maria.announce_lines(order, lines, key=key)

        assert first == second
        assert OutboxEntry.objects.count() == 1

    def test_with_other_content_says_so_instead_of_dropping_it(self, maria: Vendor) -> None:
        order, key = maria.open_order(), uuid.uuid4()
        first = maria.announce(order, key=key)
        with pytest.raises(FormAlreadyUsed) as error:
            maria.announce(order, key=key, quantity="3")
        assert error.value.shipment == first

    def test_for_another_shipment_changes_nothing_there(self, mirrored: Erp, maria: Vendor) -> None:
        order, key = maria.open_order(), uuid.uuid4()
        shipment = maria.announce(order, quantity="1", notes="As it was")
        mirrored.deliver()
        other = maria.announce(order, key=key, quantity="1")
        with pytest.raises(FormAlreadyUsed) as error:
            maria.change(shipment, key=key, notes="Meant for the other")
        assert error.value.shipment == other
        assert maria.see(shipment).notes == "As it was"

    def test_is_known_after_a_change_joined_the_entry(self, maria: Vendor) -> None:
        order, key, change_key = maria.open_order(), uuid.uuid4(), uuid.uuid4()
        lines = [LineQuantity(maria.open_line(order).pk, Decimal(2))]
        shipment = maria.announce_lines(order, lines, key=key)
        maria.change(shipment, key=change_key, notes="First")
        maria.change(shipment, notes="Second")

        assert maria.announce_lines(order, lines, key=key) == shipment
        assert maria.change(shipment, key=change_key, notes="First").notes == "Second"
        assert OutboxEntry.objects.count() == 1

    def test_of_another_partner_is_another_form(self, maria: Vendor, john: Vendor) -> None:
        key = uuid.uuid4()
        assert maria.announce(maria.open_order(), key=key) != john.announce(john.open_order(), key=key)


class TestChanging:
    def test_an_unsent_shipment_changes_in_its_entry(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        maria.change(shipment, lines=[LineQuantity(line.pk, Decimal(5))], carrier="Speedy")

        entry = only_entry(shipment)
        assert entry.payload["header"]["carrier"] == "Speedy"
        assert [line["quantity"] for line in entry.payload["lines"]] == ["5.000"]
        assert maria.line(line.pk, order).open == line.open - 5

    def test_its_own_lines_do_not_count_against_it(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        maria.change(shipment, lines=[LineQuantity(line.pk, line.open)])
        assert maria.line(line.pk, order).open == 0

    def test_quantities_are_fixed_once_it_is_on_its_way(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        assert claim_next() is not None
        with pytest.raises(ShipmentInvalid) as error:
            maria.change(shipment, lines=[LineQuantity(line.pk, Decimal(3))])
        assert problems(error) == {("lines", "lines_fixed")}

        maria.change(
            shipment, lines=[LineQuantity(line.pk, Decimal(2))], notes="The same quantities are fine"
        )
        assert [entry.kind for entry in OutboxEntry.objects.order_by("pk")] == ["announce", "update"]

    def test_a_date_that_was_good_when_saved_may_stay(self, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        yesterday = timezone.localdate() - timedelta(days=1)
        Shipment.objects.filter(pk=shipment.pk).update(planned_delivery_date=yesterday)

        assert (
            maria.change(shipment, planned_delivery_date=yesterday, tracking_number="T-9").tracking_number
            == "T-9"
        )
        with pytest.raises(ShipmentInvalid):
            maria.change(shipment, planned_delivery_date=yesterday - timedelta(days=1))

    def test_once_the_warehouse_has_taken_over_it_is_read_only(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        mirrored.release(shipment)
        mirrored.pull("receipts")
        with pytest.raises(ShipmentLocked):
            maria.change(shipment, notes="Too late")

    def test_a_void_shipment_is_read_only(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        mirrored.make_void(RECEIVING_ORDERS, mirrored.receiving_orders(shipment)[0].id)
        mirrored.pull("receipts")
        with pytest.raises(ShipmentLocked):
            maria.change(shipment, notes="Too late")

    def test_acl_02_another_partners_shipment_does_not_exist(self, maria: Vendor, john: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        with pytest.raises((PurchaseOrder.DoesNotExist, Shipment.DoesNotExist)):
            john.change(shipment, notes="Mine now")


class TestSendingAgain:
    def test_only_what_is_stuck(self, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        with pytest.raises(NothingToDecide):
            retry_delivery(only_entry(shipment), user=maria.user, reason="Impatience")

    def test_leaves_its_reason_behind(self, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        bring_to(only_entry(shipment), OutboxEntry.State.REJECTED)
        retry_delivery(only_entry(shipment), user=maria.user, reason="The store is open again.")
        event = AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF)
        assert event.detail["reason"] == "The store is open again."
