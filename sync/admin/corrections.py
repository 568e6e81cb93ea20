"""The form in which staff correct a delivery."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sync.admin.reasons import LONGEST_REASON
from sync.exceptions import Problem, ShipmentInvalid
from sync.models import OrderLine, Shipment
from sync.services.forms import HEADER_FIELDS, HEADER_LIMITS, LineQuantity, ShipmentHeader

LABELS = {
    "delivery_note_number": _("Delivery note number"),
    "carrier": _("Carrier"),
    "tracking_number": _("Tracking number"),
    "notes": _("Notes"),
}


class CorrectionForm(forms.Form):
    """What the shipment says, with quantities while they are open, and why staff change it."""

    planned_delivery_date = forms.DateField(
        label=_("Delivery date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any, *, shipment: Shipment, order_lines: list[OrderLine]) -> None:
        super().__init__(data, initial={name: getattr(shipment, name) for name in HEADER_FIELDS})
        self._lines = order_lines if shipment.erp_id is None else []
        for name, label in LABELS.items():
            self.fields[name] = forms.CharField(
                label=label, max_length=HEADER_LIMITS[name], required=False, widget=_widget(name)
            )
        announced = {line.order_line_id: line.quantity for line in shipment.lines.all()}
        for line in self._lines:
            self.fields[_field(line)] = forms.DecimalField(
                label=_label(line), required=False, initial=_initial(announced.get(line.pk)), localize=True
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why it is corrected"), max_length=LONGEST_REASON, widget=_widget("reason")
        )

    def header(self) -> ShipmentHeader:
        return ShipmentHeader(**{name: self.cleaned_data[name] for name in HEADER_FIELDS})

    def quantities(self) -> list[LineQuantity] | None:
        """None where they are not open."""
        entered = ((line, self.cleaned_data[_field(line)]) for line in self._lines)
        chosen = [LineQuantity(line.pk, Decimal(quantity)) for line, quantity in entered if quantity]
        return chosen if self._lines else None

    def show(self, refused: ShipmentInvalid) -> None:
        """Each problem beside its field."""
        for problem in refused.problems:
            self.add_error(self._field_of(problem), problem.message)

    def _field_of(self, problem: Problem) -> str | None:
        name = next((_field(line) for line in self._lines if line.pk == problem.line_id), problem.field)
        return name if name in self.fields else None


def _widget(name: str) -> forms.Widget:
    return forms.Textarea({"rows": 3}) if name == "notes" else forms.TextInput({"size": 40})


def _initial(quantity: Decimal | None) -> Decimal | None:
    """Without the zeros behind the point, which read as thousands in half of the languages."""
    return None if quantity is None else quantity.normalize()


def _field(line: OrderLine) -> str:
    return f"quantity_{line.pk}"


def _label(line: Any) -> str:
    return f"{line.product.part_number if line.product else line.line_no} ({line.open.normalize():f} {line.unit})"
