"""People who signed in and whom no membership fits yet: asking ERP.net about one of them, at once."""

from __future__ import annotations

import logging
import uuid
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from accounts import reasons
from accounts.models import AccessRequest, Membership, User
from accounts.permissions import Role
from accounts.reasons import Reason
from erpnet import DomainApi, F, Reference, entities
from erpnet.entities.base import Entity
from erpnet.exceptions import ErpNetError
from erpnet.query import LARGEST_PAGE, Condition
from sync.doorbells import ring_look_up_person
from sync.models import StreamName
from sync.services.directory import derive_partners_and_memberships
from sync.streams.incremental import write
from sync.streams.table import STREAMS

logger = logging.getLogger(__name__)

E = TypeVar("E", bound=Entity)

ASK_AGAIN_AFTER = timedelta(minutes=1)


def request_access(user: User) -> AccessRequest:
    """Have a person without a membership looked up; an answer that is a minute old or older is asked for anew."""
    request, created = AccessRequest.objects.get_or_create(user=user)
    answered = request.answered_at
    if answered is not None and answered < timezone.now() - ASK_AGAIN_AFTER:
        request.state, request.reason = AccessRequest.State.WAITING, ""
        request.requested_at, request.answered_at = timezone.now(), None
        request.save()
        created = True
    if created:
        ring_look_up_person(user.pk)
    return request


def look_up_person(user_id: uuid.UUID, api: DomainApi) -> None:
    """Mirror what ERP.net knows of one login, derive its memberships, and answer the access request.

    While ERP.net cannot be asked the request goes on waiting, and says so.
    """
    user = User.objects.get(pk=user_id)
    request = AccessRequest.objects.filter(user=user)
    try:
        refusal = _mirror_person(user.erp_id, api)
    except ErpNetError as error:
        logger.warning("User %s could not be looked up: %s", user.pk, error.message)
        request.update(reason=reasons.NOT_ASKED_YET.code)
        return
    granted = Membership.objects.for_user(user).usable().exists()
    request.update(
        state=AccessRequest.State.GRANTED if granted else AccessRequest.State.REFUSED,
        reason="" if granted else _refusal(user, refusal).code,
        answered_at=timezone.now(),
    )


def _refusal(user: User, by_erp_net: Reason | None) -> Reason:
    """What to tell somebody who may act for nobody. What was decided in the portal explains more than ERP.net can.

    It speaks of the person's own memberships and companies, and of nothing else.
    """
    if by_erp_net is reasons.LOGIN_UNKNOWN:
        return by_erp_net
    former = Membership.objects.for_user(user)
    if former.filter(is_active=True).exists():
        return reasons.COMPANY_SWITCHED_OFF
    if former.exclude(source=Membership.Source.DIRECTORY).exists():
        return reasons.SWITCHED_OFF
    was_customer = former.filter(partner__is_customer=True, partner__is_vendor=False).exists()
    if was_customer and by_erp_net in _NO_COMPANY_OF_USE:
        return reasons.CUSTOMER_ACCESS_OVER
    return by_erp_net or reasons.NO_ACCESS


_NO_COMPANY_OF_USE = (reasons.NO_PERSON, reasons.NO_COMPANY, reasons.NO_ACCESS)


def _mirror_person(erp_user_id: uuid.UUID, api: DomainApi) -> Reason | None:
    """Bring one login and all it leads to into the mirror. Answers the reason if it leads to no partner."""
    directory = _Directory(api)
    refusal = directory.follow(erp_user_id)
    with transaction.atomic():
        for entity, rows in directory.read.items():
            write(_FEEDS[entity], rows)
        derive_partners_and_memberships()
    return refusal


_FEEDS = {feed.entity: feed for feed in STREAMS[StreamName.DIRECTORY].feeds}


class _Directory:
    """Reads from ERP.net, step by step, whom a login leads to, and keeps the rows it read."""

    def __init__(self, api: DomainApi) -> None:
        self.api = api
        self.read: dict[type[Entity], list[dict[str, Any]]] = {}

    def follow(self, erp_user_id: uuid.UUID) -> Reason | None:
        """Why the login leads to no partner, None where it leads to one."""
        login = self._one(entities.User, erp_user_id)
        if login is None or not login.is_active:
            return reasons.LOGIN_UNKNOWN
        by_access, by_work = self._follow_access(login), self._follow_work(login)
        if by_access is None or by_work is None:
            return None
        return by_access if by_work in _NO_COMPANY_OF_USE and by_access is not reasons.NO_ACCESS else by_work

    def _follow_access(self, login: entities.User) -> Reason | None:
        """None where the login has external access to an active customer, in a role that the portal knows."""
        given = self._all(entities.CustomerExternalAccess, F.User.eq(login.reference))
        if not given:
            return reasons.NO_ACCESS
        customers = self._all(entities.Customer, F.Id.in_([access.customer.id for access in given]))
        if customers:
            self._all(entities.Company, F.Id.in_([customer.party.id for customer in customers]))
        known = {access.customer.id for access in given if access.role in Role.values}
        in_force = (
            customer.id in known and customer.is_active and _is_today(customer.starts_on, customer.ends_on)
            for customer in customers
        )
        return None if any(in_force) else reasons.CUSTOMER_ACCESS_OVER

    def _follow_work(self, login: entities.User) -> Reason | None:
        person = self._one(entities.Person, login.person.id) if login.person else None
        if person is None:
            return reasons.NO_PERSON
        employers = [
            work.company.id
            for work in person.employments
            if work.is_active and _is_today(work.starts_on, work.ends_on)
        ]
        company_ids = employers + ([person.parent_party.id] if person.parent_party else [])
        companies = self._all(entities.Company, F.Id.in_(company_ids)) if company_ids else []
        if not companies:
            return reasons.NO_COMPANY
        parties = [Reference("General_Contacts_Parties", company.id) for company in companies]
        suppliers = self._all(entities.Supplier, F.Party.in_(parties))
        if not suppliers:
            return reasons.NO_ACCESS
        return None if any(supplier.is_active for supplier in suppliers) else reasons.SUPPLIER_INACTIVE

    def _one(self, entity: type[E], object_id: uuid.UUID) -> E | None:
        found = self._all(entity, F.Id.eq(object_id))
        return found[0] if found else None

    def _all(self, entity: type[E], condition: Condition) -> list[E]:
        rows = self.api.page(_FEEDS[entity].query().filter(condition).top(LARGEST_PAGE)).rows
        self.read.setdefault(entity, []).extend(rows)
        return [entity.from_row(row) for row in rows]


def _is_today(starts_on: date | None, ends_on: date | None) -> bool:
    today = timezone.localdate()
    return (starts_on is None or starts_on <= today) and (ends_on is None or ends_on >= today)
