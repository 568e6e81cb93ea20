"""The WSGI application: every address of the instance, and what happens around each request."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from erpnet.sandbox import admin, discovery
from erpnet.sandbox.identity import views as identity
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.odata import service
from erpnet.sandbox.rendering import asset

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

View = Callable[..., Response]
LARGEST_BODY = 16 * 1024 * 1024

ADDRESSES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/", discovery.front_page),
    ("GET", "/tools/auto-discovery", discovery.sites),
    ("GET", "/sys/auto-discovery", discovery.sites),
    ("GET", "/id/.well-known/openid-configuration", identity.metadata),
    ("GET", "/id/.well-known/openid-configuration/jwks", identity.jwks),
    ("GET POST", "/id/connect/authorize", identity.authorize),
    ("POST", "/id/connect/token", identity.token),
    ("GET POST", "/id/connect/endsession", identity.end_session),
    ("GET POST PATCH DELETE", "/api/domain/odata/", service.answer),
    ("GET POST PATCH DELETE", "/api/domain/odata/<path:resource>", service.answer),
    ("GET", "/sandbox", admin.board),
    ("GET", "/sandbox/state", admin.state),
    ("GET POST DELETE", "/sandbox/faults", admin.faults),
    ("GET", "/sandbox/documents", admin.documents),
    ("POST", "/sandbox/documents/<key>/state", admin.change_state),
    ("POST", "/sandbox/balances", admin.shift_balances),
    ("POST", "/sandbox/keys", admin.rotate_keys),
    ("GET", "/sandbox/assets/<name>", lambda instance, request, name: asset(name)),
)


def create_app(instance: Instance) -> "WSGIApplication":
    addresses = Map([Rule(path, endpoint=view, methods=methods.split()) for methods, path, view in ADDRESSES])

    def answer(request: Request) -> Response:
        try:
            view, arguments = addresses.bind_to_environ(request.environ).match()
            return view(instance, request, **arguments)
        except HTTPException as error:
            return error.get_response(request.environ)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        started = time.perf_counter()
        if request.path.startswith("/sandbox"):
            return answer(request)(environ, start_response)
        response: Response | None = None
        try:
            response = instance.faults.answer(request, lambda: answer(request))
        finally:
            status, size = (response.status_code, response.content_length) if response else (0, 0)
            query = request.query_string.decode("latin-1")
            instance.traffic.note(request.method, request.path, query, status, started, size or 0)
        return response(environ, start_response)

    return app
