"""Purchase invoices and how far they are paid."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability
from portal.views.lists import ListQuery
from sync import selectors

STATES = {"": _("All"), "overdue": _("Overdue"), "due": _("Due"), "paid": _("Paid")}


@require_safe
@partner_page(Capability.VIEW_INVOICES)
def invoice_list(request: PartnerRequest) -> HttpResponse:
    query = ListQuery.of(request, STATES)
    context = {
        "page": selectors.invoices_for(request.membership, **query.criteria()),
        "query": query,
        "tabs": query.tabs(STATES),
        "as_of": selectors.freshness_for("invoices"),
    }
    return render(request, "portal/invoices/list.html", context)


@require_safe
@partner_page(Capability.VIEW_INVOICES)
def invoice_detail(request: PartnerRequest, invoice_id: uuid.UUID) -> HttpResponse:
    membership = request.membership
    context = {
        "invoice": selectors.invoice_for(membership, invoice_id),
        "lines": selectors.invoice_lines_for(membership, invoice_id),
        "payment_orders": selectors.payment_orders_for(membership, invoice_id),
        "as_of": selectors.freshness_for("invoices"),
    }
    return render(request, "portal/invoices/detail.html", context)
