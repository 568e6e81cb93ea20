"""Who may act for whom, as ERP.net's directory has it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import reasons
from accounts.models import AccessRequest, AuditEvent, Membership, Partner, User
from erpnet import F, Reference, entities
from sync.models import DirectoryUser, PurchaseOrder, Supplier
from sync.services.access import request_access
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor, sign_in

pytestmark = pytest.mark.django_db

USERS, SUPPLIERS = "Systems_Security_Users", "Logistics_Procurement_Suppliers"


def partners_of(login: str) -> set[str]:
    user_id = DirectoryUser.objects.get(login=login).pk
    usable = Membership.objects.usable().filter(erp_user_id=user_id)
    return {membership.partner.name.partition(" Ltd")[0] for membership in usable.select_related("partner")}


class TestMemberships:
    def test_follow_from_user_person_company_and_supplier(self, mirrored: Erp) -> None:
        assert partners_of("maria@rila-textiles.example") == {"Rila Textiles"}
        assert partners_of("elena@danube-packaging.example") == {"Danube Packaging", "Balkan Plastics"}
        assert partners_of("newcomer@unlisted.example") == set()
        assert partners_of("ops@vitosha.example") == set()

    def test_give_the_default_role_and_are_on_record(self, mirrored: Erp, maria: Vendor) -> None:
        assert (maria.membership.role, maria.membership.source) == ("Billing", "directory")
        granted = AuditEvent.objects.filter(kind=AuditEvent.Kind.ROLE, partner_id=maria.partner.pk)
        assert granted.get().reason == "granted_by_directory"

    def test_say_whom_erp_net_means_also_after_a_change_of_name(self, mirrored: Erp, maria: Vendor) -> None:
        assert Membership.objects.get(erp_user_id=maria.user.erp_id).known_as == "Maria Ivanova"
        mirrored.administer(Reference(USERS, maria.user.erp_id), Name={"EN": "Maria Petrova"})
        mirrored.pull("directory")
        assert Membership.objects.get(erp_user_id=maria.user.erp_id).known_as == "Maria Petrova"

    def test_end_when_erp_net_deactivates_the_login(self, mirrored: Erp, maria: Vendor) -> None:
        login = Reference(USERS, maria.user.erp_id)
        mirrored.administer(login, Active=False)
        mirrored.pull("directory")
        assert partners_of("maria@rila-textiles.example") == set()

        mirrored.administer(login, Active=True)
        mirrored.pull("directory")
        assert partners_of("maria@rila-textiles.example") == {"Rila Textiles"}

    def test_end_when_the_last_supplier_record_is_switched_off(self, mirrored: Erp, maria: Vendor) -> None:
        first, *others = Supplier.objects.filter(partner=maria.partner)
        for supplier in others:
            mirrored.change(SUPPLIERS, supplier.pk, IsActive=False)
        mirrored.pull("directory")
        assert partners_of("maria@rila-textiles.example") == {"Rila Textiles"}
        mirrored.change(SUPPLIERS, first.pk, IsActive=False)
        mirrored.pull("directory")
        assert partners_of("maria@rila-textiles.example") == set()

    def test_that_a_person_granted_or_took_away_are_left_alone(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        Membership.objects.create(
            partner=john.partner, erp_user_id=maria.user.erp_id, role="Basic", source=Membership.Source.PERSON
        )
        john.membership.source, john.membership.is_active = Membership.Source.PERSON, False
        john.membership.save()
        mirrored.pull("directory", full=True)
        assert partners_of("maria@rila-textiles.example") == {"Rila Textiles", "Northwind Metals"}
        assert partners_of("john@northwind-metals.example") == set()


class TestSuppliersChangeHands:
    def test_documents_and_their_lines_follow(self, mirrored: Erp, maria: Vendor, john: Vendor) -> None:
        order = maria.open_order()
        shipment = maria.announce(order)
        mirrored.deliver()
        party = {"@odata.id": f"General_Contacts_Companies({john.partner.party_id})"}
        assert order.supplier_id is not None
        mirrored.change(SUPPLIERS, order.supplier_id, Party=party)
        mirrored.pull("directory")

        order.refresh_from_db()
        shipment.refresh_from_db()
        assert order.partner == shipment.partner == john.partner
        assert {line.partner for line in order.lines.all()} == {john.partner}
        assert {line.partner for line in shipment.lines.all()} == {john.partner}

    def test_documents_that_came_before_their_supplier_find_their_partner(self, erp: Erp) -> None:
        erp.pull("orders")
        assert not PurchaseOrder.objects.exclude(partner=None).exists()
        erp.pull("directory")
        assert not PurchaseOrder.objects.filter(partner=None).exists()


class TestLookingUpOnePerson:
    def user(self, erp: Erp, login: str) -> User:
        row = erp.first(entities.User.query().filter(F.Login.eq(login)))
        return User.objects.create(
            issuer="https://vitosha.example/id",
            erp_id=uuid.UUID(row["Id"]),
            login=login,
            user_type=row["UserType"] if row["UserType"] == "InternalUser" else "ExternalCommunityUser",
        )

    def look_up(self, erp: Erp, user: User) -> AccessRequest:
        request_access(user)
        return erp.look_up(user)

    def test_lets_a_vendor_in_before_the_directory_has_ever_been_pulled(self, erp: Erp) -> None:
        user = self.user(erp, "elena@danube-packaging.example")
        request = self.look_up(erp, user)
        assert request.state == AccessRequest.State.GRANTED
        assert request.answered_at is not None
        assert partners_of(user.login) == {"Danube Packaging", "Balkan Plastics"}
        assert Partner.objects.count() == 2

    @pytest.mark.parametrize(
        ("login", "reason"),
        [
            ("newcomer@unlisted.example", {reasons.NO_PERSON.code, reasons.NO_COMPANY.code}),
            ("ops@vitosha.example", {reasons.NO_ACCESS.code}),
        ],
    )
    def test_refuses_with_the_reason(self, erp: Erp, login: str, reason: set[str]) -> None:
        request = self.look_up(erp, self.user(erp, login))
        assert request.state == AccessRequest.State.REFUSED
        assert request.reason in reason

    def test_refuses_a_login_that_erp_net_does_not_know(self, erp: Erp) -> None:
        user = self.user(erp, "maria@rila-textiles.example")
        user.erp_id = uuid.uuid4()
        user.save()
        assert self.look_up(erp, user).reason == reasons.LOGIN_UNKNOWN.code

    def test_refuses_one_whose_suppliers_are_all_switched_off(self, erp: Erp) -> None:
        user = self.user(erp, "john@northwind-metals.example")
        self.look_up(erp, user)
        for supplier in Supplier.objects.all():
            erp.change(SUPPLIERS, supplier.pk, IsActive=False)
        request = erp.look_up(user)
        assert (request.state, request.reason) == (
            AccessRequest.State.REFUSED,
            reasons.SUPPLIER_INACTIVE.code,
        )
        assert partners_of(user.login) == set()

    def test_waits_while_erp_net_cannot_be_asked(self, erp: Erp) -> None:
        user = self.user(erp, "maria@rila-textiles.example")
        erp.fail("no-licence")
        request = self.look_up(erp, user)
        assert (request.state, request.reason) == (AccessRequest.State.WAITING, reasons.NOT_ASKED_YET.code)
        assert erp.look_up(user).state == AccessRequest.State.GRANTED

    def test_is_asked_for_again_a_minute_after_the_answer(self, erp: Erp) -> None:
        user = self.user(erp, "newcomer@unlisted.example")
        request = self.look_up(erp, user)
        assert request_access(user).state == AccessRequest.State.REFUSED
        AccessRequest.objects.update(answered_at=timezone.now() - timedelta(minutes=2))
        assert request_access(user).state == AccessRequest.State.WAITING
        assert request.pk == AccessRequest.objects.get().pk


def test_signing_in_after_the_pull_finds_the_membership(mirrored: Erp) -> None:
    user: Any = sign_in("maria@rila-textiles.example")
    assert Membership.objects.for_user(user).usable().count() == 1
