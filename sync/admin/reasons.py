"""Why staff decide something: asked for with each decision, for the audit trail."""

from __future__ import annotations

from django.http import HttpRequest

LONGEST_REASON = 500


def reason_of(request: HttpRequest) -> str:
    """As it was entered; empty where nothing was."""
    return request.POST.get("reason", "").strip()[:LONGEST_REASON]
