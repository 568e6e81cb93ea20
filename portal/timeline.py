"""The way of a shipment in four steps: saved here, sent, in ERP.net, received by the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.status import is_received

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """`look` is one of done, now, bad, todo."""

    look: str
    icon: str
    label: Text
    note: Text = ""


def way_of(shipment: Any, delivery: Any) -> list[Step]:
    return [*_sending(delivery), _in_erpnet(shipment, delivery), _received(shipment)]


def _sending(delivery: Any) -> list[Step]:
    """Nothing for a document that was made in ERP.net itself."""
    if delivery is None:
        return []
    saved_at = date_format(timezone.localtime(delivery.created_at), "SHORT_DATETIME_FORMAT")
    return [Step("done", "check", _("Saved"), saved_at), _sent(delivery.state)]


def _sent(state: str) -> Step:
    steps = {
        "PENDING": Step("now", "clock", _("Waiting to be sent")),
        "SENDING": Step("now", "sending", _("Sending")),
        "UNKNOWN": Step("now", "clock", _("Checking"), _("ERP.net has not said whether it took it.")),
        "REJECTED": Step("bad", "refused", _("Refused")),
        "CONFLICT": Step("bad", "conflict", _("Conflict")),
        "DEAD": Step("bad", "warning", _("Not sent")),
    }
    return steps.get(state, Step("done", "check", _("Sent")))


def _in_erpnet(shipment: Any, delivery: Any) -> Step:
    arrived = shipment.erp_id is not None and (delivery is None or delivery.state == "DONE")
    if arrived or is_received(shipment):
        return Step("done", "check", _("In ERP.net"), _document(shipment))
    if shipment.erp_id is not None:
        return Step(
            "todo", "check", _("In ERP.net"), _("%s is there without your last change.") % _document(shipment)
        )
    return Step("todo", "check", _("In ERP.net"))


def _received(shipment: Any) -> Step:
    if shipment.is_void and shipment.erp_id is None:
        return Step("bad", "void", _("Void"), _("It was withdrawn before it came to ERP.net."))
    if shipment.is_void:
        return Step("bad", "void", _("Void"), _("It was made void in ERP.net."))
    if is_received(shipment):
        return Step("done", "check", _("Received"), _("The warehouse has taken it over."))
    day = shipment.planned_delivery_date
    return Step("todo", "shipments", _("Received"), _("Expected on %s.") % date_format(day) if day else "")


def _document(shipment: Any) -> str:
    return _("Document %s") % shipment.number if shipment.number else _("The document")
