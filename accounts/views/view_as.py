"""Staff begin and end to view the portal as a partner."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.fresh import fresh
from accounts.gates import SignedInRequest, staff_page, viewing_page
from accounts.middleware import PortalRequest
from accounts.models import Partner
from accounts.view_as import begin_viewing, end_viewing, page_after


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you want to see it"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 70}),
        help_text=_(
            "The partner's own administrators can read it. The number of their request is a good reason."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh
def begin(request: SignedInRequest, partner_id: uuid.UUID) -> HttpResponse:
    if not request.user.has_perm("accounts.view_partner"):
        raise PermissionDenied
    partner = get_object_or_404(Partner, pk=partner_id, is_active=True)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        begin_viewing(request, partner, reason=form.cleaned_data["reason"])
        return redirect("/")
    title = _("View the portal as %(partner)s") % {"partner": partner}
    context = {**admin.site.each_context(request), "title": title, "partner": partner, "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "admin/accounts/partner/view_as.html", context, status=status)


@require_POST
@viewing_page
def end(request: PortalRequest) -> HttpResponse:
    if viewing := request.viewing_as:
        end_viewing(request, viewing)
        return redirect(page_after(viewing))
    return redirect("/")
