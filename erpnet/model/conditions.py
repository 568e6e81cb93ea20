"""Which filters the server accepts."""

from __future__ import annotations

from collections.abc import Iterator

from erpnet.model.data import EntityData, kind_of, target_of
from erpnet.query import Condition, Term

# What a function of $filter asks of an attribute, in the model's words.
OPERATORS = {
    "contains": "like",
    "startswith": "like",
    "endswith": "like",
    "equalnull": "eq",
    "lessequalnull": "le",
    "greaterequalnull": "ge",
}


def condition_faults(place: str, entity: EntityData, condition: Condition | None) -> Iterator[str]:
    for term in condition.terms if condition is not None else ():
        yield from _term_faults(place, entity, term)


def passed(entity: EntityData, way: list[str]) -> EntityData | None:
    """The entity that a way of references leads to, all of which own it or are filterable; None where one is not.

    Docs: https://docs.erp.net/dev/domain-api/querying-data/filterable-references.html
    """
    last: EntityData | None = entity
    for step in way:
        reference = last["references"].get(step, {}) if last else {}
        is_open = reference.get("owner") or reference.get("filterable_reference")
        last = target_of(last, step) if last and is_open else None
    return last


def _term_faults(place: str, entity: EntityData, term: Term) -> Iterator[str]:
    *way, name = term.path.split("/")
    last = passed(entity, way)
    if last is None:
        yield f"{place} cannot be filtered through {'/'.join(way)}."
    elif not _accepts(last, name, term.operator):
        yield f"{place} cannot be filtered by {term.path} with {term.operator}."


def _accepts(entity: EntityData, name: str, operator: str) -> bool:
    """Amounts and quantities are compared as `<Name>Value`, multi-language texts by what they contain alone.

    References contain what their objects are found by, whatever the model lists for them.
    """
    bare = name.removesuffix("Value")
    if kind_of(entity, bare) in ("Amount", "Quantity"):
        return bare != name and _is_listed(entity, bare, operator)
    match kind_of(entity, name):
        case "MultilanguageString":
            return operator == "contains" and _is_listed(entity, name, operator)
        case "CustomPropertyValue":
            return operator == "eq"
        case "reference":
            return operator == "contains" or _is_listed(entity, name, operator)
        case _:
            return _is_listed(entity, name, operator)


def _is_listed(entity: EntityData, name: str, operator: str) -> bool:
    described = entity["attributes"].get(name) or entity["references"].get(name) or {}
    return OPERATORS.get(operator, operator) in described.get("filter", "").split(",")
