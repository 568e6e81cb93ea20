"""What ERP.net itself adds to an object: defaults of the back end, and what front-end rules work out anew.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/data-validation.html and the expressions that the model
documents for each attribute
"""

from decimal import ROUND_HALF_UP, Decimal

from erpnet.sandbox.data.people import SYSTEM_USER
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.store import Work, reference_to
from erpnet.sandbox.values import Row, key_of

RECEIVING_ORDERS = "Logistics.Procurement.ReceivingOrders"
PARTIES = "General.Contacts.Parties"
PRODUCT_GROUPS = "General.Products.ProductGroups"
RECEIVING_ORDER_LINES = "Logistics.Procurement.ReceivingOrderLines"

FIRST_NUMBER = 1_000_000_000
FIRST_LINE, LINE_STEP = 10, 10
# A quantity, the two that follow from it, and what they hang on.
QUANTITIES = (
    ("Quantity", "QuantityBase", "StandardQuantityBase"),
    ("ConfirmedQuantity", "ConfirmedQuantityBase", "ConfirmedStandardQuantityBase"),
)
OF_A_QUANTITY = {"Product", "QuantityUnit"}
PRICES = ("PricePerUnit", "UnitPrice")


def complete(work: Work, entity: Entity, row: Row, given: set[str], *, frontend: bool) -> None:
    """Fill what is empty and follows from the rest.

    `given` are the names that the request has just set itself, to nothing perhaps. Values that are there already
    are worked out anew in the front-end model alone.
    """
    if entity.is_document:
        _complete_document(work, entity, row, given)
    if entity.inherits == PARTIES:
        row.setdefault("PartyType", entity.entity_type.rpartition("_")[2])
        _inherit(row, {"PartyName": row.get("Name")}, {"PartyName"})
    if entity.name == PRODUCT_GROUPS:
        _complete_product_group(work, row, frontend=frontend)
    if is_line(work, entity):
        _complete_line(work, entity, row, given, frontend=frontend)


def is_line(work: Work, entity: Entity) -> bool:
    """Whether the rows of an entity are lines of a document."""
    root = work.model.get(entity.root)
    return "LineNo" in entity.attributes and root is not None and root.is_document and root is not entity


def next_number(work: Work, entity: Entity) -> str:
    """The number of the next document of its kind."""
    numbers = (one["DocumentNo"] for one in work.table(entity.name) if one.get("DocumentNo"))
    return str(max((int(one) for one in numbers if one.isdecimal()), default=FIRST_NUMBER) + 1)


def recalculate_line(work: Work, entity: Entity, row: Row) -> None:
    """Work a line's amounts and base quantities out anew from what they hang on."""
    for quantity, base, standard in QUANTITIES:
        if base in entity.attributes and row.get(quantity) is not None:
            row[base] = row[standard] = _base_quantity(work, row, quantity)
    if "LineAmount" in entity.attributes and (amount := _line_amount(row)) is not None:
        row["LineAmount"] = amount


def _complete_document(work: Work, entity: Entity, row: Row, given: set[str]) -> None:
    if row.get("DocumentNo") is None:
        row["DocumentNo"] = next_number(work, entity)
    row.setdefault("EntityName", entity.base_table)
    row.setdefault("CreationUser", SYSTEM_USER)
    if row.get("MasterDocument") is None:
        parent = work.resolve(row.get("Parent"))
        row["MasterDocument"] = parent[1]["MasterDocument"] if parent else reference_to(entity, row)
    follows = {
        "FromParty": follow(work, row, "EnterpriseCompany.Company"),
        "ToParty": follow(work, row, "Supplier.Party"),
        "DocumentCurrency": follow(work, row, "Supplier.DefaultCurrency")
        or follow(work, row, "EnterpriseCompany.BaseCurrency"),
    }
    _inherit(row, follows, {name for name in follows if name in entity.references} - given)


def _complete_product_group(work: Work, row: Row, *, frontend: bool) -> None:
    """The path of its codes from the root of the tree, which the front end alone works out."""
    row.setdefault("FullPath", "")
    if frontend and row.get("Code"):
        parent = work.resolve(row.get("ParentGroup"))
        row["FullPath"] = f"{parent[1]['FullPath'] if parent else '/'}{row['Code']}/"


def _complete_line(work: Work, entity: Entity, row: Row, given: set[str], *, frontend: bool) -> None:
    _complete_from_product(work, entity, row, given, frontend=frontend)
    parent = work.table(entity.name).parent
    if parent and row.get(parent):
        row.setdefault("Document", row[parent])
        if row.get("LineNo") is None:
            siblings = work.children(entity, key_of(row[parent]) or "")
            last = max((one.get("LineNo") or 0 for one in siblings), default=FIRST_LINE - LINE_STEP)
            row["LineNo"] = last + LINE_STEP
    for quantity, base, standard in QUANTITIES:
        if base in entity.attributes and row.get(quantity) is not None:
            anew = frontend and bool(given & {quantity, *OF_A_QUANTITY})
            worked_out = _base_quantity(work, row, quantity)
            for name in (base, standard):
                if row.get(name) is None or (anew and name not in given):
                    row[name] = worked_out
    if "LineAmount" in entity.attributes and "LineAmount" not in given:
        anew = frontend and bool(given & {"Quantity", "ConfirmedQuantity", *PRICES})
        if (row.get("LineAmount") is None or anew) and (amount := _line_amount(row)) is not None:
            row["LineAmount"] = amount


def _complete_from_product(work: Work, entity: Entity, row: Row, given: set[str], *, frontend: bool) -> None:
    found = work.resolve(row.get("Product"))
    if found is None:
        return
    product = found[1]
    follows = {
        "ProductDescription": product["Name"],
        "QuantityUnit": product.get("PurchaseMeasurementUnit") or product["MeasurementUnit"],
    }
    anew = frontend and "Product" in given
    for name, value in follows.items():
        if entity.property(name) and name not in given and (anew or row.get(name) is None):
            row[name] = value


def _base_quantity(work: Work, row: Row, name: str) -> str:
    factor = Decimal(str(follow(work, row, "QuantityUnit.Multiplier") or 1))
    return _rounded(Decimal(row[name]) * factor, 3)


def _line_amount(row: Row) -> str | None:
    quantity = row.get("ConfirmedQuantity") or row.get("Quantity")
    price = next((row[name] for name in PRICES if row.get(name) is not None), None)
    return None if quantity is None or price is None else _rounded(Decimal(quantity) * Decimal(price), 2)


def _rounded(number: Decimal, places: int) -> str:
    return str(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _inherit(row: Row, source: Row, names: set[str]) -> None:
    for name in names:
        if row.get(name) is None and source.get(name) is not None:
            row[name] = source[name]
