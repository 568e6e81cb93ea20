"""A document is shown at once, however old its copy, and exchanged as soon as the worker has a fresh one.

The page asks every second until then, for a while; what people read is touched only where it says something else by
now. Forms are no documents: nothing is exchanged under them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import reswap, retarget

from accounts.gates import PartnerRequest
from sync import selectors
from sync.doorbells import ring_refresh

# A worker that is at a slice of a run takes a few seconds to come to it.
LONGEST_WAIT = 20
# What changes with each reading and says nothing to people.
_UNSEEN = {"fetched_at", "erp_updated_at", "object_version"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The age of the copy on a page; `address` is where the page looks for a fresher one, empty where it does not."""

    as_of: datetime | None
    address: str = ""
    is_unanswered: bool = False


def show_copy(kind: str, document: Any, rows: Iterable[Any], *, ask: bool = True) -> Shown:
    """For a page that is opened: asks for a fresh copy if this one is old. `rows` are all that the page shows."""
    copy = selectors.copy_of(kind, document)
    if not (ask and copy.is_old):
        return Shown(copy.as_of)
    ring_refresh(kind, document.pk, document.partner_id)
    asked = {"asked": int(time.time()), "seen": _moment(copy.as_of), "mark": _mark_of(rows)}
    return Shown(copy.as_of, f"{reverse(f'portal:{kind}-copy', args=[document.pk])}?{urlencode(asked)}")


def exchange_copy(
    request: PartnerRequest, kind: str, document: Any, template: str, read: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """For a page that waits: nothing yet, or the new age, with the whole document where it says something else now.

    `read` answers what `template` shows, with all its rows as `rows`.
    """
    copy = selectors.copy_of(kind, document)
    if _moment(copy.as_of) == request.GET.get("seen"):
        if _is_recent(request.GET.get("asked", "")):
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        context = {"copy": Shown(copy.as_of, is_unanswered=True)}
        return render(request, "portal/_copy.html", context)
    document_now = read()
    context = {**document_now, "copy": Shown(copy.as_of)}
    if _mark_of(document_now["rows"]) == request.GET.get("mark"):
        return render(request, "portal/_copy.html", context)
    return retarget(reswap(render(request, template, context), "outerHTML"), "#document")


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _is_recent(asked: str) -> bool:
    try:
        return 0 <= time.time() - int(asked) < LONGEST_WAIT
    except ValueError:
        return False


def _mark_of(rows: Iterable[Any]) -> str:
    """The same as long as these rows say the same."""
    said = [
        sorted((name, repr(value)) for name, value in vars(row).items() if _is_seen(name)) for row in rows
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _is_seen(name: str) -> bool:
    return not name.startswith("_") and name not in _UNSEEN
