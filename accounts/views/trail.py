"""A partner's administrators read what has happened around their company's portal."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.gates import PartnerRequest, partner_page
from accounts.models import AuditEvent
from accounts.permissions import Capability
from accounts.trail import trail_for

Kind = AuditEvent.Kind

# What can be chosen to be shown, by what the address says.
SHOWN: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "sign_in": (_("Sign-ins"), (Kind.SIGN_IN, Kind.SIGN_OUT)),
    "refusal": (_("Refusals"), (Kind.REFUSAL,)),
    "role": (_("Access"), (Kind.ROLE,)),
    "write": (_("Changes"), (Kind.WRITE,)),
    "staff": (_("Portal staff"), (Kind.STAFF, Kind.VIEW_AS)),
}


@require_safe
@partner_page(Capability.VIEW_PEOPLE)
def trail(request: PartnerRequest) -> HttpResponse:
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in SHOWN else ""
    after = request.GET.get("after", "")
    context = {
        "page": trail_for(request.membership, kinds=SHOWN[kind][1], after=after),
        "query": {"after": after},
        "kind": kind,
        "tabs": [(value, label) for value, (label, _kinds) in SHOWN.items()],
    }
    return render(request, "accounts/trail.html", context)
