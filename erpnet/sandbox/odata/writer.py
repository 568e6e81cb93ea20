"""Carrying out one write: find or create the object, set what the request names, then what it holds.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from erpnet.sandbox.defaults import fill_defaults
from erpnet.sandbox.model import CALCULATED, Attribute, Entity, Reference
from erpnet.sandbox.odata.checks import KEPT_BY_THE_SERVER, stale
from erpnet.sandbox.odata.convert import stored_value
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.odata.duplicates import check_new
from erpnet.sandbox.odata.errors import INVALID_OPERATION, ODataError, Refusal, unknown_property
from erpnet.sandbox.odata.find import CREATES, FINDS, Data, Finder, Found
from erpnet.sandbox.odata.renames import entity_of_type
from erpnet.sandbox.odata.rules import complete
from erpnet.sandbox.store import Work, reference_to
from erpnet.sandbox.tables import changed_names
from erpnet.sandbox.values import Row, key_of, odata_id

ANNOTATIONS = {"@erpnet.action", "@erpnet.findBy", "@odata.id", "@odata.type", "@odata.context"}
NOT_SET = {"ObjectVersion"}
BIND = "@odata.bind"
DELETE = "delete"


class Writer:
    """Gathers the changes of one object and all it holds in a work.

    `frontend` is the model whose rules apply. Deleting by annotation is for imports alone.
    """

    def __init__(self, work: Work, *, frontend: bool, deletes: bool = False) -> None:
        self.work = work
        self._frontend = frontend
        self._deletes = deletes
        self._finder = Finder(work)

    def save(self, entity: Entity, data: Data, action: str, owner: Row | None = None) -> Found | None:
        """Find, create, change or delete an object, as `action` says. None where it may be missing and is."""
        self._check_action(action, data)
        entity = self._typed(entity, data)
        matches = None if action == "create" else self._finder.matches(entity, data)
        if owner and matches:
            matches = [one for one in matches if self._belongs(*one, owner)]
        if not matches:
            return self._missing(entity, data, action, owner)
        if action.startswith("findSingle") and len(matches) > 1:
            if action == "findSingleOrNull":
                return None
            raise _not_found(f"More than one object found: {entity.entity_type}", data, action)
        if action in {"update", "merge"}:
            self.change(*matches[0], data)
        elif action == DELETE:
            self.delete(*matches[0])
        return matches[0]

    def update(self, entity: Entity, stored: Row, data: Data) -> None:
        """Change the object of an address; data that name a type name its type."""
        self._typed(entity, data)
        self.change(entity, stored, data)

    def change(self, entity: Entity, stored: Row, data: Data) -> None:
        """Change an object. With an ObjectVersion the change is refused unless its aggregate still has it."""
        self._expect(entity, stored, data)
        row = self.work.edit(entity, stored["Id"])
        before = dict(row)
        self._fill(entity, row, data)
        if changed_names(before, row):
            self._firm(entity, row)

    def delete(self, entity: Entity, row: Row) -> None:
        """Delete an object with its child rows."""
        self._firm(entity, row)
        for name in entity.collections.values():
            child = self.work.model.get(name)
            if child and child.root in {entity.name, entity.inherits}:
                for one in self.work.children(child, row["Id"]):
                    self.work.remove(child, one)
        self.work.remove(entity, row)

    def add_to(self, entity: Entity, owner: Row, collection: str, data: Data) -> Found | None:
        """Save an object as a member of a collection of another."""
        child = self.work.model.get(entity.collections[collection])
        if child is None:
            raise ODataError(f"This instance keeps no '{collection}' of {entity.entity_type}.")
        return self.save(child, data, str(data.get("@erpnet.action", "create")), owner)

    def _check_action(self, action: str, data: Data) -> None:
        if action not in {"create", "update", "merge", DELETE} | FINDS:
            raise ODataError(f"'{action}' is not an @erpnet.action.")
        if action == DELETE and not self._deletes:
            raise ODataError("The @erpnet.action 'delete' is for Import; elsewhere objects go by DELETE.")
        if action in {"create", "update"} and "@erpnet.findBy" in data:
            raise ODataError(f"@erpnet.findBy is not applicable to the @erpnet.action '{action}'.")

    def _typed(self, entity: Entity, data: Data) -> Entity:
        """The entity that the data's own type names: itself or an heir."""
        if "@odata.type" not in data:
            return entity
        named = entity_of_type(self.work.model, str(data["@odata.type"]))
        if named is not entity and named.inherits != entity.name:
            raise ODataError(f"'{data['@odata.type']}' is not a type of {entity.entity_set}.")
        return named

    def _missing(self, entity: Entity, data: Data, action: str, owner: Row | None) -> Found | None:
        if action in {"findOrNull", "findSingleOrNull"}:
            return None
        if action not in CREATES:
            raise _not_found(f"Object not found: {entity.entity_type}", data, action)
        return self._create(entity, data, owner)

    def _create(self, entity: Entity, data: Data, owner: Row | None) -> Found:
        if self.work.model.heirs(entity):
            raise Refusal(
                f"An object of the abstract type {entity.entity_type} cannot be made: name its @odata.type.",
                kind=INVALID_OPERATION,
            )
        row: Row = {"Id": _key(data.get("Id"))}
        check_new(self.work, entity, row["Id"])
        parent = self.work.table(entity.name).parent
        if owner and parent:
            row[parent] = reference_to(self.work.model[entity.root], owner)
        elif "ObjectVersion" in data:
            raise stale()
        self.work.put(entity, row)
        if owner:
            self._expect(entity, row, data)
        self._fill(entity, row, data)
        fill_defaults(entity, row, datetime.now(UTC))
        complete(self.work, entity, row, _given(data), frontend=self._frontend)
        self._firm(entity, row)
        return entity, row

    def _expect(self, entity: Entity, row: Row, data: Data) -> None:
        if "ObjectVersion" not in data:
            return
        root_entity, root = self.work.root_of(entity, row)
        if data["ObjectVersion"] != root.get("ObjectVersion"):
            raise stale()
        if root is not row or self.work.stored(entity.name, row["Id"]) is not None:
            self.work.expected[root_entity.name, root["Id"]] = root["ObjectVersion"]

    def _firm(self, entity: Entity, row: Row) -> None:
        """What somebody changes in a planned document is kept by the next planning run: it is firm from then on."""
        root_entity, root = self.work.root_of(entity, row)
        if root.get("State") == "Planned" and root_entity.is_document:
            self.work.edit(root_entity, root["Id"])["State"] = "FirmPlanned"

    def _fill(self, entity: Entity, row: Row, data: Data) -> None:
        """Set what the data names: references first, because units and currencies hang on them."""
        parts: dict[type, list[tuple[Any, Any]]] = {Reference: [], Attribute: []}
        lines: list[tuple[str, Any]] = []
        for key, value in data.items():
            if key in ANNOTATIONS or key in NOT_SET:
                continue
            name = key.removesuffix(BIND)
            found = entity.property(name)
            if key.endswith(BIND) and isinstance(found, Attribute):
                raise ODataError(f"'{name}' is an attribute: there is nothing to bind it to.")
            if name in entity.collections:
                lines.append((name, value))
            elif found:
                parts[type(found)].append((found, value))
            else:
                raise unknown_property(entity, name)
        for reference, value in parts[Reference]:
            row[reference.name] = self._referenced(reference, row, value)
        given = _given(data)
        for attribute, value in parts[Attribute]:
            self._set(entity, row, attribute, value, given)
        complete(self.work, entity, row, given, frontend=self._frontend)
        for name, value in lines:
            self._save_children(entity, row, name, value)

    def _set(self, entity: Entity, row: Row, attribute: Attribute, value: Any, given: set[str]) -> None:
        name = attribute.name
        if attribute.is_key and str(value).lower() == row["Id"]:
            return
        new = stored_value(attribute, value)
        is_new = self.work.stored(entity.name, row["Id"]) is None
        gives_code = is_new and name == entity.code_member
        if attribute.is_key or (_is_kept_by_the_server(attribute) and not gives_code):
            if new != row.get(name):
                raise Refusal(f"The attribute '{name}' of {entity.name} is read-only.", parameters=[name])
            return
        row[name] = new
        if isinstance(value, dict) and attribute.has_value_and_unit:
            code = value.get("Unit") if attribute.kind == "Quantity" else value.get("Currency")
            if code is not None:
                self._agree(entity, row, attribute, str(code), given)

    def _agree(self, entity: Entity, row: Row, attribute: Attribute, code: str, given: set[str]) -> None:
        """A unit or currency beside the value sets the row's own reference, or has to be the one in force."""
        path = (attribute.unit or attribute.currency or "").split(".")
        member = "Code" if attribute.unit else "CurrencySign"
        local = entity.references.get(path[0]) if len(path) == 1 else None
        if local and local.name not in given:
            row[local.name] = self._referenced(local, row, {member: code})
            return
        complete(self.work, entity, row, given, frontend=False)
        in_force = follow(self.work, row, ".".join([*path, member]))
        if in_force is not None and str(in_force).lower() != code.lower():
            raise Refusal(
                f"'{attribute.name}' is given in {code}, but counts in {in_force} here.", parameters=[code]
            )

    def _referenced(self, reference: Reference, row: Row, value: Any) -> str | None:
        data = {"@odata.id": value} if isinstance(value, str) else value
        if value is not None and not isinstance(data, dict):
            raise ODataError(f"'{reference.name}' has to be an object with an @odata.id.")
        new = None if data is None else self._led_to(reference, data)
        if reference.read_only and key_of(new) != key_of(row.get(reference.name)):
            raise Refusal(f"The reference '{reference.name}' is read-only.", parameters=[reference.name])
        return new

    def _led_to(self, reference: Reference, data: Data) -> str | None:
        target = self.work.model.get(reference.target)
        if target is None:
            raise Refusal(f"This instance keeps no {reference.target} for '{reference.name}' to lead to.")
        found = self.save(target, data, self._default_action(target, data))
        if found and found[0] is not target and found[0].inherits != target.name:
            raise Refusal(f"'{reference.name}' cannot lead to {found[0].name}.", parameters=[reference.name])
        return reference_to(*found) if found else None

    def _save_children(self, entity: Entity, row: Row, name: str, value: Any) -> None:
        child = self.work.model.get(entity.collections[name])
        if child is None or not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise ODataError(f"'{name}' has to be a list of objects that this instance keeps.")
        for data in value:
            self.save(child, data, self._default_action(child, data), owner=row)

    def _default_action(self, entity: Entity, data: Data) -> str:
        """A nested object that says only which one it is is looked up; any other is merged."""
        return str(data.get("@erpnet.action") or ("find" if self._finder.is_all(entity, data) else "merge"))

    def _belongs(self, entity: Entity, row: Row, owner: Row) -> bool:
        parent = self.work.table(entity.name).parent
        if parent and key_of(row.get(parent)) != owner["Id"]:
            raise Refusal(f"{odata_id(entity.entity_set, row['Id'])} belongs to another object.")
        return True


def _is_kept_by_the_server(attribute: Attribute) -> bool:
    return attribute.read_only or attribute.category == CALCULATED or attribute.name in KEPT_BY_THE_SERVER


def _given(data: Data) -> set[str]:
    return {name.removesuffix(BIND) for name in data}


def _key(given: Any) -> str:
    if given is None:
        return str(uuid.uuid4())
    try:
        return str(uuid.UUID(str(given)))
    except ValueError:
        raise ODataError(f"'{given}' is not a guid.") from None


def _not_found(what: str, data: Data, action: str) -> Refusal:
    sought = (
        data.get("@odata.id")
        or data.get("@erpnet.findBy")
        or {name: value for name, value in data.items() if not name.startswith("@")}
    )
    return Refusal(f"{what}, action: {action}, findBy: {str(sought)[:200]}.", code=0, kind=INVALID_OPERATION)
