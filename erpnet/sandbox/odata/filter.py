"""From the conditions of a filter to a test of rows, as far as the model lets each attribute be filtered."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from erpnet.sandbox.model import Attribute, Entity, Model, Property, Reference
from erpnet.sandbox.odata.convert import WHOLE_NUMBERS
from erpnet.sandbox.odata.display import search_text
from erpnet.sandbox.odata.errors import ODataError, Refusal, unknown_property
from erpnet.sandbox.odata.parse import Condition, Literal
from erpnet.sandbox.renames import current_name
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
TEXT_FUNCTIONS = {"contains", "startswith", "endswith"}
EXACT_CASE = {"ExternalId", "ExternalSystem"}


class Filter:
    """Builds tests for the rows of one entity."""

    def __init__(self, store: Store, entity: Entity, *, truncate: bool) -> None:
        self._store = store
        self._entity = entity
        self._truncate = truncate

    def test(self, conditions: list[Condition]) -> Test:
        tests = [self.test_of(condition) for condition in conditions]
        return lambda row: all(test(row) for test in tests)

    def test_of(self, condition: Condition) -> Test:
        """Raises ODataError for what the service cannot read, Refusal for what the model does not allow."""
        getter, found = self._path(condition.path)
        if condition.operator in TEXT_FUNCTIONS and condition.values[0].kind != "string":
            raise ODataError(
                f"'{condition.operator}' looks for a text, not for '{condition.values[0].value}'."
            )
        if condition.operator != "eq" and any(value.kind == "null" for value in condition.values):
            raise ODataError(f"'{condition.operator}' compares with a value, not with null.")
        if isinstance(found, Reference):
            return self._reference(condition, getter, found)
        _allow(condition, found.filters, found.kind)
        values = [_comparable(found, value, truncate=self._truncate) for value in condition.values]
        return _compare(condition.operator, lambda row: comparable(found, getter(row)), values)

    def _path(self, path: tuple[str, ...]) -> tuple[Getter, Property]:
        """How to come from a row to the value, and what the model says of it."""
        found = _property(entities_on(self._store.model, self._entity, path[:-1])[-1], path[-1])
        name = "Id" if isinstance(found, Attribute) and found.is_key else found.name
        return lambda row: walk(self._store, row, path[:-1]).get(name), found

    def _reference(self, condition: Condition, getter: Getter, reference: Reference) -> Test:
        if condition.operator == "contains" and reference.filters:
            sought = str(condition.values[0].value).lower()
            return lambda row: sought in self._text(getter(row))
        _allow(condition, reference.filters, "reference")
        keys = [self._key(value, reference) for value in condition.values]
        return _compare(condition.operator, lambda row: key_of(getter(row)), keys)

    def _text(self, reference: str | None) -> str:
        found = self._store.resolve(reference)
        return search_text(self._store, *found) if found else ""

    def _key(self, literal: Literal, reference: Reference) -> str | None:
        """The guid that a reference is compared with: it comes as an odata id in quotes."""
        if literal.kind == "null":
            return None
        parts = split_odata_id(str(literal.value)) if literal.kind == "string" else None
        if parts is None or not _leads_to(self._store.model, reference, current_name(parts[0])):
            raise ODataError(
                f"'{literal.value}' is not the odata id that a filter of '{reference.name}' needs."
            )
        return parts[1]


def entities_on(model: Model, entity: Entity, path: Sequence[str]) -> list[Entity]:
    """An entity and those that a path of references comes by: all of them owners or filterable."""
    passed = [entity]
    for name in path:
        reference = entity.references.get(name)
        if reference is None:
            raise unknown_property(entity, name)
        if not (reference.owner or reference.filterable):
            raise Refusal(f"The reference '{name}' of {entity.name} cannot be used in a path.")
        entity = model[reference.target]
        passed.append(entity)
    return passed


def walk(store: Store, row: Row, path: Sequence[str]) -> Row:
    """The row at the end of a path of references; an empty one where a link is missing."""
    for name in path:
        found = store.resolve(row.get(name))
        if found is None:
            return {}
        row = found[1]
    return row


def _leads_to(model: Model, reference: Reference, entity_set: str) -> bool:
    """Whether a reference can lead into a set: that of its target, of the target's base or of an heir."""
    target, named = model.get(reference.target), model.of_set(entity_set)
    if target is None or named is None:
        return entity_set == reference.target.replace(".", "_")
    return named is target or target.inherits == named.name or named.inherits == target.name


def _property(entity: Entity, name: str) -> Property:
    found = entity.property(name)
    if found is None and name.endswith("Value"):
        found = entity.attributes.get(name.removesuffix("Value"))
        found = found if found and found.has_value_and_unit else None
    elif isinstance(found, Attribute) and found.has_value_and_unit:
        raise ODataError(f"'{name}' has a value and a unit; filter by '{name}Value'.")
    if found is None:
        raise unknown_property(entity, name)
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
        case "guid" | "time", "guid" | "time" if attribute.kind == literal.kind:
            return value
        case "int32", "number" if value == int(value or 0) in WHOLE_NUMBERS:
            return value
        case "decimal" | "Amount" | "Quantity", "number":
            return value
        case "enum", "string" if value in attribute.values:
            return attribute.values.index(str(value))
        case "enum", "member" if value in attribute.values and literal.enum == f"Erp.{attribute.enum}":
            return attribute.values.index(str(value))
        case "string" | "MultilanguageString" | "CustomPropertyValue", "string":
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
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ODataError(f"'{text}' lies outside of the years that there are.") from None
    return time_text(datetime.combine(moment.date(), time(), UTC) if truncate else moment)


def comparable(attribute: Attribute, value: Any) -> Any:
    """A stored value as one that compares with literals and with others of its kind."""
    if value is None:
        return None
    match attribute.kind:
        case "decimal" | "Amount" | "Quantity":
            return Decimal(value)
        case "enum":
            return attribute.values.index(value)
        case "MultilanguageString":
            return "\n".join(value.values()).lower()
        case "CustomPropertyValue":
            return value["Value"].lower()
        case "string":
            return value if attribute.name in EXACT_CASE else value.lower()
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
