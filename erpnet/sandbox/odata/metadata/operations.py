"""Actions and functions of the metadata document.

Docs: https://docs.erp.net/dev/domain-api/operations/index.html, and "API Methods" on the page of each entity
"""

from xml.etree.ElementTree import Element

from erpnet.sandbox import edm
from erpnet.sandbox.edm import Operation, Parameter
from erpnet.sandbox.odata.metadata.types import COMPLEX, PLAIN
from erpnet.sandbox.odata.metadata.xml import add, annotate, full

BINDING = "bindingParameter"
OPEN_OBJECT = "OpenObject"
MANY = "Collection("


def add_operations(schema: Element) -> None:
    for operation in (*edm.names()["operations"], *UNBOUND):
        _add_operation(schema, operation)


def _add_operation(schema: Element, operation: Operation) -> None:
    is_bound = bool(operation["bound"])
    kind = "Action" if operation["action"] else "Function"
    element = add(schema, kind, Name=operation["name"], IsBound=True if is_bound else None)
    if is_bound:
        add(element, "Parameter", Name=BINDING, Type=_type(operation["bound"]), Nullable=False)
    for parameter in operation["parameters"]:
        optional = bool(parameter.get("optional"))
        added = add(
            element,
            "Parameter",
            Name=parameter["name"],
            Type=_type(parameter["type"]),
            Nullable=None if optional else False,
        )
        if optional:
            annotate(added, "OptionalParameter")
    if operation["returns"]:
        add(element, "ReturnType", Type=_type(operation["returns"]))


def _type(name: str) -> str:
    """The type in the service of what the model names: a plain type, an enumeration, an entity, or many of one."""
    if name.startswith(MANY):
        return f"{MANY}{_type(name.removeprefix(MANY).removesuffix(')'))})"
    if name in PLAIN:
        return PLAIN[name]
    if name in COMPLEX or name in (edm.ENTITY_OBJECT, OPEN_OBJECT):
        return full(name)
    return full(edm.names()["types"].get(name) or edm.enum_name(name))


def _unbound(
    name: str, returns: str | None, *parameters: tuple[str, str], action: bool = False, optional: bool = True
) -> Operation:
    given = [Parameter(name=one, type=kind, optional=optional) for one, kind in parameters]
    return Operation(name=name, bound="", action=action, returns=returns, parameters=given)


UNBOUND = (
    _unbound("BeginTransaction", "string", ("model", "string"), ("trackChanges", "boolean"), action=True),
    _unbound("EndTransaction", None, ("commit", "boolean"), action=True),
    _unbound("CreateAdjustmentDocuments", None, action=True),
    _unbound("GetChanges", OPEN_OBJECT),
    _unbound("WaitForChanges", OPEN_OBJECT),
    _unbound(
        "Import",
        OPEN_OBJECT,
        ("transaction", "string"),
        ("model", "string"),
        ("loggingLevel", "int32"),
        ("objects", f"{MANY}{OPEN_OBJECT})"),
        action=True,
    ),
    _unbound("ExecuteScript", OPEN_OBJECT, action=True),
    _unbound("GetRepositoryEvents", OPEN_OBJECT, ("repositoryName", "string"), optional=False),
    _unbound("GetVersion", OPEN_OBJECT),
    _unbound("GetRenamedEntityTypes", f"{MANY}{OPEN_OBJECT})"),
)
