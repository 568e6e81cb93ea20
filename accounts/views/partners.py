"""For which of her partners a person acts."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts.gates import signed_in_page
from accounts.middleware import CHOSEN_PARTNER, PortalRequest


@require_POST
@signed_in_page
def switch_partner(request: PortalRequest) -> HttpResponse:
    """Act for another of one's partners from now on."""
    wanted = request.POST.get("partner", "")
    if wanted not in {str(each.partner_id) for each in request.memberships}:
        raise Http404
    request.session[CHOSEN_PARTNER] = wanted
    return HttpResponseRedirect("/")
