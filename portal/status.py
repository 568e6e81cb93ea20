"""How a document stands, in one word, one picture and one tone: the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_RECEIVED_STATES = ("Released", "Completed", "Closed")


@dataclass(frozen=True, slots=True)
class Status:
    """`tone` is one of ok, info, warn, bad, quiet; `icon` the name of a symbol in icons.svg."""

    tone: str
    icon: str
    label: Promise


VOID = Status("quiet", "void", _("Void"))

_DELIVERY = {
    "PENDING": Status("info", "clock", _("Saved")),
    "SENDING": Status("info", "sending", _("Sending")),
    "UNKNOWN": Status("info", "clock", _("Checking")),
    "REJECTED": Status("bad", "refused", _("Refused")),
    "CONFLICT": Status("warn", "conflict", _("Conflict")),
    "DEAD": Status("bad", "warning", _("Not sent")),
}
_IN_ERPNET = Status("ok", "check", _("In ERP.net"))
_RECEIVED = Status("quiet", "done", _("Received"))

_PAYMENT = {
    "void": VOID,
    "paid": Status("ok", "done", _("Paid")),
    "overdue": Status("bad", "warning", _("Overdue")),
    "due": Status("info", "clock", _("Due")),
    "unplanned": Status("quiet", "clock", _("Not planned yet")),
}

_ORDER_OPEN = Status("info", "shipments", _("To announce"))
_ORDER_ANNOUNCED = Status("ok", "check", _("All announced"))
_ORDER_COMPLETED = Status("quiet", "done", _("Completed"))
_ORDER_CLOSED = Status("quiet", "done", _("Closed"))


def of_order(order: Any, open_lines: int) -> Status:
    if order.is_void:
        return VOID
    if order.state == "Completed":
        return _ORDER_COMPLETED
    if order.state == "Closed":
        return _ORDER_CLOSED
    return _ORDER_OPEN if open_lines else _ORDER_ANNOUNCED


def of_shipment(shipment: Any, delivery_state: str | None) -> Status:
    """`delivery_state` is that of the latest delivery, None for a document that was made in ERP.net."""
    if shipment.is_void:
        return VOID
    if is_received(shipment):
        return _RECEIVED
    return _DELIVERY.get(delivery_state or "", _IN_ERPNET)


def of_payment(payment: str) -> Status:
    return _PAYMENT[payment]


def of_payment_order(payment_order: Any) -> Status:
    if payment_order.state == "Closed":
        return _PAYMENT["paid"]
    overdue = payment_order.due_date is not None and payment_order.due_date < timezone.localdate()
    return _PAYMENT["overdue" if overdue else "due"]


def is_received(shipment: Any) -> bool:
    return shipment.state in _RECEIVED_STATES


def is_moving(delivery: Any) -> bool:
    return delivery is not None and delivery.state in {"PENDING", "SENDING", "UNKNOWN"}


def is_stuck(delivery: Any) -> bool:
    return delivery is not None and delivery.state in {"REJECTED", "CONFLICT", "DEAD"}
