"""What every page knows: for whom it speaks and where one can go from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.permissions import Capability

# name of the page, its picture, its label, and what a role needs to see it
_PAGES: list[tuple[str, str, Promise, Capability | None]] = [
    ("portal:dashboard", "overview", _("Overview"), None),
    ("portal:orders", "orders", _("Orders"), Capability.VIEW_ORDERS),
    ("portal:shipments", "shipments", _("Shipments"), Capability.VIEW_ORDERS),
    ("portal:invoices", "invoices", _("Invoices"), Capability.VIEW_INVOICES),
    ("portal:stock", "stock", _("Stock"), Capability.VIEW_STOCK),
    ("people", "people", _("People"), Capability.VIEW_PEOPLE),
]

# What stands under a page without its address saying so.
_ALSO_UNDER = {"people": ("/trail",)}

# So many labels stand side by side on a phone without touching; where there are more, the last place is "More".
_SIDE_BY_SIDE = 5


@dataclass(frozen=True, slots=True)
class NavigationItem:
    url: str
    icon: str
    label: Promise
    is_current: bool


def portal(request: HttpRequest) -> dict[str, Any]:
    membership = getattr(request, "membership", None)
    navigation = _navigation(request.path, membership) if membership else []
    return {
        "portal": {
            "membership": membership,
            "memberships": getattr(request, "memberships", []),
            "may_announce": membership is not None and membership.may(Capability.ANNOUNCE_SHIPMENTS),
            "navigation": navigation,
            "behind_more": navigation[_SIDE_BY_SIDE - 1 :] if len(navigation) > _SIDE_BY_SIDE else [],
        }
    }


def _navigation(path: str, membership: Membership) -> list[NavigationItem]:
    items = []
    for name, icon, label, capability in _PAGES:
        if capability is None or membership.may(capability):
            url = reverse(name)
            is_current = path == url if url == "/" else path.startswith((url, *_ALSO_UNDER.get(name, ())))
            items.append(NavigationItem(url, icon, label, is_current))
    return items
