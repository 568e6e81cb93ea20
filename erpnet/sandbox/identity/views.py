"""The Instance ID's addresses: metadata, sign-in, tokens and sign-out."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError
from werkzeug.exceptions import Forbidden
from werkzeug.security import check_password_hash
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.identity.sessions import BrowserSession
from erpnet.sandbox.identity.tokens import SignIn
from erpnet.sandbox.rendering import page

if TYPE_CHECKING:
    from erpnet.sandbox.instance import Instance

MODES = {"code": {"query", "form_post"}, "code id_token": {"form_post"}}
WRONG_PASSWORD = "The login or the password is not right. Please try again."


def metadata(instance: "Instance", request: Request) -> Response:
    issuer = instance.issuer
    return _json(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/openid-configuration/jwks",
            "authorization_endpoint": f"{issuer}/connect/authorize",
            "token_endpoint": f"{issuer}/connect/token",
            "end_session_endpoint": f"{issuer}/connect/endsession",
            "scopes_supported": ["openid", "profile", "offline_access", "read", "update"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "response_types_supported": list(MODES),
            "response_modes_supported": ["form_post", "query"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def jwks(instance: "Instance", request: Request) -> Response:
    return _json(instance.keys.published())


def authorize(instance: "Instance", request: Request) -> Response:
    """Ask who it is, unless the browser is known already, and answer the application. A POST is the filled form."""
    try:
        grant = instance.oauth.get_consent_grant(request, instance.sessions.of(request))
        _check_mode(grant, request)
    except OAuth2Error as error:
        return _refuse(request, error)
    if request.method == "POST":
        if request.headers.get("Origin", instance.url) != instance.url:
            raise Forbidden
        return _sign_in(instance, request, grant)
    session = instance.sessions.of(request)
    if session and "login" not in request.args.get("prompt", "").split():
        return _grant_to(instance, request, grant, session)
    return _form(request, grant)


def token(instance: "Instance", request: Request) -> Response:
    basic = bool(request.authorization and request.authorization.type == "basic")
    if not request.form.get("grant_type") or not (basic or request.form.get("client_secret")):
        return _no_store(_json({"error": "invalid_request"}, 400))
    status, body, headers = instance.oauth.create_token_response(request)
    # A secret in the form is refused with 400; 401 is for the header, as the standard has it.
    response = _json(dict(body), 400 if status == 401 and not basic else status)
    if basic:
        response.headers.extend([pair for pair in headers if pair[0] == "WWW-Authenticate"])
    return _no_store(response)


def end_session(instance: "Instance", request: Request) -> Response:
    """Sign out here, and return to the application if the ID token and the registered address prove it asked."""
    hint = instance.tokens.read(request.values.get("id_token_hint", ""), "JWT")
    client = instance.oauth.query_client(hint["aud"]) if hint else None
    target = request.values.get("post_logout_redirect_uri", "")
    if client and target in client.logout_urls:
        state = request.values.get("state")
        response = redirect(_with_query(target, [("state", state)] if state else []), 302)
    else:
        response = page("signed-out.html", title="Signed out")
    instance.sessions.end(request, response)
    return response


def _check_mode(grant: Any, request: Request) -> None:
    mode = request.args.get("response_mode") or grant.DEFAULT_RESPONSE_MODE
    if mode not in MODES.get(request.args["response_type"], MODES["code id_token"]):
        raise InvalidRequestError("This response_mode does not go with the response_type.")


def _form(request: Request, grant: Any, *, login: str = "", problem: str = "") -> Response:
    return page(
        "sign-in.html",
        title="Sign in",
        application=grant.request.client.row["Name"],
        action=request.full_path,
        login=login,
        problem=problem,
        form_targets=[request.args["redirect_uri"]],
    )


def _sign_in(instance: "Instance", request: Request, grant: Any) -> Response:
    login = request.form.get("login", "")
    user = instance.oauth.user(login)
    password = request.form.get("password", "")
    if user is None or not check_password_hash(instance.password_of(user["Login"]), password):
        return _form(request, grant, login=login, problem=WRONG_PASSWORD)
    marker = Response()
    session = instance.sessions.start(request, marker, user["Login"])
    response = _grant_to(instance, request, grant, session)
    response.headers.extend([("Set-Cookie", cookie) for cookie in marker.headers.getlist("Set-Cookie")])
    return response


def _grant_to(instance: "Instance", request: Request, grant: Any, session: BrowserSession) -> Response:
    user = instance.oauth.user(session.login)
    if user is None or not grant.request.client.admits(user):
        return _refuse(request, AccessDeniedError(redirect_uri=request.args["redirect_uri"]))
    state = request.args.get("state")
    granted = grant.create_granted_params(SignIn(user, session.sid, session.auth_time, state))
    return _deliver(
        request, [*granted, *([("state", state)] if state else []), ("session_state", session.sid)]
    )


def _refuse(request: Request, error: OAuth2Error) -> Response:
    """An error goes back to the application if it is known to be asking; else the person reads it here."""
    if error.redirect_uri:
        error.state = request.args.get("state")
        return _deliver(request, error.get_body())
    return page(
        "error.html", status=400, title="Sign-in is not possible", error=error.error, text=error.description
    )


def _deliver(request: Request, params: list[tuple[str, Any]]) -> Response:
    """Hand the answer to the application in the way it asked for."""
    target = request.args["redirect_uri"]
    by_default = "form_post" if "id_token" in request.args.get("response_type", "") else "query"
    if (request.args.get("response_mode") or by_default) == "form_post":
        return page(
            "continue.html", title="Signing you in", target=target, params=params, form_targets=[target]
        )
    response = redirect(_with_query(target, params), 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _with_query(url: str, params: list[tuple[str, Any]]) -> str:
    query = urlencode(params)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json")


def _no_store(response: Response) -> Response:
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return response
