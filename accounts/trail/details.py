"""What a line of the trail says beside its sentence: values before and after, reasons, the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, Membership
from accounts.permissions import Role
from accounts.reasons import in_words
from accounts.trail.subjects import about

LABELS: dict[str, Promise] = {
    "role": _("Role"),
    "days_back": _("Days back"),
    "source": _("Access from"),
    "email": _("Sent to"),
    "reason": _("Reason"),
    "elsewhere": _("Browser"),
    "ends_at": _("Until no later than"),
    "lasted_until": _("Lasted until"),
    "ended": _("Sessions ended"),
}
_CHOICES = {"role": Role, "source": Membership.Source}
_MOMENTS = ("ends_at", "lasted_until")


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing more; `before` is empty where it tells no change, and `code` where there is none to quote."""

    label: Promise
    after: Any
    before: Any = ""
    code: str = ""

    def __str__(self) -> str:
        before = f"{self.before} → " if self.before != "" else ""
        code = f" ({self.code})" if self.code and self.code != self.after else ""
        return f"{self.label}: {before}{self.after}{code}"


def details_of(event: AuditEvent) -> list[Detail]:
    return [*_refusal(event), *_values(event), *_address(event)]


def _refusal(event: AuditEvent) -> Iterator[Detail]:
    if not event.succeeded:
        yield Detail(_("Reason"), in_words(event.reason), code=event.reason)


def _address(event: AuditEvent) -> Iterator[Detail]:
    if (it := about(event.subject)).kind == "page":
        yield Detail(_("Address"), it.name)


def _values(event: AuditEvent) -> Iterator[Detail]:
    values = event.detail
    for name, label in LABELS.items():
        value = values.get(name)
        if isinstance(value, list) and len(value) == 2:
            yield from _change(name, label, *value, is_first=_is_first(values))
        elif value not in (None, ""):
            yield Detail(label, _shown(name, value))


def _is_first(values: dict[str, Any]) -> bool:
    """Whether somebody who had no access got some: there is nothing before to compare with."""
    role = values.get("role")
    return isinstance(role, list) and role[:1] == [None]


def _change(name: str, label: Promise, before: Any, after: Any, *, is_first: bool) -> Iterator[Detail]:
    if name == "source" and (is_first or before is None or after == Membership.Source.PERSON):
        return  # The sentence says who gave the access, or took it.
    yield Detail(label, _shown(name, after), "" if is_first else _shown(name, before))


def _shown(name: str, value: Any) -> Any:
    if value is None:
        return _("no access") if name == "role" else _("no limit")
    choices = _CHOICES.get(name)
    if choices is not None and value in choices.values:
        return choices(value).label
    if name in _MOMENTS and (moment := parse_datetime(str(value))):
        return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return value
