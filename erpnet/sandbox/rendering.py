"""The few pages that people see, and the headers that keep them safe."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

FOLDER = Path(__file__).parent / "pages"
ASSETS = {"sandbox.css": "text/css; charset=utf-8", "continue.js": "text/javascript; charset=utf-8"}


@cache
def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"clock": _clock, "span": _span, "thousands": "{:,}".format}
    return made


def page(name: str, *, status: int = 200, form_targets: Iterable[str] = (), **context: object) -> Response:
    """A page that nobody may frame; its forms may lead to this site and to `form_targets`."""
    body = _templates().get_template(name).render(context)
    response = Response(body, status, content_type="text/html; charset=utf-8")
    targets = " ".join(["'self'", *(origin_of(target) for target in form_targets)])
    response.headers.update(
        {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
            f"base-uri 'none'; frame-ancestors 'none'; form-action {targets}",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin",
            "Cache-Control": "no-store",
        }
    )
    return response


def asset(name: str) -> Response:
    if name not in ASSETS:
        raise NotFound
    return Response((FOLDER / name).read_bytes(), content_type=ASSETS[name])


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _clock(moment: float) -> str:
    """The time of day here, for a person who watches."""
    return f"{datetime.fromtimestamp(moment, UTC).astimezone():%H:%M:%S}"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
