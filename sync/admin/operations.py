"""What needs a person: the alerts, and closing one by hand."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin import ReadOnlyAdmin
from accounts.models import User
from sync.admin.reasons import reason_of
from sync.models import Alert, Run, StreamName
from sync.services.alerts import dismiss_alert
from sync.words import translated


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Needs a person")), ("closed", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "closed")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("opened_at", "state", "kind", "about", "says", "closed_at")
    list_filter = (OpenFilter, "kind")
    search_fields = ("subject", "message")
    date_hierarchy = "opened_at"
    fields = (("kind", "about"), "says", ("opened_at", "closed_at", "mailed_at"))
    change_form_template = "admin/sync/alert/change_form.html"

    @admin.display(description=_("about"), ordering="subject")
    def about(self, alert: Alert) -> str:
        """A run is named by its stream, and by its mode where that matters."""
        name, comma, mode = alert.subject.partition(", ")
        if alert.kind != Alert.Kind.RUN or name not in StreamName.values:
            return alert.subject
        return f"{StreamName(name).label}{comma}{gettext(mode) if mode else ''}"

    @admin.display(description=_("what it says"), ordering="message")
    def says(self, alert: Alert) -> str:
        return translated(alert.message)

    @admin.display(description=_("state"), ordering="closed_at")
    def state(self, alert: Alert) -> str:
        return str(_("Over") if alert.closed_at else _("Needs a person"))

    def get_urls(self) -> list[URLPattern]:
        dismiss = self.admin_site.admin_view(require_POST(self.dismiss))
        return [path("<int:alert_id>/dismiss/", dismiss, name="sync_alert_dismiss"), *super().get_urls()]

    def dismiss(self, request: HttpRequest, alert_id: int) -> HttpResponse:
        """Close an alert by hand, for a reason that the audit trail keeps."""
        if not request.user.has_perm("sync.change_alert"):
            raise PermissionDenied
        alert = get_object_or_404(Alert, pk=alert_id)
        reason = reason_of(request)
        if not reason:
            messages.error(request, _("Say why it needs nobody any more."))
        elif dismiss_alert(alert, user=cast("User", request.user), reason=reason):
            messages.success(request, _("The alert is closed."))
        else:
            messages.info(request, _("The alert was closed already."))
        return redirect("admin:sync_alert_change", alert_id)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        alert = self.get_object(request, str(object_id))
        is_open = alert is not None and alert.closed_at is None
        context = {
            "about_url": _about(alert) if alert else "",
            "may_dismiss": is_open and request.user.has_perm("sync.change_alert"),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)


def _about(alert: Alert) -> str:
    """The address of what an alert is about, as far as it has a page."""
    match alert.kind:
        case Alert.Kind.RUN:
            ended_badly = Run.objects.filter(state__in=(Run.State.FAILED, Run.State.REFUSED), dry_run=False)
            run = ended_badly.filter(stream=alert.subject.partition(",")[0]).first()
            return reverse("admin:sync_run_change", args=[run.pk]) if run else ""
        case Alert.Kind.DELIVERY:
            shipment = alert.subject.rpartition(" ")[2]
            return f"{reverse('admin:sync_outboxentry_changelist')}?{urlencode({'q': shipment})}"
        case Alert.Kind.SCHEDULE:
            return reverse("admin:django_celery_beat_periodictask_changelist")
    return ""
