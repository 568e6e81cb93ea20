"""Where the link of an invitation leads: it says who invites, asks once, and opens the company's portal."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import audit, services
from accounts.exceptions import AlreadyMember, InvitationGone
from accounts.gates import SignedInRequest, signed_in_page
from accounts.models import AuditEvent, Membership, User
from accounts.reasons import INVITATION_GONE
from accounts.selectors import invitation_with
from erpnet import correlation


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def invitation(request: SignedInRequest, secret: str) -> HttpResponse:
    if request.method == "POST":
        return _accept(request, secret)
    found = invitation_with(services.hash_of(secret))
    if found is None:
        return _gone(request)
    inviter = User.objects.filter(pk=found.invited_by).first()
    acts_already = any(each.partner_id == found.partner_id for each in request.memberships)
    context = {"invitation": found, "inviter": inviter, "acts_already": acts_already}
    return render(request, "accounts/invitation.html", context)


def _accept(request: SignedInRequest, secret: str) -> HttpResponse:
    try:
        membership = services.accept_invitation(secret, user=request.user)
    except InvitationGone:
        return _gone(request)
    except AlreadyMember as refused:
        messages.info(request, str(refused.message))
        return redirect("portal:dashboard")
    company = membership.partner
    services.choose_partner(request.user, company.pk, session=request.session)
    messages.success(request, _("Welcome. You now act for %(company)s.") % {"company": company.name})
    if membership.source == Membership.Source.EXTERNAL_ACCESS:
        messages.info(request, _("Your role is the one that is kept for you in ERP.net."))
    return redirect("portal:dashboard")


def _gone(request: SignedInRequest) -> HttpResponse:
    """One page for a wrong, used, expired or withdrawn link: which one it is would be a hint."""
    audit.record(
        AuditEvent.Kind.REFUSAL,
        user=request.user,
        succeeded=False,
        reason=INVITATION_GONE.code,
        subject=f"{request.method} an invitation",
    )
    context = {"reason": INVITATION_GONE, "correlation_id": correlation.get()}
    return render(request, "accounts/invitation_gone.html", context, status=HTTPStatus.NOT_FOUND)
