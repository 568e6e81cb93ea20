"""Deliveries: what waits, what is stuck and why, and what staff decide about it: again, otherwise, or not at all."""

from __future__ import annotations

from typing import Any, Protocol, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin import ReadOnlyAdmin
from accounts.models import User
from sync.admin.corrections import CorrectionForm
from sync.admin.reasons import reason_of
from sync.admin.wishes import in_words
from sync.exceptions import ShipmentInvalid, SyncError
from sync.models import OutboxEntry
from sync.selectors.operations import lines_to_correct
from sync.selectors.shipments import is_locked
from sync.services.corrections import correct_delivery
from sync.services.deliveries import drop_delivery, retry_delivery
from sync.words import translated


class Decision(Protocol):
    """A service that decides about a delivery."""

    def __call__(self, entry: OutboxEntry, *, user: User, reason: str) -> OutboxEntry: ...


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "state",
        "partner",
        "shipment",
        "says",
        "attempts",
        "next_attempt",
    )
    list_filter = ("state", "kind", "partner")
    list_select_related = ("partner", "shipment")
    search_fields = ("shipment__number", "shipment__id", "message", "correlation_id")
    date_hierarchy = "created_at"
    fields = (
        ("state", "kind", "attempts"),
        ("says", "message_code"),
        ("partner", "shipment"),
        ("created_by", "created_at", "finished_at", "dropped_at"),
        ("next_attempt", "lease_owner", "lease_until"),
        ("expected_version", "correlation_id"),
        "what_is_sent",
        "what_erpnet_had",
        "what_the_partner_had_seen",
    )
    change_form_template = "admin/sync/outboxentry/change_form.html"

    @admin.display(description=_("message"), ordering="message")
    def says(self, entry: OutboxEntry) -> str:
        """ERP.net's own words, or why it was not reached."""
        return translated(entry.message) or "-"

    @admin.display(description=_("next attempt"), ordering="next_attempt_at")
    def next_attempt(self, entry: OutboxEntry) -> str:
        if entry.state not in OutboxEntry.OPEN:
            return "-"
        return date_format(timezone.localtime(entry.next_attempt_at), "DATETIME_FORMAT")

    @admin.display(description=_("what is sent"))
    def what_is_sent(self, entry: OutboxEntry) -> str:
        return in_words(entry.payload)

    @admin.display(description=_("what ERP.net had"))
    def what_erpnet_had(self, entry: OutboxEntry) -> str:
        return in_words(entry.theirs)

    @admin.display(description=_("what the partner had seen"))
    def what_the_partner_had_seen(self, entry: OutboxEntry) -> str:
        return in_words(entry.base)

    def get_urls(self) -> list[URLPattern]:
        views = {"retry": require_POST(self.retry), "drop": require_POST(self.drop), "correct": self.correct}
        return [
            *(
                path(
                    f"<int:entry_id>/{name}/",
                    self.admin_site.admin_view(view),
                    name=f"sync_outboxentry_{name}",
                )
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def retry(self, request: HttpRequest, entry_id: int) -> HttpResponse:
        """Send a stuck delivery once more, for a reason that the audit trail keeps."""
        return _decide(request, entry_id, retry_delivery, _("The delivery will be sent again."))

    def drop(self, request: HttpRequest, entry_id: int) -> HttpResponse:
        """Send a delivery no more, for a reason that the audit trail keeps."""
        return _decide(request, entry_id, drop_delivery, _("The delivery will not be sent any more."))

    def correct(self, request: HttpRequest, entry_id: int) -> HttpResponse:
        """Let the shipment say something else, and send that."""
        entry = _entry(request, entry_id)
        shipment = entry.shipment
        form = CorrectionForm(request.POST or None, shipment=shipment, order_lines=lines_to_correct(shipment))
        if form.is_valid() and (response := _correct(request, entry, form)):
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": _("Correct the delivery"),
            "opts": self.opts,
            "entry": entry,
            "form": form,
        }
        return render(request, "admin/sync/outboxentry/correct.html", context)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        entry = self.get_object(request, str(object_id))
        context = {**(_decisions(request, entry) if entry else {}), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


def _decisions(request: HttpRequest, entry: OutboxEntry) -> dict[str, bool]:
    """What can be decided about a delivery, by this person."""
    newest = entry.shipment.entries.first() == entry and entry.dropped_at is None
    may = newest and request.user.has_perm("sync.change_outboxentry")
    stuck = may and entry.state in OutboxEntry.STUCK
    waits = may and entry.state == OutboxEntry.State.PENDING
    return {
        "may_retry": stuck,
        "may_drop": stuck or waits,
        "may_correct": (stuck or waits) and not is_locked(entry.shipment),
    }


def _entry(request: HttpRequest, entry_id: int) -> OutboxEntry:
    """Raises PermissionDenied and Http404."""
    if not request.user.has_perm("sync.change_outboxentry"):
        raise PermissionDenied
    return get_object_or_404(OutboxEntry.objects.select_related("shipment"), pk=entry_id)


def _decide(request: HttpRequest, entry_id: int, decide: Decision, done: Any) -> HttpResponse:
    entry = _entry(request, entry_id)
    reason = reason_of(request)
    try:
        if reason:
            decide(entry, user=cast("User", request.user), reason=reason)
            messages.success(request, done)
        else:
            messages.error(request, _("Say why."))
    except SyncError as error:
        messages.error(request, error.message)
    return redirect("admin:sync_outboxentry_change", entry_id)


def _correct(request: HttpRequest, entry: OutboxEntry, form: CorrectionForm) -> HttpResponse | None:
    """Where to go from here; None if the form has to be mended."""
    try:
        correct_delivery(
            entry,
            user=cast("User", request.user),
            reason=form.cleaned_data["reason"],
            header=form.header(),
            lines=form.quantities(),
        )
        messages.success(request, _("The delivery was corrected and will be sent."))
    except ShipmentInvalid as refused:
        form.show(refused)
        return None
    except SyncError as error:
        messages.error(request, error.message)
    newest = entry.shipment.entries.first() or entry
    return redirect("admin:sync_outboxentry_change", newest.pk)
