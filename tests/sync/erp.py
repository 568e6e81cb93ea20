"""An ERP.net instance under a test's hands: what its own people do there, and what the portal's worker does with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from accounts.models import AccessRequest, User
from erpnet import DomainApi, F, Reference
from erpnet.entities import ReceivingOrder
from erpnet.sandbox.faults import Fault
from erpnet.sandbox.store import Work
from erpnet.sandbox.testing import RunningInstance
from sync.models import OutboxEntry, Run, Shipment
from sync.outbox.delivery import deliver_due
from sync.services.access import look_up_person
from sync.services.runs import run_slice, start_run

RECEIVING_ORDERS = ReceivingOrder.ENTITY_SET
PULLED = ("directory", "products", "orders", "receipts", "invoices")


class Erp:
    """`api` is the worker's client. Whoever works in ERP.net itself has another."""

    def __init__(self, sandbox: RunningInstance) -> None:
        self.sandbox = sandbox
        self.api = DomainApi(sandbox.application())
        self.own_people = DomainApi(sandbox.application())

    # -- The worker ---------------------------------------------------------------------------------------------------

    @contextmanager
    def worker(self) -> Iterator[DomainApi]:
        """Inside, the database is used as the worker's login may use it."""
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE portal_worker")
        try:
            yield self.api
        finally:
            if not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("RESET ROLE")

    def slice(self, run: Run) -> Run:
        with self.worker() as api:
            return run_slice(run.pk, api)

    def pull(self, *streams: str, full: bool = False) -> Run:
        """Run streams to their end; answers the last run."""
        for stream in streams or PULLED:
            run = start_run(stream, full=full, trigger=Run.Trigger.PERSON)
            while run.turn == 0 or run.state == Run.State.RUNNING:
                run = self.slice(run)
        return run

    def finish(self, run: Run) -> Run:
        while run.state in Run.OPEN:
            run = self.slice(run)
        return run

    def deliver(self) -> int:
        """Deliver as if every entry that waits had waited long enough."""
        OutboxEntry.objects.update(next_attempt_at="2000-01-01T00:00Z")
        with self.worker() as api:
            return deliver_due(api)

    def look_up(self, user: User) -> AccessRequest:
        """Answer a person's access request."""
        with self.worker() as api:
            look_up_person(user.pk, api)
        return AccessRequest.objects.get(user=user)

    def fail(self, kind: str, **options: Any) -> None:
        """Spoil the next requests to the Domain API."""
        self.sandbox.instance.faults.add(Fault(kind, **options))

    # -- ERP.net's own people -----------------------------------------------------------------------------------------

    def receiving_orders(self, shipment: Shipment) -> list[ReceivingOrder]:
        """What stands in ERP.net for a shipment of the portal."""
        wanted = F.ExternalId.eq(str(shipment.pk)) & F.ExternalSystem.eq("partner-portal")
        rows = self.own_people.page(
            ReceivingOrder.query().select("ObjectVersion").filter(wanted).top(10)
        ).rows
        return [ReceivingOrder.from_row(row) for row in rows]

    def change(self, entity_set: str, object_id: uuid.UUID, **values: Any) -> None:
        self.own_people.update(Reference(entity_set, object_id), values)

    def administer(self, reference: Reference, **values: Any) -> None:
        """Change, or without values delete, what no application may: ERP.net's own client does."""
        store = self.sandbox.instance.store
        entity = store.model.of_set(reference.entity_set)
        assert entity is not None
        with store.lock:
            work = Work(store)
            if values:
                work.edit(entity, str(reference.id)).update(values)
            else:
                work.remove(entity, work.edit(entity, str(reference.id)))
            work.commit()

    def release(self, shipment: Shipment) -> None:
        (document,) = self.receiving_orders(shipment)
        reference = Reference(RECEIVING_ORDERS, document.id)
        self.own_people.action(reference, "ChangeState", {"newState": "Released"})

    def make_void(self, entity_set: str, object_id: uuid.UUID) -> None:
        reference = Reference(entity_set, object_id)
        self.own_people.action(reference, "MakeVoid", {"reason": "A test.", "voidType": "VoidDocument"})

    def first(self, query: Any) -> dict[str, Any]:
        row: dict[str, Any] = self.own_people.page(query.top(1)).rows[0]
        return row
