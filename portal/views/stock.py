"""What lies in the buyers' warehouses of the products that the partner supplies."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability
from portal.views.lists import ListQuery
from sync import selectors


@require_safe
@partner_page(Capability.VIEW_STOCK)
def stock_list(request: PartnerRequest) -> HttpResponse:
    query = ListQuery.of(request)
    context = {
        "page": selectors.stock_for(request.membership, search=query.search, after=query.after),
        "query": query,
        "as_of": selectors.freshness_for("stock"),
    }
    return render(request, "portal/stock/list.html", context)
