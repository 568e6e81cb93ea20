"""What the pages are called that lines of the trail speak of: an address says little to people."""

from __future__ import annotations

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PAGES: dict[str, Promise] = {
    "portal:dashboard": _("Overview"),
    "portal:orders": _("Orders"),
    "portal:order": _("Order"),
    "portal:order-copy": _("Order"),
    "portal:shipments": _("Shipments"),
    "portal:shipment": _("Shipment"),
    "portal:shipment-copy": _("Shipment"),
    "portal:shipment-compare": _("Shipment"),
    "portal:shipment-delivery": _("Shipment"),
    "portal:shipment-new": _("New shipment"),
    "portal:shipment-edit": _("Change the shipment"),
    "portal:invoices": _("Invoices"),
    "portal:invoice": _("Invoice"),
    "portal:invoice-copy": _("Invoice"),
    "portal:stock": _("Stock"),
    "people": _("People"),
    "person": _("A person's access"),
    "person-remove": _("A person's access"),
    "person-invite": _("Invite somebody"),
    "invitation-send": _("Invitation"),
    "invitation-withdraw": _("Invitation"),
    "trail": _("What has happened"),
    "sessions": _("Where you are signed in"),
}
_ADMIN = _("Portal administration")


def page_at(path: str) -> str:
    """The name of the page at `path`; the path itself where none is known."""
    try:
        match = resolve(path)
    except Resolver404:
        return path
    if "admin" in match.namespaces or match.view_name == "view-as":
        return str(_ADMIN)
    return str(PAGES.get(match.view_name, path))
