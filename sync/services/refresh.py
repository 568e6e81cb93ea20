"""One document on demand: read again from ERP.net, as its stream would read it, because somebody is looking at it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from erpnet import DomainApi, F, Reference, entities
from erpnet.entities.base import Entity
from erpnet.exceptions import ErpNetError
from erpnet.query import LARGEST_PAGE
from sync.models import Invoice, OutboxEntry, PurchaseOrder, Shipment
from sync.outbox.documents import in_our_words
from sync.streams.gone import take_away
from sync.streams.incremental import write
from sync.streams.table import STREAMS

logger = logging.getLogger(__name__)

_KINDS: dict[str, tuple[type[Entity], Any]] = {
    "order": (entities.PurchaseOrder, PurchaseOrder),
    "shipment": (entities.ReceivingOrder, Shipment),
    "invoice": (entities.PurchaseInvoice, Invoice),
}
_FEEDS = {feed.entity: feed for plan in STREAMS.values() for feed in plan.feeds}


@dataclass(frozen=True, slots=True)
class _Reading:
    """What ERP.net has of a document: its row, if there is one, and the rows of what is to be paid for it."""

    rows: Sequence[dict[str, Any]]
    payments: Sequence[dict[str, Any]] = ()


def refresh_document(kind: str, document_id: uuid.UUID, api: DomainApi) -> bool:
    """Bring one document of the mirror, with its lines, to what ERP.net has now; answers whether that was possible.

    `kind` is "order", "shipment" or "invoice", and `document_id` the id in the mirror. It is written as by its stream:
    newest wins, and whose it is follows from its supplier. What ERP.net has no more is gone here, too. While ERP.net
    cannot be asked the copy stays as it is.
    Docs: https://docs.erp.net/dev/domain-api/querying-data/filter.html
    """
    entity, model = _KINDS[kind]
    document = model.objects.filter(pk=document_id)
    erp_id = document.values_list(_FEEDS[entity].target.key, flat=True).first()
    if erp_id is None:
        return False
    try:
        reading = _read(entity, erp_id, api)
    except ErpNetError as error:
        logger.warning("The %s %s could not be read again: %s", kind, document_id, error.message)
        return False
    with transaction.atomic():
        return _take_over(entity, document, reading)


def _read(entity: type[Entity], erp_id: uuid.UUID, api: DomainApi) -> _Reading:
    rows = api.page(_FEEDS[entity].query().filter(F.Id.eq(erp_id)).top(1)).rows
    if entity is not entities.PurchaseInvoice or not rows:
        return _Reading(rows)
    is_for_it = F.RefInvoiceDocument.eq(Reference("General_Documents_Documents", erp_id))
    query = _FEEDS[entities.PaymentOrder].query().filter(is_for_it).top(LARGEST_PAGE)
    return _Reading(rows, api.page(query).rows)


def _take_over(entity: type[Entity], document: QuerySet[Any], reading: _Reading) -> bool:
    feed = _FEEDS[entity]
    if not reading.rows:
        take_away(feed.target, feed.lines, list(document.values_list("pk", flat=True)))
        return True
    if write(feed, reading.rows).unreadable:
        return False
    if reading.payments:
        write(_FEEDS[entities.PaymentOrder], reading.payments)
    # Also where nothing has changed: that is what has just been found out.
    document.update(fetched_at=Now())
    if entity is entities.ReceivingOrder:
        _show_in_conflict(document, entities.ReceivingOrder.from_row(reading.rows[0]))
    return True


def _show_in_conflict(shipment: QuerySet[Any], document: entities.ReceivingOrder) -> None:
    """A person who has to decide sees what ERP.net has now, rather than what it had when it refused."""
    latest = OutboxEntry.objects.filter(shipment__in=shipment).values("pk")[:1]
    stuck = OutboxEntry.objects.filter(pk__in=latest, state=OutboxEntry.State.CONFLICT, dropped_at=None)
    stuck.update(theirs=in_our_words(document))
