"""Names of entity sets and types, and what ERP.net answers to those that it has given up.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/handling-renames.html
"""

from erpnet.sandbox.model import Entity, Model
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.renames import current_name
from erpnet.sandbox.values import odata_id, split_odata_id


def entity_of_set(model: Model, name: str, root: str) -> Entity:
    """The entity of a set. Raises Refusal with the new name for one that was renamed, ODataError 404 for any other."""
    if found := model.of_set(name):
        return found
    new = current_name(name)
    if new == name:
        raise ODataError(f"Resource not found for the segment '{name}'.", status=404)
    raise Refusal(
        f"The provided entity set name '{name}' is no more supported.\n"
        f"The new name of this entity is '{new}'.\n"
        f"List of all entity renames can be found at {root}GetRenamedEntityTypes."
    )


def current_id(model: Model, text: str) -> str:
    """An odata id by the name that its set has today. Raises ODataError for text that is none."""
    parts = split_odata_id(text)
    entity = model.of_set(current_name(parts[0])) if parts else None
    if parts is None or entity is None:
        raise ODataError(f"'{text}' is not the odata id of an object.")
    return odata_id(entity.entity_set, parts[1])


def entity_of_type(model: Model, name: str) -> Entity:
    """The entity of a type such as `Erp.General_Products_Product`; the namespace has to be there."""
    found = model.of_type(name) if name.startswith("Erp.") else None
    if found is None:
        raise ODataError(f"'{name}' is not an entity type.")
    return found
