"""The names of the people and companies of whom lines of the trail speak, read for a page of lines at once.

The trail keeps ids and logins, so that it outlives whom it names; what can still be found is shown by its name.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import AuditEvent, MembershipQuerySet, User
from accounts.trail.subjects import about


@dataclass(frozen=True, slots=True)
class Names:
    """`users` by the portal's id and `people` by ERP.net's, the latter with their logins; `companies` by theirs."""

    users: Mapping[str, str]
    people: Mapping[str, str]
    companies: Mapping[uuid.UUID, str]

    def who(self, event: AuditEvent) -> str:
        """Whoever did it."""
        return self.users.get(str(event.user_id)) or event.login or _("Somebody")

    def whom(self, event: AuditEvent) -> str:
        """Whomever it was done to, for a line that is about a person."""
        it = about(event.subject)
        known = {"person": self.people, "user": self.users}.get(it.kind)
        if known is None:
            return it.name
        return known.get(it.name) or _("somebody who has never signed in (%(id)s)") % {"id": it.name}

    def company(self, event: AuditEvent) -> str:
        known = self.companies.get(event.partner_id) if event.partner_id else ""
        return known or str(event.partner_id or "")


def names_in(
    events: Iterable[AuditEvent], *, members: MembershipQuerySet, companies: Mapping[uuid.UUID, str]
) -> Names:
    """People whom lines speak of by ERP.net's id are named as far as they are among `members`."""
    events = list(events)
    subjects = [about(event.subject) for event in events]
    user_ids = {str(event.user_id) for event in events if event.user_id}
    user_ids |= {each.name for each in subjects if each.kind == "user"}
    erp_ids = {each.name for each in subjects if each.kind == "person"}
    users = User.objects.in_bulk(user_ids).values() if user_ids else ()
    return Names(
        users={str(user.pk): user.get_full_name() for user in users},
        people=_people(members.filter(erp_user_id__in=erp_ids)) if erp_ids else {},
        companies=companies,
    )


def _people(members: MembershipQuerySet) -> dict[str, str]:
    found = members.with_person().values_list("erp_user_id", "person_name", "known_as", "login")
    return {
        str(erp_id): _with_login(name or known_as, login)
        for erp_id, name, known_as, login in found.order_by()
    }


def _with_login(name: str, login: str | None) -> str:
    return f"{name} ({login})" if name and login else name or login or ""
