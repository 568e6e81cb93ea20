"""Small pieces of the pages: icons, pills, bars, quantities, money, ages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import status
from portal.language import in_my_language, product_name
from portal.status import Status
from sync.words import translated

register = template.Library()
register.filter(in_my_language)
register.filter(product_name)
register.filter(translated)

_TONES = {"success": "ok", "error": "bad", "warning": "warn"}
_TONE_ICONS = {"ok": "done", "bad": "refused", "warn": "warning", "info": "info"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words that say the same: hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("portal/icons.svg"), name
    )


@register.filter
def tone(message_level: str) -> str:
    return _TONES.get(message_level, "info")


@register.filter
def tone_icon(tone_name: str) -> str:
    return _TONE_ICONS[tone_name]


@register.filter
def quantity(value: Decimal | None) -> str:
    """12, 12.5 or 1,250.75: no zeros that say nothing."""
    if value is None:
        return ""
    return formats.number_format(value.normalize(), use_l10n=True, force_grouping=True)


@register.filter
def money(value: Decimal | None, currency: str = "") -> str:
    return _with_currency(value, 2, currency)


@register.filter
def unit_price(value: Decimal | None, currency: str = "") -> str:
    """Two decimals at least, more where the price has them."""
    exponent = int(value.normalize().as_tuple().exponent) if value is not None else 0
    return _with_currency(value, max(2, -exponent), currency)


def _with_currency(value: Decimal | None, decimals: int, currency: str) -> str:
    if value is None:
        return ""
    amount = formats.number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)
    return f"{amount}\u00a0{currency}".rstrip()


@register.filter
def days_from_now(day: date | None) -> str:
    """ "today", "in 3 days", "2 days ago"."""
    if day is None:
        return ""
    days = (day - timezone.localdate()).days
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}


@register.filter
def is_past(day: date | None) -> bool:
    return day is not None and day < timezone.localdate()


@register.filter
def order_status(order: Any) -> Status:
    return status.of_order(order, order.open_line_count)


@register.filter
def shipment_status(shipment: Any) -> Status:
    """Reads `delivery_state`, which the shipment selectors add."""
    return status.of_shipment(shipment, shipment.delivery_state)


@register.filter
def payment_status(payment: str) -> Status:
    return status.of_payment(payment)


@register.filter
def payment_order_status(payment_order: Any) -> Status:
    return status.of_payment_order(payment_order)


@register.simple_tag
def due_in_words(invoice: Any) -> str:
    """Reads what the invoice selectors add."""
    if invoice.due_on is None:
        return _("No date is planned yet")
    when = days_from_now(invoice.due_on)
    return (_("Was due %s") if is_past(invoice.due_on) else _("Due %s")) % when


@register.simple_tag
def payment_in_words(invoice: Any) -> str:
    """ "1,200.00 BGN is due in 12 days": reads what the invoice selectors add."""
    if invoice.payment == "paid":
        return _("Paid in full.")
    if invoice.payment == "void":
        return _("The invoice is void.")
    if invoice.payment == "unplanned" or invoice.due_on is None:
        return _("No payment is planned yet.")
    words = {"amount": money(invoice.to_pay, invoice.currency), "when": days_from_now(invoice.due_on)}
    return (
        _("%(amount)s was due %(when)s.") if is_past(invoice.due_on) else _("%(amount)s is due %(when)s.")
    ) % words


@register.inclusion_tag("portal/_pill.html", name="pill")
def status_pill(status: Status) -> dict[str, Any]:
    return {"status": status}


@register.inclusion_tag("portal/_bar.html")
def quantity_progress(ordered: Decimal, announced: Decimal, received: Decimal) -> dict[str, Any]:
    """How much of what was ordered is received, and how much is announced on top: the numbers stand beside it."""
    received_share = _percent(received, ordered)
    announced_share = min(_percent(announced, ordered), 100 - received_share)
    shares = {"received": received_share, "announced": announced_share}
    words = (
        _("%(received)s%% received, %(announced)s%% announced")
        if announced_share
        else _("%(received)s%% received")
    )
    return {**shares, "words": words % shares, "words_class": "visually-hidden"}


@register.inclusion_tag("portal/_bar.html")
def line_progress(order: Any) -> dict[str, Any]:
    """The same for a whole order, by lines: their units differ, so their quantities do not add up."""
    received = _percent(order.received_line_count, order.line_count)
    covered = _percent(order.line_count - order.open_line_count, order.line_count)
    return {"received": received, "announced": max(covered - received, 0), "words": _lines_in_words(order)}


def _lines_in_words(order: Any) -> str:
    """Counted, not in percent: a line of which a part is still missing counts for nothing here."""
    if order.line_count and order.received_line_count >= order.line_count:
        return _("All received")
    words = ngettext(
        "%(received)s of %(lines)s line received in full",
        "%(received)s of %(lines)s lines received in full",
        order.line_count,
    )
    return words % {"received": order.received_line_count, "lines": order.line_count}


def _percent(part: Decimal | int, whole: Decimal | int) -> int:
    return min(100, int(part * 100 / whole)) if whole > 0 else 0


@register.inclusion_tag("portal/_freshness.html")
def freshness(as_of: datetime | None, hours: int = 1) -> dict[str, Any]:
    """How old the copy of ERP.net's data is, and whether that is older than it should be."""
    is_stale = as_of is None or timezone.now() - as_of > timedelta(hours=hours)
    return {"as_of": as_of, "is_stale": is_stale}
