"""What the documents of the year share: numbers, states, parties and the goods on their lines."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.catalogue import Product
from erpnet.sandbox.data.parties import Buyer, Supplier
from erpnet.sandbox.values import date_text

Line = tuple[str, Product, Decimal, Decimal]  # odata id, what, how many, price of one

REACHED = ("New", "Planned", "FirmPlanned", "Released", "Completed", "Closed")


@dataclass(slots=True)
class Order:
    """A purchase order under way through the year."""

    supplier: Supplier
    buyer: Buyer
    store: str
    day: date
    state: str
    is_void: bool
    reference: str = ""
    number: str = ""
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Paperwork:
    """What every document of the year shares."""

    builder: Builder
    types: dict[str, str]
    currency: str
    numbers: dict[str, int] = field(default_factory=dict)

    def next_number(self, kind: str) -> str:
        self.numbers[kind] = self.numbers.get(kind, 1_000_000_000) + 1
        return str(self.numbers[kind])

    def document(
        self, kind: str, entity: str, *, day: date, state: str, parent: str | None = None, **fields: Any
    ) -> str:
        """A document in a state, with what follows from having reached it."""
        builder, number = self.builder, self.next_number(kind)
        released = REACHED.index(state) >= REACHED.index("Released")
        reference = builder.add(
            entity,
            number,
            at=min(day + timedelta(days=builder.random.randrange(4)), builder.today),
            DocumentNo=number,
            DocumentType=self.types[kind],
            DocumentDate=date_text(day),
            ReferenceDate=date_text(day),
            EntityName=builder.model[entity].base_table,
            State=state,
            IsReleased=released,
            ReadOnly=released,
            ReleaseTime=date_text(day) if released else None,
            CompleteTime=date_text(day) if REACHED.index(state) > REACHED.index("Released") else None,
            Parent=parent,
            **fields,
        )
        row = builder.row(reference)
        row["MasterDocument"] = builder.row(parent)["MasterDocument"] if parent else reference
        return reference

    def parties(self, order: Order, *, from_vendor: bool) -> dict[str, str]:
        """The two sides of a document; ours is the enterprise company."""
        sides = (order.supplier.party, order.buyer.company)
        return {
            "EnterpriseCompany": order.buyer.reference,
            "EnterpriseCompanyLocation": order.buyer.location,
            "FromParty": sides[0] if from_vendor else sides[1],
            "ToParty": sides[1] if from_vendor else sides[0],
        }


def line_fields(product: Product, quantity: Decimal) -> dict[str, Any]:
    """What the line of any document says of its goods."""
    base = f"{quantity * product.base_factor:.3f}"
    return {
        "Product": product.reference,
        "Quantity": f"{quantity:.3f}",
        "QuantityUnit": product.unit,
        "QuantityBase": base,
        "StandardQuantityBase": base,
    }
