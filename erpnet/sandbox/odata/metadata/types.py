"""Enumerations, complex types and entity types of the metadata document."""

from xml.etree.ElementTree import Element

from erpnet.sandbox import edm
from erpnet.sandbox.model import Attribute, Entity, Model
from erpnet.sandbox.odata.metadata.xml import add, annotate, full

# The values of `date` attributes go over the wire with a time of day, hence the type.
PLAIN = {
    "string": "Edm.String",
    "guid": "Edm.Guid",
    "boolean": "Edm.Boolean",
    "int32": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "date": "Edm.DateTimeOffset",
    "datetime": "Edm.DateTimeOffset",
    "time": "Edm.TimeOfDay",
    "byte[]": "Edm.Binary",
}
UNLIMITED = 2**31 - 1
COMPLEX = {"Amount", "Quantity", "MultilanguageString", "CustomPropertyValue"}
# Docs: https://docs.erp.net/dev/domain-api/complex-types/index.html
MEMBERS = {
    "Amount": (("Value", "Edm.Decimal"), ("Currency", "Edm.String")),
    "Quantity": (("Value", "Edm.Decimal"), ("Unit", "Edm.String")),
    "CustomPropertyValue": (
        ("Value", "Edm.String"),
        ("Description", full("MultilanguageString")),
        ("ValueId", "Edm.Guid"),
    ),
}
# One text per language, grouped rows, and what methods answer: the names of their properties are not known before.
OPEN = ("MultilanguageString", "OpenObject", "ErpNet_Model_OData_ValueTextPair")


def add_enum_types(schema: Element) -> None:
    for name, members in edm.names()["enums"].items():
        enum = add(schema, "EnumType", Name=edm.enum_name(name))
        for member, value in members.items():
            add(enum, "Member", Name=member, Value=str(value))


def add_complex_types(schema: Element) -> None:
    for name in OPEN:
        add(schema, "ComplexType", Name=name, OpenType=True)
    for name, members in MEMBERS.items():
        element = add(schema, "ComplexType", Name=name)
        for member, kind in members:
            scale = "variable" if kind == "Edm.Decimal" else None
            add(element, "Property", Name=member, Type=kind, Scale=scale)


def add_entity_types(schema: Element, model: Model) -> None:
    """All of the model, and by its key alone each type that one of them leads to and that is not served itself."""
    add(schema, "EntityType", Name=edm.ENTITY_OBJECT, Abstract=True)
    for name, entity_type in edm.names()["types"].items():
        entity = model.get(name)
        if entity:
            _add_entity_type(schema, model, entity)
        else:
            element = add(schema, "EntityType", Name=entity_type, BaseType=full(edm.ENTITY_OBJECT))
            _add_key(element, "Id")
            add(element, "Property", Name="Id", Type="Edm.Guid", Nullable=False)


def _add_entity_type(schema: Element, model: Model, entity: Entity) -> None:
    """A base of others is abstract and has no key of its own: its heirs name their keys differently."""
    base = _base(model, entity)
    is_base = bool(model.heirs(entity))
    element = add(
        schema,
        "EntityType",
        Name=entity.entity_type,
        BaseType=full(base.entity_type if base else edm.ENTITY_OBJECT),
        Abstract=True if is_base else None,
    )
    if entity.key and not is_base:
        _add_key(element, entity.key.name)
    for attribute in entity.attributes.values():
        if not (attribute.is_key and is_base) and not (base and attribute.name in base.attributes):
            _add_property(element, attribute)
    _add_navigation(element, entity, base)


def _base(model: Model, entity: Entity) -> Entity | None:
    """The entity that it is one of: some share no more than a base's table, and lack some of its attributes."""
    base = model.get(entity.inherits or "")
    lacks = base and [
        one for one in base.attributes.values() if not one.is_key and not entity.property(one.name)
    ]
    return None if lacks else base


def _add_navigation(element: Element, entity: Entity, base: Entity | None) -> None:
    types = edm.names()["types"]
    for reference in entity.references.values():
        if not (base and reference.name in base.references):
            target = full(types.get(reference.target, edm.ENTITY_OBJECT))
            nullable = None if not reference.required else False
            add(element, "NavigationProperty", Name=reference.name, Type=target, Nullable=nullable)
    for name, child in entity.collections.items():
        if not (base and name in base.collections):
            add(element, "NavigationProperty", Name=name, Type=f"Collection({full(types[child])})")


def _add_key(element: Element, name: str) -> None:
    add(add(element, "Key"), "PropertyRef", Name=name)


def _add_property(element: Element, attribute: Attribute) -> None:
    kind = _type(attribute)
    if kind is None:
        return
    is_filled = attribute.is_key or (attribute.required and not attribute.nullable)
    length = attribute.max_length if kind == "Edm.String" else None
    scale = str(attribute.scale) if kind == "Edm.Decimal" else None
    added = add(
        element,
        "Property",
        Name=attribute.name,
        Type=kind,
        Nullable=False if is_filled else None,
        MaxLength="max" if length == UNLIMITED else str(length) if length else None,
        Scale=scale,
    )
    if attribute.read_only:
        annotate(added, "Computed")


def _type(attribute: Attribute) -> str | None:
    """The type in the service; None for the few calculated attributes that the model gives the type of an entity."""
    if attribute.enum:
        return full(attribute.enum)
    return full(attribute.kind) if attribute.kind in COMPLEX else PLAIN.get(attribute.kind)
