"""What a partner's administrators read of the audit trail: the lines of their own company, in words, newest first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, Membership, User
from accounts.permissions import Role
from accounts.reasons import REASONS

PAGE_SIZE = 50

_WORDS: dict[str, Promise] = {
    "invited": _("Somebody was invited"),
    "invited_again": _("An invitation was sent again"),
    "invitation_accepted": _("An invitation was accepted"),
    "invitation_withdrawn": _("An invitation was withdrawn"),
    "membership_granted": _("Access was given"),
    "membership_changed": _("Access was changed"),
    "membership_removed": _("Access was taken away"),
    "granted_by_directory": _("ERP.net gave access"),
    "changed_by_directory": _("ERP.net changed access"),
    "withdrawn_by_directory": _("ERP.net took access away"),
    "login_closed_in_erp_net": _("Signed out: ERP.net closed the login"),
    "view_as_begun": _("Portal staff began to view the portal as your company"),
    "view_as_page": _("Portal staff saw a page"),
    "view_as_ended": _("Portal staff stopped viewing"),
    "view_as_over": _("The time of portal staff to view was up"),
    "not_found": _("Asked for what is not there"),
    "not_staff": _("Asked for a page of portal staff"),
}
_DEEDS: dict[str, Promise] = {
    "announce": _("Announced a shipment"),
    "change": _("Changed a shipment"),
    "retry": _("A shipment was sent to ERP.net again"),
}
_FIELDS: dict[str, Promise] = {
    "role": _("Role"),
    "days_back": _("Days back"),
    "is_active": _("Active"),
    "source": _("Access from"),
    "reason": _("Reason"),
    "elsewhere": _("Elsewhere"),
}
_CHOICES = {"role": Role, "source": Membership.Source}
_PERSON = re.compile(r"ERP\.net user ([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that the line says more of; `before` is empty where it tells no change."""

    label: Promise
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Line:
    event: AuditEvent
    what: Promise | str
    about: str
    details: list[Detail]


@dataclass(frozen=True, slots=True)
class Trail:
    """`after` goes into the next call; it is empty on the last page."""

    rows: list[Line]
    after: str


def trail_for(membership: Membership, *, kind: str = "", after: str = "") -> Trail:
    """The lines behind the mark `after`. A mark that nobody could have got from us is treated as none."""
    events = AuditEvent.objects.for_partner(membership.partner_id)
    if kind:
        events = events.filter(kind=kind)
    if re.fullmatch(r"[0-9]{1,18}", after):
        events = events.filter(pk__lt=int(after))
    found = list(events.order_by("-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    names = _names(membership.partner_id, shown)
    mark = str(shown[-1].pk) if len(found) > PAGE_SIZE else ""
    return Trail([_line(event, names) for event in shown], mark)


def history_of(membership: Membership) -> list[Line]:
    """What people and ERP.net did to one membership, newest first."""
    events = AuditEvent.objects.for_partner(membership.partner_id)
    found = events.filter(kind=AuditEvent.Kind.ROLE, subject=membership.trail_subject).order_by("-pk")
    return [_line(event, {}) for event in found]


def _line(event: AuditEvent, names: dict[str, str]) -> Line:
    about = _PERSON.sub(lambda match: names.get(match[1], match[0]), event.subject)
    details = [
        _detail(name, value) for name, value in event.detail.items() if name in _FIELDS and value is not None
    ]
    return Line(event, _what(event), about, details)


def _what(event: AuditEvent) -> Promise | str:
    if event.reason.startswith("may_not_"):
        return _("Asked for what the role does not allow")
    if reason := REASONS.get(event.reason):
        return reason.title
    deed = str(event.detail.get("action", ""))
    return _WORDS.get(event.reason) or _DEEDS.get(deed) or event.get_kind_display()


def _detail(name: str, value: Any) -> Detail:
    before, after = value if isinstance(value, list) and len(value) == 2 else ("", value)
    return Detail(_FIELDS[name], _shown(name, before), _shown(name, after))


def _shown(name: str, value: Any) -> Any:
    choices = _CHOICES.get(name)
    if choices is not None and value in choices.values:
        return choices(value).label
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else value


def _names(partner_id: uuid.UUID, events: Iterable[AuditEvent]) -> dict[str, str]:
    """The logins of the people whom lines speak of by their id, as far as they are the partner's own."""
    spoken_of = {match[1] for event in events if (match := _PERSON.fullmatch(event.subject))}
    members = Membership.objects.for_partner(partner_id).filter(erp_user_id__in=spoken_of)
    users = User.objects.filter(erp_id__in=members.values("erp_user_id"))
    return {str(erp_id): login for erp_id, login in users.values_list("erp_id", "login")}
