"""A partner's administrators and owners manage who acts for their company."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import selectors, services
from accounts.exceptions import OtherCompany, PeopleRefused
from accounts.forms import AccessForm, InvitationForm
from accounts.fresh import fresh
from accounts.gates import PartnerRequest, partner_page
from accounts.permissions import Capability, Role, roles_given_by

manager_page = partner_page(Capability.MANAGE_USERS)


@require_safe
@partner_page(Capability.VIEW_PEOPLE)
def people_list(request: PartnerRequest) -> HttpResponse:
    """People and open invitations, each with pages of their own; the other list shows its first page meanwhile."""
    after, invited = request.GET.get("after", ""), request.GET.get("invited", "")
    context = {
        "page": selectors.colleagues_for(request.membership, after=after),
        "invitations": selectors.open_invitations_for(request.membership, after=invited),
        "query": {"after": after, "invited": invited},
        "may_invite": request.membership.may(Capability.MANAGE_USERS),
    }
    return render(request, "accounts/people/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_page
@fresh
def person_invite(request: PartnerRequest) -> HttpResponse:
    roles = roles_given_by(request.membership.role)
    start = {"role": Role.ORDERS.value, "days_back": request.membership.days_back}
    form = InvitationForm(_posted(request), roles=roles, initial=start)
    if form.is_valid() and _done(form, lambda: _invite(request, form)):
        messages.success(
            request, _("The invitation to %(email)s is on its way.") % {"email": form.cleaned_data["email"]}
        )
        return redirect("people")
    context = {"form": form, "can_send": services.mail_is_set_up()}
    return render(request, "accounts/people/invite.html", context, status=_status_of(form))


def _invite(request: PartnerRequest, form: InvitationForm) -> Any:
    """Another tab, or a new sign-in, may have changed the company since the form was opened."""
    acting = str(request.membership.partner_id)
    if request.POST.get("company", acting) != acting:
        raise OtherCompany
    return services.invite_person(
        request.membership.partner_id, user=request.user, acting=request.membership, **form.cleaned_data
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_page
@fresh
def person_edit(request: PartnerRequest, membership_id: int) -> HttpResponse:
    colleague = selectors.colleague_for(request.membership, membership_id)
    member = colleague.membership
    roles = dict.fromkeys([*roles_given_by(request.membership.role), member.role])
    start = {"role": member.role, "days_back": member.days_back}
    form = AccessForm(_posted(request), roles=roles, initial=start)
    if form.is_valid() and _done(form, lambda: _change(request, membership_id, form)):
        messages.success(request, _("Saved. It holds from the next click on."))
        return redirect("people")
    context = {"form": form, "colleague": colleague}
    return render(request, "accounts/people/edit.html", context, status=_status_of(form))


def _change(request: PartnerRequest, membership_id: int, form: AccessForm) -> None:
    services.change_member(membership_id, acting=request.membership, user=request.user, **form.cleaned_data)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_page
@fresh
def person_remove(request: PartnerRequest, membership_id: int) -> HttpResponse:
    """Asks first, says what will happen to whom, and then does it."""
    colleague = selectors.colleague_for(request.membership, membership_id)
    if request.method != "POST":
        return render(request, "accounts/people/remove.html", {"colleague": colleague})
    try:
        services.remove_member(membership_id, acting=request.membership, user=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused.message))
        return redirect("person", membership_id)
    name = colleague.name or _("The person")
    messages.success(request, _("%(name)s no longer acts for your company.") % {"name": name})
    return redirect("people")


@require_POST
@manager_page
@fresh
def invitation_send(request: PartnerRequest, invitation_id: uuid.UUID) -> HttpResponse:
    sent = _("The invitation is on its way again. Only the link in the new mail works.")
    return _with_invitation(request, services.send_again, invitation_id, sent)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_page
def invitation_withdraw(request: PartnerRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Asks first, says what will happen to whom, and then does it."""
    if request.method != "POST":
        found = selectors.open_invitation_for(request.membership, invitation_id)
        return render(request, "accounts/people/withdraw.html", {"found": found})
    withdrawn = _("The invitation is withdrawn. Its link no longer works.")
    return _with_invitation(request, services.withdraw_invitation, invitation_id, withdrawn)


def _with_invitation(
    request: PartnerRequest, deed: Callable[..., Any], invitation_id: uuid.UUID, success: str
) -> HttpResponse:
    try:
        deed(invitation_id, acting=request.membership, user=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, success)
    return redirect("people")


def _done(form: AccessForm, deed: Callable[[], Any]) -> bool:
    try:
        deed()
    except PeopleRefused as refused:
        form.show(refused)
        return False
    return True


def _posted(request: PartnerRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _status_of(form: AccessForm) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
