"""Import: many objects in one request, saved one by one or all together, with a result for each.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/import.html
"""

import uuid
from typing import Any

from werkzeug.wrappers import Response

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.checks import check
from erpnet.sandbox.odata.context import Context
from erpnet.sandbox.odata.errors import INVALID_OPERATION, ODataError, Refusal
from erpnet.sandbox.odata.find import Data
from erpnet.sandbox.odata.operations.about import OPEN_OBJECT
from erpnet.sandbox.odata.operations.parameters import Given, parameters
from erpnet.sandbox.odata.renames import entity_of_type
from erpnet.sandbox.odata.saving import save
from erpnet.sandbox.odata.writer import DELETE, Writer
from erpnet.sandbox.store import Place, Store, Work, reference_to
from erpnet.sandbox.tables import changed_names

PER_OBJECT, ALL_OBJECTS = "per-object", "all-objects"
FRONTEND = "frontend"
# "common" stands in the text of the document and "backend" in its example, for the same.
MODELS = {FRONTEND, "common", "backend"}
LEVELS = {0, 1, 2}
ACTIONS = {"create", "update", "merge", DELETE}
LEFT_OUT = "Not imported, because another object of the import was refused."

Result = dict[str, Any]


def import_objects(context: Context) -> Response:
    given = parameters(context, "Import")
    _check(given)
    if context.transaction is not None:
        raise Refusal(
            "An import has transactions of its own: it cannot be part of another.", kind=INVALID_OPERATION
        )
    one_by_one = given["transaction"] != ALL_OBJECTS
    results = _each(context, given) if one_by_one else _together(context, given)
    succeeded = all(one["@erpnet.result"] == "success" for one in results)
    content: Result = {
        "@odata.context": context.address(OPEN_OBJECT),
        "@erpnet.result": "success" if succeeded else "fail",
        "objects": results,
    }
    if given["loggingLevel"] != 0:
        content["data-exchange"] = f"Systems_Exchange_DataExchanges({uuid.uuid4()})"
    return context.json(content)


def _check(given: Given) -> None:
    if given["objects"] is None:
        raise ODataError("'Import' needs its parameter 'objects'.")
    if given["transaction"] not in {None, PER_OBJECT, ALL_OBJECTS}:
        raise ODataError(f"The transaction of an import is {PER_OBJECT} or {ALL_OBJECTS}.")
    if given["model"] not in {None, *MODELS}:
        raise ODataError("The model of an import is frontend or common.")
    if given["loggingLevel"] not in {None, *LEVELS}:
        raise ODataError("The logging level of an import is 0, 1 or 2.")


def _each(context: Context, given: Given) -> list[Result]:
    results = []
    for data in given["objects"]:
        work = Work(context.instance.store)
        try:
            result = _import(work, data, given)
            save(context.instance, work)
        except (Refusal, ODataError) as error:
            result = _failure(error)
        results.append(result)
    return results


def _together(context: Context, given: Given) -> list[Result]:
    """All or none: with one that is refused, at its turn or when all are saved, the others are left out."""
    objects, work = given["objects"], Work(context.instance.store)
    results: list[Result] = []
    seen: set[Place] = set()
    for place, data in enumerate(objects):
        try:
            results.append(_import(work, data, given))
            check(work, [one for one in work.touched if one not in seen])
        except (Refusal, ODataError) as error:
            return _left_out(len(objects), place, error)
        seen.update(work.touched)
    try:
        save(context.instance, work)
    except Refusal as error:
        return _left_out(len(objects), len(objects) - 1, error)
    return results


def _import(work: Work, data: Data, given: Given) -> Result:
    """Carry one object out in a work, which is left untouched by one that is refused."""
    if "@odata.type" not in data:
        raise ODataError("Each object of an import names its @odata.type.")
    entity = entity_of_type(work.model, str(data["@odata.type"]))
    action = str(data.get("@erpnet.action", "create"))
    if action not in ACTIONS or entity.is_view:
        raise ODataError(f"'{action}' is nothing that an import does with {entity.entity_type}.")
    inner = Work(work)
    writer = Writer(inner, frontend=given["model"] in {None, FRONTEND}, deletes=True)
    found = writer.save(entity, data, action)
    if found is None:
        raise Refusal("There is no such object.", kind=INVALID_OPERATION, code=0)
    reference, state = reference_to(*found), _state(work, inner, found[0], found[1]["Id"])
    inner.commit()
    return {"@erpnet.result": "success", "@odata.id": reference, "@erpnet.state": state}


def _state(below: Store, work: Work, entity: Entity, key: str) -> str:
    """What became of an object and the rows that it holds."""
    before, after = below.table(entity.name).get(key), work.table(entity.name).get(key)
    if after is None:
        return "Deleted"
    if before is None:
        return "Added"
    return "Modified" if any(_is_changed(work, place, key) for place in work.touched) else "Unchanged"


def _is_changed(work: Work, place: Place, root: str) -> bool:
    """Whether a row of an aggregate was made, changed or removed."""
    name, key = place
    before, after = work.stored(name, key), work.table(name).get(key)
    row = after or before
    if row is None or work.root_of(work.model[name], row)[1]["Id"] != root:
        return False
    return before is None or after is None or bool(changed_names(before, after))


def _left_out(count: int, place: int, error: Refusal | ODataError) -> list[Result]:
    other = Refusal(LEFT_OUT, kind=INVALID_OPERATION, code=0)
    return [_failure(error if number == place else other) for number in range(count)]


def _failure(error: Refusal | ODataError) -> Result:
    details = error if isinstance(error, Refusal) else Refusal(error.message, code=0, kind=INVALID_OPERATION)
    return {
        "@erpnet.result": "fail",
        "@erpnet.message": error.message,
        "@erpnet.error": details.content(),
    }
