"""A partner's invoices and what has been paid of them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from sync.models import Invoice, InvoiceLine, PaymentOrder
from sync.models.base import RELEASED_OR_LATER, DocumentState
from sync.selectors.orders import with_order_in_sight
from sync.selectors.paging import Page, newest_first, parse_date

_AMOUNT: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=2)


class Payment(TextChoices):
    """How an invoice stands."""

    VOID = "void", _("Void")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")
    DUE = "due", _("Due")
    UNPLANNED = "unplanned", _("Not yet planned for payment")


def invoices_for(membership: Membership, *, search: str = "", state: str = "", after: str = "") -> Page:
    """Invoices, newest first, with `total`, `to_pay`, `due_on`, `payment` (a value of `Payment`), `order_in_sight`.

    `state` is a value of `Payment`; anything else shows all.
    """
    invoices = with_order_in_sight(with_payment(visible_invoices(membership)), membership)
    if search:
        invoices = invoices.filter(
            Q(number__icontains=search)
            | Q(supplier_number__icontains=search)
            | Q(order_in_sight__number__icontains=search)
        )
    if state in Payment.values:
        invoices = invoices.filter(payment=state)
    return newest_first(invoices.select_related("enterprise_company"), "document_date", after, parse_date)


def invoice_for(membership: Membership, invoice_id: uuid.UUID) -> Invoice:
    """One invoice, as in the list. Absent and not yours are the same `Invoice.DoesNotExist`."""
    invoices = with_order_in_sight(with_payment(visible_invoices(membership)), membership)
    invoice: Invoice = invoices.select_related("enterprise_company").get(pk=invoice_id)
    return invoice


def invoice_lines_for(membership: Membership, invoice_id: uuid.UUID) -> list[Any]:
    lines = (
        InvoiceLine.objects.for_membership(membership).filter(invoice=invoice_id).select_related("product")
    )
    return list(lines.order_by("line_no", "pk"))


def payment_orders_for(membership: Membership, invoice_id: uuid.UUID) -> list[Any]:
    orders = PaymentOrder.objects.for_membership(membership).filter(invoice=invoice_id, is_void=False)
    return list(orders.order_by("due_date", "pk"))


def next_payments_for(membership: Membership, *, limit: int) -> list[Any]:
    """Invoices that are still to be paid, the most urgent first."""
    unpaid = with_payment(visible_invoices(membership)).filter(payment__in=[Payment.OVERDUE, Payment.DUE])
    return list(unpaid.order_by("due_on", "pk")[:limit])


def visible_invoices(membership: Membership) -> QuerySet[Any]:
    return Invoice.objects.for_membership(membership).filter(state__in=RELEASED_OR_LATER)


def with_payment(invoices: QuerySet[Any]) -> QuerySet[Any]:
    lines = InvoiceLine.objects.filter(invoice=OuterRef("pk"), partner=OuterRef("partner")).order_by()
    planned = PaymentOrder.objects.filter(
        invoice=OuterRef("pk"), partner=OuterRef("partner"), is_void=False
    ).order_by()
    unpaid = planned.exclude(state=DocumentState.CLOSED)
    return invoices.annotate(
        total=_one(lines, "invoice", Sum("amount"), _AMOUNT),
        planned=_one(planned, "invoice", Count("pk")),
        to_pay=_one(unpaid, "invoice", Sum("amount"), _AMOUNT),
        due_on=Coalesce(_one(unpaid, "invoice", Min("due_date"), DateField()), F("due_date")),
    ).annotate(payment=_payment())


def _one(rows: QuerySet[Any], group: str, aggregate: Any, field: Any = None) -> Subquery:
    return Subquery(rows.values(group).annotate(value=aggregate).values("value"), output_field=field)


def _payment() -> Case:
    return Case(
        When(is_void=True, then=Value(Payment.VOID)),
        When(planned=None, then=Value(Payment.UNPLANNED)),
        When(to_pay=None, then=Value(Payment.PAID)),
        When(due_on__lt=timezone.localdate(), then=Value(Payment.OVERDUE)),
        default=Value(Payment.DUE),
        output_field=CharField(),
    )
