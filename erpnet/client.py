"""The Domain API of one instance, all of it in one place.

Build one DomainApi in each process that calls ERP.net, after a fork and not before: it holds one token and so
one session, which is one licence slot.
Docs: https://docs.erp.net/dev/domain-api/index.html
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, closing
from typing import Any, TypeVar

import requests

from erpnet.batch import Batch
from erpnet.breaker import FAILURES, PAUSE, Breaker
from erpnet.channel import Channel
from erpnet.config import TrustedApplication
from erpnet.counters import Counters
from erpnet.discovery import Instance
from erpnet.imports import Imported, ImportModel, LoggingLevel, Scope, import_body, imported_from
from erpnet.naming import Rename, renames_from, version_from
from erpnet.objects import Objects, Target
from erpnet.pages import Page, chunks_of, link_to, pages_from
from erpnet.query import Query
from erpnet.throttle import Throttle
from erpnet.tokens import ServiceToken
from erpnet.transactions import Model, Transaction, Turn, begun
from erpnet.transport import TIMEOUT, Recorder, Timeout, Transport

REQUESTS_PER_MINUTE = 600

Data = Mapping[str, Any]
Line = TypeVar("Line", bound=Target)

__all__ = ["REQUESTS_PER_MINUTE", "DomainApi", "Page"]


class DomainApi(Objects):
    """The Domain API, under the service identity of a Trusted Application.

    One request is under way at a time, and at most 600 go out in a minute: callers wait for their turn. Reads
    are repeated on errors that may pass; writes never, except once after a 401, when ERP.net has not acted.
    `timeout` is (connect, read) in seconds. After `failures` requests in a row that came to nothing on their
    way, calls fail at once with CircuitOpen for `pause` seconds. Nothing is sent before the first call.
    """

    def __init__(
        self,
        application: TrustedApplication,
        *,
        instance: Instance | None = None,
        session: requests.Session | None = None,
        recorder: Recorder | None = None,
        timeout: Timeout = TIMEOUT,
        requests_per_minute: int = REQUESTS_PER_MINUTE,
        requests_at_once: int = 1,
        failures: int = FAILURES,
        pause: float = PAUSE,
    ) -> None:
        self._application = application
        self._channel = Channel(
            application,
            Transport(session, recorder=recorder, timeout=timeout),
            instance=instance,
            throttle=Throttle(requests_per_minute, requests_at_once),
            breaker=Breaker(failures, pause),
        )
        self._turn = Turn()
        super().__init__(self._channel)

    def __repr__(self) -> str:
        return f"<DomainApi of {self._application.instance_url} for {self._application.application_uri}>"

    @property
    def instance(self) -> Instance:
        """The addresses of the instance, discovered when first needed."""
        return self._channel.instance

    @property
    def token(self) -> ServiceToken:
        return self._channel.token

    @property
    def counters(self) -> Counters:
        return self._channel.counters

    def seconds_until_free(self, requests: int) -> float:
        """How long until so many requests may go out without waiting for the next minute; 0.0 if they may now.

        Whoever sends many can leave some of each minute to others, and stop before they would have to wait.
        Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
        """
        return self._channel.seconds_until_free(requests)

    # -- Reading --------------------------------------------------------------------------------------------

    def pages(
        self, query_or_next_link: Query | str, *, goes_on: Callable[[], bool] | None = None
    ) -> Generator[Page, None, None]:
        """All pages from the first of a query, or from the one that a `next_link` leads to.

        A query that does not say how many rows a page has gets 1000. The next page loads while this one is used,
        and none is kept after it. `goes_on` is asked when a page has come: False makes it the last, with its
        `next_link` for another time; groups are always read to their end.
        Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
        """
        asked = query_or_next_link
        if isinstance(asked, Query) and asked.grouping is not None:
            return chunks_of(self._channel.read, asked)
        return pages_from(self._channel.read, link_to(asked), goes_on=goes_on)

    def rows(self, query_or_next_link: Query | str) -> Generator[dict[str, Any], None, None]:
        """All rows, page after page, however many there are."""
        with closing(self.pages(query_or_next_link)) as pages:
            for page in pages:
                yield from page.rows

    # -- The service ----------------------------------------------------------------------------------------

    def version(self) -> str:
        """The version of ERP.net, such as 26.2.0.76."""
        return version_from(self.function("GetVersion"))

    def renames(self) -> list[Rename]:
        """Every rename of an entity set, oldest first; `erpnet.naming.current_name` follows them."""
        return renames_from(self.function("GetRenamedEntityTypes"))

    def metadata(self) -> bytes:
        """The service's description of itself: EDMX, an XML of some megabytes.

        Docs: https://docs.erp.net/dev/domain-api/common-tasks/discover-model.html
        """
        return self._channel.read("$metadata", headers={"Accept": "application/xml"}).body

    # -- Many at once ---------------------------------------------------------------------------------------

    def batch(self) -> Batch:
        """Several reads and atomic groups of changes in one request; see `erpnet.batch`."""
        return Batch(self._channel)

    def import_objects(
        self,
        objects: Iterable[Mapping[str, Any]],
        *,
        transaction: Scope = "per-object",
        model: ImportModel = "frontend",
        logging_level: LoggingLevel = 2,
    ) -> list[Imported]:
        """Create, update, merge or delete objects, each with a result of its own, in the same order.

        Each names its "@odata.type" (`Erp.Crm_Sales_Customer`) and may name its "@erpnet.action"; without one it
        is created. With `all-objects`, one refused object leaves out all; `per-object` saves each on its own. An
        answer that was lost leaves open which were saved: with an ExternalId, merging again is harmless.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/import.html
        """
        body, count = import_body(objects, transaction, model, logging_level)
        return imported_from(self._channel.send("POST", "Import", body), transaction, count)

    def transaction(
        self, *, model: Model = "frontend", track_changes: bool = False
    ) -> AbstractContextManager[Transaction]:
        """Changes that are saved at the clean end of a `with` block and dropped by an exception.

        Waits while another thread has one open, for ERP.net has one at a time in a session.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html
        """
        return begun(self._channel, self._turn, model=model, track_changes=track_changes)

    def adjust(self, changes: Mapping[Line, Data], *, object_version: int | None = None) -> None:
        """Change released documents, which nothing but an adjustment can: lines and what changes of each.

        Nothing takes effect unless every change is accepted. `object_version` is that of the document whose lines
        they are: Conflict if it has another by now. After an answer that was lost, look at the lines.
        Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
        """
        if not changes:
            raise ValueError("There is nothing to adjust.")
        with self.transaction() as transaction:
            for line, data in changes.items():
                transaction.update(line, data, object_version=object_version)
            transaction.create_adjustment_documents()
