"""The WSGI application: every address of the instance, and what happens around each request."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from erpnet.sandbox import admin, discovery
from erpnet.sandbox.disturbances import disturbed
from erpnet.sandbox.faults import Fault
from erpnet.sandbox.identity import views as identity
from erpnet.sandbox.identity.answers import guarded
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.odata import service
from erpnet.sandbox.rendering import asset

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

View = Callable[..., Response]

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
    ("POST DELETE", "/sandbox/faults/<int:number>", admin.forget_fault),
    ("POST DELETE", "/sandbox/sessions", admin.end_sessions),
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
            return guarded(Response.force_type(error.get_response(request.environ)))

    def meet(request: Request, fault: Fault | None) -> Response:
        return disturbed(instance, request, fault, lambda: answer(request)) if fault else answer(request)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/sandbox"):
            return answer(request)(environ, start_response)
        started = time.perf_counter()
        fault = instance.faults.take(request)
        response: Response | None = None
        try:
            response = meet(request, fault)
        finally:
            status, size = (response.status_code, response.content_length) if response else (0, 0)
            instance.traffic.note(request, started, status=status, size=size or 0, fault=fault)
        return response(environ, start_response)

    return app
