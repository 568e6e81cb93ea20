"""How the Domain API says no: business errors as HTTP 500 with ERP.net's JSON, broken OData as 400.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/error-handling.html
"""

from collections.abc import Sequence

import orjson
from werkzeug.wrappers import Response

EXCEPTIONS = "Aloe.EnterpriseOne.Server.ServerAPI.Exceptions"
# 2129 and 2029 are ERP.net's own codes; the others stand for kinds of refusals that have no documented one.
DUPLICATE = 2129
CONSTRAINT = 2029
BUSINESS_RULE = 2001
CONCURRENCY = 2118
PLAIN = "EnterpriseOneServerException"
NO_LICENCE = "MaximumLicenseCountExceeded"


class ODataError(Exception):
    """The URL or the body is not what the service can read: HTTP 400, or another `status`."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status

    def response(self) -> Response:
        content = {"error": {"code": "", "message": self.message}}
        return Response(
            orjson.dumps(content), self.status, content_type="application/json;odata.metadata=minimal"
        )


class Refusal(Exception):
    """A rule of ERP.net that forbids what was asked, in words for a person."""

    def __init__(
        self, message: str, *, code: int = BUSINESS_RULE, kind: str = PLAIN, parameters: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.kind = kind
        self.parameters = parameters

    def response(self) -> Response:
        return error_response(self.message, code=self.code, kind=self.kind, parameters=self.parameters)


def error_response(
    message: str,
    *,
    code: int = BUSINESS_RULE,
    kind: str = PLAIN,
    parameters: Sequence[str] = (),
) -> Response:
    """ERP.net's error. As on a real server `info` holds a stack trace, which no client may show to anybody."""
    full_kind = f"{EXCEPTIONS}.{kind}"
    content = {
        "message": message,
        "code": code,
        "type": full_kind,
        "info": f"{full_kind}: {message}\n   at Sandbox.Server.Commit(Transaction transaction)",
        "messageFormat": message,
        "parameters": list(parameters),
    }
    return Response(orjson.dumps(content), 500, content_type="application/json")


def too_many_requests(retry_after: int | None) -> Response:
    """The documents name the status alone; a header that says when to come again may be there or not."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    content = {"error": {"code": "429", "message": "Too many requests."}}
    return Response(orjson.dumps(content), 429, headers, content_type="application/json")
