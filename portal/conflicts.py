"""The form that asks, field by field, which side of a conflict stands: the partner's or ERP.net's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.forms import ShipmentForm
from sync.exceptions import ShipmentInvalid
from sync.selectors import Conflict, Difference
from sync.services.forms import ShipmentHeader, content_of

MINE, THEIRS = "mine", "theirs"
SIDES = [(MINE, _("Yours")), (THEIRS, _("ERP.net's"))]


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the shipment with what is to be chosen; `field` is None where both sides say the same."""

    difference: Difference
    label: str | Promise
    field: forms.BoundField | None = None


class ConflictForm(forms.Form):
    """A choice for each field in which the sides differ. Sent by a button with a side as `all`, it takes that side."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, conflict: Conflict, shipment: Any) -> None:
        self.conflict = conflict
        initial = {"key": uuid.uuid4(), "seen": content_of(shipment), "version": conflict.version}
        super().__init__(data, initial=initial)
        for difference in conflict.fields:
            if not difference.is_agreed:
                self.fields[difference.name] = forms.ChoiceField(
                    label=str(_label(difference.name)),
                    choices=SIDES,
                    required=False,
                    initial=difference.suggestion,
                    widget=forms.RadioSelect,
                )

    def clean(self) -> dict[str, Any]:
        side = self.data.get("all")
        for difference in self.conflict.fields:
            name = difference.name
            if side in {MINE, THEIRS}:
                self.cleaned_data[name] = side
            elif name in self.fields and name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, _("Choose which of the two stands."))
        return self.cleaned_data

    def is_outdated(self) -> bool:
        """Whether ERP.net's side has changed since the page was opened: the choice was made against another one."""
        return bool(self.cleaned_data.get("version") != self.conflict.version)

    def header(self) -> ShipmentHeader:
        values: dict[str, Any] = {}
        for one in self.conflict.fields:
            values[one.name] = one.theirs if self.cleaned_data.get(one.name) == THEIRS else one.mine
        return ShipmentHeader(**values)

    def show(self, invalid: ShipmentInvalid) -> None:
        for problem in invalid.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)

    def rows(self) -> Iterator[Row]:
        for difference in self.conflict.fields:
            field = self[difference.name] if difference.name in self.fields else None
            yield Row(difference, _label(difference.name), field)

    def faulty_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.errors]


def rows_of(conflict: Conflict) -> list[Row]:
    """The same fields, only to be read."""
    return [Row(difference, _label(difference.name)) for difference in conflict.fields]


def _label(name: str) -> str | Promise:
    return ShipmentForm.base_fields[name].label or name
