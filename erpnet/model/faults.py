"""What the server would refuse about a query, told beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from erpnet.model.conditions import condition_faults
from erpnet.model.data import EntityData, entity_of, kind_of, target_of
from erpnet.model.groups import grouping_faults
from erpnet.query import Expansion, Query

# What a selection may name besides attributes: all that come without a selection.
DEFAULT = "default"


def faults_of(query: Query) -> list[str]:
    """What the server would refuse: names that it does not have, filters, orders and groups that it does not take.

    Custom properties and calculated attributes are another matter in each instance, and taken to be there. A
    reference that leads out of the model data is a fault: what is asked of its target cannot be looked up.
    """
    entity = entity_of(query.entity_set)
    if entity is None:
        return [f"{query.entity_set} is not an entity set of the model."]
    place = query.entity_set
    return [
        *_selection_faults(place, entity, query.selection),
        *_expansions_faults(place, entity, query.expansions),
        *condition_faults(place, entity, query.condition),
        *_search_faults(query, entity),
        *_order_faults(query, entity),
        *(grouping_faults(place, entity, query.grouping) if query.grouping else ()),
        *(_group_expansions_faults(place, entity, query.grouping.expansions) if query.grouping else ()),
    ]


def _selection_faults(place: str, entity: EntityData, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name != DEFAULT and kind_of(entity, name) is None:
            yield f"{place} has no {name}."


def _expansions_faults(place: str, entity: EntityData, expansions: Iterable[Expansion]) -> Iterator[str]:
    for expansion in expansions:
        if kind_of(entity, expansion.name) is None:
            yield f"{place} has no {expansion.name}."
        else:
            target = target_of(entity, expansion.name)
            yield from _expansion_faults(f"{place}/{expansion.name}", expansion, target)


def _expansion_faults(place: str, expansion: Expansion, target: EntityData | None) -> Iterator[str]:
    if target is None:
        yield f"{place} leads to nothing that the model data describes: it cannot be expanded."
        return
    yield from _selection_faults(place, target, expansion.select)
    yield from _expansions_faults(place, target, expansion.expand)


def _group_expansions_faults(
    place: str, entity: EntityData, expansions: Iterable[Expansion]
) -> Iterator[str]:
    for expansion in expansions:
        target: EntityData | None = entity
        for step in expansion.name.split("/"):
            target = target_of(target, step) if target else None
        yield from _expansion_faults(f"{place}/{expansion.name}", expansion, target)


def _search_faults(query: Query, entity: EntityData) -> Iterator[str]:
    if query.sought is not None and not (entity.get("search") or entity.get("display")):
        yield f"{query.entity_set} has nothing that a search looks into."


def _order_faults(query: Query, entity: EntityData) -> Iterator[str]:
    for name, _ in query.orders:
        if not entity["attributes"].get(name, {}).get("orderby"):
            yield f"{query.entity_set} cannot be ordered by {name}."
