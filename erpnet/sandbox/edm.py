"""What the model data leaves out and the service's `$metadata` needs: names of types, enumerations and methods.

`edm.json` beside this module is taken from the public repository ErpNetDocs/model, CC BY 4.0,
https://creativecommons.org/licenses/by/4.0/.
"""

from functools import cache
from pathlib import Path
from typing import TypedDict

import orjson

# The one enumeration whose name in the service the documentation shows:
# https://docs.erp.net/dev/domain-api/common-tasks/query-examples.html
KNOWN_NAMES = {"General.Documents.DocumentState": "General_DocumentState"}
ENTITY_OBJECT = "EntityObject"


class Parameter(TypedDict, total=False):
    """A parameter of a method; `type` is a plain type, an enumeration or the name of an entity."""

    name: str
    type: str
    optional: bool


class Operation(TypedDict):
    """A method of an entity, `bound` to the one that declares it. Actions are posted, functions are read."""

    name: str
    bound: str
    action: bool
    returns: str | None
    parameters: list[Parameter]


class Names(TypedDict):
    """The file: entity types by entity, members of enumerations with their numbers, methods."""

    types: dict[str, str]
    enums: dict[str, dict[str, int]]
    enum_of: dict[str, dict[str, str]]
    operations: list[Operation]


@cache
def names() -> Names:
    content: Names = orjson.loads(Path(__file__).with_name("edm.json").read_bytes())
    return content


def enum_name(name: str) -> str:
    """The name of an enumeration in the service, such as `General_DocumentState`."""
    return KNOWN_NAMES.get(name) or name.replace(".", "_")


def member(entity: str, attribute: str, number: int) -> str | None:
    """The member of an attribute's enumeration that has a number: some count from 1, some with gaps."""
    members = names()["enums"].get(names()["enum_of"].get(entity, {}).get(attribute, ""), {})
    return next((name for name, own in members.items() if own == number), None)


def enum_of(entity: str, attribute: str) -> str | None:
    """The enumeration of an attribute by its name in the service."""
    found = names()["enum_of"].get(entity, {}).get(attribute)
    return enum_name(found) if found else None
