"""Where the sites of an instance are, what its identity provider publishes, and the keys of its tokens.

Docs: https://docs.erp.net/dev/auth/concepts/identity-server.html
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import jwt

from erpnet.addresses import is_safe, origin, split
from erpnet.answers import raise_for_status, read_object
from erpnet.config import TrustedApplication
from erpnet.exceptions import ErpNetError, MalformedAnswer, PermanentError, UnknownSigningKey
from erpnet.transport import Transport

logger = logging.getLogger("erpnet")

DISCOVERY_PATHS = ("/tools/auto-discovery", "/sys/auto-discovery")
SMALLEST_KEY = 2048  # bits


@dataclass(frozen=True, slots=True)
class Instance:
    """The addresses of an instance. `domain_api_url` is the OData root and ends with a slash."""

    identity_url: str
    domain_api_url: str

    @property
    def openid_configuration_url(self) -> str:
        return f"{self.identity_url}/.well-known/openid-configuration"

    @classmethod
    def conventional(cls, application: TrustedApplication) -> Self:
        """The addresses that an instance has unless somebody configured others."""
        root = application.instance_url
        return cls(identity_url=f"{root}/id", domain_api_url=f"{root}/api/domain/odata/")

    @classmethod
    def discover(cls, application: TrustedApplication, transport: Transport | None = None) -> Self:
        """Ask the instance for its sites; the conventional addresses stand in for what it does not tell.

        Sites may have addresses of their own, and be private, which keeps them off the list. Raises TransientError
        where the instance cannot be asked now, MalformedAnswer for an unsafe address.
        Docs: https://docs.erp.net/dev/building-apps/concepts/application-server-endpoints.html
        """
        transport = transport or Transport()
        known = cls.conventional(application)
        for path in DISCOVERY_PATHS:
            try:
                document = _fetch(transport, application.instance_url + path)
            except PermanentError as error:
                logger.info("No site discovery at %s: %s", path, error)
                continue
            return cls._from_sites(document, known, application)
        return known

    @classmethod
    def _from_sites(cls, document: dict[str, Any], known: Instance, application: TrustedApplication) -> Self:
        identity = _site(document, "ID", application)
        domain_api = _site(document, "DomainAPI", application)
        extras = domain_api.get("AdditionalProperties")
        root = _text(extras.get("ODataServiceRoot")) if isinstance(extras, dict) else ""
        site = _text(domain_api.get("Url"))
        if root and site and origin(root) != origin(site):
            raise MalformedAnswer(
                "The instance names an ODataServiceRoot that is not on its Domain API site."
            )
        found = (
            _text(identity.get("Url")) or known.identity_url,
            root or (f"{site.rstrip('/')}/domain/odata" if site else known.domain_api_url),
        )
        for url in found:
            _require_safe(url, application.instance_url)
        return cls(identity_url=found[0].rstrip("/"), domain_api_url=found[1].rstrip("/") + "/")


def _site(document: dict[str, Any], kind: str, application: TrustedApplication) -> dict[str, Any]:
    """The site of that kind, empty where none is listed. Of several the best: it works, and it is on this host."""
    listed = document.get("WebSites")
    sites = [
        site
        for site in (listed if isinstance(listed, list) else [])
        if isinstance(site, dict) and site.get("Type") == kind
    ]
    here = origin(application.instance_url)
    sites.sort(key=lambda site: (_doubt(site), origin(_text(site.get("Url"))) != here))
    if not sites:
        return {}
    if sites[0].get("Status") == "NotWorking":
        # The instance looks at its sites from time to time: what it saw may be over.
        logger.warning("The instance says that its %s site does not work.", kind)
    return sites[0]


def _doubt(site: dict[str, Any]) -> int:
    return {"Working": 0, "NotWorking": 2}.get(_text(site.get("Status")), 1)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """What the Instance ID publishes about itself.

    `secret_in_header` where its token endpoint takes an application's secret in no other way.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str
    jwks_uri: str
    secret_in_header: bool = False


def load_identity_provider(instance: Instance, transport: Transport | None = None) -> IdentityProvider:
    """Read the OpenID configuration.

    Its issuer has to be `identity_url` to the letter and its endpoints on the same origin. Raises
    MalformedAnswer otherwise, TransientError where it cannot be read now.
    """
    document = _fetch(transport or Transport(), instance.openid_configuration_url)
    if document.get("issuer") != instance.identity_url:
        issuer = str(document.get("issuer"))[:200]
        raise MalformedAnswer(f"The Instance ID calls itself {issuer}, not {instance.identity_url}.")
    names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri")
    endpoints = {name: str(document.get(name) or "") for name in names}
    for name, url in endpoints.items():
        _require_safe(url, instance.identity_url)
        if origin(url) != origin(instance.identity_url):
            raise MalformedAnswer(f"The {name} of the Instance ID is on another host.")
    methods = document.get("token_endpoint_auth_methods_supported")
    in_header = isinstance(methods, list) and "client_secret_basic" in methods
    in_form = not isinstance(methods, list) or "client_secret_post" in methods
    return IdentityProvider(
        issuer=instance.identity_url, **endpoints, secret_in_header=in_header and not in_form
    )


class SigningKeys:
    """The public keys of the Instance ID, from its `jwks_uri` alone.

    Kept for an hour, or for a day while no newer ones can be read. A key id that is not among them makes one more
    request, though no more than one a minute: tokens with made-up key ids shall not make us hammer the instance. Where
    that one came to nothing, the next may follow soon.
    """

    FRESH_FOR = 3600.0
    ASK_EVERY = 60.0
    ASK_EVERY_IN_TROUBLE = 5.0
    USED_FOR = 86400.0

    def __init__(
        self,
        provider: IdentityProvider,
        transport: Transport | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jwks_uri = provider.jwks_uri
        self._transport = transport or Transport()
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._read_at = float("-inf")
        self._ask_at = float("-inf")
        self._asked_again_at = float("-inf")
        self._trouble: ErpNetError | None = None

    def key_for(self, kid: str | None) -> jwt.PyJWK:
        """The RSA key with that id; for a token without one, the only key there is.

        Raises UnknownSigningKey, or another ErpNetError where it is not among those known and none can be read now.
        """
        with self._lock:
            if self._clock() >= self._ask_at:
                self._load()
            key = self._find(kid)
            # Counted apart from the hourly reading: keys may change the moment after it.
            if key is None and self._clock() - self._asked_again_at > self._patience:
                self._asked_again_at = self._clock()
                self._load()
                key = self._find(kid)
            if key is None and self._trouble is not None:
                raise self._trouble
        if key is None:
            raise UnknownSigningKey("The token is signed with a key that the Instance ID does not publish.")
        return key

    @property
    def _patience(self) -> float:
        return self.ASK_EVERY if self._trouble is None else self.ASK_EVERY_IN_TROUBLE

    def published(self) -> list[str | None]:
        """The ids of the keys that the Instance ID publishes now. Raises an ErpNetError where they cannot be read."""
        with self._lock:
            self._load()
            return list(self._keys)

    def _find(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _load(self) -> None:
        now = self._clock()
        try:
            self._keys = {key.key_id: key for key in _rsa_keys(_fetch(self._transport, self._jwks_uri))}
        except ErpNetError as error:
            self._trouble = error
            if now - self._read_at > self.USED_FOR:
                self._keys = {}
                raise
            logger.warning(
                "The signing keys cannot be read (%s); those known are used.", type(error).__name__
            )
            self._ask_at = now + self.ASK_EVERY
        else:
            self._read_at, self._ask_at, self._trouble = now, now + self.FRESH_FOR, None


def _rsa_keys(document: dict[str, Any]) -> list[jwt.PyJWK]:
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise MalformedAnswer("The Instance ID publishes no list of keys.")
    signing = [key for key in listed if isinstance(key, dict) and _is_for_signing(key)]
    try:
        keys = [jwt.PyJWK(key, algorithm="RS256") for key in signing]
    except jwt.PyJWTError:
        raise MalformedAnswer("The Instance ID publishes a key that cannot be read.") from None
    return [key for key in keys if key.key.key_size >= SMALLEST_KEY]


def _is_for_signing(key: dict[str, Any]) -> bool:
    """Whether a public key says that it is for RS256, or at least nothing else. A private one is everybody's."""
    return (
        key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", "RS256") == "RS256"
        and isinstance(key.get("kid", ""), str)
        and "d" not in key
    )


def _fetch(transport: Transport, url: str) -> dict[str, Any]:
    answer = transport.send("discovery", "GET", url, headers={"Accept": "application/json"})
    raise_for_status(answer)
    return read_object(answer)


def _require_safe(url: str, known: str) -> None:
    """Raises MalformedAnswer for an address to which no secret may be sent, or that is less safe than `known`."""
    parts = split(url)
    if parts is None or not is_safe(url):
        raise MalformedAnswer("The instance names an address of its own that is not https.")
    if parts.scheme == "http" and not known.startswith("http:"):
        raise MalformedAnswer("The instance names an address on this machine, which is not https.")
    if parts.username is not None or parts.query or parts.fragment:
        raise MalformedAnswer("The instance names an address with more than a host and a path.")
