"""Purchase invoices and how far they are paid."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability
from portal.views.copies import exchange_copy, show_copy
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
    context = _invoice_context(request, selectors.invoice_for(request.membership, invoice_id))
    context["copy"] = show_copy("invoice", context["invoice"], context["rows"])
    return render(request, "portal/invoices/detail.html", context)


@require_safe
@partner_page(Capability.VIEW_INVOICES)
def invoice_copy(request: PartnerRequest, invoice_id: uuid.UUID) -> HttpResponse:
    invoice = selectors.invoice_for(request.membership, invoice_id)
    template = "portal/invoices/_document.html"
    return exchange_copy(request, "invoice", invoice, template, lambda: _invoice_context(request, invoice))


def _invoice_context(request: PartnerRequest, invoice: Any) -> dict[str, Any]:
    lines = selectors.invoice_lines_for(request.membership, invoice.pk)
    payment_orders = selectors.payment_orders_for(request.membership, invoice.pk)
    return {
        "invoice": invoice,
        "lines": lines,
        "payment_orders": payment_orders,
        "rows": [invoice, *lines, *payment_orders],
    }
