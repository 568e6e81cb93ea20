"""The entity container: what can be asked for by name, and where references lead."""

from xml.etree.ElementTree import Element

from erpnet.sandbox.model import Model
from erpnet.sandbox.odata.metadata.operations import UNBOUND
from erpnet.sandbox.odata.metadata.xml import add, full


def add_container(schema: Element, model: Model) -> None:
    """An entity set for each entity, and the operations that belong to no entity."""
    container = add(schema, "EntityContainer", Name="Container")
    for entity in model.entities.values():
        entity_set = add(container, "EntitySet", Name=entity.entity_set, EntityType=full(entity.entity_type))
        targets = {name: reference.target for name, reference in entity.references.items()}
        for name, target in (targets | entity.collections).items():
            bound = model.get(target)
            if bound:
                add(entity_set, "NavigationPropertyBinding", Path=name, Target=bound.entity_set)
    for operation in UNBOUND:
        kind, name = ("Action" if operation["action"] else "Function"), operation["name"]
        add(container, f"{kind}Import", Name=name, **{kind: full(name)})
