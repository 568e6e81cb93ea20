"""The service document, the metadata, and the functions that tell of versions and names.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/handling-renames.html
"""

from werkzeug.wrappers import Response

from erpnet.sandbox.instance import VERSION
from erpnet.sandbox.odata.context import Context
from erpnet.sandbox.odata.errors import Refusal
from erpnet.sandbox.odata.metadata import CONTENT_TYPE, edmx
from erpnet.sandbox.odata.operations.parameters import parameters
from erpnet.sandbox.renames import RENAMES

OPEN_OBJECT = "Erp.OpenObject"


def service_document(context: Context) -> Response:
    sets = sorted(entity.entity_set for entity in context.instance.model.entities.values())
    return context.json(
        {
            "@odata.context": f"{context.instance.odata_root}$metadata",
            "value": [{"name": name, "kind": "EntitySet", "url": name} for name in sets],
        }
    )


def metadata(context: Context) -> Response:
    return Response(edmx(context.instance), content_type=CONTENT_TYPE, headers={"OData-Version": "4.0"})


def version(context: Context) -> Response:
    return context.json({"@odata.context": context.address(OPEN_OBJECT), "version": VERSION})


def renames(context: Context) -> Response:
    rows = [dict(zip(("OldName", "NewName", "Version"), rename, strict=True)) for rename in RENAMES]
    return context.json({"@odata.context": context.address(f"Collection({OPEN_OBJECT})"), "value": rows})


def repository_events(context: Context) -> Response:
    """Business rules of users' own are nothing that this instance has."""
    name = parameters(context, "GetRepositoryEvents")["repositoryName"]
    if context.instance.model.get(name) is None:
        raise Refusal(f"There is no repository '{name}'.", parameters=[name])
    raise Refusal("This instance has no user business rules, and so no events for them.")


def execute_script(context: Context) -> Response:
    if not context.call.body.strip():
        raise Refusal("The request has no script in its body.")
    raise Refusal("This instance runs no scripts.")
