"""ERP.net's entities as the model data describes them: what exists, what it is made of and what may be asked of it."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from erpnet.model import entities
from erpnet.sandbox import edm
from erpnet.sandbox.stored_attributes import STORED_ATTRIBUTES, StoredAttribute

# The server computes or keeps these itself; they come only when a query names them.
CALCULATED = "Calculated Attributes"
OF_THE_OWNER = "Custom Properties"
NOT_SELECTED_BY_DEFAULT = {CALCULATED, "Delay Loaded Attributes", "Extensible Data Object", OF_THE_OWNER}
# The attributes that hold an entity's key: some bases have one under a name of their own.
KEYS = ("Id", "PartyId", "DocumentId")
# How long what every extensible data object has may be, which its entities do not repeat.
# Docs: https://docs.erp.net/model/entities/Systems.Internal.ExtensibleDataObjects.html
LENGTHS = {"ExternalId": 254, "ExternalSystem": 64, "AdditionalDataJson": 32_000}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value of an entity. `kind` is the bare type; `unit` and `currency` are paths to what it is counted in.

    `enum` names the enumeration in the service; `stored` is set where the instance's owner added the attribute.
    """

    name: str
    kind: str
    filters: frozenset[str]
    orderable: bool
    required: bool
    nullable: bool
    read_only: bool
    category: str | None
    values: tuple[str, ...]
    default: str | None
    max_length: int | None
    scale: int
    unit: str | None
    currency: str | None
    enum: str | None = None
    stored: StoredAttribute | None = None
    precision: int | None = None

    @property
    def is_key(self) -> bool:
        return self.name in KEYS

    @property
    def selected_by_default(self) -> bool:
        return not self.is_key and self.category not in NOT_SELECTED_BY_DEFAULT

    @property
    def has_value_and_unit(self) -> bool:
        return self.kind in {"Amount", "Quantity"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A link from an entity to another: to its owner, if `owner`; open to filters by path, if `filterable`."""

    name: str
    target: str
    filters: frozenset[str]
    owner: bool
    filterable: bool
    required: bool
    nullable: bool
    read_only: bool


Property = Attribute | Reference


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """One entity with its attributes, references and child collections, each by name."""

    name: str
    entity_set: str
    entity_type: str
    base_table: str | None
    inherits: str | None
    root: str
    code_member: str | None
    name_member: str | None
    display: str
    search: tuple[str, ...]
    attributes: dict[str, Attribute]
    references: dict[str, Reference]
    collections: dict[str, str]
    methods: frozenset[str]

    @property
    def is_view(self) -> bool:
        """Views have no key: their rows cannot be addressed and page by position."""
        return self.base_table is None

    @property
    def is_document(self) -> bool:
        return self.inherits == "General.Documents.Documents"

    @property
    def key(self) -> Attribute | None:
        """The attribute of its key; views have none."""
        return next((self.attributes[name] for name in KEYS if name in self.attributes), None)

    def property(self, name: str) -> Property | None:
        return self.attributes.get(name) or self.references.get(name)

    def reference_to(self, parent: "Entity") -> Reference | None:
        """The reference of this child entity that leads to its parent, or to the base that the parent is one of."""
        for target in (parent.name, parent.inherits):
            found = [one for one in self.references.values() if one.target == target]
            if found:
                return next((one for one in found if one.owner), found[0])
        return None


class Model:
    """All entities, by name and by entity set."""

    def __init__(self, by_name: dict[str, Entity]) -> None:
        self.entities = by_name
        self._by_set = {entity.entity_set: entity for entity in by_name.values()}
        self._by_type = {entity.entity_type: entity for entity in by_name.values()}
        self._heirs: dict[str, list[Entity]] = {name: [] for name in by_name}
        for entity in by_name.values():
            if entity.inherits in self._heirs:
                self._heirs[entity.inherits].append(entity)

    def __getitem__(self, name: str) -> Entity:
        return self.entities[name]

    def get(self, name: str) -> Entity | None:
        return self.entities.get(name)

    def of_set(self, entity_set: str) -> Entity | None:
        return self._by_set.get(entity_set)

    def of_type(self, name: str) -> Entity | None:
        """The entity of a type, with or without the service's namespace: `Erp.General_Products_Product`."""
        return self._by_type.get(name.removeprefix("Erp."))

    def heirs(self, entity: Entity) -> list[Entity]:
        """The concrete entities that share a base, as companies and persons share `Parties`."""
        return self._heirs[entity.name]


@cache
def load_model() -> Model:
    """The entities that the documentation describes; the data names a few more that it does not."""
    types = edm.names()["types"]
    return Model(
        {name: _entity(name, types[name], {**fields}) for name, fields in entities().items() if name in types}
    )


def _entity(name: str, entity_type: str, fields: dict[str, Any]) -> Entity:
    attributes = {key: _attribute(name, key, one) for key, one in fields.get("attributes", {}).items()}
    return Entity(
        name=name,
        entity_set=fields["entity_set"],
        entity_type=entity_type,
        base_table=fields.get("base_table"),
        inherits=fields.get("inherits"),
        root=fields.get("aggregate_root", name),
        code_member=fields.get("code_member"),
        name_member=fields.get("name_member"),
        display=fields.get("display", ""),
        search=tuple(part.strip() for part in fields.get("search", "").split(";") if part.strip()),
        attributes=attributes | _stored_attributes(name),
        references={key: _reference(key, one) for key, one in fields.get("references", {}).items()},
        collections=fields.get("collections", {}),
        methods=frozenset(fields.get("methods", ())),
    )


def _attribute(entity: str, name: str, fields: dict[str, Any]) -> Attribute:
    # Long names of values came with marks where a browser may break the line.
    values = tuple(value.replace("<br />", "") for value in fields.get("values", ()))
    default: str | None = fields.get("default")
    return Attribute(
        name=name,
        kind="enum" if values else str(fields.get("type", "string")).split(" ", 1)[0],
        filters=_operators(fields),
        orderable=bool(fields.get("orderby")),
        required=bool(fields.get("required")),
        nullable=bool(fields.get("nullable")),
        read_only=bool(fields.get("readonly")),
        category=fields.get("category"),
        values=values,
        default=edm.member(entity, name, int(default))
        if values and default and default.isdigit()
        else default,
        max_length=_length(name, fields),
        scale=_scale(str(fields.get("type", ""))),
        unit=fields.get("unit"),
        currency=fields.get("currency"),
        enum=edm.enum_of(entity, name),
        precision=_precision(str(fields.get("type", ""))),
    )


def _stored_attributes(entity: str) -> dict[str, Attribute]:
    """The attributes that the instance's owner added, which can be compared by `eq` alone."""
    found = {}
    for stored in STORED_ATTRIBUTES:
        if stored.entity == entity:
            found[stored.name] = Attribute(
                name=stored.name,
                kind="CustomPropertyValue",
                filters=frozenset({"eq"}),
                orderable=False,
                required=False,
                nullable=True,
                read_only=False,
                category=OF_THE_OWNER,
                values=(),
                default=None,
                max_length=None,
                scale=0,
                unit=None,
                currency=None,
                stored=stored,
            )
    return found


def _reference(name: str, fields: dict[str, Any]) -> Reference:
    return Reference(
        name=name,
        target=fields.get("target", ""),
        filters=_operators(fields),
        owner=bool(fields.get("owner")),
        filterable=bool(fields.get("filterable_reference")),
        required=bool(fields.get("required")),
        nullable=bool(fields.get("nullable")),
        read_only=bool(fields.get("readonly")),
    )


def _length(name: str, fields: dict[str, Any]) -> int | None:
    """The characters of a text, or of one in each language such as `MultilanguageString (254)`."""
    length = re.search(r"\((\d+)\)$", str(fields.get("type", "")))
    return int(length[1]) if length else LENGTHS.get(name)


def _operators(fields: dict[str, Any]) -> frozenset[str]:
    return frozenset(part for part in fields.get("filter", "").split(",") if part)


def _scale(kind: str) -> int:
    """The decimals of a type such as `Quantity (18, 3)`."""
    _, comma, rest = kind.partition(", ")
    return int(rest.rstrip(")")) if comma else 0


def _precision(kind: str) -> int | None:
    """The digits of a type such as `Quantity (18, 3)`, before and behind the point."""
    head, comma, _ = kind.partition(", ")
    return int(head.rpartition("(")[2]) if comma else None
