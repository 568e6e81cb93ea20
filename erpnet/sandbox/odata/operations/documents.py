"""What can be done to a document beside changing it.

Docs: "API Methods" on https://docs.erp.net/model/entities/General.Documents.Documents.html
"""

import base64

from werkzeug.wrappers import Response

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.context import Context, nothing
from erpnet.sandbox.odata.documents import DOCUMENTS, ONLY_THE_DOCUMENT, move, sub_documents, void
from erpnet.sandbox.odata.errors import Refusal
from erpnet.sandbox.odata.languages import language_of
from erpnet.sandbox.odata.operations.parameters import parameters
from erpnet.sandbox.odata.printout import pdf
from erpnet.sandbox.odata.query import shape_from
from erpnet.sandbox.odata.rules import is_line, recalculate_line
from erpnet.sandbox.values import Row

RELEASED, COMPLETED = "Released", "Completed"


def change_state(context: Context, entity: Entity, row: Row) -> Response:
    given = parameters(context, "ChangeState")
    status = given["userStatus"]
    with context.work() as work:
        move(work, entity, row["Id"], given["newState"], status[1] if status else None)
    return nothing()


def make_void(context: Context, entity: Entity, row: Row) -> Response:
    given = parameters(context, "MakeVoid")
    with context.work() as work:
        void(work, entity, row["Id"], given["reason"], given["voidType"] or ONLY_THE_DOCUMENT)
    return nothing()


def complete(context: Context, entity: Entity, row: Row) -> Response:
    """Complete a document, and those below it as far as `completion` says."""
    how = parameters(context, "Complete")["completion"]
    with context.work() as work:
        move(work, entity, row["Id"], COMPLETED)
        for child, one in sub_documents(work, entity, row) if how != "OnlyDocument" else ():
            if one["State"] == RELEASED or (
                how == "WithAllChildren" and one["State"] in {"New", "FirmPlanned"}
            ):
                move(work, child, one["Id"], COMPLETED)
    return nothing()


def recalculate(context: Context, entity: Entity, row: Row) -> Response:
    """Its changes stay in memory: without a front-end transaction there is nothing that they could stay in."""
    parameters(context, "Recalculate")
    if not context.frontend:
        return nothing()
    with context.work() as work:
        lines = work.model.get(entity.collections.get("Lines", ""))
        if lines and is_line(work, lines):
            for one in work.children(lines, row["Id"]):
                recalculate_line(work, lines, work.edit(lines, one["Id"]))
    return nothing()


def all_parent_documents(context: Context, entity: Entity, row: Row) -> Response:
    """The chain of parents from the document upwards."""
    found = [(entity, row)] if parameters(context, "GetAllParentDocuments")["includeSelf"] else []
    seen = {row["Id"]}
    while (parent := context.instance.store.resolve(row.get("Parent"))) and parent[1]["Id"] not in seen:
        row = parent[1]
        seen.add(row["Id"])
        found.append(parent)
    shape = shape_from(context.instance, context.instance.model[DOCUMENTS], context.call.options)
    serializer = context.serializer
    return context.json(
        {
            "@odata.context": context.address("General_Documents_Documents"),
            "value": [serializer.sent(*one, shape) for one in found],
        }
    )


def printout(context: Context, entity: Entity, row: Row) -> Response:
    """The file in Base64, in the language that the request asks for."""
    given = parameters(context, "GetPrintout")
    if (given["fileFormat"] or "pdf") != "pdf":
        raise Refusal(f"This instance has no printouts in the format '{given['fileFormat']}'.")
    file = pdf(context.instance.store, entity, row, language_of(context.call))
    return context.json(
        {"@odata.context": context.address("Edm.String"), "value": base64.b64encode(file).decode()}
    )


def process_single_route(context: Context, entity: Entity, row: Row) -> Response:
    """Refused by its parameters: no route can be named, as this instance keeps none."""
    parameters(context, "ProcessSingleRoute")
    return nothing()
