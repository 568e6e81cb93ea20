"""How the Instance ID answers: to the application by way of the browser, to a program, or to a person."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from authlib.oauth2 import OAuth2Error
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.identity.requests import response_mode
from erpnet.sandbox.rendering import page

if TYPE_CHECKING:
    from erpnet.sandbox.instance import Instance

View = Callable[["Instance", Request], Response]


def protected(view: View) -> View:
    """A view whose every answer is guarded."""

    @functools.wraps(view)
    def answer(instance: "Instance", request: Request) -> Response:
        return guarded(view(instance, request))

    return answer


def guarded(response: Response) -> Response:
    """An answer that nobody may frame, run or take for another kind; a page may have rules of its own."""
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def as_json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json")


def unkept(response: Response) -> Response:
    """An answer that carries something secret, which no cache may keep."""
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return response


def deliver(request: Request, params: list[tuple[str, Any]]) -> Response:
    """Hand the answer to the application in the way it asked for."""
    target = request.args["redirect_uri"]
    if response_mode(request.args) == "form_post":
        return page(
            "continue.html", title="Signing you in", target=target, params=params, form_targets=[target]
        )
    return unkept(redirect(with_query(target, params), 303))


def refuse(request: Request, error: OAuth2Error) -> Response:
    """An error goes back to the application if it is known to be asking; else the person reads it here."""
    if error.redirect_uri:
        error.state = request.args.get("state")
        return deliver(request, error.get_body())
    return page(
        "error.html", status=400, title="Sign-in is not possible", error=error.error, text=error.description
    )


def with_query(url: str, params: list[tuple[str, Any]]) -> str:
    query = urlencode(params)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url
