"""Finding the object that a request means: by its odata id, or by what `@erpnet.findBy` or its own data say.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
"""

from collections.abc import Callable
from typing import Any

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import display_text, follow
from erpnet.sandbox.odata.errors import ODataError
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row, split_odata_id

Found = tuple[Entity, Row]


class Finder:
    def __init__(self, store: Store) -> None:
        self._store = store

    def matches(self, entity: Entity, data: dict[str, Any]) -> list[Found] | None:
        """All objects that fit, by the first criterion there is; None where there is no criterion."""
        if address := data.get("@odata.id"):
            return self._by_address(str(address))
        criteria = data.get("@erpnet.findBy") or self.criteria(entity, data)
        for name, test in self._tests(entity):
            if criteria.get(name):
                found = test(criteria)
                return [
                    (table.entity, row)
                    for table in self._store.concrete(entity)
                    for row in table
                    if found(row)
                ]
        return None

    def criteria(self, entity: Entity, data: dict[str, Any]) -> dict[str, Any]:
        """What of an object's data says which object it is."""
        members = {"Code": entity.code_member, "Name": entity.name_member}
        direct = {
            name: data[name] for name in ("ExternalId", "ExternalSystem", "Id", "DisplayText") if name in data
        }
        return direct | {name: data[member] for name, member in members.items() if member in data}

    def _by_address(self, address: str) -> list[Found]:
        parts = split_odata_id(address)
        if parts is None or self._store.model.of_set(parts[0]) is None:
            raise ODataError(f"'{address}' is not the odata id of an object.")
        found = self._store.resolve(address)
        return [found] if found else []

    def _tests(self, entity: Entity) -> list[tuple[str, Callable[[dict[str, Any]], Callable[[Row], bool]]]]:
        """The criteria in the order in which ERP.net looks at them. Codes and names don't mind the case; ids do."""
        store = self._store
        return [
            ("ExternalId", _by_external_id),
            ("Id", lambda criteria: lambda row: row["Id"] == str(criteria["Id"]).lower()),
            (
                "Code",
                lambda criteria: (
                    lambda row: _equal(follow(store, row, entity.code_member or "Id"), criteria["Code"])
                ),
            ),
            (
                "Name",
                lambda criteria: (
                    lambda row: _has(follow(store, row, entity.name_member or "Id"), criteria["Name"])
                ),
            ),
            (
                "DisplayText",
                lambda criteria: lambda row: _has(display_text(store, entity, row), criteria["DisplayText"]),
            ),
        ]


def _by_external_id(criteria: dict[str, Any]) -> Callable[[Row], bool]:
    system = criteria.get("ExternalSystem")
    return lambda row: (
        row.get("ExternalId") == criteria["ExternalId"]
        and (system is None or row.get("ExternalSystem") == system)
    )


def _equal(value: object, sought: object) -> bool:
    return value is not None and str(value).lower() == str(sought).lower()


def _has(value: object, sought: object) -> bool:
    """Contains, in any language."""
    texts = value.values() if isinstance(value, dict) else [value]
    wanted = sought.values() if isinstance(sought, dict) else [sought]
    return any(str(one).lower() in str(text).lower() for text in texts for one in wanted if text)
