"""Finding the object that a request means: by its odata id, or by what `@erpnet.findBy` or its own data say.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
"""

from collections.abc import Callable
from typing import Any

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import follow, search_text
from erpnet.sandbox.odata.errors import ODataError
from erpnet.sandbox.odata.renames import current_id
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row

Data = dict[str, Any]
Found = tuple[Entity, Row]
Test = Callable[[Row], bool]

FINDS = {"find", "findOrNull", "findOrCreate", "findSingle", "findSingleOrNull"}
CREATES = {"create", "findOrCreate", "merge"}
# In the order in which ERP.net looks at them; the external system belongs to the external id.
CRITERIA = ("ExternalId", "Id", "Code", "Name", "DisplayText")
SYSTEM = "ExternalSystem"


class Finder:
    def __init__(self, store: Store) -> None:
        self._store = store

    def matches(self, entity: Entity, data: Data) -> list[Found] | None:
        """All objects that fit, by the first criterion there is; None where there is no criterion."""
        if address := data.get("@odata.id"):
            found = self._store.resolve(current_id(self._store.model, str(address)))
            return [found] if found else []
        criteria = self._criteria(entity, data)
        first = next((name for name in CRITERIA if criteria.get(name)), None)
        if first is None:
            return None
        fits = self._test(entity, first, criteria)
        return [(table.entity, row) for table in self._store.concrete(entity) for row in table if fits(row)]

    def is_all(self, entity: Entity, data: Data) -> bool:
        """Whether an object's data say nothing more than which one it is."""
        given = {name for name in data if not name.startswith("@")}
        if "@erpnet.findBy" in data or "@odata.id" in data:
            return not given
        return given in ({"ExternalId"}, {"ExternalId", SYSTEM}) or given in [
            {name} for name in ("Id", "DisplayText", entity.code_member, entity.name_member)
        ]

    def _criteria(self, entity: Entity, data: Data) -> Data:
        """`@erpnet.findBy`, or what of an object's own data says which one it is."""
        if "@erpnet.findBy" in data:
            return self._explicit(data["@erpnet.findBy"], entity)
        direct = {name: data[name] for name in ("ExternalId", SYSTEM, "Id", "DisplayText") if name in data}
        members = {"Code": entity.code_member, "Name": entity.name_member}
        return direct | {name: data[member] for name, member in members.items() if member in data}

    def _explicit(self, criteria: Any, entity: Entity) -> Data:
        if not isinstance(criteria, dict) or not all(isinstance(one, str) for one in criteria.values()):
            raise ODataError("@erpnet.findBy has to be an object of texts.")
        unknown = set(criteria) - {*CRITERIA, SYSTEM}
        if unknown:
            raise ODataError(f"'{min(unknown)}' is not a criterion of @erpnet.findBy.")
        if not any(criteria.get(name) for name in CRITERIA):
            raise ODataError(f"@erpnet.findBy needs one of {', '.join(CRITERIA)}.")
        for name, member in (("Code", entity.code_member), ("Name", entity.name_member)):
            if name in criteria and member is None:
                raise ODataError(f"{entity.entity_type} has nothing to be found by {name} by.")
        return criteria

    def _test(self, entity: Entity, criterion: str, criteria: Data) -> Test:
        """Codes, names and texts don't mind the case; ids do."""
        store, sought = self._store, criteria[criterion]
        match criterion:
            case "ExternalId":
                system = criteria.get(SYSTEM)
                return lambda row: row.get("ExternalId") == sought and system in (None, row.get(SYSTEM))
            case "Id":
                return lambda row: bool(row["Id"] == str(sought).lower())
            case "Code":
                return lambda row: _equal(follow(store, row, entity.code_member or "Id"), sought)
            case "Name":
                return lambda row: _has(follow(store, row, entity.name_member or "Id"), sought)
        return lambda row: str(sought).lower() in search_text(store, entity, row)


def _equal(value: object, sought: object) -> bool:
    return value is not None and str(value).lower() == str(sought).lower()


def _has(value: object, sought: object) -> bool:
    """Contains, in any language."""
    texts = value.values() if isinstance(value, dict) else [value]
    wanted = sought.values() if isinstance(sought, dict) else [sought]
    return any(str(one).lower() in str(text).lower() for text in texts for one in wanted if text)
