"""The one table of streams: what each reads, how its rows are mapped, in which mode and rhythm it runs.

A new stream is an entry here, its name in `StreamName`, and one mapping function for each entity set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from erpnet import F, Query, entities
from erpnet.entities.base import Entity
from erpnet.query import Condition
from sync.doorbells import LONG_RUN_PRIORITY, RUN_PRIORITY
from sync.models import Run, StreamName
from sync.services import directory
from sync.streams import targets
from sync.streams.mapping import directory as who
from sync.streams.mapping import documents, products, straight
from sync.streams.targets import Lines, Mapped, Target

NIGHTLY = time(2, 30)
# When an aggregate root changed last. Parts of others have no such time.
CHANGED_AT = "AggregateLastUpdateTimeUtc"


@dataclass(frozen=True, slots=True)
class Feed:
    """One entity set of a stream, and where its rows go.

    `only` narrows it; `also_select` names costly attributes that are needed here. A `whole` one is read from its first
    row to its last in each run: what was deleted in ERP.net does not show in what changed, and what is missing here
    opens no door any more. `straight` maps a row without reading it as an entity first, where there can be very many.
    """

    entity: type[Entity]
    map: Callable[[Any], Mapped]
    target: Target
    lines: Lines | None = None
    only: Condition | None = None
    also_select: tuple[str, ...] = ()
    whole: bool = False
    straight: Callable[[dict[str, Any]], Mapped] | None = None

    @property
    def entity_set(self) -> str:
        return self.entity.ENTITY_SET

    def query(self, *, since: datetime | None = None) -> Query:
        """All rows of the feed, or those that changed since a moment."""
        changes = None if self.whole else since
        query = self.entity.changed_since(changes) if changes else self.entity.query()
        query = query.select(*self.also_select)
        return query if self.only is None else query.filter(self.only)

    def ids(self) -> Query:
        """The ids of all rows of the feed, with the time of the last change where there is one."""
        has_time = any(source.name == CHANGED_AT for source in self.entity.SOURCES)
        query = Query(self.entity_set).select("Id", *[CHANGED_AT] * has_time)
        return query if self.only is None else query.filter(self.only)


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How a stream runs: so often, or daily at a time of the portal's own zone.

    `conclude` is run with the last page, in its transaction. Of the slices that wait, those with a lower `priority` go
    first.
    """

    mode: Run.Mode
    rhythm: timedelta | time
    feeds: tuple[Feed, ...] = ()
    conclude: Callable[[Run], None] | None = None
    priority: int = RUN_PRIORITY


# What ERP.net takes away from somebody has to be gone from the portal within ten minutes, the run included. Each run
# reads whole what is small and opens doors: logins, suppliers, external access. Companies, customers and persons can be
# many, and ERP.net lets nobody delete one that something refers to; an employment goes with a change of its person.
DIRECTORY_RHYTHM = timedelta(minutes=5)

STREAMS: dict[StreamName, StreamPlan] = {
    StreamName.DIRECTORY: StreamPlan(
        Run.Mode.INCREMENTAL,
        DIRECTORY_RHYTHM,
        (
            Feed(entities.EnterpriseCompany, who.enterprise_company, targets.ENTERPRISE_COMPANIES),
            Feed(entities.Store, who.store, targets.STORES),
            Feed(entities.Company, who.company, targets.COMPANIES),
            Feed(entities.Supplier, who.supplier, targets.SUPPLIERS, whole=True),
            Feed(entities.Customer, who.customer, targets.CUSTOMERS),
            Feed(entities.CustomerExternalAccess, who.external_access, targets.EXTERNAL_ACCESS, whole=True),
            Feed(entities.Person, who.person, targets.PERSONS, targets.EMPLOYMENTS),
            Feed(entities.User, who.user, targets.USERS, whole=True),
        ),
        directory.derive_partners_and_memberships,
    ),
    StreamName.PRODUCTS: StreamPlan(
        Run.Mode.INCREMENTAL,
        timedelta(hours=1),
        (
            Feed(entities.Product, products.product, targets.PRODUCTS),
            Feed(entities.ProductSupply, products.product_supply, targets.SUPPLIES),
            Feed(entities.PurchaseProductPrice, products.purchase_price, targets.SUPPLIES),
        ),
    ),
    StreamName.ORDERS: StreamPlan(
        Run.Mode.INCREMENTAL,
        timedelta(minutes=5),
        (
            Feed(
                entities.PurchaseOrder,
                documents.purchase_order,
                targets.ORDERS,
                targets.ORDER_LINES,
                straight=straight.purchase_order,
            ),
        ),
    ),
    StreamName.RECEIPTS: StreamPlan(
        Run.Mode.INCREMENTAL,
        timedelta(minutes=5),
        (
            Feed(
                entities.ReceivingOrder,
                documents.receiving_order,
                targets.SHIPMENTS,
                targets.SHIPMENT_LINES,
                # A partner's change is sent with the version that the partner saw.
                also_select=("ObjectVersion",),
            ),
        ),
    ),
    StreamName.INVOICES: StreamPlan(
        Run.Mode.INCREMENTAL,
        timedelta(minutes=15),
        (
            Feed(
                entities.PurchaseInvoice, documents.purchase_invoice, targets.INVOICES, targets.INVOICE_LINES
            ),
            Feed(
                entities.PaymentOrder,
                documents.payment_order,
                targets.PAYMENT_ORDERS,
                only=F.Direction.eq("Outgoing"),
            ),
        ),
    ),
    StreamName.STOCK: StreamPlan(Run.Mode.SNAPSHOT, NIGHTLY, priority=LONG_RUN_PRIORITY),
}


def priority_of(run: Run) -> int:
    """Whose slice goes first: a run that reads whole tables lets the quick ones by."""
    plan = STREAMS[StreamName(run.stream_id)]
    return plan.priority if run.mode == Run.Mode.INCREMENTAL else LONG_RUN_PRIORITY
