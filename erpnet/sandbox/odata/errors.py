"""How the Domain API says no: business errors as HTTP 500 with ERP.net's JSON, broken OData as 400.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/error-handling.html
"""

from collections.abc import Sequence

import orjson
from werkzeug.wrappers import Response

from erpnet.sandbox.model import Entity

EXCEPTIONS = "Aloe.EnterpriseOne.Server.ServerAPI.Exceptions"
# 2129 and 2029 are ERP.net's own codes; the others stand for kinds of refusals that have no documented one.
DUPLICATE = 2129
CONSTRAINT = 2029
BUSINESS_RULE = 2001
CONCURRENCY = 2118
PLAIN = "EnterpriseOneServerException"
NO_LICENCE = "MaximumLicenseCountExceeded"
# Exceptions of the platform itself, which the documents show without a namespace.
NOT_SUPPORTED = "NotSupportedException"
INVALID_OPERATION = "InvalidOperationException"


class ODataError(Exception):
    """The URL or the body is not what the service can read: HTTP 400, or another `status`."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status

    def content(self) -> dict[str, object]:
        return {"code": "", "message": self.message}

    def response(self, *, nested: bool = True) -> Response:
        content = orjson.dumps({"error": self.content()})
        return Response(content, self.status, content_type="application/json;odata.metadata=minimal")


class Refusal(Exception):
    """A rule of ERP.net that forbids what was asked, in words for a person.

    `message_format` is the message with numbers in braces where the `parameters` stand.
    """

    status = 500

    def __init__(
        self,
        message: str,
        *,
        code: int = BUSINESS_RULE,
        kind: str = PLAIN,
        message_format: str | None = None,
        parameters: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.kind = kind
        self.message_format = message_format
        self.parameters = parameters

    def content(self) -> dict[str, object]:
        """As on a real server `info` holds a stack trace, which no client may show to anybody."""
        kind = self.kind if self.kind in {NOT_SUPPORTED, INVALID_OPERATION} else f"{EXCEPTIONS}.{self.kind}"
        return {
            "message": self.message,
            "code": self.code,
            "type": kind,
            "info": f"{kind}: {self.message}\r\n   at Sandbox.Server.Commit(Transaction transaction)",
            "messageFormat": self.message_format or (self.message if self.parameters else None),
            "parameters": list(self.parameters) or None,
        }

    def response(self, *, nested: bool = False) -> Response:
        """The documents show the fields of an error both at the top level and under `error`."""
        content = {"error": self.content()} if nested else self.content()
        return Response(orjson.dumps(content), 500, content_type="application/json")


def error_response(
    message: str, *, code: int = BUSINESS_RULE, kind: str = PLAIN, parameters: Sequence[str] = ()
) -> Response:
    return Refusal(message, code=code, kind=kind, parameters=parameters).response()


def too_many_requests(retry_after: int | None) -> Response:
    """The documents name the status alone; a header that says when to come again may be there or not."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    content = {"error": {"code": "429", "message": "Too many requests."}}
    return Response(orjson.dumps(content), 429, headers, content_type="application/json")


def unknown_property(entity: Entity, name: str) -> ODataError:
    return ODataError(f"Could not find a property named '{name}' on type 'Erp.{entity.entity_type}'.")
