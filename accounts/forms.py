"""The forms by which a partner's own people, and staff, say who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import PeopleRefused
from accounts.permissions import Role

MOST_DAYS = 36500


class AccessForm(forms.Form):
    """A role among `roles`, and how far back its holder sees."""

    role = forms.ChoiceField(
        label=_("Role"),
        help_text=_(
            "Basic opens the overview alone. Each role includes those above it: orders with shipments and stock, "
            "then prices, then invoices, then the people. Only an owner has a say over owners."
        ),
    )
    days_back = forms.IntegerField(
        label=_("Days back"),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("How many days old what the person sees may be. Empty: no limit."),
    )

    def __init__(self, *args: Any, roles: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, Role(role).label) for role in roles]  # type: ignore[attr-defined]

    def show(self, refused: PeopleRefused) -> None:
        """Put what the services say above the form."""
        self.add_error(None, str(refused.message))

    def faulty_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.errors]


class InvitationForm(AccessForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The link goes there. Whoever opens it first and signs in gets the access."),
    )
    field_order = ("email", "role", "days_back")
