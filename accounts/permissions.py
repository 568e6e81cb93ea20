"""The roles, and the one table of what each of them may do. Nothing else in the portal compares roles."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """One ladder for all partners, with the names of ERP.net's Client Center."""

    BASIC = "Basic", _("Basic")
    ORDERS = "Orders", _("Orders, without prices")
    ORDERS_WITH_PRICES = "OrdersWithPrices", _("Orders with prices")
    BILLING = "Billing", _("Billing")
    ADMIN = "Admin", _("Administrator")
    OWNER = "Owner", _("Owner")


class Capability(StrEnum):
    VIEW_ORDERS = "view_orders"
    SEE_PRICES = "see_prices"
    ANNOUNCE_SHIPMENTS = "announce_shipments"
    VIEW_INVOICES = "view_invoices"
    VIEW_STOCK = "view_stock"
    VIEW_PEOPLE = "view_people"
    MANAGE_USERS = "manage_users"


_BASIC: frozenset[Capability] = frozenset()
_ORDERS = _BASIC | {Capability.VIEW_ORDERS, Capability.ANNOUNCE_SHIPMENTS, Capability.VIEW_STOCK}
_ORDERS_WITH_PRICES = _ORDERS | {Capability.SEE_PRICES}
_BILLING = _ORDERS_WITH_PRICES | {Capability.VIEW_INVOICES}
_ADMIN = _BILLING | {Capability.VIEW_PEOPLE, Capability.MANAGE_USERS}

# What changes something: whoever only looks on has none of it, whatever the role.
WRITING = frozenset({Capability.ANNOUNCE_SHIPMENTS, Capability.MANAGE_USERS})

# What is about buying from a partner: one that only buys itself has none of it, whatever the role.
_OF_VENDORS = frozenset(Capability) - {Capability.VIEW_PEOPLE, Capability.MANAGE_USERS}

_CAPABILITIES: dict[str, frozenset[Capability]] = {
    Role.BASIC: _BASIC,
    Role.ORDERS: _ORDERS,
    Role.ORDERS_WITH_PRICES: _ORDERS_WITH_PRICES,
    Role.BILLING: _BILLING,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN,
}

# The roles that a person may give to others and take from them: an administrator has no say over owners.
_GIVEN_BY: dict[str, tuple[str, ...]] = {
    Role.ADMIN: tuple(role for role in Role.values if role != Role.OWNER),
    Role.OWNER: tuple(Role.values),
}


def capabilities_of(role: str, *, is_vendor: bool = True, read_only: bool = False) -> frozenset[Capability]:
    """What a role may do; a role that the table does not know may do nothing."""
    capabilities = _CAPABILITIES.get(role, frozenset())
    if not is_vendor:
        capabilities -= _OF_VENDORS
    return capabilities - WRITING if read_only else capabilities


def roles_given_by(role: str) -> tuple[str, ...]:
    """From the least to the most."""
    return _GIVEN_BY.get(role, ())
