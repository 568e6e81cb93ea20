"""The lines of the trail that somebody may read, newest first, each with its sentence.

A partner's administrators read the lines of their own company, in a transaction that acts for it; staff read all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import AuditEvent, Membership
from accounts.trail.details import Detail, details_of
from accounts.trail.names import Names, names_in
from accounts.trail.sentences import is_told, sentence_of
from accounts.trail.subjects import about

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Line:
    event: AuditEvent
    sentence: str
    details: list[Detail]

    @property
    def shipment_id(self) -> str:
        """The shipment that it is about, if it is."""
        it = about(self.event.subject)
        return it.name if it.kind == "shipment" else ""

    @property
    def more(self) -> str:
        """What the line is about in words that the portal does not know, such as those of a later release."""
        return "" if is_told(self.event) else self.event.subject


@dataclass(frozen=True, slots=True)
class Trail:
    """`after` goes into the next call; it is empty on the last page."""

    rows: list[Line]
    after: str


def trail_for(membership: Membership, *, kinds: Collection[str] = (), after: str = "") -> Trail:
    """The lines behind the mark `after`. A mark that nobody could have got from us is treated as none."""
    partner = membership.partner
    events = AuditEvent.objects.for_partner(partner)
    if kinds:
        events = events.filter(kind__in=kinds)
    if re.fullmatch(r"[0-9]{1,18}", after):
        events = events.filter(pk__lt=int(after))
    found = list(events.order_by("-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    members = Membership.objects.for_partner(partner)
    names = names_in(shown, members=members, companies={partner.pk: partner.name})
    mark = str(shown[-1].pk) if len(found) > PAGE_SIZE else ""
    return Trail([_line(event, names) for event in shown], mark)


def lines_of(events: Iterable[Any]) -> list[Line]:
    """Any lines, for staff, in a transaction that says so. Their companies are read with them (`with_company`)."""
    events = list(events)
    companies = {event.partner_id: event.partner_name or "" for event in events if event.partner_id}
    names = names_in(events, members=Membership.objects.all(), companies=companies)
    return [_line(event, names) for event in events]


def _line(event: AuditEvent, names: Names) -> Line:
    return Line(event, sentence_of(event, names), details_of(event))
