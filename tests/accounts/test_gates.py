"""Who may come to a page: every gate, seen from every kind of visitor."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from accounts.gates import partner_page, public_page, signed_in_page, staff_page
from accounts.models import AuditEvent, Membership, User
from accounts.permissions import Capability, Role
from sync.models import Shipment
from tests.accounts.builders import make_member, make_partner, make_staff, make_user

pytestmark = pytest.mark.django_db


def view(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse("inside")


def ask(
    page: Callable[..., Any],
    user: User | None = None,
    *members: Membership,
    headers: dict[str, str] | None = None,
) -> Any:
    request: Any = RequestFactory().get("/orders/?page=2", headers=headers or {})
    request.user = user or AnonymousUser()
    request.htmx = HtmxDetails(request)
    request.memberships = list(members)
    request.membership = members[0] if members else None
    request.viewing_as = None
    return page(request)


@pytest.fixture
def maria() -> User:
    return make_user()


@pytest.fixture
def owner(maria: User) -> Membership:
    return make_member(maria, make_partner(), Role.OWNER)


def test_each_gate_declares_its_policy() -> None:
    policies = [
        page.policy
        for page in (
            public_page(lambda request: HttpResponse()),
            signed_in_page(view),
            partner_page()(view),
            partner_page(Capability.VIEW_ORDERS)(view),
            staff_page(view),
        )
    ]
    assert policies == ["public", "signed-in", "partner", "partner:view_orders", "staff"]


@pytest.mark.parametrize(
    "gate", [signed_in_page, partner_page(), partner_page(Capability.VIEW_ORDERS), staff_page]
)
def test_strangers_are_sent_to_sign_in_and_back(gate: Any) -> None:
    answer = ask(gate(view))
    assert answer["Location"] == "/signin?next=%2Forders%2F%3Fpage%3D2"
    assert "no-store" in answer["Cache-Control"]


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/shipments/"}
    answer = ask(signed_in_page(view), headers=headers)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/signin?next=%2Fshipments%2F"


def test_somebody_without_a_partner_is_welcomed(maria: User) -> None:
    assert ask(partner_page()(view), maria)["Location"] == "/welcome/"
    assert ask(signed_in_page(view), maria).content == b"inside"


def test_a_role_that_may_comes_in(maria: User, owner: Membership) -> None:
    assert ask(partner_page(Capability.MANAGE_USERS)(view), maria, owner).content == b"inside"


def test_a_role_that_may_not_gets_403_and_leaves_a_trace(maria: User) -> None:
    clerk = make_member(maria, make_partner(), Role.ORDERS)
    with pytest.raises(PermissionDenied):
        ask(partner_page(Capability.VIEW_INVOICES)(view), maria, clerk)
    event = AuditEvent.objects.get()
    assert (event.kind, event.reason) == (AuditEvent.Kind.REFUSAL, "may_not_view_invoices")
    assert (event.user_id, event.partner_id, event.subject) == (maria.pk, clerk.partner_id, "GET /orders/")


def test_staff_pages_do_not_exist_for_others(maria: User, owner: Membership) -> None:
    with pytest.raises(Http404):
        ask(staff_page(view), maria, owner)
    assert AuditEvent.objects.get().reason == "not_staff"
    assert ask(staff_page(view), make_staff()).content == b"inside"


def test_a_view_sees_the_acting_partners_rows_alone(maria: User, owner: Membership) -> None:
    for partner in (owner.partner, make_partner("Northwind Metals")):
        Shipment.objects.create(partner=partner)

    def count(request: Any) -> HttpResponse:
        return HttpResponse(str(Shipment.objects.count()))

    assert ask(partner_page()(count), maria, owner).content == b"1"
    assert ask(staff_page(count), make_staff()).content == b"2"


def test_a_page_that_renders_late_still_finds_its_rows(maria: User, owner: Membership) -> None:
    Shipment.objects.create(partner=owner.partner)
    Shipment.objects.create(partner=make_partner("Northwind Metals"))
    template = engines["django"].from_string("{{ shipments.count }}")

    def late(request: Any) -> TemplateResponse:
        return TemplateResponse(request, template, {"shipments": Shipment.objects.all()})

    assert ask(partner_page()(late), maria, owner).content == b"1"


def test_acl_02_absent_and_foreign_are_the_same_404(maria: User, owner: Membership) -> None:
    foreign = Shipment.objects.create(partner=make_partner("Northwind Metals"))

    def look(pk: uuid.UUID) -> Callable[..., Any]:
        return partner_page()(lambda request: HttpResponse(str(Shipment.objects.get(pk=pk))))

    for pk in (foreign.pk, uuid.uuid4()):
        with pytest.raises(Http404):
            ask(look(pk), maria, owner)
    first, second = AuditEvent.objects.all()
    assert first.reason == second.reason == "not_found"
    assert first.partner_id == owner.partner_id


def test_a_refused_view_leaves_nothing_behind(maria: User, owner: Membership) -> None:
    def write(request: Any) -> HttpResponse:
        Shipment.objects.create(partner=owner.partner)
        raise Http404

    with pytest.raises(Http404):
        ask(partner_page()(write), maria, owner)
    assert not Shipment.objects.exists()
