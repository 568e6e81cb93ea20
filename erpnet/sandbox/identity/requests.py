"""What is wrong with a request to the Instance ID before anybody signs in.

Docs: https://docs.erp.net/dev/auth/flows/auth-code/interactive-apps-errors.html
"""

import re
from collections.abc import Iterator

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from erpnet.sandbox.identity.application import RESPONSE_TYPES, Application
from erpnet.sandbox.identity.server import OAuthServer

Parameters = MultiDict[str, str]

MODES = {"code": ("query", "form_post"), "code id_token": ("form_post",)}
_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = re.compile(r"[0-9]{1,9}")


def response_type(asked: Parameters) -> str:
    """In the one order that the standard's comparison knows."""
    return " ".join(sorted(asked.get("response_type", "").split()))


def response_mode(asked: Parameters) -> str:
    """How the answer travels: by form if it carries a token and nothing else was asked for."""
    by_default = "form_post" if "id_token" in response_type(asked) else "query"
    return asked.get("response_mode") or by_default


def max_age(asked: Parameters) -> int | None:
    """How many seconds ago the person may have signed in; None where that is not told, or not in numbers."""
    text = asked.get("max_age", "")
    return int(text) if _SECONDS.fullmatch(text) else None


def check_authorize(oauth: OAuthServer, asked: Parameters) -> None:
    """Raises OAuth2Error; it has a redirect_uri where the application that asks is known for sure."""
    if any(len(values) > 1 for values in asked.listvalues()):
        raise InvalidRequestError("A parameter is repeated.")
    client, redirect_uri = oauth.query_client(asked.get("client_id", "")), asked.get("redirect_uri")
    if client is None:
        raise UnauthorizedClientError("The application is not registered here, or it is disabled.")
    if not redirect_uri:
        raise InvalidRequestError("The redirect_uri is missing.")
    if not client.check_redirect_uri(redirect_uri):
        raise OAuth2Error(
            "The redirect_uri is not one of the application's ImpersonateLoginUrl.",
            error="invalid_redirect_uri",
        )
    # A mode that does not fit leaves no safe way to tell the application.
    if response_mode(asked) not in MODES.get(response_type(asked), ("query", "form_post")):
        raise InvalidRequestError("This response_mode does not go with the response_type.")
    for problem in _problems(client, asked):
        problem.redirect_uri = redirect_uri
        raise problem


def _problems(client: Application, asked: Parameters) -> Iterator[OAuth2Error]:
    if not client.signs_people_in:
        yield UnauthorizedClientError("The application may not sign in people of any kind.")
    if response_type(asked) not in RESPONSE_TYPES:
        yield OAuth2Error("This response_type is not served.", error="unsupported_response_type")
    for name in ("request", "request_uri"):
        if name in asked:
            yield OAuth2Error(f"The parameter {name} is not served.", error=f"{name}_not_supported")
    if not asked.get("state"):
        yield InvalidRequestError("The state is missing.")
    if set(asked.get("prompt", "").split()) - {"login", "none"} or asked.get("prompt") in {"", "login none"}:
        yield InvalidRequestError("The prompt can be login or none.")
    if "max_age" in asked and max_age(asked) is None:
        yield InvalidRequestError("The max_age is not a number of seconds.")
    yield from _proof_key_problems(client, asked)


def _proof_key_problems(client: Application, asked: Parameters) -> Iterator[OAuth2Error]:
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None and method is None:
        if client.is_public:
            yield InvalidRequestError("A public application needs a code_challenge.")
    elif method != "S256":
        yield InvalidRequestError("The code_challenge_method has to be S256.")
    elif not _S256_CHALLENGE.fullmatch(challenge or ""):
        yield InvalidRequestError("The code_challenge is not the base64url of a SHA-256.")


def check_token(request: Request) -> None:
    """Raises OAuth2Error for a token request that is not worth looking into."""
    form, header = request.form, request.headers.get("Authorization")
    if request.mimetype != "application/x-www-form-urlencoded" or not form.get("grant_type"):
        raise InvalidRequestError("A form with a grant_type is needed.")
    if any(len(values) > 1 for values in form.listvalues()):
        raise InvalidRequestError("A parameter is repeated.")
    if header is not None and "client_secret" in form:
        raise InvalidRequestError("The application shows its secret in two ways.")
    if header is not None:
        _check_basic(request)
    elif not form.get("client_id"):
        raise InvalidRequestError("Missing client_id")
    elif form["grant_type"] == "client_credentials" and not form.get("client_secret"):
        raise InvalidRequestError("Missing client_secret")


def _check_basic(request: Request) -> None:
    shown = request.authorization
    if shown is None or shown.type != "basic" or not shown.username or not shown.password:
        raise OAuth2Error(error="invalid_client", status_code=401)
