"""A vendor with orders in a mirror that has been pulled, and what she does at the portal. Needs Django set up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Membership, User
from accounts.tenancy import acting_for
from erpnet import DomainApi, TrustedApplication
from erpnet.discovery import Instance
from sync import selectors
from sync.models import OutboxEntry, Run, Shipment
from sync.outbox.delivery import deliver_due
from sync.services.forms import LineQuantity, ShipmentHeader
from sync.services.runs import cancel_run, start_run
from sync.services.shipments import announce_shipment, change_shipment
from sync.services.sweep import sweep

SOME = Decimal("0.001")
# ERP.net's limit of 600 requests a minute is for its good; here the outbox shall be as fast as it can.
UNLIMITED = 1_000_000
WITHIN = 60.0
PULLED = ("directory", "products", "orders")


class Seller:
    """A vendor with orders, in a mirror that has been pulled, and what she does at the portal."""

    def __init__(self, application: TrustedApplication) -> None:
        self.application = application
        self._pull()
        self._membership = Membership.objects.select_related("partner").filter(
            partner__suppliers__isnull=False
        )[0]
        self._user = User.objects.create(
            issuer=f"{application.instance_url}/id",
            erp_id=self._membership.erp_user_id,
            login="a vendor",
        )
        with acting_for(self._membership.partner):
            orders = selectors.orders_for(self._membership, state="open")
            lines = (
                (order, line)
                for order in orders
                for line in selectors.open_lines_for(self._membership, order.pk)
            )
            self._order, self._line = max(lines, key=lambda pair: pair[1].open)

    def client(self, door: str = "") -> DomainApi:
        root = self.application.instance_url
        instance = Instance(f"{root}/id", f"{door or root}/api/domain/odata/")
        return DomainApi(self.application, instance=instance, requests_per_minute=UNLIMITED)

    def announce(self) -> Shipment:
        with acting_for(self._membership.partner):
            return announce_shipment(
                self._membership,
                user=self._user,
                order=self._order,
                key=uuid.uuid4(),
                header=self._header(),
                lines=[LineQuantity(self._line.pk, SOME)],
            )

    def change(self, shipment: Shipment) -> None:
        with acting_for(self._membership.partner):
            change_shipment(
                self._membership,
                user=self._user,
                shipment=shipment,
                key=uuid.uuid4(),
                header=self._header(),
            )

    def wait_for_deliveries(self) -> None:
        _wait("a delivery", lambda: not OutboxEntry.objects.exclude(state=OutboxEntry.State.DONE).exists())

    def deliver_all(self, api: DomainApi, count: int) -> tuple[float, float]:
        """Deliver what is due. Answers how many entries, and how many requests, were done in a second."""
        requests, started = api.counters.requests, time.perf_counter()
        done = deliver_due(api)
        seconds = time.perf_counter() - started
        if done != count:
            raise RuntimeError(f"{done} of {count} deliveries were done.")
        return done / seconds, (api.counters.requests - requests) / seconds

    @contextmanager
    def pulling_stock(self) -> Iterator[Callable[[], None]]:
        """Inside, the worker pulls stock; what it gives begins another run where the last one has ended, and waits out
        what runs leave of a minute's requests to deliveries.
        """

        def keep_busy() -> None:
            run = start_run("stock", trigger=Run.Trigger.PERSON)
            while Run.objects.filter(pk=run.pk, state=Run.State.WAITING).exists():
                time.sleep(0.1)
                sweep()

        keep_busy()
        time.sleep(1)
        yield keep_busy
        for run in Run.objects.filter(state__in=Run.OPEN):
            cancel_run(run.pk)

    def _pull(self) -> None:
        """Has the worker do it, which asks ERP.net for all that it wants to know first, too."""
        for stream in PULLED:
            run = start_run(stream, trigger=Run.Trigger.PERSON)
            open_run = Run.objects.filter(pk=run.pk, state__in=Run.OPEN)
            _wait("a run", lambda: not open_run.exists())  # noqa: B023 - called before the next one begins

    def _header(self) -> ShipmentHeader:
        return ShipmentHeader(
            timezone.localdate() + timedelta(days=7),
            delivery_note_number=uuid.uuid4().hex[:10],
            notes="Two pallets",
        )


def _wait(what: str, is_over: Callable[[], bool]) -> None:
    """Raises RuntimeError where nobody does it."""
    deadline = time.monotonic() + WITHIN
    while not is_over():
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{what.capitalize()} was not done within {WITHIN:.0f} s: is the worker there?"
            )
        time.sleep(0.002)
