"""The Instance ID's addresses: metadata, sign-in, tokens and sign-out."""

import re
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import OAuth2Error
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.identity import sign_in, sign_out
from erpnet.sandbox.identity.answers import as_json, protected, unkept
from erpnet.sandbox.identity.requests import check_token

if TYPE_CHECKING:
    from erpnet.sandbox.instance import Instance

authorize = protected(sign_in.authorize)
end_session = protected(sign_out.end_session)

_PLAIN = re.compile(r"[\w.:-]{1,60}", re.ASCII)


@protected
def metadata(instance: "Instance", request: Request) -> Response:
    return as_json(instance.oauth.metadata())


@protected
def jwks(instance: "Instance", request: Request) -> Response:
    return as_json(instance.oauth.published_keys())


@protected
def token(instance: "Instance", request: Request) -> Response:
    """Errors: https://docs.erp.net/dev/auth/flows/client-credentials/service-apps-errors.html"""
    try:
        check_token(request)
        status, body, _ = instance.oauth.create_token_response(request)
    except OAuth2Error as error:
        status, body = error.status_code, error.get_body()
    content = dict(body)
    if "error" not in content:
        return unkept(as_json(content))
    # A secret in the form is refused with 400; 401 is for the header, as the standard has it.
    by_header = status == 401 and "Authorization" in request.headers
    response = as_json(_as_documented(content, request), 401 if by_header else 400)
    if by_header:
        response.headers["WWW-Authenticate"] = 'Basic realm="Instance ID"'
    return unkept(response)


def _as_documented(error: dict[str, Any], request: Request) -> dict[str, Any]:
    """The error in ERP.net's words, which give away no more of an application than that it was refused."""
    word, grant_type = error["error"], request.form.get("grant_type", "")
    if word == "unauthorized_client" and grant_type != "client_credentials":
        return {"error": "unsupported_grant_type"}
    match word:
        case "invalid_client":
            told = "Invalid client_id or client_secret"
        case "unauthorized_client":
            told = "The client is not authorized to use this grant type"
        case "invalid_scope":
            told = _with("Invalid scope", request.form.get("scope", ""))
        case "unsupported_grant_type":
            told = _with("Unsupported grant type", grant_type)
        case _:
            told = error.get("error_description", "")
    return {"error": word, "error_description": told} if told else {"error": word}


def _with(message: str, asked: str) -> str:
    """The message with what was asked for, if that is plain enough to repeat."""
    return f"{message}: {asked}" if all(_PLAIN.fullmatch(one) for one in asked.split()) else message
