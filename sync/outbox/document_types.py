"""Which document type announced shipments get: asked of ERP.net now and then, for it hardly ever changes."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from django.conf import settings
from django.utils.translation import gettext as _

from erpnet import DomainApi, F, Reference
from erpnet.entities import DocumentType
from sync.outbox.documents import RECEIVING_ORDERS, StaffNeeded, rows_of

# ERP.net names the kind of document that a type is for by its table; some instances by the entity set.
_KINDS = ("Scm_Receiving_Orders", RECEIVING_ORDERS)

SECONDS_KEPT = 300.0

# What each client has been told, for which code, and until when that is believed.
_known: WeakKeyDictionary[DomainApi, tuple[str, float, Reference]] = WeakKeyDictionary()


class DocumentTypeUnclear(StaffNeeded):
    """Staff have to say which document type shipments get."""


def known_document_type(api: DomainApi) -> Reference | None:
    """The type that announced shipments get, None if it has to be asked for."""
    code, until, known = _known.get(api, ("", 0.0, None))
    return known if code == settings.SHIPMENT_DOCUMENT_TYPE and time.monotonic() < until else None


def find_document_type(api: DomainApi) -> Reference:
    """Ask ERP.net for it: the configured type, else the only one. Raises StaffNeeded."""
    found = _ask(api)
    _known[api] = (settings.SHIPMENT_DOCUMENT_TYPE, time.monotonic() + SECONDS_KEPT, found)
    return found


def forget_document_type(api: DomainApi) -> None:
    """Ask again the next time: ERP.net has refused a document, for whatever reason."""
    _known.pop(api, None)


def _ask(api: DomainApi) -> Reference:
    wanted = F.EntityName.in_(_KINDS)
    if settings.SHIPMENT_DOCUMENT_TYPE:
        wanted &= F.Code.eq(settings.SHIPMENT_DOCUMENT_TYPE)
    rows = rows_of(lambda: api.page(DocumentType.query().filter(wanted).top(20)))
    types = [DocumentType.from_row(row) for row in rows]
    if len(types) == 1:
        return Reference(DocumentType.ENTITY_SET, types[0].id)
    if not types:
        raise DocumentTypeUnclear(
            _("ERP.net has no document type for receiving orders that fits SHIPMENT_DOCUMENT_TYPE.")
        )
    codes = ", ".join(sorted(found.code for found in types))
    text = _(
        "ERP.net has several document types for receiving orders. Set SHIPMENT_DOCUMENT_TYPE to one of: %(codes)s."
    )
    raise DocumentTypeUnclear(text % {"codes": codes})
