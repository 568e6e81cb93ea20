"""Shipments: announcing one, following it into ERP.net, correcting it."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability
from portal.conflicts import rows_of
from portal.forms import ShipmentForm, has_quantities, opening_values, quantity_field
from portal.refusals import refused_field
from portal.status import is_moving, is_stuck, of_shipment
from portal.timeline import way_of
from portal.views.copies import exchange_copy, show_copy
from portal.views.lists import ListQuery
from sync import selectors
from sync.exceptions import (
    FormAlreadyUsed,
    OrderNotOpen,
    ShipmentChanged,
    ShipmentInvalid,
    ShipmentLocked,
)
from sync.services.shipments import announce_shipment, change_shipment

STATES = {
    "": _("All"),
    "announced": _("On their way"),
    "stuck": _("Need attention"),
    "received": _("Received"),
    "void": _("Void"),
}


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def shipment_list(request: PartnerRequest) -> HttpResponse:
    query = ListQuery.of(request, STATES)
    context = {
        "page": selectors.shipments_for(request.membership, **query.criteria()),
        "query": query,
        "tabs": query.tabs(STATES),
        "as_of": selectors.freshness_for("receipts"),
    }
    return render(request, "portal/shipments/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(Capability.ANNOUNCE_SHIPMENTS)
def shipment_new(request: PartnerRequest) -> HttpResponse:
    if "order" not in request.GET:
        return _choose_order(request)
    order = selectors.order_for(request.membership, _uuid(request.GET["order"]))
    lines = _lines_to_offer(request, order)
    form = ShipmentForm(_posted(request), initial=opening_values(lines), order_lines=lines)
    if form.is_valid() and (response := _announce(request, order, form)):
        return response
    context = {"order": order, "form": form}
    return render(request, "portal/shipments/new.html", context, status=_status_of(form))


def _choose_order(request: PartnerRequest) -> HttpResponse:
    query = ListQuery.of(request)
    page = selectors.orders_for(request.membership, state="open", after=query.after)
    return render(request, "portal/shipments/choose_order.html", {"page": page, "query": query})


def _lines_to_offer(request: PartnerRequest, order: Any) -> list[Any]:
    """Open lines, and those with a typed quantity that another tab has taken since: none is dropped unsaid."""
    takes_shipments = selectors.can_ship_against(order)
    lines = selectors.order_lines_for(request.membership, order.pk)
    return [
        line
        for line in lines
        if (takes_shipments and line.open > 0) or request.POST.get(quantity_field(line.pk))
    ]


def _announce(request: PartnerRequest, order: Any, form: ShipmentForm) -> HttpResponse | None:
    try:
        shipment = announce_shipment(
            request.membership,
            user=request.user,
            order=order,
            key=form.cleaned_data["key"],
            header=form.header(),
            lines=form.quantities() or [],
        )
    except ShipmentInvalid as invalid:
        form.show(invalid)
        return None
    except OrderNotOpen as refusal:
        messages.error(request, refusal.message)
        return redirect("portal:order", order.pk)
    except FormAlreadyUsed as refusal:
        messages.warning(request, refusal.message)
        return redirect("portal:shipment", refusal.shipment.pk)
    return redirect("portal:shipment", shipment.pk)


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def shipment_detail(request: PartnerRequest, shipment_id: uuid.UUID) -> HttpResponse:
    context = _shipment_context(request, selectors.shipment_for(request.membership, shipment_id))
    # What is under way to ERP.net comes back with its delivery.
    context["copy"] = show_copy(
        "shipment", context["shipment"], context["rows"], ask=not context["is_moving"]
    )
    return render(request, "portal/shipments/detail.html", context)


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def shipment_copy(request: PartnerRequest, shipment_id: uuid.UUID) -> HttpResponse:
    shipment = selectors.shipment_for(request.membership, shipment_id)
    template = "portal/shipments/_document.html"
    return exchange_copy(
        request, "shipment", shipment, template, lambda: _shipment_context(request, shipment)
    )


def _shipment_context(request: PartnerRequest, shipment: Any) -> dict[str, Any]:
    lines = selectors.shipment_lines_for(request.membership, shipment.pk)
    context = delivery_context(request, shipment)
    rows = [row for row in (shipment, *lines, context["delivery"]) if row is not None]
    return {**context, "lines": lines, "rows": rows}


@require_safe
@partner_page(Capability.VIEW_ORDERS)
def shipment_delivery(request: PartnerRequest, shipment_id: uuid.UUID) -> HttpResponse:
    """The part of the page that moves. Empty where nothing is new, so that screen readers do not repeat themselves."""
    context = delivery_context(request, selectors.shipment_for(request.membership, shipment_id))
    if context["mark"] == request.GET.get("seen"):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "portal/shipments/_delivery.html", context)


def delivery_context(request: PartnerRequest, shipment: Any) -> dict[str, Any]:
    delivery = selectors.delivery_of(shipment)
    conflict = selectors.conflict_of(shipment, delivery)
    return {
        "shipment": shipment,
        "delivery": delivery,
        "conflict": conflict,
        "sides": rows_of(conflict) if conflict else [],
        "status": of_shipment(shipment, delivery.state if delivery else None),
        "steps": way_of(shipment, delivery),
        "mark": f"{delivery.state}-{delivery.attempts}" if delivery else "",
        "refused_field": refused_field(delivery),
        "is_moving": is_moving(delivery),
        "is_stuck": is_stuck(delivery),
        "is_locked": selectors.is_locked(shipment),
        "may_change": _may_change(request, shipment),
    }


def _may_change(request: PartnerRequest, shipment: Any) -> bool:
    """Without its order, which the mirror may lack or the person not see, there is nothing to hold a change against."""
    may_announce = request.membership.may(Capability.ANNOUNCE_SHIPMENTS)
    return may_announce and shipment.order_in_sight is not None and not selectors.is_locked(shipment)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(Capability.ANNOUNCE_SHIPMENTS)
def shipment_edit(request: PartnerRequest, shipment_id: uuid.UUID) -> HttpResponse:
    shipment = selectors.shipment_for(request.membership, shipment_id)
    if not _may_change(request, shipment):
        messages.warning(request, ShipmentLocked().message)
        return redirect("portal:shipment", shipment.pk)
    context = delivery_context(request, shipment)
    form = _edit_form(request, shipment, context["conflict"])
    if form.is_valid() and (response := _change(request, shipment, form)):
        return response
    return render(request, "portal/shipments/edit.html", {"form": form, **context}, status=_status_of(form))


def _edit_form(request: PartnerRequest, shipment: Any, conflict: selectors.Conflict | None) -> ShipmentForm:
    """With quantities while they can change, and where she got them to see before that ended."""
    lines: list[Any] = []
    quantities = {}
    if selectors.lines_can_change(shipment) or has_quantities(request.POST):
        lines = selectors.order_lines_for(request.membership, shipment.order_id, apart_from=shipment.pk)
        quantities = {
            line.order_line_id: line.quantity
            for line in selectors.shipment_lines_for(request.membership, shipment.pk)
        }
        lines = [line for line in lines if line.open > 0 or line.pk in quantities]
    initial = opening_values(lines, shipment=shipment, quantities=quantities)
    initial["version"] = conflict and conflict.version
    return ShipmentForm(_posted(request), initial=initial, order_lines=lines)


def _change(request: PartnerRequest, shipment: Any, form: ShipmentForm) -> HttpResponse | None:
    try:
        change_shipment(
            request.membership,
            user=request.user,
            shipment=shipment,
            key=form.cleaned_data["key"],
            header=form.header(),
            lines=form.quantities(),
            seen=form.cleaned_data["seen"],
            version=form.cleaned_data["version"],
        )
    except ShipmentChanged as change:
        form.show_meanwhile(change)
        return None
    except ShipmentInvalid as invalid:
        form.show(invalid)
        return None
    except (ShipmentLocked, FormAlreadyUsed) as refusal:
        messages.warning(request, refusal.message)
    return redirect("portal:shipment", shipment.pk)


def _posted(request: PartnerRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _status_of(form: ShipmentForm) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None
