"""What each role may do."""

from __future__ import annotations

from itertools import pairwise

import pytest

from accounts.models import Membership, Partner
from accounts.permissions import Capability, Role, capabilities_of

MAY: dict[Role, set[str]] = {
    Role.BASIC: set(),
    Role.ORDERS: {"view_orders", "announce_shipments", "view_stock"},
    Role.ORDERS_WITH_PRICES: {"view_orders", "announce_shipments", "view_stock", "see_prices"},
    Role.BILLING: {"view_orders", "announce_shipments", "view_stock", "see_prices", "view_invoices"},
    Role.ADMIN: set(Capability),
    Role.OWNER: set(Capability),
}


@pytest.mark.parametrize("role", Role)
def test_the_table_of_roles(role: Role) -> None:
    assert capabilities_of(role) == MAY[role]


def test_each_role_may_at_least_what_the_one_below_may() -> None:
    for lower, higher in pairwise(Role):
        assert capabilities_of(lower) <= capabilities_of(higher)


def test_an_unknown_role_may_nothing() -> None:
    assert capabilities_of("Emperor") == frozenset()


def test_who_only_buys_has_nothing_of_what_is_for_vendors() -> None:
    for role in Role:
        assert capabilities_of(role, is_vendor=False) == MAY[role] & {"view_people", "manage_users"}


def test_a_membership_and_a_template_ask_the_same_table() -> None:
    clerk = Membership(partner=Partner(), role=Role.ORDERS)
    assert clerk.may(Capability.VIEW_ORDERS)
    assert "view_orders" in clerk.capabilities
    assert not clerk.may(Capability.SEE_PRICES)
