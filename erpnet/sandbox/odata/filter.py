"""From the conditions of a filter to a test of rows, as far as the model lets each attribute be filtered."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from erpnet.sandbox.model import Attribute, Entity, Property, Reference
from erpnet.sandbox.odata.display import display_text
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.parse import Condition, Literal
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row, key_of, split_odata_id, time_text

Test = Callable[[Row], bool]
Getter = Callable[[Row], Any]

# What the model must allow for an operator to be used.
NEEDED = {
    **{name: name for name in ("eq", "ge", "le", "in")},
    **dict.fromkeys(("contains", "startswith", "endswith"), "like"),
    "equalnull": "eq",
    "lessequalnull": "le",
    "greaterequalnull": "ge",
}
EXACT_CASE = {"ExternalId", "ExternalSystem"}


class Filter:
    """Builds tests for the rows of one entity."""

    def __init__(self, store: Store, entity: Entity, *, truncate: bool) -> None:
        self._store = store
        self._entity = entity
        self._truncate = truncate

    def test(self, conditions: list[Condition]) -> Test:
        tests = [self._one(condition) for condition in conditions]
        return lambda row: all(test(row) for test in tests)

    def _one(self, condition: Condition) -> Test:
        getter, found = self._path(condition.path)
        name = condition.path[-1]
        if isinstance(found, Reference):
            return self._reference(condition, getter, found)
        _allow(condition, found.filters, found.kind)
        values = [_comparable(found, value, truncate=self._truncate) for value in condition.values]
        return _compare(
            condition.operator, lambda row: _stored(found, getter(row), exact=name in EXACT_CASE), values
        )

    def _path(self, path: tuple[str, ...]) -> tuple[Getter, Property]:
        """How to come from a row to the value, and what the model says of it."""
        entity, hops = self._entity, []
        for name in path[:-1]:
            reference = entity.references.get(name)
            if reference is None:
                raise ODataError(
                    f"Could not find a property named '{name}' on type 'Erp.{entity.entity_set}'."
                )
            if not (reference.owner or reference.filterable):
                raise Refusal(f"The reference '{name}' of {entity.name} cannot be used in a filter path.")
            hops.append(name)
            entity = self._store.model[reference.target]
        found = _property(entity, path[-1])
        return lambda row: self._walk(row, hops).get("Id" if path[-1] == "PartyId" else found.name), found

    def _walk(self, row: Row, hops: list[str]) -> Row:
        for name in hops:
            found = self._store.resolve(row.get(name))
            if found is None:
                return {}
            row = found[1]
        return row

    def _reference(self, condition: Condition, getter: Getter, reference: Reference) -> Test:
        if condition.operator == "contains":
            sought = str(condition.values[0].value).lower()
            return lambda row: sought in self._display(getter(row)).lower()
        _allow(condition, reference.filters, "reference")
        keys = [self._key(value, reference) for value in condition.values]
        return _compare(condition.operator, lambda row: key_of(getter(row)), keys)

    def _display(self, reference: str | None) -> str:
        found = self._store.resolve(reference)
        return display_text(self._store, *found) if found else ""

    def _key(self, literal: Literal, reference: Reference) -> str | None:
        """The guid that a reference is compared with: it comes as an odata id in quotes."""
        if literal.kind == "null":
            return None
        parts = split_odata_id(str(literal.value)) if literal.kind == "string" else None
        if parts is None or self._store.model.of_set(parts[0]) is None:
            raise ODataError(
                f"'{literal.value}' is not the odata id that a filter of '{reference.name}' needs."
            )
        return parts[1]


def _property(entity: Entity, name: str) -> Property:
    found = entity.property(name)
    if found is None and name.endswith("Value"):
        found = entity.attributes.get(name.removesuffix("Value"))
        found = found if found and found.has_value_and_unit else None
    elif isinstance(found, Attribute) and found.has_value_and_unit:
        raise ODataError(f"'{name}' has a value and a unit; filter by '{name}Value'.")
    if found is None:
        raise ODataError(f"Could not find a property named '{name}' on type 'Erp.{entity.entity_set}'.")
    return found


def _allow(condition: Condition, filters: frozenset[str], kind: str) -> None:
    operator = condition.operator
    texts_by_language = kind == "MultilanguageString"
    if NEEDED[operator] not in filters or (texts_by_language and operator != "contains"):
        raise Refusal(
            f"The attribute '{'/'.join(condition.path)}' does not support the filter operator '{operator}'.",
            parameters=["/".join(condition.path), operator],
        )


def _comparable(attribute: Attribute, literal: Literal, *, truncate: bool) -> Any:
    """A literal as a value that compares with stored ones. Raises ODataError if its type does not fit."""
    value = literal.value
    match attribute.kind, literal.kind:
        case _, "null":
            return None
        case "date" | "datetime", "date":
            return _moment(str(value), truncate=truncate or attribute.kind == "date")
        case "boolean", "boolean":
            return value
        case "guid", "guid":
            return value
        case "int32" | "decimal" | "Amount" | "Quantity", "number":
            return value
        case "enum", "string" if value in attribute.values:
            return attribute.values.index(str(value))
        case "string" | "MultilanguageString", "string":
            return value if attribute.name in EXACT_CASE else str(value).lower()
    raise ODataError(
        f"The value '{value}' does not fit the attribute '{attribute.name}' of type {attribute.kind}."
    )


def _moment(text: str, *, truncate: bool) -> str:
    try:
        moment = datetime.fromisoformat(text if "T" in text else f"{text[:10]}T00:00:00Z")
    except ValueError:
        raise ODataError(f"'{text}' is not a date.") from None
    if moment.tzinfo is None:
        raise ODataError(f"'{text}' names no time zone.")
    moment = moment.astimezone(UTC)
    return time_text(datetime.combine(moment.date(), time(), UTC) if truncate else moment)


def _stored(attribute: Attribute, value: Any, *, exact: bool) -> Any:
    """A stored value as one that compares with literals."""
    if value is None:
        return None
    match attribute.kind:
        case "decimal" | "Amount" | "Quantity":
            return Decimal(value)
        case "enum":
            return attribute.values.index(value)
        case "MultilanguageString":
            return "\n".join(value.values()).lower()
        case "string":
            return value if exact else value.lower()
    return value


def _compare(operator: str, get: Getter, values: list[Any]) -> Test:
    first = values[0]
    tests: dict[str, Callable[[Any], bool]] = {
        "eq": lambda value: value == first,
        "in": lambda value: value in values,
        "equalnull": lambda value: value is None or value == first,
        "ge": lambda value: value is not None and first is not None and value >= first,
        "le": lambda value: value is not None and first is not None and value <= first,
        "greaterequalnull": lambda value: value is None or (first is not None and value >= first),
        "lessequalnull": lambda value: value is None or (first is not None and value <= first),
        "contains": lambda value: value is not None and first in value,
        "startswith": lambda value: value is not None and value.startswith(first),
        "endswith": lambda value: value is not None and value.endswith(first),
    }
    test = tests[operator]
    return lambda row: test(get(row))
