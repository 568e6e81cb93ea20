"""The shipment form: what a partner types, and the way back for what the services find wrong with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from portal.language import product_name
from sync.exceptions import ShipmentChanged, ShipmentInvalid
from sync.services.forms import HEADER_FIELDS, LineQuantity, ShipmentHeader, content_of
from sync.services.rules import header_problems, line_problems

SATURDAY = 5
QUANTITY = "quantity_"


def next_working_day() -> date:
    """Holidays differ from buyer to buyer, so only weekends are skipped."""
    day = timezone.localdate() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def quantity_field(line_id: uuid.UUID) -> str:
    return f"{QUANTITY}{line_id}"


def has_quantities(posted: Iterable[str]) -> bool:
    return any(name.startswith(QUANTITY) for name in posted)


class QuantityField(forms.DecimalField):
    """A number as in the page's language; also with a decimal comma, the one that a phone's keys may offer.

    1,250 stays refused where a comma separates thousands: it can mean two things.
    """

    default_error_messages = {"invalid": _("Enter a number, such as 12 or 1.5.")}
    _WITH_COMMA = re.compile(r"\d+,\d{1,2}|0?,\d+")

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and self._WITH_COMMA.fullmatch(value.strip()):
            value = value.strip().replace(",", get_format("DECIMAL_SEPARATOR"))
        return super().to_python(value)


class ShipmentForm(forms.Form):
    """Header fields, and a quantity for each of `order_lines` (each with what is `open` of it).

    Quantities and dates are judged by the rules of `sync.services` alone; this form only reads them, and shows what
    the rules say of the rest where something cannot be read. Without `order_lines` the quantities are fixed.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    planned_delivery_date = forms.DateField(
        label=_("Delivery date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day on which the goods arrive."),
    )
    delivery_note_number = forms.CharField(
        label=_("Delivery note number"),
        max_length=20,
        required=False,
        help_text=_("The number on your own document."),
    )
    carrier = forms.CharField(label=_("Carrier"), max_length=64, required=False)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=64, required=False)
    notes = forms.CharField(
        label=_("Notes for the warehouse"),
        max_length=254,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, order_lines: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_lines = order_lines
        for line in order_lines:
            self.fields[quantity_field(line.pk)] = QuantityField(
                label=product_name(line),
                required=False,
                localize=True,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        typed = {name for name in self.data if name.startswith(QUANTITY) and self.data[name].strip()}
        if typed - self.fields.keys():
            raise forms.ValidationError(_("A line that you entered does not belong to this order any more."))
        if self.errors:
            self._judge_what_could_be_read()
        return self.cleaned_data

    def _judge_what_could_be_read(self) -> None:
        """All at once: nobody wants to hear of the second mistake after mending the first."""
        read = self.cleaned_data
        lines = {line.pk: line for line in self.order_lines}
        entered = [LineQuantity(pk, quantity) for pk in lines if (quantity := read.get(quantity_field(pk)))]
        problems = line_problems(entered, lines) if entered else []
        day = read.get("planned_delivery_date")
        if day is not None and day != self.initial["planned_delivery_date"]:
            problems += header_problems(ShipmentHeader(day))
        self.show(ShipmentInvalid(problems))

    def header(self) -> ShipmentHeader:
        return ShipmentHeader(**{name: self.cleaned_data[name] for name in HEADER_FIELDS})

    def quantities(self) -> list[LineQuantity] | None:
        """A line left empty or at zero is not in the shipment. None where the quantities are fixed."""
        if not self.order_lines:
            return None
        entered = {line.pk: self.cleaned_data[quantity_field(line.pk)] for line in self.order_lines}
        return [LineQuantity(line_id, quantity) for line_id, quantity in entered.items() if quantity]

    def show(self, invalid: ShipmentInvalid) -> None:
        """Put what the services found beside the fields that it is about."""
        for problem in invalid.problems:
            name = quantity_field(problem.line_id) if problem.line_id else problem.field
            self.add_error(name if name in self.fields else None, problem.message)

    def show_meanwhile(self, change: ShipmentChanged) -> None:
        """Show what the shipment says by now; sent once more, the form has been filled in with that in sight."""
        self.show(change)
        entered = cast("QueryDict", self.data).copy()
        entered["seen"] = change.content
        self.data = entered

    def lines(self) -> list[tuple[Any, forms.BoundField]]:
        return [(line, self[quantity_field(line.pk)]) for line in self.order_lines]

    def faulty_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.errors]


def opening_values(
    order_lines: Sequence[Any], *, shipment: Any = None, quantities: dict[Any, Decimal] | None = None
) -> dict[str, Any]:
    """What the form shows first: all that is open for a new shipment, else what the shipment holds."""
    values: dict[str, Any] = {"key": uuid.uuid4(), "planned_delivery_date": next_working_day()}
    if shipment is not None:
        values |= {name: getattr(shipment, name) for name in HEADER_FIELDS}
        values["seen"] = content_of(shipment)
    for line in order_lines:
        quantity = line.open if quantities is None else quantities.get(line.pk)
        values[quantity_field(line.pk)] = _plain(quantity)
    return values


def _plain(quantity: Decimal | None) -> Decimal | None:
    """Without the zeros that a column with three decimals adds."""
    if quantity is None or quantity != quantity.to_integral_value():
        return quantity and quantity.normalize()
    return quantity.quantize(Decimal(1))
