"""The one way into the Domain API: with the service token, one request at a time, within the rate limit.

Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin

from erpnet.addresses import origin
from erpnet.answers import raise_for_status
from erpnet.breaker import Breaker
from erpnet.config import TrustedApplication
from erpnet.counters import Counters, SessionWatch
from erpnet.discovery import Instance, load_identity_provider
from erpnet.exceptions import (
    Conflict,
    ErpNetError,
    MalformedAnswer,
    NotFound,
    RateLimited,
    Rejected,
    TransientError,
    Unauthorized,
)
from erpnet.retries import attempts
from erpnet.throttle import Throttle
from erpnet.tokens import ServiceToken
from erpnet.transport import Answer, Transport

# Numbers with decimals travel as strings, so that no float ever touches them.
JSON = "application/json;IEEE754Compatible=true"
ACCEPT = f"{JSON};odata.metadata=minimal"


class Channel:
    """Sends under the service identity. Finds the instance and asks for a token when first needed."""

    def __init__(
        self,
        application: TrustedApplication,
        transport: Transport,
        *,
        instance: Instance | None = None,
        throttle: Throttle | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.counters = Counters()
        self._application = application
        self._transport = transport
        self._instance = instance
        self._token: ServiceToken | None = None
        self._throttle = throttle or Throttle()
        self._breaker = breaker or Breaker()
        self._sessions = SessionWatch()
        self._setting_up = threading.RLock()
        self._process: int | None = None

    @property
    def instance(self) -> Instance:
        with self._setting_up:
            if self._instance is None:
                self._instance = Instance.discover(self._application, self._transport)
            return self._instance

    @property
    def token(self) -> ServiceToken:
        with self._setting_up:
            if self._token is None:
                provider = load_identity_provider(self.instance, self._transport)
                self._token = ServiceToken(
                    self._application,
                    provider.token_endpoint,
                    self._transport,
                    counters=self.counters,
                    secret_in_header=provider.secret_in_header,
                )
            return self._token

    def read(self, link: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GET a path under the service or a next link, again while what fails may pass."""
        for attempt in attempts():
            with attempt:
                self.counters.add(retries=attempt.num > 1)
                return self.send("GET", link, headers=headers)
        raise AssertionError("A retry loop ends by a return or an error.")

    def send(
        self, method: str, link: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send once, with `headers` besides those of every request; answers the whole of a success.

        After a 401, when ERP.net has not acted, it is sent once more with a new token. Waits for its turn; fails
        at once with CircuitOpen while ERP.net is left alone.
        """
        self._check_process()
        self._breaker.check()
        with self._throttle.turn(), self._breaker.guard():
            with _before_it_is_sent():
                url = self._absolute(link)
                token = self.token.value()
            answer = self._send_as(token, method, url, body, headers)
            if answer.status == 401:
                with _before_it_is_sent():
                    self.token.drop(token)
                    token = self.token.value()
                answer = self._send_as(token, method, url, body, headers)
            self._judge(answer, token)
            return answer

    def seconds_until_free(self, requests: int) -> float:
        return self._throttle.seconds_until_free(requests)

    def _check_process(self) -> None:
        """Raise RuntimeError after a fork: both processes would read from one connection, and share a token."""
        if self._process not in (None, os.getpid()):
            raise RuntimeError("Another process has used this DomainApi. Build one in each, after the fork.")
        self._process = os.getpid()

    def _send_as(
        self, token: str, method: str, url: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> Answer:
        sent = {"Accept": ACCEPT, **(headers or {}), "Authorization": f"Bearer {token}"}
        if body is not None:
            sent.setdefault("Content-Type", JSON)
        self._throttle.wait()
        self.counters.add(requests=1)
        answer = self._transport.send("api", method, url, headers=sent, body=body)
        self.counters.add(bytes=len(answer.body), seconds=answer.seconds)
        return answer

    def _judge(self, answer: Answer, token: str) -> None:
        """Return if the answer is a success, raise what it means otherwise; and note what it cost."""
        refusal = None
        try:
            raise_for_status(answer)
        except ErpNetError as error:
            refusal = error
            raise
        finally:
            # What ERP.net refuses by its rules it has let in; a proxy may have sent the rest.
            let_in = not isinstance(refusal, TransientError | Unauthorized)
            self.counters.add(
                sessions=let_in and self._sessions.opens(token), rate_limited=isinstance(refusal, RateLimited)
            )

    def _absolute(self, link: str) -> str:
        """The address of `link`, which has to stay with this instance: the token goes where it leads."""
        root = self.instance.domain_api_url
        try:
            url = urljoin(root, link)
        except ValueError:
            url = ""
        if origin(url) != origin(root):
            raise MalformedAnswer("ERP.net sent a link to another host, which is not followed.")
        return url


@contextmanager
def _before_it_is_sent() -> Iterator[None]:
    """Around what a request needs first: whatever fails there, ERP.net has refused no object and done nothing."""
    try:
        yield
    except (NotFound, Conflict, Rejected) as error:
        raise MalformedAnswer(f"The instance gives no way in: {error.message}") from None
    except ErpNetError as error:
        error.may_have_happened = False
        raise
