"""The Domain API of one instance: reading, writing, actions.

Build one DomainApi in each process that calls ERP.net (after a fork, not before): it holds one token and so one
session, which is one licence slot.
Docs: https://docs.erp.net/dev/domain-api/index.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

import orjson
import requests

from erpnet.answers import raise_for_status, read_json, read_object
from erpnet.config import TrustedApplication
from erpnet.discovery import Instance, load_identity_provider, origin
from erpnet.exceptions import Conflict, ErpNetError, MalformedAnswer, RateLimited, Rejected, Unanswered
from erpnet.query import LARGEST_PAGE, Expansion, Query, checked_name, options_text
from erpnet.retries import attempts
from erpnet.throttle import Throttle
from erpnet.tokens import ServiceToken
from erpnet.transport import TIMEOUT, Answer, Recorder, Timeout, Transport
from erpnet.values import Reference, to_json

REQUESTS_PER_MINUTE = 600

# Numbers with decimals travel as strings, so that no float ever touches them.
_JSON = "application/json;IEEE754Compatible=true"
_ACCEPT = f"{_JSON};odata.metadata=minimal"
_WRITE_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as ERP.net sent them. `count` is the number of all rows, where the query asked for it."""

    rows: list[dict[str, Any]]
    next_link: str | None
    count: int | None
    bytes: int
    seconds: float


@dataclass(slots=True)
class Counters:
    """What this client has cost so far; seconds are those spent waiting for answers."""

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    bytes: int = 0
    seconds: float = 0.0


class DomainApi:
    """The Domain API, under the service identity of a Trusted Application.

    One request is under way at a time, and at most 600 go out in a minute: callers wait for their turn. Reads are
    repeated on errors that may pass; writes never, except once after a 401, when ERP.net has not acted.
    `timeout` is (connect, read) in seconds. Nothing is sent before the first call.
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
    ) -> None:
        self.application = application
        self.counters = Counters()
        self._given_instance = instance
        self._session = session or requests.Session()
        self._recorder = recorder
        self._timeout = timeout
        self._transport = Transport(self._session, recorder=recorder, timeout=timeout)
        self._throttle = Throttle(requests_per_minute)
        self._one_at_a_time = threading.Lock()

    @cached_property
    def instance(self) -> Instance:
        """The addresses of the instance, discovered when first needed."""
        return self._given_instance or Instance.discover(
            self.application, session=self._session, recorder=self._recorder, timeout=self._timeout
        )

    @cached_property
    def token(self) -> ServiceToken:
        provider = load_identity_provider(
            self.instance, session=self._session, recorder=self._recorder, timeout=self._timeout
        )
        return ServiceToken(self.application, provider.token_endpoint, self._transport)

    # -- Reading -------------------------------------------------------------------------------------------------------

    def page(self, query_or_next_link: Query | str) -> Page:
        """One page: the first of a query, or the one that a `next_link` of an earlier page leads to.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
        """
        asked = query_or_next_link
        answer = self._read(asked.path() if isinstance(asked, Query) else asked)
        content = read_object(answer)
        rows, count = content.get("value"), content.get("@odata.count")
        if not isinstance(rows, list):
            raise MalformedAnswer("ERP.net answered a query without a list of rows.")
        return Page(
            rows=rows,
            next_link=content.get("@odata.nextLink"),
            count=None if count is None else int(count),
            bytes=len(answer.body),
            seconds=answer.seconds,
        )

    def pages(self, query: Query) -> Iterator[Page]:
        """All pages of a query, 1000 rows each unless it says otherwise; the next one loads while this one is used."""
        following: Query | str | None = query if query.page_size else query.top(LARGEST_PAGE)
        with ThreadPoolExecutor(1, thread_name_prefix="erpnet-page") as ahead:
            coming: Future[Page] | None = ahead.submit(copy_context().run, self.page, following)
            while coming is not None:
                page = coming.result()
                link = page.next_link
                coming = ahead.submit(copy_context().run, self.page, link) if link else None
                yield page

    def get(
        self, reference: Reference | str, *, select: Sequence[str] = (), expand: Sequence[Expansion] = ()
    ) -> dict[str, Any]:
        """One object, by its reference or its `Entity_Set(guid)`. Raises NotFound."""
        query = Query(_reference(reference).entity_set, tuple(map(checked_name, select)), tuple(expand))
        return read_object(self._read(_reference(reference).odata_id + options_text(query.options())))

    def function(self, name: str) -> Any:
        """Call a function of the service, such as GetVersion.

        Docs: https://docs.erp.net/dev/domain-api/common-tasks/handling-renames.html
        """
        return read_json(self._read(checked_name(name)))

    # -- Writing -------------------------------------------------------------------------------------------------------

    def create(self, entity_set: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object, with its lines if `data` has some. Answers what ERP.net made of it.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/create.html
        """
        return self._write("POST", checked_name(entity_set), data) or {}

    def update(
        self, reference: Reference | str, data: Mapping[str, Any], *, object_version: int | None = None
    ) -> dict[str, Any]:
        """Change some attributes of an object. Empty where ERP.net answers nothing.

        With `object_version`, raises Conflict if the object has another one by now. ERP.net does not document how it
        tells that refusal from others, so a refused update is followed by a look at the version.
        Docs: https://docs.erp.net/dev/domain-api/data-sync/optimistic-locking.html
        """
        target = _reference(reference)
        if object_version is None:
            return self._write("PATCH", target.odata_id, data) or {}
        try:
            return self._write("PATCH", target.odata_id, {**data, "ObjectVersion": object_version}) or {}
        except Rejected as refusal:
            if self._version_is(target, object_version):
                raise
            raise Conflict(refusal.message) from None

    def merge(
        self, entity_set: str, data: Mapping[str, Any], *, external_id: str, external_system: str
    ) -> dict[str, Any]:
        """Create the object with that external id, or update it if it is there: repeating it changes nothing more.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/erpnet-action.html
        """
        key = {"ExternalId": external_id, "ExternalSystem": external_system}
        body = {"@erpnet.action": "merge", "@erpnet.findBy": key, **data, **key}
        return self._write("POST", checked_name(entity_set), body) or {}

    def action(self, reference: Reference | str, name: str, data: Mapping[str, Any] | None = None) -> Any:
        """Call an action of an object, such as ChangeState. Answers its JSON, None where there is none.

        Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
        """
        return self._write("POST", f"{_reference(reference).odata_id}/{checked_name(name)}", data or {})

    # -- Sending -------------------------------------------------------------------------------------------------------

    def _read(self, link: str) -> Answer:
        url = self._absolute(link)
        for attempt in attempts():
            with attempt:
                self.counters.retries += attempt.num > 1
                return self._send("GET", url)
        raise AssertionError("A retry loop ends by a return or an error.")

    def _write(self, method: str, path: str, data: Mapping[str, Any]) -> Any:
        body = orjson.dumps(data, default=to_json, option=_WRITE_OPTIONS)
        answer = self._send(method, self._absolute(path), body)
        try:
            return read_json(answer)
        except MalformedAnswer as error:
            # A success without its JSON may come from a proxy: ERP.net may or may not have seen the request.
            raise Unanswered(error.message) from None

    def _send(self, method: str, url: str, body: bytes | None = None) -> Answer:
        token = self.token.value()
        answer = self._send_as(token, method, url, body)
        if answer.status == 401:
            self.token.drop(token)
            answer = self._send_as(self.token.value(), method, url, body)
        try:
            raise_for_status(answer)
        except RateLimited:
            self.counters.rate_limited += 1
            raise
        return answer

    def _send_as(self, token: str, method: str, url: str, body: bytes | None) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Accept": _ACCEPT}
        if body is not None:
            headers["Content-Type"] = _JSON
        with self._one_at_a_time:
            self._throttle.wait()
            self.counters.requests += 1
            answer = self._transport.send("api", method, url, headers=headers, body=body)
            self.counters.bytes += len(answer.body)
            self.counters.seconds += answer.seconds
        return answer

    def _absolute(self, link: str) -> str:
        """The address of a path under the service or of a next link, which has to stay with this instance."""
        root = self.instance.domain_api_url
        url = urljoin(root, link)
        if origin(url) != origin(root):
            raise MalformedAnswer("ERP.net sent a link to another host, which is not followed.")
        return url

    def _version_is(self, target: Reference, object_version: int) -> bool:
        try:
            current = self.get(target, select=["ObjectVersion"]).get("ObjectVersion")
        except ErpNetError:
            return True
        return current is not None and int(current) == object_version


def _reference(reference: Reference | str) -> Reference:
    return reference if isinstance(reference, Reference) else Reference.parse(reference)
