"""Signing in: the form, who the person is, and what the application is told."""

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from authlib.oidc.core.errors import LoginRequiredError
from werkzeug.exceptions import Forbidden
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.identity.answers import deliver, refuse
from erpnet.sandbox.identity.requests import check_authorize, max_age
from erpnet.sandbox.identity.sessions import BrowserSession
from erpnet.sandbox.identity.tokens import SignIn
from erpnet.sandbox.rendering import origin_of, page
from erpnet.sandbox.values import Row

if TYPE_CHECKING:
    from erpnet.sandbox.instance import Instance

WRONG_PASSWORD = "The login or the password is not right. Please try again."


def authorize(instance: "Instance", request: Request) -> Response:
    """Ask who it is, unless the browser is known already, and answer the application. A POST is the filled form."""
    session = _usable_session(instance, request)
    try:
        check_authorize(instance.oauth, request.args)
        grant = instance.oauth.get_consent_grant(request, session)
    except OAuth2Error as error:
        return refuse(request, error)
    if request.method == "POST":
        require_own_form(instance, request)
        return _sign_in(instance, request, grant)
    if session:
        return _grant_to(instance, request, grant, session)
    if request.args.get("prompt") == "none":
        return refuse(request, LoginRequiredError(redirect_uri=request.args["redirect_uri"]))
    return _form(request, grant)


def require_own_form(instance: "Instance", request: Request) -> None:
    """Raises Forbidden for a form that another site filled in."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.headers.get("Origin", instance.url) != instance.url or site not in {"same-origin", "none"}:
        raise Forbidden


def _usable_session(instance: "Instance", request: Request) -> BrowserSession | None:
    """Who the browser is known to be, if that is enough for this request."""
    session = instance.sessions.of(request)
    if session is None or "login" in request.args.get("prompt", "").split():
        return None
    longest = max_age(request.args)
    if longest is not None and instance.sessions.clock() - session.auth_time > longest:
        return None
    return session if instance.oauth.user(session.login) else None


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
    user = _person(instance, login, request.form.get("password", ""))
    if user is None:
        return _form(request, grant, login=login, problem=WRONG_PASSWORD)
    marker = Response()
    session = instance.sessions.start(request, marker, user["Login"])
    response = _grant_to(instance, request, grant, session)
    response.headers.extend([("Set-Cookie", cookie) for cookie in marker.headers.getlist("Set-Cookie")])
    return response


def _person(instance: "Instance", login: str, password: str) -> Row | None:
    """Whose login and password these are. A password is checked for nobody too, so that no answer comes sooner."""
    user = instance.oauth.user(login)
    is_right = check_password_hash(instance.password_of(user["Login"] if user else ""), password)
    return user if is_right else None


def _grant_to(instance: "Instance", request: Request, grant: Any, session: BrowserSession) -> Response:
    user, client = instance.oauth.user(session.login), grant.request.client
    scope = client.scope_for(user, grant.request.scope) if user and client.admits(user) else ""
    if user is None or not scope:
        return refuse(request, AccessDeniedError(redirect_uri=request.args["redirect_uri"]))
    grant.request.scope = scope
    state, nonce = request.args["state"], request.args.get("nonce")
    granted = grant.create_granted_params(SignIn(user, session.sid, session.auth_time, state, nonce))
    about_session = [("session_state", _session_state(request, session))] if "openid" in scope.split() else []
    return deliver(request, [*granted, ("state", state), *about_session])


def _session_state(request: Request, session: BrowserSession) -> str:
    """A mark of the session that tells nothing of it, as OpenID Connect Session Management has it."""
    salt = secrets.token_hex(16).upper()
    asker = f"{request.args['client_id']}{origin_of(request.args['redirect_uri'])}"
    digest = hashlib.sha256(f"{asker}{session.sid}{salt}".encode()).digest()
    return f"{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}.{salt}"
