"""Purchase orders: the list, and one of them with its lines and shipments."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability
from portal.status import of_order
from portal.views.copies import exchange_copy, show_copy
from portal.views.lists import ListQuery
from sync import selectors

STATES = {
    "": _("All"),
    "open": _("To announce"),
    "late": _("Late"),
    "Released": _("Released"),
    "Completed": _("Completed"),
    "Closed": _("Closed"),
}


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def order_list(request: PartnerRequest) -> HttpResponse:
    query = ListQuery.of(request, STATES)
    context = {
        "page": selectors.orders_for(request.membership, **query.criteria()),
        "query": query,
        "tabs": query.tabs(STATES),
        "as_of": selectors.freshness_for("orders"),
    }
    return render(request, "portal/orders/list.html", context)


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def order_detail(request: PartnerRequest, order_id: uuid.UUID) -> HttpResponse:
    context = _order_context(request, selectors.order_for(request.membership, order_id))
    context["copy"] = show_copy("order", context["order"], context["rows"])
    return render(request, "portal/orders/detail.html", context)


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def order_copy(request: PartnerRequest, order_id: uuid.UUID) -> HttpResponse:
    order = selectors.order_for(request.membership, order_id)
    template = "portal/orders/_document.html"
    return exchange_copy(request, "order", order, template, lambda: _order_context(request, order))


def _order_context(request: PartnerRequest, order: Any) -> dict[str, Any]:
    membership = request.membership
    lines = selectors.order_lines_for(membership, order.pk)
    open_lines = sum(line.open > 0 for line in lines)
    shipments = selectors.shipments_of_order_for(membership, order.pk)
    return {
        "order": order,
        "lines": lines,
        "shipments": shipments,
        "rows": [order, *lines, *shipments],
        "takes_shipments": selectors.can_ship_against(order),
        "has_open_lines": open_lines > 0,
        "status": of_order(order, open_lines),
        "sees_prices": membership.may(Capability.SEE_PRICES),
    }
