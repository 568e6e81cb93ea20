"""The start page: a welcome for strangers, what a vendor should know at first sight, and who a customer is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page, public_page
from accounts.middleware import PortalRequest
from accounts.permissions import Capability
from sync import selectors

ROWS = 5


@require_safe
@public_page
def home(request: PortalRequest) -> HttpResponseBase:
    if request.membership is not None or request.memberships:
        return dashboard(request)
    if not request.user.is_authenticated:
        return render(request, "portal/welcome_anonymous.html")
    return redirect("admin:index" if request.user.is_staff else "portal:welcome")


@partner_page()
def dashboard(request: PartnerRequest) -> HttpResponse:
    membership = request.membership
    if not membership.partner.is_vendor:
        return render(request, "portal/customer.html")
    context: dict[str, Any] = {"dashboard": selectors.dashboard_for(membership)}
    if membership.may(Capability.VIEW_ORDERS):
        context |= {
            "orders": selectors.most_urgent_orders_for(membership, limit=ROWS),
            "shipments": selectors.shipments_for(membership, state="announced").rows[:ROWS],
            "orders_as_of": selectors.freshness_for("orders"),
        }
    if membership.may(Capability.VIEW_INVOICES):
        context["payments"] = selectors.next_payments_for(membership, limit=ROWS)
    if membership.may(Capability.VIEW_STOCK):
        context["stock_as_of"] = selectors.freshness_for("stock")
    return render(request, "portal/dashboard.html", context)
