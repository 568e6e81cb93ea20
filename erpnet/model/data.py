"""The model data: which names ERP.net has, and what it says of each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

import orjson

from erpnet.values import CUSTOM_PROPERTY

# How attributes are named that an instance computes by rules of its owner.
CALCULATED = "CalculatedAttribute_"
# The attributes that hold a key: some bases have one under a name of their own.
_KEYS = ("Id", "PartyId", "DocumentId")
_HAS_CUSTOM_PROPERTIES = "GetAllowedCustomPropertyValues"


class AttributeData(TypedDict, total=False):
    type: str
    filter: str
    orderby: bool
    nullable: bool
    readonly: bool
    required: bool
    category: str
    values: list[str]
    max_length: str


class ReferenceData(TypedDict, total=False):
    target: str
    filter: str
    nullable: bool
    readonly: bool
    owner: bool
    filterable_reference: bool


class EntityData(TypedDict):
    """One entity as the file has it; the file holds more than is named here.

    `search` and `display` name the attributes that a search looks into.
    """

    entity_set: str
    search: NotRequired[str]
    display: NotRequired[str]
    inherits: NotRequired[str]
    attributes: dict[str, AttributeData]
    references: dict[str, ReferenceData]
    collections: dict[str, str]
    methods: list[str]


@cache
def entities() -> dict[str, EntityData]:
    """All entities of the model by their name with dots, such as General.Products.Products."""
    return orjson.loads(Path(__file__).parent.with_name("model.json").read_bytes())["entities"]


def entity_of(entity_set: str) -> EntityData | None:
    return next((one for one in entities().values() if one["entity_set"] == entity_set), None)


def kind_of(entity: EntityData, name: str) -> str | None:
    """The bare type of an attribute, or enum, reference or collection; None where there is no such name.

    Custom properties have the kind CustomPropertyValue and calculated attributes of an instance the kind calculated:
    which of them there are, an instance alone knows.
    """
    if name in entity["references"]:
        return "reference"
    if name in entity["collections"]:
        return "collection"
    if name.startswith(CUSTOM_PROPERTY):
        return "CustomPropertyValue" if _HAS_CUSTOM_PROPERTIES in entity["methods"] else None
    if name.startswith(CALCULATED):
        return "calculated"
    attribute = entity["attributes"].get(name)
    if attribute is None:
        return None
    return "enum" if attribute.get("values") else attribute.get("type", "").split(" ")[0]


def key_of(entity: EntityData) -> str | None:
    """The attribute that holds an entity's key; None for a view, which has none."""
    return next((name for name in _KEYS if name in entity["attributes"]), None)


def target_of(entity: EntityData, name: str) -> EntityData | None:
    """What a reference or a child list leads to; None where there is no such name, or no data of its target."""
    reference = entity["references"].get(name)
    return entities().get(reference["target"] if reference else entity["collections"].get(name, ""))
