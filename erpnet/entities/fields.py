"""How an entity of ERP.net becomes a typed dataclass.

    from erpnet.entities import fields as erp

    @erp.entity("General_Products_Products")
    class Product(erp.Entity):
        id: UUID = erp.guid("Id")
        part_number: str = erp.text("PartNumber")

Each field names its attribute once: the select list, the expansions, the reading of rows and the writing of
bodies come from there. Empty texts read as "", other empty values as None where the field says `null=True`.
A field with `selected=False` is None until it is asked for by `also=`, and can be written like any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

from erpnet.entities import kinds
from erpnet.entities.base import Entity
from erpnet.entities.kinds import Source
from erpnet.values import custom_property

__all__ = [
    "Entity",
    "amount",
    "children",
    "custom",
    "data",
    "day",
    "entity",
    "flag",
    "guid",
    "link",
    "moment",
    "number",
    "part",
    "quantity",
    "text",
    "words",
]


def guid(name: str) -> Any:
    return _field(Source(name, kinds.GUID))


def text(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, kinds.TEXT, null, selected))


def words(name: str, *, selected: bool = True) -> Any:
    """A multi-language text; empty where there is none."""
    return _field(Source(name, kinds.WORDS, selected=selected), hashed=False)


def flag(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, kinds.FLAG, null, selected))


def number(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, kinds.NUMBER, null, selected))


def moment(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, kinds.MOMENT, null, selected))


def day(name: str, *, null: bool = False, selected: bool = True) -> Any:
    """A date. ERP.net writes one as its midnight, and many of its date-times are dates in fact."""
    return _field(Source(name, kinds.DAY, null, selected))


def amount(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, kinds.AMOUNT, null, selected))


def quantity(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, kinds.QUANTITY, null, selected))


def link(name: str, *, null: bool = False, selected: bool = True) -> Any:
    """A reference to another object."""
    return _field(Source(name, kinds.LINK, null, selected))


def data(name: str, *, selected: bool = True) -> Any:
    """What applications keep in the object, as text; `AdditionalData` reads and writes it."""
    return _field(Source(name, kinds.DATA, selected=selected))


def custom(code: str, *, selected: bool = True) -> Any:
    """A custom property, by its code; None where the object has none."""
    return _field(Source(custom_property(code), kinds.CUSTOM, null=True, selected=selected), hashed=False)


def part(name: str, child: type[Entity], *, null: bool = False) -> Any:
    """The object that a reference leads to, loaded along."""
    return _field(Source(name, kinds.part(child.from_row), null, child=child))


def children(name: str, child: type[Entity]) -> Any:
    """A list of child objects, loaded along."""
    return _field(Source(name, kinds.children(child.from_row), child=child))


_SOURCE = "source"
_Made = TypeVar("_Made", bound=Entity)


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(
        guid,
        text,
        words,
        flag,
        number,
        moment,
        day,
        amount,
        quantity,
        link,
        data,
        custom,
        part,
        children,
    ),
)
def entity(entity_set: str) -> Callable[[type[_Made]], type[_Made]]:
    """Make a class with the fields above the typed form of an entity set."""

    def decorate(cls: type[_Made]) -> type[_Made]:
        made: Any = dataclasses.dataclass(frozen=True, slots=True)(cls)
        made.ENTITY_SET = entity_set
        made.SOURCES = tuple(
            dataclasses.replace(field.metadata[_SOURCE], field=field.name)
            for field in dataclasses.fields(made)
        )
        return made

    return decorate


def _field(source: Source, *, hashed: bool = True) -> Any:
    """Texts in several languages have no hash: an entity goes without them there, so that it can be a key."""
    return dataclasses.field(hash=hashed, metadata={_SOURCE: source})
