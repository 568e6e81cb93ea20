"""Beginning and ending transactions, and what has changed in them.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html
"""

from typing import Any

from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from erpnet.sandbox.odata.adjustments import adjust
from erpnet.sandbox.odata.context import Context, nothing
from erpnet.sandbox.odata.errors import ODataError, Refusal, too_many_requests
from erpnet.sandbox.odata.operations.about import OPEN_OBJECT
from erpnet.sandbox.odata.operations.parameters import parameters
from erpnet.sandbox.odata.saving import save
from erpnet.sandbox.odata.select import shape_of
from erpnet.sandbox.transactions import Changes

FRONTEND, COMMON = "frontend", "common"
NOT_SENT = {"Id"}


def begin(context: Context) -> Response:
    """Answers the transaction's id as plain text."""
    given = parameters(context, "BeginTransaction")
    model = given["model"] or COMMON
    if model not in {COMMON, FRONTEND}:
        raise ODataError(f"The model of a transaction is {COMMON} or {FRONTEND}, not '{model}'.")
    if context.transaction:
        raise Refusal("A transaction does not begin inside another.")
    instance = context.instance
    most = instance.options.rate_limits.session_concurrent_transactions
    if most and len(instance.transactions.of(context.session)) >= most:
        raise TooManyRequests(response=too_many_requests(None))
    transaction = instance.transactions.begin(
        context.session, instance.store, frontend=model == FRONTEND, tracks=bool(given["trackChanges"])
    )
    return Response(transaction.key, content_type="text/plain", headers={"OData-Version": "4.0"})


def end(context: Context) -> Response:
    """Save the transaction's changes, unless `commit` is false. Whatever comes of it, the transaction is over."""
    transaction = context.open_transaction()
    commit = parameters(context, "EndTransaction")["commit"]
    context.instance.transactions.end(transaction)
    if commit is False:
        return nothing()
    if transaction.adjusted:
        raise Refusal(
            "Released documents are not changed directly: end the transaction without committing it."
        )
    save(context.instance, transaction.work)
    return nothing()


def changes(context: Context) -> Response:
    return _changes(context, wait=0.0)


def wait_for_changes(context: Context) -> Response:
    """Holds no other request up: waiting leaves the data to them."""
    return _changes(context, wait=context.instance.transactions.wait_seconds)


def create_adjustments(context: Context) -> Response:
    transaction = context.open_transaction()
    parameters(context, "CreateAdjustmentDocuments")
    if not transaction.frontend:
        raise Refusal("Adjustment documents are created in a front-end transaction.")
    adjust(context.instance, transaction)
    return nothing()


def _changes(context: Context, *, wait: float) -> Response:
    transaction = context.open_transaction()
    if not (transaction.frontend and transaction.tracks):
        raise Refusal(
            "The changes of a transaction can be asked for if it is a front-end one that tracks them."
        )
    found = transaction.take_changes(wait)
    if not found:
        return context.json({})
    return context.json({"@odata.context": context.address(OPEN_OBJECT), **_shown(context, found)})


def _shown(context: Context, changes: Changes) -> dict[str, Any]:
    """The changes as they are sent: by kind, entity set and key, with the values of now."""
    instance, serializer = context.instance, context.serializer
    content: dict[str, Any] = {}
    for kind, places in changes.items():
        sets = content.setdefault(kind, {})
        for (name, key), names in places.items():
            entity = instance.model[name]
            row = instance.store.table(name).get(key)
            known = tuple(one for one in names if entity.property(one) and one not in NOT_SENT)
            shown = (
                serializer.sent(entity, row, shape_of(instance.model, entity, known, ()))
                if row and known
                else {}
            )
            shown.pop("@odata.id", None)
            sets.setdefault(entity.entity_set, {})[key] = shown
    return content
