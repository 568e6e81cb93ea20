"""A vendor at the portal: what the pages do in her name."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Membership, User
from accounts.tenancy import acting_for
from sync import selectors
from sync.models import DirectoryUser, OutboxEntry, PurchaseOrder, Shipment
from sync.outbox.claims import give_back_expired
from sync.services.forms import LineQuantity, ShipmentHeader
from sync.services.shipments import announce_shipment, change_shipment

ISSUER = "https://vitosha.example/id"


def sign_in(login: str) -> User:
    """The user that the portal remembers of a login of the instance."""
    known = DirectoryUser.objects.get(login=login)
    user, _created = User.objects.get_or_create(
        issuer=ISSUER,
        erp_id=known.pk,
        defaults={"login": login, "name": known.name, "user_type": known.user_type},
    )
    return user


def header(**values: Any) -> ShipmentHeader:
    in_a_week = timezone.localdate() + timedelta(days=7)
    return ShipmentHeader(**{"planned_delivery_date": in_a_week, "delivery_note_number": "DN-1", **values})


class Vendor:
    def __init__(self, login: str) -> None:
        self.user = sign_in(login)
        self.membership = Membership.objects.select_related("partner").get(erp_user_id=self.user.erp_id)
        self.partner = self.membership.partner

    @contextmanager
    def acting(self) -> Iterator[None]:
        with acting_for(self.partner):
            yield

    def open_order(self) -> PurchaseOrder:
        """An order with at least one line of which ten or more are open."""
        with self.acting():
            for order in selectors.orders_for(self.membership, state="open"):
                if any(line.open >= 10 for line in selectors.open_lines_for(self.membership, order.pk)):
                    return selectors.order_for(self.membership, order.pk)
        raise AssertionError("The sandbox has made no open order for this vendor.")

    def open_line(self, order: PurchaseOrder) -> Any:
        with self.acting():
            return max(selectors.open_lines_for(self.membership, order.pk), key=lambda line: line.open)

    def announce(
        self, order: PurchaseOrder, *, key: uuid.UUID | None = None, quantity: str = "2", **values: Any
    ) -> Shipment:
        """Announce some of the line of which most is open."""
        line = self.open_line(order)
        return self.announce_lines(order, [LineQuantity(line.pk, Decimal(quantity))], key=key, **values)

    def announce_lines(
        self, order: PurchaseOrder, lines: list[LineQuantity], *, key: uuid.UUID | None = None, **values: Any
    ) -> Shipment:
        with self.acting():
            return announce_shipment(
                self.membership,
                user=self.user,
                order=order,
                key=key or uuid.uuid4(),
                header=header(**values),
                lines=lines,
            )

    def change(
        self,
        shipment: Shipment,
        *,
        key: uuid.UUID | None = None,
        lines: list[LineQuantity] | None = None,
        **values: Any,
    ) -> Shipment:
        with self.acting():
            return change_shipment(
                self.membership,
                user=self.user,
                shipment=shipment,
                key=key or uuid.uuid4(),
                header=header(**values),
                lines=lines,
            )

    def see(self, shipment: Shipment) -> Shipment:
        with self.acting():
            return selectors.shipment_for(self.membership, shipment.pk)

    def line(self, line_id: uuid.UUID, order: PurchaseOrder) -> Any:
        """An order line with its quantities, as the page shows it."""
        with self.acting():
            lines = selectors.order_lines_for(self.membership, order.pk)
        return next(line for line in lines if line.pk == line_id)


def only_entry(shipment: Shipment) -> OutboxEntry:
    entry: OutboxEntry = OutboxEntry.objects.get(shipment=shipment)
    return entry


def killed_worker_leaves(entry: OutboxEntry) -> None:
    """The lease of a worker that does not come back has run out."""
    OutboxEntry.objects.filter(pk=entry.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    give_back_expired()
