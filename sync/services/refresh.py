"""One document on demand: read again from ERP.net, as its stream would read it, because somebody is looking at it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from erpnet import DomainApi, F, Reference, entities
from erpnet.entities.base import Entity
from erpnet.exceptions import ErpNetError
from erpnet.query import LARGEST_PAGE, Condition
from sync.models import Invoice, OutboxEntry, PurchaseOrder, Shipment
from sync.outbox.documents import in_our_words
from sync.streams.gone import take_away
from sync.streams.incremental import write
from sync.streams.table import STREAMS
from sync.streams.unreadable import keep_met
from sync.streams.unseen import ASKED_AT_ONCE

logger = logging.getLogger(__name__)

_KINDS: dict[str, tuple[type[Entity], Any]] = {
    "order": (entities.PurchaseOrder, PurchaseOrder),
    "shipment": (entities.ReceivingOrder, Shipment),
    "invoice": (entities.PurchaseInvoice, Invoice),
}
_FEEDS = {feed.entity: feed for plan in STREAMS.values() for feed in plan.feeds}
_STREAM_OF = {feed.entity: name for name, plan in STREAMS.items() for feed in plan.feeds}
# What the page of a document shows beside it, and how that refers to it.
_BESIDE: dict[type[Entity], tuple[type[Entity], Callable[[uuid.UUID], Condition]]] = {
    entities.PurchaseOrder: (
        entities.ReceivingOrder,
        lambda erp_id: F.PurchaseOrder.eq(Reference(entities.PurchaseOrder.ENTITY_SET, erp_id)),
    ),
    entities.PurchaseInvoice: (
        entities.PaymentOrder,
        lambda erp_id: F.RefInvoiceDocument.eq(Reference("General_Documents_Documents", erp_id)),
    ),
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """What ERP.net shows of a document: its row, if there is one, and the rows beside it.

    Where there is none, `is_gone` says whether that can be believed.
    """

    rows: Sequence[dict[str, Any]]
    beside: Sequence[dict[str, Any]] = ()
    is_gone: bool = False


def refresh_document(kind: str, document_id: uuid.UUID, api: DomainApi) -> bool:
    """Bring one document of the mirror, with its lines, to what ERP.net has now; answers whether that was possible.

    `kind` is "order", "shipment" or "invoice", and `document_id` the id in the mirror. It is written as by its stream:
    newest wins, and whose it is follows from its supplier. An order comes with its receipts, an invoice with what is to
    be paid for it. What ERP.net has no more is gone here, too. While ERP.net cannot be asked, or does not show the
    service others like it either, the copy stays as it is.
    Docs: https://docs.erp.net/dev/domain-api/querying-data/filter.html
    """
    entity, model = _KINDS[kind]
    document = model.objects.filter(pk=document_id)
    erp_id = document.values_list(_FEEDS[entity].target.key, flat=True).first()
    if erp_id is None:
        return False
    try:
        reading = _read(entity, document, erp_id, api)
    except ErpNetError as error:
        logger.warning("The %s %s could not be read again: %s", kind, document_id, error.message)
        return False
    with transaction.atomic():
        return _take_over(entity, document, reading)


def _read(entity: type[Entity], document: QuerySet[Any], erp_id: uuid.UUID, api: DomainApi) -> _Reading:
    rows = api.page(_FEEDS[entity].query().filter(F.Id.eq(erp_id)).top(1)).rows
    if not rows:
        return _Reading(rows, is_gone=_are_others_shown(entity, document, api))
    if entity not in _BESIDE:
        return _Reading(rows)
    other, refers_to = _BESIDE[entity]
    return _Reading(rows, api.page(_FEEDS[other].query().filter(refers_to(erp_id)).top(LARGEST_PAGE)).rows)


def _are_others_shown(entity: type[Entity], document: QuerySet[Any], api: DomainApi) -> bool:
    """Whether ERP.net shows the service others of the same supplier, or any where the mirror knows none of that.

    If not, it may have lost its right to read them, and those that people open would vanish one by one. Then a
    reconciliation decides, which sees all.
    """
    feed = _FEEDS[entity]
    others = document.model.objects.exclude(pk__in=document.values("pk"))
    others = others.filter(supplier_id__in=document.values("supplier_id")).exclude(**{feed.target.key: None})
    ids = list(others.order_by("-erp_updated_at").values_list(feed.target.key, flat=True)[:ASKED_AT_ONCE])
    query = feed.ids().filter(F.Id.in_(ids)) if ids else feed.ids()
    return bool(api.page(query.top(1)).rows)


def _take_over(entity: type[Entity], document: QuerySet[Any], reading: _Reading) -> bool:
    feed = _FEEDS[entity]
    if not reading.rows:
        if reading.is_gone:
            take_away(feed.target, feed.lines, list(document.values_list("pk", flat=True)))
        return reading.is_gone
    if not _write(entity, reading.rows):
        return False
    if reading.beside:
        _write(_BESIDE[entity][0], reading.beside)
    # Also where nothing has changed: that is what has just been found out.
    document.update(fetched_at=Now())
    if entity is entities.ReceivingOrder:
        _show_in_conflict(document, entities.ReceivingOrder.from_row(reading.rows[0]))
    return True


def _write(entity: type[Entity], rows: Sequence[dict[str, Any]]) -> bool:
    """Whether all rows could be taken over. Those that could not are kept, as by a run."""
    unreadable = write(_FEEDS[entity], rows).unreadable
    keep_met(_STREAM_OF[entity], unreadable)
    return not unreadable


def _show_in_conflict(shipment: QuerySet[Any], document: entities.ReceivingOrder) -> None:
    """A person who has to decide sees what ERP.net has now, rather than what it had when it refused."""
    latest = OutboxEntry.objects.filter(shipment__in=shipment).values("pk")[:1]
    stuck = OutboxEntry.objects.filter(pk__in=latest, state=OutboxEntry.State.CONFLICT, dropped_at=None)
    stuck.filter(partner__in=shipment.values("partner")).update(theirs=in_our_words(document))
