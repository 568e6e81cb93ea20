"""Who may call the API: services with a token made for it, and writes with the scope for them.

Docs: https://docs.erp.net/dev/auth/concepts/scopes.html
"""

from typing import Any

from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.odata.errors import ODataError


def claims_of(instance: Instance, request: Request) -> dict[str, Any]:
    """The service behind a request. Raises Unauthorized for everybody else: people never call the API."""
    authorization = request.authorization
    bearer = authorization.token if authorization and authorization.type == "bearer" else None
    claims = instance.oauth.service_claims(bearer) if bearer else None
    if claims is None:
        raise Unauthorized(
            response=Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        )
    return claims


def check_scope(claims: dict[str, Any], method: str) -> None:
    """Reading takes `read`, anything else `update`. Raises ODataError 403."""
    scope = "read" if method == "GET" else "update"
    if scope not in claims["scope"]:
        raise ODataError(f"The token does not have the scope '{scope}'.", status=403)
