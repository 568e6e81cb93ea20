"""The audit trail of everything this portal asked of ERP.net."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiCall(models.Model):
    """One request to the instance: when, what, how it went. No header, body or query: no token, no data."""

    class Kind(models.TextChoices):
        TOKEN = "token", _("Token exchange")
        API = "api", _("Domain API")
        DISCOVERY = "discovery", _("Discovery")

    at = models.DateTimeField(_("when"), db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    status = models.SmallIntegerField(null=True, blank=True, help_text=_("Empty where no answer came."))
    milliseconds = models.IntegerField()
    bytes = models.IntegerField(_("bytes received"))
    correlation_id = models.CharField(max_length=36, blank=True, db_index=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        verbose_name = _("call to ERP.net")
        verbose_name_plural = _("calls to ERP.net")

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status or '-'}"
