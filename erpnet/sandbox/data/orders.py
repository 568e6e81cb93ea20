"""A year of purchase orders and what arrived of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.catalogue import Product
from erpnet.sandbox.data.invoices import add_invoice
from erpnet.sandbox.data.paperwork import Line, Order, Paperwork, line_fields
from erpnet.sandbox.data.parties import Supplier
from erpnet.sandbox.values import date_text

RECENT_DAYS = 30
LATE_DAYS = 75
LATE_SHARE = 0.25
OPEN_ORDERS_EACH = 4
VOID_SHARE = 0.04


def add_year(paperwork: Paperwork, suppliers: list[Supplier], how_many: int) -> None:
    for supplier, day, state in _plan(paperwork.builder, suppliers, how_many):
        order = _add_order(paperwork, supplier, day, state)
        for receipt, lines in _add_receipts(paperwork, order):
            add_invoice(paperwork, order, receipt, lines)


def _plan(builder: Builder, suppliers: list[Supplier], how_many: int) -> Iterator[tuple[Supplier, date, str]]:
    """A few fresh open orders for every supplier; the rest anywhere in the year, the old ones done, few late."""
    for supplier in suppliers:
        for step in range(OPEN_ORDERS_EACH):
            yield supplier, builder.before(2 + step * 5 + builder.random.randrange(4)), "Released"
    for number in range(how_many - OPEN_ORDERS_EACH * len(suppliers)):
        age = builder.random.randrange(365)
        if age < RECENT_DAYS:
            state = builder.random.choice(("New", "Planned", "FirmPlanned", "Released", "Released"))
        elif age < LATE_DAYS and builder.random.random() < LATE_SHARE:
            state = "Released"
        else:
            state = builder.random.choice(("Completed", "Closed"))
        yield suppliers[number % len(suppliers)], builder.before(age), state


def _add_order(paperwork: Paperwork, supplier: Supplier, day: date, state: str) -> Order:
    builder = paperwork.builder
    buyer = builder.random.choice(supplier.buyers)
    order = Order(
        supplier,
        buyer,
        builder.random.choice(buyer.stores),
        day,
        state,
        is_void=builder.random.random() < VOID_SHARE,
    )
    delivery = day + timedelta(days=builder.random.randrange(7, 29))
    void = {"VoidReason": "Ordered twice", "VoidTime": date_text(day), "VoidUser": "ops@vitosha.example"}
    order.reference = paperwork.document(
        "PO",
        "Logistics.Procurement.PurchaseOrders",
        day=day,
        state=state,
        Supplier=supplier.reference,
        Store=order.store,
        DocumentCurrency=paperwork.currency,
        PlannedDeliveryDate=date_text(delivery),
        PlannedReleaseDate=date_text(day),
        PaymentDueDate=date_text(delivery + timedelta(days=30)),
        Notes=builder.random.choice(
            (None, None, "Please deliver to gate 2.", "Моля, обадете се преди доставка.")
        ),
        Void=order.is_void,
        **(void if order.is_void else {}),
        **paperwork.parties(order, from_vendor=False),
    )
    order.number = builder.row(order.reference)["DocumentNo"]
    for number, product in enumerate(
        builder.random.sample(supplier.products, builder.random.randint(1, 8)), 1
    ):
        _add_order_line(builder, order, number * 10, product, delivery)
    return order


def _add_order_line(builder: Builder, order: Order, number: int, product: Product, delivery: date) -> None:
    quantity = Decimal(builder.random.choice((10, 20, 24, 48, 50, 80, 100, 120, 250, 400)))
    price = Decimal(str(product.price)) * builder.decimal(0.95, 1.05)
    line = builder.add(
        "Logistics.Procurement.PurchaseOrderLines",
        f"{order.number}/{number}",
        PurchaseOrder=order.reference,
        Document=order.reference,
        LineNo=number,
        ProductDescription=product.name,
        **line_fields(product, quantity),
        PricePerUnit=f"{price:.5f}",
        ConfirmedQuantity=f"{quantity:.3f}" if order.state in {"Completed", "Closed"} else None,
        PlannedDeliveryDate=date_text(delivery),
    )
    order.lines.append((line, product, quantity, price))


def _add_receipts(paperwork: Paperwork, order: Order) -> Iterator[tuple[str, list[Line]]]:
    """Done orders arrived whole; older released ones in part; fresh ones not at all."""
    builder = paperwork.builder
    age = (builder.today - order.day).days
    if order.is_void:
        return
    if order.state in {"Completed", "Closed"}:
        yield _add_receipt(paperwork, order, Decimal(1), "Completed")
    elif order.state == "Released" and age > RECENT_DAYS // 2 and builder.random.random() < 0.6:
        share = Decimal(builder.random.choice(("0.25", "0.5", "0.75")))
        yield _add_receipt(paperwork, order, share, builder.random.choice(("Released", "Completed")))


def _add_receipt(paperwork: Paperwork, order: Order, share: Decimal, state: str) -> tuple[str, list[Line]]:
    builder = paperwork.builder
    day = min(order.day + timedelta(days=builder.random.randrange(5, 15)), builder.today)
    receipt = paperwork.document(
        "RO",
        "Logistics.Procurement.ReceivingOrders",
        day=day,
        state=state,
        parent=order.reference,
        PurchaseOrder=order.reference,
        **paperwork.parties(order, from_vendor=False),
        Supplier=order.supplier.reference,
        Store=order.store,
        DocumentCurrency=paperwork.currency,
        PlannedDeliveryDate=date_text(day),
        ReferenceDocumentNo=f"DN-{builder.random.randrange(10_000, 99_999)}",
    )
    lines = []
    for place, (order_line, product, ordered, price) in enumerate(order.lines, start=1):
        quantity = (ordered * share).quantize(Decimal(1))
        line = builder.add(
            "Logistics.Procurement.ReceivingOrderLines",
            f"{receipt}/{place}",
            ReceivingOrder=receipt,
            Document=receipt,
            LineNo=place * 10,
            PurchaseOrderLine=order_line,
            ProductDescription=product.name,
            **line_fields(product, quantity),
            PricePerUnit=f"{price:.5f}",
            LineAmount=f"{quantity * price:.2f}",
            LineStore=order.store,
        )
        lines.append((line, product, quantity, price))
    return receipt, lines
