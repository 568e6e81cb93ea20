"""Plain builders of what the pages show. Each makes one thing and takes what matters to the test."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Partner
from sync import models
from tests import deliveries


def mirrored(model: Any, **values: Any) -> Any:
    return model.objects.create(id=uuid.uuid4(), fetched_at=timezone.now(), **values)


def buyer(name: str = "Vitosha Trading") -> Any:
    return mirrored(models.EnterpriseCompany, name=name)


def product(
    part_number: str = "RT-100", english: str = "Cotton fabric", bulgarian: str = "Памучен плат"
) -> Any:
    return mirrored(models.Product, part_number=part_number, names={"EN": english, "BG": bulgarian}, unit="m")


def order(
    company: Partner, number: str = "1001", *, state: str = "Released", day: date | None = None, **values: Any
) -> Any:
    day = day or timezone.localdate()
    values = {"currency": "BGN", "planned_delivery_date": day + timedelta(days=10), **values}
    return mirrored(
        models.PurchaseOrder, partner=company, number=number, document_date=day, state=state, **values
    )


def order_line(of: Any, quantity: str = "100", *, price: str = "12.5", **values: Any) -> Any:
    values = {"product": values.pop("product", None) or product(), "unit": "m", "line_no": 10, **values}
    return models.OrderLine.objects.create(
        id=uuid.uuid4(),
        partner=of.partner,
        order=of,
        quantity=Decimal(quantity),
        price=Decimal(price),
        **values,
    )


def shipment(of: Any, *, delivery: str = "", message: str = "", **values: Any) -> Any:
    """`delivery` is the state of its latest outbox entry; none for one that was made in ERP.net."""
    values = {"planned_delivery_date": timezone.localdate() + timedelta(days=3), **values}
    made = models.Shipment.objects.create(partner=of.partner, order=of, **values)
    if delivery:
        deliveries.delivery(made, delivery, message=message)
    return made


def shipment_line(of: Any, line: Any, quantity: str = "10", *, line_no: int = 10) -> Any:
    return models.ShipmentLine.objects.create(
        partner=of.partner,
        shipment=of,
        order_line=line,
        product=line.product,
        line_no=line_no,
        quantity=Decimal(quantity),
        unit=line.unit,
    )


def invoice(company: Partner, number: str = "9001", *, amount: str = "1200", **values: Any) -> Any:
    values = {"state": "Released", "document_date": timezone.localdate(), "currency": "BGN", **values}
    made = mirrored(models.Invoice, partner=company, number=number, **values)
    models.InvoiceLine.objects.create(
        id=uuid.uuid4(),
        partner=company,
        invoice=made,
        line_no=10,
        product=product(),
        quantity=Decimal(100),
        unit="m",
        unit_price=Decimal(amount) / 100,
        amount=Decimal(amount),
    )
    return made


def payment_order(of: Any, *, due_in_days: int, state: str = "Released", amount: str = "1200") -> Any:
    return mirrored(
        models.PaymentOrder,
        partner=of.partner,
        invoice=of,
        number=f"P{of.number}",
        due_date=timezone.localdate() + timedelta(days=due_in_days),
        amount=Decimal(amount),
        currency="BGN",
        state=state,
    )


def supply(company: Partner, of: Any) -> Any:
    return mirrored(models.ProductSupply, partner=company, product=of, kind=models.ProductSupply.Kind.SUPPLY)


def balance(of: Any, quantity: str, *, owner: Any, store: Any) -> Any:
    return models.StockBalance.objects.create(
        enterprise_company=owner, store=store, product=of, quantity=Decimal(quantity), unit=of.unit
    )


def store(code: str = "SOF", english: str = "Sofia warehouse") -> Any:
    return mirrored(models.Store, code=code, names={"EN": english, "BG": "Склад София"})


def fresh(stream: str, at: datetime | None = None) -> Any:
    return models.Stream.objects.update_or_create(name=stream, defaults={"fresh_at": at or timezone.now()})


def text_of(response: Any) -> str:
    """What a page says, with its white space made one."""
    return " ".join(response.content.decode().split())


def words_of(response: Any) -> str:
    """The same without its tags, whose ids and tokens are random and may hold any number."""
    return re.sub(r"<[^>]*>", "", text_of(response))
