"""Why staff decide something: asked for with each decision, for the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User
from sync.exceptions import SyncError
from sync.models import Run

LONGEST_REASON = 500


def reason_of(request: HttpRequest) -> str:
    """As it was entered; empty where nothing was."""
    return request.POST.get("reason", "").strip()[:LONGEST_REASON]


def decided(request: HttpRequest, run: Run, decide: Callable[..., Run], *, page: str) -> HttpResponse:
    """Carry out what staff decide about a run and lead to the run that does it, or back to `page` with why not."""
    reason = reason_of(request)
    if not reason:
        messages.error(request, _("Say why."))
        return redirect(page, run.pk)
    try:
        doing = decide(run, user=cast("User", request.user), reason=reason)
    except SyncError as refused:
        messages.error(request, refused.message)
        return redirect(page, run.pk)
    return redirect("admin:sync_run_change", doing.pk)
