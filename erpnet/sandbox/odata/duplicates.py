"""What may be there once: external ids, numbers of documents and lines, and the codes by which things are found.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/error-handling.html
"""

from collections.abc import Iterable

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.errors import DUPLICATE, Refusal
from erpnet.sandbox.store import Work
from erpnet.sandbox.values import Row, key_of

# Attributes or references that together are there once among the rows of an entity.
UNIQUE: dict[str, tuple[str, ...]] = {
    "General.Products.Products": ("PartNumber",),
    "General.Products.ProductGroups": ("Code",),
    "General.Products.MeasurementUnits": ("Code",),
    "General.Currencies.Currencies": ("CurrencySign",),
    "Systems.Documents.DocumentTypes": ("Code",),
    "Systems.Security.Users": ("Login",),
}
DOCUMENTS = ("DocumentType", "DocumentNo")
EXTERNAL = ("ExternalId", "ExternalSystem")


def check_unique(work: Work, entity: Entity, row: Row) -> None:
    """Raises Refusal for a row whose key or code another row has."""
    table = work.table(entity.name)
    _check(entity, row, DOCUMENTS if entity.is_document else UNIQUE.get(entity.name, ()), table)
    if row.get("ExternalId"):
        _check(entity, row, EXTERNAL, table)
    parent = table.parent
    if parent and "LineNo" in entity.attributes and row.get(parent):
        siblings = work.children(entity, key_of(row[parent]) or "")
        _check(entity, row, (parent, "LineNo"), siblings)


def check_new(work: Work, entity: Entity, key: str) -> None:
    """Raises Refusal if there is an object with a key that a new one is to have."""
    if work.find(entity, key):
        raise duplicate(entity, ("Id",), key)


def duplicate(entity: Entity, names: tuple[str, ...], value: str) -> Refusal:
    fields = ", ".join(names)
    index = f"IX_{entity.base_table}_{'_'.join(names)}"
    return Refusal(
        f"Prohibited duplication in table 'dbo.{entity.base_table}'.\n\n"
        f"Another object has the same value. Fields: ({fields}), value: ({value}), index: {index}",
        code=DUPLICATE,
        message_format="Prohibited duplication in table '{0}'.\n\n"
        "Another object has the same value. Fields: ({1}), value: ({2}), index: {3}",
        parameters=[f"dbo.{entity.base_table}", fields, value, index],
    )


def _check(entity: Entity, row: Row, names: tuple[str, ...], others: Iterable[Row]) -> None:
    wanted = [row.get(name) for name in names]
    if not names:
        return
    for other in others:
        if other["Id"] != row["Id"] and [other.get(name) for name in names] == wanted:
            raise duplicate(entity, names, ", ".join(str(one) for one in wanted))
