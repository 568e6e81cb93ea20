"""What a delivery asks for, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from sync.admin.corrections import LABELS
from sync.admin.raw import shown_as_json
from sync.models import Product
from sync.outbox.payloads import FAULTS

HEADER = {"planned_delivery_date": _("Delivery date"), **LABELS}


def in_words(wish: dict[str, Any] | None) -> str:
    """A shipment as a payload has it: its header, then its lines by the numbers of their products.

    What is no shipment is shown as it is.
    """
    if not wish:
        return "-"
    try:
        return _in_words(wish)
    except (*FAULTS, ValidationError):
        # Staff have to see also what cannot be read.
        return shown_as_json(wish)


def _in_words(wish: dict[str, Any]) -> str:
    lines = wish.get("lines", [])
    numbers = dict(
        Product.objects.filter(pk__in=[line["product"] for line in lines]).values_list("pk", "part_number")
    )
    by_product = {str(product): number for product, number in numbers.items()}
    header = [(label, wish["header"].get(name) or "-") for name, label in HEADER.items()]
    goods = [
        (by_product.get(line["product"], line["line_no"]), f"{_plain(line['quantity'])} {line['unit']}")
        for line in lines
    ]
    return format_html_join("", "<div>{}: {}</div>", [*header, *goods])


def _plain(quantity: str) -> str:
    return f"{Decimal(quantity).normalize():f}"
