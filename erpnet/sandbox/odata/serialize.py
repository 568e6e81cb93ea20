"""From rows to the JSON that ERP.net sends."""

from typing import Any

import orjson

from erpnet.sandbox.model import Attribute, Entity
from erpnet.sandbox.odata.display import display_text, follow
from erpnet.sandbox.odata.select import Child, Shape
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row, key_of, odata_id

OF_THE_ROOT = {"ObjectVersion", "AggregateLastUpdateTimeUtc"}


class Serializer:
    """Turns rows into objects for `orjson`; decimals as numbers, or as text for those who asked for exact ones."""

    def __init__(self, store: Store, *, exact_numbers: bool, skip_nulls: bool = False) -> None:
        self.store = store
        self._exact = exact_numbers
        self.skips_nulls = skip_nulls
        self._codes: dict[tuple[str, str | None], object] = {}

    def sent(self, entity: Entity, row: Row, shape: Shape) -> dict[str, Any]:
        """A row of `entity`, which is the shape's own or an heir of it."""
        content: dict[str, Any] = {}
        if not entity.is_view:
            content["@odata.id"] = odata_id(entity.entity_set, row["Id"])
        for attribute in shape.attributes:
            content[attribute.name] = self._value(entity, row, attribute)
        for reference, nested in shape.references:
            content[reference.name] = self._reference(row.get(reference.name), nested)
        if self.skips_nulls:
            content = {name: value for name, value in content.items() if value is not None}
        for name, child in shape.children:
            content[name] = self._children(row, child)
        return content

    def _value(self, entity: Entity, row: Row, attribute: Attribute) -> Any:
        name = attribute.name
        if name in OF_THE_ROOT:
            return self.store.root_of(entity, row)[1].get(name)
        if name == "DisplayText":
            return display_text(self.store, entity, row)
        if attribute.is_key:
            return row["Id"]
        return self.shown(row, attribute, row.get(name))

    def shown(self, row: Row, attribute: Attribute, value: Any) -> Any:
        if value is None:
            return None
        match attribute.kind:
            case "decimal":
                return self.number(value)
            case "Amount":
                return {"Value": self.number(value), "Currency": self.code(row, attribute)}
            case "Quantity":
                return {"Value": self.number(value), "Unit": self.code(row, attribute)}
            case "date" | "datetime":
                return value.replace(".000Z", "Z")
        return value

    def number(self, value: str) -> str | orjson.Fragment:
        return value if self._exact else orjson.Fragment(value)

    def code(self, row: Row, attribute: Attribute) -> object:
        """The code of the unit or currency that the model's path leads to."""
        path, member = (
            (attribute.currency, "CurrencySign") if attribute.kind == "Amount" else (attribute.unit, "Code")
        )
        if not path:
            return None
        first, _, rest = path.partition(".")
        key = (f"{rest}.{member}" if rest else member, row.get(first))
        if key not in self._codes:
            self._codes[key] = follow(self.store, row, f"{path}.{member}")
        return self._codes[key]

    def _reference(self, reference: str | None, nested: Shape | None) -> dict[str, Any] | None:
        if reference is None:
            return None
        found = self.store.resolve(reference) if nested else None
        return self.sent(*found, nested) if found and nested else {"@odata.id": reference}

    def _children(self, row: Row, child: Child) -> list[dict[str, Any]]:
        table = self.store.table(child.entity.name)
        if table.parent == child.back:
            rows = table.children(row["Id"])
        else:
            rows = [one for one in table if key_of(one.get(child.back)) == row["Id"]]
        rows = sorted(rows, key=_by_line_number)
        return [self.sent(child.entity, one, child.shape) for one in rows]


def _by_line_number(row: Row) -> int:
    return int(row.get("LineNo", 0))
