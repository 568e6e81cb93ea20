"""The parameters of an operation: what a request gives, checked against what the model says it takes."""

import re
from typing import Any

from erpnet.sandbox import edm
from erpnet.sandbox.edm import Operation, Parameter
from erpnet.sandbox.model import Model
from erpnet.sandbox.odata.context import Context
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.metadata.operations import UNBOUND
from erpnet.sandbox.odata.renames import current_id
from erpnet.sandbox.store import Store

Given = dict[str, Any]

OPERATIONS: dict[str, Operation] = {one["name"]: one for one in (*edm.names()["operations"], *UNBOUND)}
PLAIN: dict[str, type] = {"string": str, "boolean": bool, "int32": int}

_ARGUMENT = re.compile(r"\s*(\w+)\s*=\s*('(?:[^']|'')*'|-?\d+|true|false|null)\s*(,|$)")


def parameters(context: Context, name: str) -> Given:
    """The parameters of an operation by name, None where an optional one is not given.

    Actions take them from the body, functions from the parentheses in the address. References come as what they lead
    to. Raises ODataError for what is missing, unknown or of another type.
    """
    operation = OPERATIONS[name]
    given = context.call.data() if operation["action"] else _arguments(context.call.path.arguments or "")
    known = {one["name"]: one for one in operation["parameters"]}
    if unknown := set(given) - set(known):
        raise ODataError(f"'{name}' has no parameter '{min(unknown)}'.")
    return {one: _value(context, name, known[one], given.get(one)) for one in known}


def _value(context: Context, operation: str, parameter: Parameter, value: Any) -> Any:
    name, kind = parameter["name"], parameter["type"]
    if value is None:
        if not parameter.get("optional"):
            raise ODataError(f"'{operation}' needs its parameter '{name}'.")
        return None
    if kind in PLAIN:
        fits = isinstance(value, PLAIN[kind]) and (kind == "boolean" or not isinstance(value, bool))
    elif kind in edm.names()["enums"]:
        fits = isinstance(value, str) and value in edm.names()["enums"][kind]
    elif kind.startswith("Collection("):
        fits = isinstance(value, list) and all(isinstance(one, dict) for one in value)
    else:
        return _reference(context.instance.model, context.instance.store, kind, name, value)
    if not fits:
        raise ODataError(f"The value '{value}' does not fit the parameter '{name}' of '{operation}'.")
    return value


def _reference(model: Model, store: Store, target: str, name: str, value: Any) -> Any:
    address = value.get("@odata.id") if isinstance(value, dict) else None
    if not isinstance(address, str):
        raise ODataError(f"The parameter '{name}' has to be an object with an @odata.id.")
    if model.get(target) is None:
        raise Refusal(f"This instance keeps no {target} for '{name}' to lead to.")
    found = store.resolve(current_id(model, address))
    if found is None or found[0].name != target:
        raise Refusal(f"'{address}' is not one of {target}.", parameters=[address, target])
    return found


def _arguments(text: str) -> Given:
    given: Given = {}
    place = 0
    while text[place:].strip():
        match = _ARGUMENT.match(text, place)
        if match is None or match[1] in given:
            raise ODataError(f"Syntax error in the arguments '{text}'.")
        given[match[1]] = _literal(match[2])
        place = match.end()
    return given


def _literal(text: str) -> Any:
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    return text[1:-1].replace("''", "'") if text.startswith("'") else int(text)
