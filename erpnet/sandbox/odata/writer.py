"""Carrying out one write: find or create the object, set what the request names, then what it holds.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from erpnet.sandbox.defaults import fill_defaults
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Attribute, Entity, Reference
from erpnet.sandbox.odata.convert import stored_value
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.odata.errors import CONCURRENCY, DUPLICATE, ODataError, Refusal
from erpnet.sandbox.odata.find import Finder
from erpnet.sandbox.odata.rules import check, complete, forbid_change
from erpnet.sandbox.store import Work, reference_to
from erpnet.sandbox.values import Row, key_of, odata_id

ACTIONS = {
    "create",
    "update",
    "find",
    "findOrNull",
    "findOrCreate",
    "findSingle",
    "findSingleOrNull",
    "merge",
}
ANNOTATIONS = {"@erpnet.action", "@erpnet.findBy", "@odata.id", "@odata.type", "@odata.context"}

Data = dict[str, Any]


class Writer:
    """Gathers the changes of one request and writes them together, once all rules agree."""

    def __init__(self, instance: Instance) -> None:
        self._store = instance.store
        self.work = Work(instance.store)
        self._finder = Finder(instance.store)
        self._touched: list[tuple[Entity, Row]] = []

    def commit(self) -> None:
        for entity, row in self._touched:
            check(self.work, entity, row)
            self._check_unique(entity, row)
        self.work.commit()

    def save(
        self, entity: Entity, data: Data, action: str, owner: Row | None = None
    ) -> tuple[Entity, Row] | None:
        """Find, create or change an object, as `action` says. None where it may be missing and is."""
        if action not in ACTIONS:
            raise ODataError(f"'{action}' is not an @erpnet.action for a single object.")
        matches = None if action == "create" else self._finder.matches(entity, data)
        if owner and matches:
            matches = [one for one in matches if self._belongs(*one, owner)]
        if not matches:
            if action in {"findOrNull", "findSingleOrNull"}:
                return None
            if action in {"find", "findSingle", "update"}:
                raise Refusal(f"No {entity.name} was found for {_short(data)}.")
            return self._create(entity, data, owner)
        if action.startswith("findSingle") and len(matches) > 1:
            raise Refusal(f"More than one {entity.name} was found for {_short(data)}.")
        if action in {"update", "merge"}:
            self.change(*matches[0], data)
        return matches[0]

    def change(self, entity: Entity, stored: Row, data: Data) -> None:
        """Change an object. With an ObjectVersion the change is refused unless the object still has it."""
        version = self._store.root_of(entity, stored)[1].get("ObjectVersion")
        if data.get("ObjectVersion", version) != version:
            raise Refusal(
                "The object was changed by another user after it was read. Read it again and repeat the change.",
                code=CONCURRENCY,
            )
        row = self.work.edit(entity, stored["Id"])
        self._fill(entity, row, data)
        if row != stored or any(name in entity.collections for name in data):
            forbid_change(self.work, entity, stored)

    def _create(self, entity: Entity, data: Data, owner: Row | None) -> tuple[Entity, Row]:
        row: Row = {"Id": str(data.get("Id") or uuid.uuid4()).lower()}
        parent = self._store.table(entity.name).parent
        if owner and parent:
            row[parent] = odata_id(self._store.model[entity.root].entity_set, owner["Id"])
        self.work.put(entity, row)
        self._fill(entity, row, data)
        fill_defaults(entity, row, datetime.now(UTC))
        if parent and row.get(parent):
            found = self._store.resolve(row[parent])
            if found:
                forbid_change(self.work, *found)
        return entity, row

    def _fill(self, entity: Entity, row: Row, data: Data) -> None:
        """Set what the data names: references first, because units and currencies hang on them."""
        parts: dict[type, list[tuple[Any, Any]]] = {Reference: [], Attribute: []}
        lines: list[tuple[str, Any]] = []
        for given, value in data.items():
            if given in ANNOTATIONS or given == "ObjectVersion":
                continue
            name = given.removesuffix("@odata.bind")
            if name in entity.collections:
                lines.append((name, value))
            elif found := entity.property(name):
                parts[type(found)].append((found, value))
            else:
                raise ODataError(f"The property '{name}' does not exist on type 'Erp.{entity.entity_set}'.")
        for reference, value in parts[Reference]:
            row[reference.name] = self._referenced(reference, row, value)
        for attribute, value in parts[Attribute]:
            self._set(entity, row, attribute, value, {reference.name for reference, _ in parts[Reference]})
        complete(self.work, entity, row, {attribute.name for attribute, _ in parts[Attribute]})
        self._touched.append((entity, row))
        for name, value in lines:
            self._save_children(entity, row, name, value)

    def _set(self, entity: Entity, row: Row, attribute: Attribute, value: Any, given: set[str]) -> None:
        name = attribute.name
        if name == "Id" and str(value).lower() == row["Id"]:
            return
        new = stored_value(attribute, value)
        if (attribute.read_only or name == "Id") and new != row.get(name):
            raise Refusal(f"The attribute '{name}' of {entity.name} is read-only.", parameters=[name])
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
        complete(self.work, entity, row, set())
        in_force = follow(self.work, row, ".".join([*path, member]))
        if in_force is not None and str(in_force).lower() != code.lower():
            raise Refusal(
                f"'{attribute.name}' is given in {code}, but counts in {in_force} here.", parameters=[code]
            )

    def _referenced(self, reference: Reference, row: Row, value: Any) -> str | None:
        if reference.read_only:
            raise Refusal(f"The reference '{reference.name}' is read-only.", parameters=[reference.name])
        if value is None:
            return None
        data = {"@odata.id": value} if isinstance(value, str) else value
        target = self._store.model.get(reference.target)
        if not isinstance(data, dict) or target is None:
            raise ODataError(f"'{reference.name}' has to be an object with an @odata.id.")
        found = self.save(target, data, self._default_action(target, data))
        if found and found[0] is not target and found[0].inherits != target.name:
            raise Refusal(f"'{reference.name}' cannot lead to {found[0].name}.", parameters=[reference.name])
        return reference_to(*found) if found else None

    def _save_children(self, entity: Entity, row: Row, name: str, value: Any) -> None:
        child = self._store.model.get(entity.collections[name])
        if child is None or not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise ODataError(f"'{name}' has to be a list of objects that this instance keeps.")
        for data in value:
            self.save(child, data, self._default_action(child, data), owner=row)

    def _default_action(self, entity: Entity, data: Data) -> str:
        """A nested object that says only which one it is is looked up; any other is merged."""
        given = set(data) - ANNOTATIONS
        telling = {
            "ExternalId",
            "ExternalSystem",
            "Id",
            "DisplayText",
            entity.code_member,
            entity.name_member,
        }
        return str(data.get("@erpnet.action") or ("find" if given <= telling else "merge"))

    def _belongs(self, entity: Entity, row: Row, owner: Row) -> bool:
        parent = self._store.table(entity.name).parent
        if parent and key_of(row.get(parent)) != owner["Id"]:
            raise Refusal(f"{odata_id(entity.entity_set, row['Id'])} belongs to another object.")
        return True

    def _check_unique(self, entity: Entity, row: Row) -> None:
        if not row.get("ExternalId"):
            return
        for other in self._store.table(entity.name):
            same = all(other.get(name) == row.get(name) for name in ("ExternalId", "ExternalSystem"))
            if same and other["Id"] != row["Id"]:
                raise Refusal(
                    f"Prohibited duplication: the external id {row['ExternalId']} belongs to another {entity.name}.",
                    code=DUPLICATE,
                    parameters=[entity.base_table or "", "ExternalId", row["ExternalId"]],
                )


def _short(data: Data) -> str:
    return str(
        data.get("@odata.id") or data.get("@erpnet.findBy") or {k: v for k, v in data.items() if k[0] != "@"}
    )[:200]
