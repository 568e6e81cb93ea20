"""The one way into the Domain API: with the service token, one request at a time, within the rate limit.

Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import urljoin

from erpnet.addresses import origin
from erpnet.answers import raise_for_status
from erpnet.config import TrustedApplication
from erpnet.discovery import Instance, load_identity_provider
from erpnet.exceptions import MalformedAnswer, RateLimited
from erpnet.retries import attempts
from erpnet.throttle import Throttle
from erpnet.tokens import ServiceToken
from erpnet.transport import Answer, Transport

# Numbers with decimals travel as strings, so that no float ever touches them.
JSON = "application/json;IEEE754Compatible=true"
ACCEPT = f"{JSON};odata.metadata=minimal"


@dataclass(slots=True)
class Counters:
    """What a client has cost so far; seconds are those spent waiting for answers."""

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    bytes: int = 0
    seconds: float = 0.0


class Channel:
    """Sends under the service identity. Finds the instance and asks for a token when first needed."""

    def __init__(
        self,
        application: TrustedApplication,
        transport: Transport,
        *,
        instance: Instance | None = None,
        requests_per_minute: int,
    ) -> None:
        self.counters = Counters()
        self._application = application
        self._transport = transport
        self._instance = instance
        self._token: ServiceToken | None = None
        self._throttle = Throttle(requests_per_minute)
        self._setting_up = threading.RLock()
        self._one_at_a_time = threading.Lock()

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
                self._token = ServiceToken(self._application, provider.token_endpoint, self._transport)
            return self._token

    def read(self, link: str) -> Answer:
        """GET a path under the service or a next link, again while what fails may pass."""
        for attempt in attempts():
            with attempt:
                self.counters.retries += attempt.num > 1
                return self.send("GET", link)
        raise AssertionError("A retry loop ends by a return or an error.")

    def send(self, method: str, link: str, body: bytes | None = None) -> Answer:
        """Send once; after a 401, when ERP.net has not acted, once more with a new token."""
        url = self._absolute(link)
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
        headers = {"Authorization": f"Bearer {token}", "Accept": ACCEPT}
        if body is not None:
            headers["Content-Type"] = JSON
        with self._one_at_a_time:
            self._throttle.wait()
            self.counters.requests += 1
            answer = self._transport.send("api", method, url, headers=headers, body=body)
            self.counters.bytes += len(answer.body)
            self.counters.seconds += answer.seconds
        return answer

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
