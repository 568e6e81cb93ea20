"""Signing out of the Instance ID, and the way back to the application.

Docs: https://docs.erp.net/dev/auth/sessions/session-revocation.html
"""

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.identity.answers import unkept, with_query
from erpnet.sandbox.identity.sign_in import require_own_form
from erpnet.sandbox.identity.tokens import ID_TOKEN
from erpnet.sandbox.rendering import page

if TYPE_CHECKING:
    from erpnet.sandbox.instance import Instance


def end_session(instance: "Instance", request: Request) -> Response:
    """Sign out at once if an ID token of this session proves that the application asks; else ask the person first."""
    if any(len(values) > 1 for values in request.values.listvalues()):
        raise BadRequest
    hint, session = _hint(instance, request), instance.sessions.of(request)
    if hint is None and session is not None:
        if request.method != "POST" or request.form.get("confirmed") != "yes":
            return page("sign-out.html", title="Sign out")
        require_own_form(instance, request)
    target = _way_back(instance, request, hint) if hint else None
    response = unkept(redirect(target, 302)) if target else page("signed-out.html", title="Signed out")
    if hint:
        instance.oauth.grants.end_session(hint["sid"])
    elif session:
        instance.oauth.grants.end_session(session.sid)
    instance.sessions.end(request, response)
    return response


def _hint(instance: "Instance", request: Request) -> dict[str, Any] | None:
    """The claims of the ID token that comes with the request, expired or not, unless it is another session's."""
    claims = instance.tokens.read(request.values.get("id_token_hint", ""), ID_TOKEN)
    session = instance.sessions.of(request)
    return claims if claims and (session is None or session.sid == claims["sid"]) else None


def _way_back(instance: "Instance", request: Request, hint: dict[str, Any]) -> str | None:
    client = instance.oauth.query_client(hint["aud"])
    target = request.values.get("post_logout_redirect_uri", "")
    if client is None or target not in client.logout_urls:
        return None
    state = request.values.get("state")
    return with_query(target, [("state", state)] if state else [])
