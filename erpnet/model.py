"""What ERP.net's model allows: which names exist and which filters and orders the server accepts.

The data beside this module, `model.json`, is taken from the public repository ErpNetDocs/model (entities,
attributes, references and their flags), CC BY 4.0, https://creativecommons.org/licenses/by/4.0/.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

import orjson

from erpnet.query import Expansion, Query, Term

# What a function of $filter asks of an attribute, in the model's words.
OPERATORS = {
    "contains": "like",
    "startswith": "like",
    "endswith": "like",
    "equalnull": "eq",
    "lessequalnull": "le",
    "greaterequalnull": "ge",
}


class AttributeData(TypedDict, total=False):
    type: str
    filter: str
    orderby: bool
    nullable: bool
    readonly: bool
    required: bool
    category: str
    values: list[str]


class ReferenceData(TypedDict, total=False):
    target: str
    filter: str
    nullable: bool
    readonly: bool
    owner: bool
    filterable_reference: bool


class EntityData(TypedDict):
    """One entity as the file has it; the file holds more than is named here."""

    entity_set: str
    inherits: NotRequired[str]
    attributes: dict[str, AttributeData]
    references: dict[str, ReferenceData]
    collections: dict[str, str]
    methods: list[str]


@cache
def entities() -> dict[str, EntityData]:
    """All entities of the model by their name with dots, such as General.Products.Products."""
    return orjson.loads(Path(__file__).with_name("model.json").read_bytes())["entities"]


def entity_of(entity_set: str) -> EntityData | None:
    return next((one for one in entities().values() if one["entity_set"] == entity_set), None)


def kind_of(entity: EntityData, name: str) -> str | None:
    """The bare type of an attribute, or enum, reference or collection; None where there is no such name."""
    if name in entity["references"]:
        return "reference"
    if name in entity["collections"]:
        return "collection"
    attribute = entity["attributes"].get(name)
    if attribute is None:
        return None
    return "enum" if attribute.get("values") else attribute.get("type", "").split(" ")[0]


def faults_of(query: Query) -> list[str]:
    """What the server would refuse about a query: unknown names, filters and orders that it does not take."""
    entity = entity_of(query.entity_set)
    if entity is None:
        return [f"{query.entity_set} is not an entity set of the model."]
    found = [_unknown(query.entity_set, name) for name in query.selection if kind_of(entity, name) is None]
    for expansion in query.expansions:
        found.extend(_expansion_faults(query.entity_set, entity, expansion))
    for term in query.condition.terms if query.condition is not None else ():
        found.extend(_term_faults(query.entity_set, entity, term))
    for name, _ in query.orders:
        if not entity["attributes"].get(name, {}).get("orderby"):
            found.append(f"{query.entity_set} cannot be ordered by {name}.")
    return found


def _expansion_faults(entity_set: str, entity: EntityData, expansion: Expansion) -> Iterator[str]:
    target = _target(entity, expansion.name)
    if target is None:
        yield _unknown(entity_set, expansion.name)
        return
    for name in expansion.select:
        if kind_of(target, name) is None:
            yield _unknown(f"{entity_set}/{expansion.name}", name)


def _term_faults(entity_set: str, entity: EntityData, term: Term) -> Iterator[str]:
    *way, name = term.path.split("/")
    for step in way:
        reference = entity["references"].get(step, {})
        target = _target(entity, step)
        if target is None or not (reference.get("owner") or reference.get("filterable_reference")):
            yield f"{entity_set} cannot be filtered through {step}."
            return
        entity = target
    if OPERATORS.get(term.operator, term.operator) not in _operators(entity, name):
        yield f"{entity_set} cannot be filtered by {term.path} with {term.operator}."


def _operators(entity: EntityData, name: str) -> set[str]:
    """Amounts and quantities are compared as `<Name>Value`, multi-language texts by what they contain alone."""
    bare = name.removesuffix("Value")
    if kind_of(entity, bare) in ("Amount", "Quantity"):
        return set() if bare == name else _listed_operators(entity, bare)
    operators = _listed_operators(entity, name)
    return operators & {"like"} if kind_of(entity, name) == "MultilanguageString" else operators


def _listed_operators(entity: EntityData, name: str) -> set[str]:
    described = entity["attributes"].get(name) or entity["references"].get(name) or {}
    return set(described.get("filter", "").split(","))


def _target(entity: EntityData, name: str) -> EntityData | None:
    reference = entity["references"].get(name)
    target = reference["target"] if reference else entity["collections"].get(name, "")
    return entities().get(target)


def _unknown(place: str, name: str) -> str:
    return f"{place} has no {name}."
