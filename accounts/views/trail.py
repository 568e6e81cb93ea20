"""A partner's administrators read what has happened around their company's portal."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.models import AuditEvent
from accounts.permissions import Capability
from accounts.trail import trail_for

KINDS = {
    "": _("All"),
    AuditEvent.Kind.SIGN_IN.value: _("Sign-ins"),
    AuditEvent.Kind.SIGN_OUT.value: _("Sign-outs"),
    AuditEvent.Kind.REFUSAL.value: _("Refusals"),
    AuditEvent.Kind.ROLE.value: _("Access"),
    AuditEvent.Kind.WRITE.value: _("Changes"),
    AuditEvent.Kind.STAFF.value: _("Portal staff"),
    AuditEvent.Kind.VIEW_AS.value: _("Viewing"),
}


@require_safe
@partner_page(Capability.MANAGE_USERS)
def trail(request: PartnerRequest) -> HttpResponse:
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in KINDS else ""
    after = request.GET.get("after", "")
    context = {
        "page": trail_for(request.membership, kind=kind, after=after),
        "query": {"after": after},
        "kind": kind,
        "kinds": KINDS.items(),
    }
    return render(request, "accounts/trail.html", context)
