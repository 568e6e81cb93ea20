"""Deciding about a shipment that somebody changed in ERP.net while the partner changed it here."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability
from portal.conflicts import ConflictForm
from portal.views.shipments import delivery_context
from sync import selectors
from sync.exceptions import FormAlreadyUsed, ShipmentChanged, ShipmentInvalid, ShipmentLocked
from sync.services.shipments import change_shipment


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(Capability.ANNOUNCE_SHIPMENTS)
def shipment_compare(request: PartnerRequest, shipment_id: uuid.UUID) -> HttpResponse:
    shipment = selectors.shipment_for(request.membership, shipment_id)
    context = delivery_context(request, shipment)
    if context["conflict"] is None or not context["may_change"]:
        return redirect("portal:shipment", shipment.pk)
    posted = request.POST if request.method == "POST" else None
    form = ConflictForm(posted, conflict=context["conflict"], shipment=shipment)
    if form.is_valid() and (response := _decide(request, shipment, form)):
        return response
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "portal/shipments/compare.html", {"form": form, **context}, status=status)


def _decide(request: PartnerRequest, shipment: Any, form: ConflictForm) -> HttpResponse | None:
    if form.is_outdated():
        return _look_again(request, shipment)
    try:
        change_shipment(
            request.membership,
            user=request.user,
            shipment=shipment,
            key=form.cleaned_data["key"],
            header=form.header(),
            seen=form.cleaned_data["seen"],
            version=form.conflict.version,
        )
    except ShipmentChanged:
        return _look_again(request, shipment)
    except ShipmentInvalid as invalid:
        form.show(invalid)
        return None
    except (ShipmentLocked, FormAlreadyUsed) as refusal:
        messages.warning(request, refusal.message)
    return redirect("portal:shipment", shipment.pk)


def _look_again(request: PartnerRequest, shipment: Any) -> HttpResponse:
    messages.warning(
        request,
        _(
            "The shipment changed again while you were looking. Nothing was sent yet: please decide once more."
        ),
    )
    return redirect("portal:shipment-compare", shipment.pk)
