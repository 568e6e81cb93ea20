"""Plain builders of mirrored rows, for tests that need no ERP.net. Each makes one thing."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Partner
from sync import models
from tests import deliveries


def membership(name: str) -> Membership:
    """Somebody's membership of a new partner."""
    partner = Partner.objects.create(name=name, party_id=uuid.uuid4())
    return Membership.objects.create(partner=partner, erp_user_id=uuid.uuid4(), role="Billing")


def mirrored(model: Any, **values: Any) -> Any:
    return model.objects.create(id=uuid.uuid4(), fetched_at=timezone.now(), **values)


def buyer(name: str = "Vitosha Trading") -> Any:
    return mirrored(models.EnterpriseCompany, name=name)


def product(part_number: str = "RT-100") -> Any:
    return mirrored(models.Product, part_number=part_number, names={"EN": "Cotton fabric"}, unit="m")


def order(partner: Partner, number: str = "1001", **values: Any) -> Any:
    values = {"document_date": timezone.localdate(), "state": "Released", **values}
    return mirrored(models.PurchaseOrder, partner=partner, number=number, **values)


def order_line(of: Any, quantity: str = "100", **values: Any) -> Any:
    values = {"product": values.pop("product", None) or product(), "unit": "m", "line_no": 10, **values}
    return models.OrderLine.objects.create(
        id=uuid.uuid4(), partner=of.partner, order=of, quantity=Decimal(quantity), **values
    )


def shipment(of: Any, *, delivery: str = "", **values: Any) -> Any:
    """`delivery` is the state of its outbox entry; none for one that was made in ERP.net."""
    values = {"planned_delivery_date": timezone.localdate() + timedelta(days=3), **values}
    made = models.Shipment.objects.create(partner=of.partner, order=of, **values)
    if delivery:
        deliveries.delivery(made, delivery)
    return made


def shipment_line(of: Any, line: Any, quantity: str) -> Any:
    return models.ShipmentLine.objects.create(
        partner=of.partner,
        shipment=of,
        order_line=line,
        product=line.product,
        line_no=10,
        quantity=Decimal(quantity),
        unit=line.unit,
    )


def invoice(partner: Partner, number: str = "3001", **values: Any) -> Any:
    values = {"document_date": timezone.localdate(), "state": "Released", **values}
    return mirrored(models.Invoice, partner=partner, number=number, **values)


def payment_order(of: Any, amount: str, *, due_in_days: int, **values: Any) -> Any:
    due_date = timezone.localdate() + timedelta(days=due_in_days)
    values = {"state": "Released", "currency": "BGN", "due_date": due_date, **values}
    return mirrored(
        models.PaymentOrder, partner=of.partner, invoice=of, number="P-1", amount=Decimal(amount), **values
    )


def supply(partner: Partner, supplied: Any, **values: Any) -> Any:
    return mirrored(models.ProductSupply, partner=partner, kind="price", product=supplied, **values)


def balance(of: Any, holder: Any, quantity: str, **values: Any) -> Any:
    store = mirrored(models.Store, code="ST-1", names={"EN": "Main store"})
    return models.StockBalance.objects.create(
        product=of, enterprise_company=holder, store=store, quantity=Decimal(quantity), unit="m", **values
    )
