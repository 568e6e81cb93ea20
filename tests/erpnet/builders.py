"""An instance to talk to, as `responses` serves it, and the application that talks."""

from __future__ import annotations

from typing import Any

import responses

from erpnet import DomainApi, TrustedApplication
from erpnet.discovery import Instance

ROOT = "https://mycompany.my.erp.net"
ODATA = f"{ROOT}/api/domain/odata"
SECRET = "the-plain-secret"
ORDERS = "Logistics_Procurement_PurchaseOrders"
ORDER_ID = "8a7c1f3e-5b1d-4f39-9d6a-0c0e5f1a2b3c"

OPENID = {
    "issuer": f"{ROOT}/id",
    "authorization_endpoint": f"{ROOT}/id/connect/authorize",
    "token_endpoint": f"{ROOT}/id/connect/token",
    "end_session_endpoint": f"{ROOT}/id/connect/endsession",
    "jwks_uri": f"{ROOT}/id/.well-known/openid-configuration/jwks",
}
BUSINESS_ERROR = {
    "message": "Prohibited duplication of the document number.",
    "code": 2129,
    "type": "ServerException",
    "info": "System.Exception at line 42",
    "messageFormat": "Prohibited duplication of {0}.",
    "parameters": ["the document number"],
}


def application(**changes: Any) -> TrustedApplication:
    return TrustedApplication(
        **{"instance_url": ROOT, "application_uri": "portal.test", "application_secret": SECRET, **changes}
    )


def domain_api(**options: Any) -> DomainApi:
    options.setdefault("instance", Instance.conventional(application()))
    return DomainApi(application(), **options)


def serve_identity(erp: responses.RequestsMock, *tokens: str) -> None:
    """The OpenID configuration, and a token endpoint that grants `tokens` one after another."""
    erp.get(f"{ROOT}/id/.well-known/openid-configuration", json=OPENID)
    for token in tokens or ("token-1",):
        erp.post(OPENID["token_endpoint"], json=token_answer(token))


def token_answer(value: str = "token-1", **changes: Any) -> dict[str, Any]:
    return {
        "access_token": value,
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "read update",
        **changes,
    }


def calls_to(erp: responses.RequestsMock, part: str) -> list[Any]:
    """The requests whose address contains `part`."""
    return [call.request for call in erp.calls if part in str(call.request.url)]
