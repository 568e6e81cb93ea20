"""A partner's administrators read what has happened around their company's portal."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.models import AuditEvent
from accounts.permissions import Capability
from accounts.trail import trail_for


@require_safe
@partner_page(Capability.MANAGE_USERS)
def trail(request: PartnerRequest) -> HttpResponse:
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in AuditEvent.Kind.values else ""
    after = request.GET.get("after", "")
    context = {
        "page": trail_for(request.membership, kind=kind, after=after),
        "query": {"after": after},
        "kind": kind,
        "kinds": AuditEvent.Kind.choices,
    }
    return render(request, "accounts/trail.html", context)
