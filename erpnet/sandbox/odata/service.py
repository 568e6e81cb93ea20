"""The OData service: from a request under its root to an answer."""

from typing import Any

from werkzeug.wrappers import Request, Response

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.odata import objects
from erpnet.sandbox.odata.access import check_scope, claims_of
from erpnet.sandbox.odata.batch import Batch
from erpnet.sandbox.odata.call import Call
from erpnet.sandbox.odata.context import Context
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.operations import UNBOUND
from erpnet.sandbox.odata.options import NO_OPTIONS, check_options

BATCH = "$batch"
# The documents show errors of these methods under `error`, those of others at the top level.
NESTED = {"PATCH", "DELETE"}


def answer(instance: Instance, request: Request, resource: str = "") -> Response:
    call = Call.of(request, resource)
    try:
        claims = claims_of(instance, request)
        with instance.limits.admit(request, claims) as session, instance.store.lock:
            context = Context(instance, session, call).entered()
            if (call.method, resource) == ("POST", BATCH):
                return Batch(context, lambda part: answer_part(part, claims)).answer()
            return answer_part(context, claims)
    except (ODataError, Refusal) as error:
        return error.response(nested=call.method in NESTED)


def answer_part(context: Context, claims: dict[str, Any]) -> Response:
    """The answer to one request. Raises ODataError and Refusal."""
    check_scope(claims, context.call.method)
    operation = UNBOUND.get((context.call.method, context.call.operation))
    if operation is None:
        return objects.answer(context)
    check_options(context.call.options, NO_OPTIONS)
    return operation(context)
