"""What a request works with: the data as it sees them, and the way of its changes to where they belong."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import orjson
from werkzeug.wrappers import Response

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.licences import ApiSession
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.call import Call
from erpnet.sandbox.odata.errors import INVALID_OPERATION, ODataError, Refusal
from erpnet.sandbox.odata.options import flags_of
from erpnet.sandbox.odata.saving import save
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.store import Store, Work
from erpnet.sandbox.transactions import Transaction
from erpnet.sandbox.values import Row, odata_id

SKIP_NULLS = "skipnulls"


@dataclass(frozen=True, slots=True)
class Context:
    """`instance` is the one that serves, with the store that this request sees: in a transaction, its own."""

    instance: Instance
    session: ApiSession
    call: Call
    transaction: Transaction | None = None

    @property
    def frontend(self) -> bool:
        """Whether front-end rules apply."""
        return self.transaction is not None and self.transaction.frontend

    @property
    def serializer(self) -> Serializer:
        return Serializer(
            self.instance.store,
            exact_numbers=self.call.wants_exact_numbers,
            skip_nulls=SKIP_NULLS in flags_of(self.call.options),
        )

    def entered(self) -> "Context":
        """With the data of the transaction that the request names, if it names one."""
        if self.call.transaction_id is None:
            return self
        transaction = self.open_transaction()
        return replace(self.seeing(transaction.work), transaction=transaction)

    def open_transaction(self) -> Transaction:
        """Raises Refusal where the request names none, or one that is not open any more."""
        key = self.call.transaction_id
        if not key:
            raise Refusal("The header TransactionId is missing.", kind=INVALID_OPERATION, code=0)
        found = self.instance.transactions.find(key, self.session)
        if found is None:
            raise Refusal(f"Invalid TransactionId {key}.", kind=INVALID_OPERATION, code=0)
        return found

    def seeing(self, store: Store) -> "Context":
        """The same with other data before its eyes."""
        instance = copy.copy(self.instance)
        instance.store = store
        return replace(self, instance=instance)

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Changes that succeed or fail together, on their way to the transaction if there is one, else to the file."""
        work = Work(self.instance.store)
        yield work
        if work.is_final:
            save(self.instance, work)
        else:
            if self.transaction and self.transaction.work is work.below:
                self.transaction.note(work)
            work.commit()

    def found(self, entity: Entity, key: str) -> tuple[Entity, Row]:
        """Raises ODataError 404 where there is no such object."""
        found = None if entity.is_view else self.instance.store.find(entity, key)
        if found is None:
            raise ODataError(f"There is no {odata_id(entity.entity_set, key)}.", status=404)
        return found

    def address(self, fragment: str) -> str:
        """The `@odata.context` of an answer."""
        return f"{self.instance.odata_root}$metadata#{fragment}"

    def json(self, content: object, status: int = 200, **headers: str) -> Response:
        exact = "true" if self.call.wants_exact_numbers else "false"
        response = Response(
            orjson.dumps(content),
            status,
            headers,
            content_type=f"application/json;odata.metadata=minimal;IEEE754Compatible={exact}",
        )
        response.headers["OData-Version"] = "4.0"
        return response


def nothing() -> Response:
    return Response(status=204, headers={"OData-Version": "4.0"})
