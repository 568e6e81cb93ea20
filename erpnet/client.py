"""The Domain API of one instance: reading, writing, actions.

Build one DomainApi in each process that calls ERP.net, after a fork and not before: it holds one token and so
one session, which is one licence slot.
Docs: https://docs.erp.net/dev/domain-api/index.html
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import orjson
import requests

from erpnet.answers import read_json, read_object
from erpnet.breaker import FAILURES, PAUSE, Breaker
from erpnet.channel import Channel
from erpnet.config import TrustedApplication
from erpnet.counters import Counters
from erpnet.discovery import Instance
from erpnet.exceptions import Conflict, ErpNetError, MalformedAnswer, Rejected, Unanswered
from erpnet.query import LARGEST_PAGE, Expansion, Query, checked_name, options_text
from erpnet.throttle import Throttle
from erpnet.tokens import ServiceToken
from erpnet.transport import TIMEOUT, Answer, Recorder, Timeout, Transport
from erpnet.values import Reference, to_json

REQUESTS_PER_MINUTE = 600

_WRITE_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as ERP.net sent them. `count` is the number of all rows, where the query asked for it."""

    rows: list[dict[str, Any]]
    next_link: str | None
    count: int | None
    bytes: int
    seconds: float


class DomainApi:
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
        transport = Transport(session, recorder=recorder, timeout=timeout)
        self._channel = Channel(
            application,
            transport,
            instance=instance,
            throttle=Throttle(requests_per_minute, requests_at_once),
            breaker=Breaker(failures, pause),
        )

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

    # -- Reading --------------------------------------------------------------------------------------------

    def page(self, query_or_next_link: Query | str) -> Page:
        """One page: the first of a query, or the one that a `next_link` of an earlier page leads to.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
        """
        asked = query_or_next_link
        return _page(self._channel.read(asked.path() if isinstance(asked, Query) else asked))

    def pages(self, query_or_next_link: Query | str) -> Generator[Page, None, None]:
        """All pages from the first of a query, or from the one that a `next_link` leads to.

        A query that does not say how many rows a page has gets 1000. The next page loads while this one is used.
        """
        start = query_or_next_link
        if isinstance(start, Query) and start.page_size is None:
            start = start.top(LARGEST_PAGE)
        with ThreadPoolExecutor(1, thread_name_prefix="erpnet-page") as ahead:

            def load(asked: Query | str) -> Future[Page]:
                return ahead.submit(copy_context().run, self.page, asked)

            coming: Future[Page] | None = load(start)
            while coming is not None:
                page = coming.result()
                coming = load(page.next_link) if page.next_link else None
                yield page

    def get(
        self, reference: Reference | str, *, select: Sequence[str] = (), expand: Sequence[Expansion] = ()
    ) -> dict[str, Any]:
        """One object, by its reference or its `Entity_Set(guid)`. Raises NotFound."""
        target = _reference(reference)
        query = Query(target.entity_set, tuple(map(checked_name, select)), tuple(expand))
        return self._read(target.odata_id + options_text(query.options()))

    def function(self, name: str) -> dict[str, Any]:
        """Call a function of the service, such as GetVersion.

        Docs: https://docs.erp.net/dev/domain-api/common-tasks/handling-renames.html
        """
        return self._read(checked_name(name))

    # -- Writing --------------------------------------------------------------------------------------------

    def create(self, entity_set: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object, with its lines if `data` has some. Answers what ERP.net made of it.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/create.html
        """
        return self._change("POST", checked_name(entity_set), data)

    def update(
        self, reference: Reference | str, data: Mapping[str, Any], *, object_version: int | None = None
    ) -> dict[str, Any]:
        """Change some attributes of an object. Empty where ERP.net answers nothing.

        With `object_version`, raises Conflict if the object has another one by now. ERP.net does not document
        how it tells that refusal from others, so a refused update is followed by a look at the version.
        Docs: https://docs.erp.net/dev/domain-api/data-sync/optimistic-locking.html
        """
        target = _reference(reference)
        if object_version is None:
            return self._change("PATCH", target.odata_id, data)
        try:
            return self._change("PATCH", target.odata_id, {**data, "ObjectVersion": object_version})
        except Rejected as refusal:
            if self._is_still_at(target, object_version):
                raise
            raise Conflict(refusal.message) from None

    def merge(
        self, entity_set: str, data: Mapping[str, Any], *, external_id: str, external_system: str
    ) -> dict[str, Any]:
        """Create the object with that external id, or update it if it is there: repeated, it is still one object.

        Child objects that nothing identifies, such as the lines of a document, are added anew by a repeat. After
        an answer that was lost, look for the object first.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
        """
        return self._change(
            "POST", checked_name(entity_set), _keyed("merge", data, external_id, external_system)
        )

    def find_or_create(
        self, entity_set: str, data: Mapping[str, Any], *, external_id: str, external_system: str
    ) -> dict[str, Any]:
        """The object with that external id; created from `data` if it is not there, else left as it is.

        So a request that ERP.net carries out late, after another has done its work, changes nothing.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
        """
        body = _keyed("findOrCreate", data, external_id, external_system)
        return self._change("POST", checked_name(entity_set), body)

    def action(self, reference: Reference | str, name: str, data: Mapping[str, Any] | None = None) -> Any:
        """Call an action of an object, such as ChangeState. Answers its JSON, None where there is none.

        Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
        """
        return self._write("POST", f"{_reference(reference).odata_id}/{checked_name(name)}", data or {})

    def _read(self, link: str) -> dict[str, Any]:
        return read_object(self._channel.read(link))

    def _change(self, method: str, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write an object; its new form, empty where ERP.net answers nothing."""
        content = self._write(method, path, data)
        if not isinstance(content, dict | None):
            raise Unanswered("ERP.net answered a change with something that is no object.")
        return content or {}

    def _write(self, method: str, path: str, data: Mapping[str, Any]) -> Any:
        body = orjson.dumps(data, default=to_json, option=_WRITE_OPTIONS)
        answer = self._channel.send(method, path, body)
        try:
            return read_json(answer)
        except MalformedAnswer as error:
            # A success without its JSON may come from a proxy: ERP.net may or may not have seen the request.
            raise Unanswered(error.message) from None

    def _is_still_at(self, target: Reference, object_version: int) -> bool:
        try:
            current = self.get(target, select=["ObjectVersion"]).get("ObjectVersion")
        except ErpNetError:
            return True
        return current is not None and int(current) == object_version


def _keyed(action: str, data: Mapping[str, Any], external_id: str, external_system: str) -> dict[str, Any]:
    key = {"ExternalId": external_id, "ExternalSystem": external_system}
    return {"@erpnet.action": action, "@erpnet.findBy": key, **data, **key}


def _page(answer: Answer) -> Page:
    content = read_object(answer)
    rows, link, count = content.get("value"), content.get("@odata.nextLink"), content.get("@odata.count")
    if not isinstance(rows, list) or not isinstance(link, str | None) or not str(count or 0).isdecimal():
        raise MalformedAnswer("ERP.net answered a query with something that is no page of rows.")
    return Page(rows, link, None if count is None else int(count), len(answer.body), answer.seconds)


def _reference(reference: Reference | str) -> Reference:
    return reference if isinstance(reference, Reference) else Reference.parse(reference)
