"""For which of her partners a person acts."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.gates import SignedInRequest, signed_in_page
from accounts.services import choose_partner
from accounts.text import local_path


@require_safe
@signed_in_page
def partner_choice(request: SignedInRequest) -> HttpResponse:
    """Asked before the first page of a partner, where there are several and none was ever chosen."""
    next_path = local_path(request.GET.get("next", ""))
    if len(request.memberships) < 2:
        return HttpResponseRedirect(next_path or "/")
    here = f"{request.path}?{urlencode({'next': next_path})}" if next_path else request.path
    return render(request, "accounts/partner_choice.html", {"next": next_path, "here": here})


@require_POST
@signed_in_page
def switch_partner(request: SignedInRequest) -> HttpResponse:
    """Act for another of one's partners from now on."""
    wanted = request.POST.get("partner", "")
    chosen = next((each for each in request.memberships if str(each.partner_id) == wanted), None)
    if chosen is None:
        raise Http404
    choose_partner(request.user, chosen.partner_id, session=request.session)
    return HttpResponseRedirect(local_path(request.POST.get("next", "")) or "/")
