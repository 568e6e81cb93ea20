"""What vendors invoiced for what arrived, and what was paid of it."""

from datetime import date, timedelta
from decimal import Decimal

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.paperwork import Line, Order, Paperwork, line_fields
from erpnet.sandbox.values import date_text

VAT = Decimal("1.20")
PAID_SHARE = 0.6
PAID_FOR_CERTAIN_DAYS = 45


def add_invoice(paperwork: Paperwork, order: Order, receipt: str, lines: list[Line]) -> None:
    builder = paperwork.builder
    received = date.fromisoformat(builder.row(receipt)["DocumentDate"][:10])
    if (builder.today - received).days < 3:
        return
    day = received + timedelta(days=builder.random.randrange(1, 3))
    due = day + timedelta(days=30)
    invoice = paperwork.document(
        "PI",
        "Logistics.Procurement.PurchaseInvoices",
        day=day,
        state="Released",
        parent=receipt,
        PurchaseOrder=order.reference,
        ReceivingOrder=receipt,
        Supplier=order.supplier.reference,
        DocumentCurrency=paperwork.currency,
        ApplyDate=date_text(day),
        PaymentDueDate=date_text(due),
        ReferenceDocumentNo=f"{builder.random.randrange(10**9):010}",
        **paperwork.parties(order, from_vendor=True),
    )
    total = _add_lines(builder, invoice, lines)
    payment_order = _add_payment_order(paperwork, order, invoice, due, total * VAT)
    if builder.row(payment_order)["State"] == "Closed":
        _add_payment(paperwork, order, payment_order, due)


def _add_lines(builder: Builder, invoice: str, lines: list[Line]) -> Decimal:
    """The lines of an invoice; answers what they come to."""
    total = Decimal(0)
    for place, (receipt_line, product, quantity, price) in enumerate(lines, start=1):
        amount = (quantity * price).quantize(Decimal("0.01"))
        total += amount
        builder.add(
            "Logistics.Procurement.PurchaseInvoiceLines",
            f"{invoice}/{place}",
            PurchaseInvoice=invoice,
            Document=invoice,
            LineNo=place * 10,
            ReceivingOrderLine=receipt_line,
            ProductName=product.name,
            **line_fields(product, quantity),
            UnitPrice=f"{price:.5f}",
            LineAmount=f"{amount:.2f}",
        )
    return total


def _add_payment_order(paperwork: Paperwork, order: Order, invoice: str, due: date, total: Decimal) -> str:
    """The order to pay an invoice: closed where it is paid, as most are soon after they were due."""
    builder = paperwork.builder
    bill = builder.row(invoice)
    days_over = (builder.today - due).days
    is_paid = days_over > PAID_FOR_CERTAIN_DAYS or (days_over > 0 and builder.random.random() < PAID_SHARE)
    return paperwork.document(
        "PAYO",
        "Finance.Payments.PaymentOrders",
        day=date.fromisoformat(bill["DocumentDate"][:10]),
        state="Closed" if is_paid else "Released",
        parent=invoice,
        Direction="Outgoing",
        Party=order.supplier.party,
        TotalAmount=f"{total:.2f}",
        TotalAmountCurrency=paperwork.currency,
        DueDate=date_text(due),
        RefDocument=invoice,
        RefDocumentNo=bill["DocumentNo"],
        RefDocumentType=paperwork.types["PI"],
        RefInvoiceDocument=invoice,
        RefInvoiceDocumentNo=bill["DocumentNo"],
        RefInvoiceDocumentType=paperwork.types["PI"],
        RefInvoiceDocumentDate=bill["DocumentDate"],
        **paperwork.parties(order, from_vendor=False),
    )


def _add_payment(paperwork: Paperwork, order: Order, payment_order: str, due: date) -> None:
    builder = paperwork.builder
    total = builder.row(payment_order)["TotalAmount"]
    paid = min(due + timedelta(days=builder.random.randrange(-5, 6)), builder.today)
    payment = paperwork.document(
        "PAYT",
        "Finance.Payments.PaymentTransactions",
        day=paid,
        state="Completed",
        parent=payment_order,
        Direction="Outgoing",
        Party=order.supplier.party,
        TotalAmount=total,
        TotalAmountCurrency=paperwork.currency,
        RequiresAllocation=False,
        **paperwork.parties(order, from_vendor=False),
    )
    builder.add(
        "Finance.Payments.PaymentTransactionLines",
        payment,
        at=paid,
        PaymentTransaction=payment,
        Document=payment,
        PaymentOrder=payment_order,
        Amount=total,
        CoveredOrderAmount=total,
    )
