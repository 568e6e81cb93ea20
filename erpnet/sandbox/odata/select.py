"""What to send of an entity: the attributes that were asked for or come by default, and what is expanded."""

from dataclasses import dataclass

from erpnet.sandbox.model import Attribute, Entity, Model, Reference
from erpnet.sandbox.odata.clauses import Expansion
from erpnet.sandbox.odata.errors import ODataError, unknown_property


@dataclass(frozen=True, slots=True)
class Child:
    """A collection to send: the rows of `entity` whose reference `back` leads to the parent."""

    entity: Entity
    back: str
    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of an entity to send, in order. A reference without a shape goes as its odata id alone."""

    entity: Entity
    attributes: tuple[Attribute, ...]
    references: tuple[tuple[Reference, "Shape | None"], ...]
    children: tuple[tuple[str, Child], ...]


def shape_of(model: Model, entity: Entity, select: tuple[str, ...], expand: tuple[Expansion, ...]) -> Shape:
    """Raises ODataError for a name that the entity does not have."""
    names = _selected(entity, select)
    expanded = {one.name: one for one in expand}
    for name in [*names, *expanded]:
        if name not in entity.attributes and name not in entity.references and name not in entity.collections:
            raise unknown_property(entity, name)
    for name in expanded:
        if name in entity.attributes:
            raise ODataError(f"'{name}' of '{entity.entity_set}' is a value and cannot be expanded.")
    return Shape(
        entity,
        tuple(one for one in entity.attributes.values() if one.name in names),
        tuple(
            (one, _nested(model, one.target, expanded.get(one.name)))
            for one in entity.references.values()
            if one.name in names or one.name in expanded
        ),
        tuple(
            (name, _child(model, entity, name, expanded.get(name)))
            for name in entity.collections
            if name in names or name in expanded
        ),
    )


def _selected(entity: Entity, select: tuple[str, ...]) -> set[str]:
    names = set(select)
    if not names or names & {"*", "default"}:
        names |= {one.name for one in entity.attributes.values() if one.selected_by_default}
        names |= set(entity.references)
    return names - {"*", "default"}


def _nested(model: Model, target: str, expansion: Expansion | None) -> Shape | None:
    entity = model.get(target)
    if expansion is None or expansion.links:
        return None
    if entity is None:
        raise ODataError(f"'{expansion.name}' leads to '{target}', which this instance does not have.")
    return shape_of(model, entity, expansion.select, expansion.expand)


def _child(model: Model, parent: Entity, name: str, expansion: Expansion | None) -> Child:
    entity = model.get(parent.collections[name])
    back = entity.reference_to(parent) if entity else None
    if entity is None or back is None:
        raise ODataError(f"The collection '{name}' of '{parent.entity_set}' is not kept by this instance.")
    if expansion is None or expansion.links:
        return Child(entity, back.name, Shape(entity, (), (), ()))
    return Child(entity, back.name, shape_of(model, entity, expansion.select, expansion.expand))
