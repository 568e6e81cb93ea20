"""The back door for people and tests, on this machine alone: what was done to the instance, and ways to disturb it."""

import functools
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.faults import KINDS, Fault
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.odata.documents import change_state as move
from erpnet.sandbox.odata.documents import make_void
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.overview import all_documents, documents_of, log_of, state_of
from erpnet.sandbox.rendering import page

View = Callable[..., Response]
LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
OUR_NAMES = {"127.0.0.1", "localhost", "::1"}
NUMBERS = {"times", "after", "seconds", "retry_after", "code", "rows"}  # in a form they are texts


def _from_here(view: View) -> View:
    """Answer this machine alone, under a name that is its own, and forms of this site alone."""

    @functools.wraps(view)
    def guarded(instance: Instance, request: Request, **arguments: Any) -> Response:
        origin = request.headers.get("Origin")
        if (
            request.remote_addr not in LOOPBACK
            or urlsplit(f"//{request.host}").hostname not in OUR_NAMES
            or (origin and urlsplit(origin).netloc != request.host)
        ):
            raise Forbidden
        return view(instance, request, **arguments)

    return guarded


@_from_here
def board(instance: Instance, request: Request) -> Response:
    shown = state_of(instance)
    return page(
        "board.html",
        title="Overview",
        log=log_of(shown["recent"]),
        people=instance.people(),
        kinds_of_faults=KINDS,
        watched="watch" in request.args,
        **shown,
    )


@_from_here
def state(instance: Instance, request: Request) -> Response:
    return _json(state_of(instance))


@_from_here
def faults(instance: Instance, request: Request) -> Response:
    """GET what waits, POST one (the fields of `Fault` as JSON or as a form), DELETE all."""
    if request.method == "DELETE":
        instance.faults.clear()
    if request.method == "POST":
        try:
            instance.faults.add(Fault.from_data(_data(request)))
        except ValueError as error:
            raise BadRequest(str(error)) from None
    return _done(request, instance.faults.waiting())


@_from_here
def forget_fault(instance: Instance, request: Request, number: int) -> Response:
    instance.faults.clear(number)
    return _done(request, instance.faults.waiting())


@_from_here
def end_sessions(instance: Instance, request: Request) -> Response:
    """End all sessions, as a restart of the server does: their licences are free at once, the tokens stay good."""
    instance.api_sessions.end_all()
    return _done(request, {"open": 0})


@_from_here
def documents(instance: Instance, request: Request) -> Response:
    """The documents that came through the API, each with its lines and how often it was changed since."""
    with instance.store.lock:
        return _json(documents_of(instance, request.args.get("external_system")))


@_from_here
def change_state(instance: Instance, request: Request, key: str) -> Response:
    """Act as the warehouse: `state` is a document state, or Void."""
    data = _data(request)
    wanted = data.get("state")
    with instance.store.lock:
        entity = next((one for one, row in all_documents(instance) if row["Id"] == key.lower()), None)
        if entity is None:
            raise NotFound
        try:
            if wanted == "Void":
                make_void(instance, entity, key.lower(), {"reason": data.get("reason", "")})
            else:
                move(instance, entity, key.lower(), {"newState": wanted})
        except (Refusal, ODataError) as error:
            raise BadRequest(error.message) from None
    return _done(request, {"state": wanted})


@_from_here
def shift_balances(instance: Instance, request: Request) -> Response:
    """Let a night pass: `change` balances get another quantity, `remove` of them vanish."""
    data = _data(request)
    counts = {name: data.get(name, 0) for name in ("change", "remove")}
    if any(type(count) is not int or count < 0 for count in counts.values()):
        raise BadRequest("'change' and 'remove' are whole numbers.")
    with instance.store.lock:
        instance.balances.shift(**counts)
        return _json({"balances": len(instance.balances)})


@_from_here
def rotate_keys(instance: Instance, request: Request) -> Response:
    """Sign with a new key; with `withdraw` nothing that was signed before is good any longer."""
    if request.get_data() and _data(request).get("withdraw"):
        instance.keys.withdraw()
    else:
        instance.keys.rotate()
    return _json({"kid": instance.keys.current.kid})


def _data(request: Request) -> dict[str, Any]:
    """A JSON object, or the filled fields of a form."""
    if _is_form(request):
        filled = {name: text for name, text in request.form.items() if text}
        return {name: _number(text) if name in NUMBERS else text for name, text in filled.items()}
    content = request.get_json(force=True, silent=True)
    if not isinstance(content, dict):
        raise BadRequest("A JSON object is needed.")
    return content


def _number(text: str) -> int | float | str:
    """A number where it is one; what is none is refused with other values that do not fit."""
    if text.isdecimal():
        return int(text)
    return float(text) if re.fullmatch(r"\d+\.\d+", text) else text


def _is_form(request: Request) -> bool:
    """Whether a person pressed a button. JSON is JSON even if curl says that it is a form."""
    is_json = request.get_data().lstrip().startswith(b"{")
    return request.mimetype == "application/x-www-form-urlencoded" and not is_json


def _done(request: Request, content: object) -> Response:
    """What a program is told; a person goes back to the board."""
    return redirect("/sandbox", 303) if _is_form(request) else _json(content)


def _json(content: object) -> Response:
    return Response(
        orjson.dumps(content), content_type="application/json", headers={"Cache-Control": "no-store"}
    )
