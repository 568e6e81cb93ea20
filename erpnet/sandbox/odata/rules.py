"""What ERP.net itself adds to an object before it is saved, and what it does not let anybody save."""

from decimal import Decimal

from erpnet.sandbox.data.people import SYSTEM_USER
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.odata.errors import CONSTRAINT, Refusal
from erpnet.sandbox.store import Work, reference_to
from erpnet.sandbox.values import Row, key_of

RECEIVING_ORDERS = "Logistics.Procurement.ReceivingOrders"
RECEIVING_ORDER_LINES = "Logistics.Procurement.ReceivingOrderLines"

FIRST_NUMBER = 1_000_000_000
FROM_PURCHASE_ORDER = (
    "EnterpriseCompany",
    "EnterpriseCompanyLocation",
    "Supplier",
    "DocumentCurrency",
    "Store",
    "PurchasePriceList",
)
FROM_PURCHASE_ORDER_LINE = (
    "Product",
    "ProductVariant",
    "ProductCode",
    "QuantityUnit",
    "ProductDescription",
    "PricePerUnit",
)
STATES = ("New", "Adjustment", "Planned", "FirmPlanned", "Released", "Completed", "Closed")


def complete(work: Work, entity: Entity, row: Row, given: set[str]) -> None:
    """Fill what follows from the rest. `given` are the attributes that the request has just set itself."""
    if entity.is_document:
        _complete_document(work, entity, row)
    if entity.name == RECEIVING_ORDERS:
        _complete_receiving_order(work, row)
    if entity.name == RECEIVING_ORDER_LINES:
        _complete_receiving_order_line(work, entity, row, given)


def check(work: Work, entity: Entity, row: Row) -> None:
    """Raises Refusal for an object that must not be saved as it is."""
    for attribute in entity.attributes.values():
        if attribute.required and row.get(attribute.name) is None:
            raise _missing(entity, attribute.name)
    for reference in entity.references.values():
        if not reference.nullable and row.get(reference.name) is None:
            raise _missing(entity, reference.name)
    if entity.name == RECEIVING_ORDERS:
        _check_receiving_order(work, row)
    if entity.name == RECEIVING_ORDER_LINES:
        _check_receiving_order_line(work, row)


def forbid_change(work: Work, entity: Entity, row: Row, *, deleting: bool = False) -> None:
    """Raises Refusal if the row belongs to a document that can no longer be changed."""
    root_entity, root = work.store.root_of(entity, row)
    if not root_entity.is_document:
        return
    number, state = root.get("DocumentNo"), root.get("State", "New")
    if root.get("Void"):
        raise Refusal(f"Document {number} is void and cannot be changed.", parameters=[str(number)])
    if STATES.index(state) >= STATES.index("Released"):
        raise Refusal(
            f"Document {number} is {state.lower()} and cannot be changed directly. Use an adjustment document.",
            parameters=[str(number), state],
        )
    if deleting and state != "New":
        raise Refusal(
            f"Document {number} is {state.lower()}: only new documents can be deleted.",
            parameters=[str(number)],
        )


def _complete_document(work: Work, entity: Entity, row: Row) -> None:
    if row.get("DocumentNo") is None:
        numbers = (
            int(one["DocumentNo"]) for one in work.store.table(entity.name) if one["DocumentNo"].isdecimal()
        )
        row["DocumentNo"] = str(max(numbers, default=FIRST_NUMBER) + 1)
    row.setdefault("EntityName", entity.base_table)
    row.setdefault("CreationUser", SYSTEM_USER)
    if row.get("MasterDocument") is None:
        parent = work.resolve(row.get("Parent"))
        row["MasterDocument"] = parent[1]["MasterDocument"] if parent else reference_to(entity, row)


def _complete_receiving_order(work: Work, row: Row) -> None:
    parent = row.get("Parent")
    if (
        row.get("PurchaseOrder") is None
        and parent
        and parent.startswith("Logistics_Procurement_PurchaseOrders(")
    ):
        row["PurchaseOrder"] = parent
    if row.get("Parent") is None and row.get("PurchaseOrder"):
        row["Parent"] = row["PurchaseOrder"]
    order = work.resolve(row.get("PurchaseOrder"))
    if order:
        _inherit(row, order[1], FROM_PURCHASE_ORDER)
    supplier = work.resolve(row.get("Supplier"))
    if supplier:
        _inherit(row, {"FromParty": supplier[1]["Party"]}, ("FromParty",))
    company = work.resolve(row.get("EnterpriseCompany"))
    if company:
        _inherit(row, {"ToParty": company[1]["Company"]}, ("ToParty",))


def _complete_receiving_order_line(work: Work, entity: Entity, row: Row, given: set[str]) -> None:
    order_line = work.resolve(row.get("PurchaseOrderLine"))
    if order_line:
        _inherit(row, order_line[1], FROM_PURCHASE_ORDER_LINE)
    product = work.resolve(row.get("Product"))
    if product:
        _inherit(row, {"ProductDescription": product[1]["Name"]}, ("ProductDescription",))
    row.setdefault("Document", row.get("ReceivingOrder"))
    if row.get("LineNo") is None and row.get("ReceivingOrder"):
        siblings = work.children(entity, key_of(row["ReceivingOrder"]) or "")
        row["LineNo"] = max((one.get("LineNo") or 0 for one in siblings), default=0) + 10
    if ("Quantity" in given and "QuantityBase" not in given) or row.get("QuantityBase") is None:
        factor = Decimal(str(follow(work, row, "QuantityUnit.Multiplier") or 1))
        row["QuantityBase"] = f"{Decimal(row.get('Quantity', '0')) * factor:.3f}"
    row["StandardQuantityBase"] = row["QuantityBase"]
    if "Quantity" in given and "LineAmount" not in given:
        row["LineAmount"] = f"{Decimal(row.get('Quantity', '0')) * Decimal(row.get('PricePerUnit') or 0):.2f}"


def _check_receiving_order(work: Work, row: Row) -> None:
    order = work.resolve(row.get("PurchaseOrder"))
    if order is None:
        return
    number = order[1]["DocumentNo"]
    if order[1].get("Void") or STATES.index(order[1]["State"]) < STATES.index("Released"):
        raise Refusal(
            f"Purchase order {number} is not released: nothing can be received for it.", parameters=[number]
        )
    if key_of(order[1]["Supplier"]) != key_of(row.get("Supplier")):
        raise Refusal(f"Purchase order {number} is for another supplier.", parameters=[number])


def _check_receiving_order_line(work: Work, row: Row) -> None:
    number = row["LineNo"]
    if Decimal(row["Quantity"]) <= 0:
        raise Refusal(
            f"Line {number}: the quantity has to be greater than zero.",
            code=CONSTRAINT,
            parameters=["Quantity"],
        )
    order_line = work.resolve(row.get("PurchaseOrderLine"))
    if order_line is None:
        return
    document = work.resolve(row["ReceivingOrder"])
    if document and key_of(order_line[1]["PurchaseOrder"]) != key_of(document[1].get("PurchaseOrder")):
        raise Refusal(
            f"Line {number}: the purchase order line belongs to another purchase order than the receiving order.",
            parameters=[str(number)],
        )
    if key_of(order_line[1]["Product"]) != key_of(row.get("Product")):
        raise Refusal(
            f"Line {number}: the product is not the one of the purchase order line.", parameters=[str(number)]
        )


def _inherit(row: Row, source: Row, names: tuple[str, ...]) -> None:
    for name in names:
        if row.get(name) is None and source.get(name) is not None:
            row[name] = source[name]


def _missing(entity: Entity, name: str) -> Refusal:
    return Refusal(f"{entity.name}: '{name}' needs a value.", code=CONSTRAINT, parameters=[entity.name, name])
