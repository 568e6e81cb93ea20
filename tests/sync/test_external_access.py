"""Customers' people: who comes in by the external access that ERP.net keeps, as what, and how far back they see."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts import reasons
from accounts.models import AccessRequest, AuditEvent, Membership, Partner, User
from accounts.permissions import Role
from erpnet import F, Reference, entities
from erpnet.model import entities as model_of
from sync.models import Company, Customer, DirectoryUser, ExternalAccess, Supplier
from sync.services.access import request_access
from sync.services.directory import derive_partners_and_memberships
from tests.sync import builders as make
from tests.sync.erp import Erp
from tests.sync.vendor import sign_in

pytestmark = pytest.mark.django_db

ACCESS = entities.CustomerExternalAccess.ENTITY_SET
IVAN = "ivan@horizon-retail.example"
INVITATION = Membership.Source.INVITATION


def customer(party: Any = None, **values: Any) -> Any:
    party = party or make.mirrored(Company, name="Horizon Retail Ltd")
    return make.mirrored(Customer, number="CU-1", party=party, **values)


def login(**values: Any) -> Any:
    return make.mirrored(DirectoryUser, login=str(uuid.uuid4()), user_type="ExternalCommunityUser", **values)


def access(user: Any, to: Any, role: str = "Orders", days_back: int | None = 30) -> Any:
    return make.mirrored(ExternalAccess, user=user, customer=to, role=role, days_back=days_back)


def derived(user: Any) -> Membership | None:
    derive_partners_and_memberships()
    return Membership.objects.select_related("partner").filter(erp_user_id=user.pk).first()


def state(membership: Membership | None) -> tuple[bool, str, str, int | None]:
    assert membership is not None
    return membership.is_active, membership.source, membership.role, membership.days_back


def first_line() -> int:
    """That of the access as it was first given."""
    return AuditEvent.objects.order_by("pk")[0].pk


def test_the_roles_of_erp_net_are_the_portals() -> None:
    role = model_of()["Crm.Sales.CustomerExternalAccess"]["attributes"]["Role"]
    assert list(role["values"]) == list(Role.values)


class TestFromTheInstance:
    def test_a_customers_user_has_the_role_and_the_days_back_of_erp_net(self, mirrored: Erp) -> None:
        ivan = Membership.objects.get(erp_user_id=sign_in(IVAN).erp_id)
        assert (ivan.role, ivan.days_back, ivan.source) == ("OrdersWithPrices", 90, "external_access")
        assert (ivan.partner.name, ivan.partner.number) == ("Horizon Retail Ltd", "CU0001")
        assert (ivan.partner.is_vendor, ivan.partner.is_customer) == (False, True)

    def test_partners_are_vendor_customer_or_both(self, mirrored: Erp) -> None:
        kinds = {
            name.removesuffix(" Ltd"): (is_vendor, is_customer)
            for name, is_vendor, is_customer in Partner.objects.values_list(
                "name", "is_vendor", "is_customer"
            )
        }
        assert kinds["Rila Textiles"] == (True, False)
        assert kinds["Danube Packaging"] == (True, True)
        assert kinds["Horizon Retail"] == (False, True)

    def test_a_vendors_people_keep_the_default_role(self, mirrored: Erp) -> None:
        elena = Membership.objects.filter(erp_user_id=sign_in("elena@danube-packaging.example").erp_id)
        assert {(each.role, each.source, each.days_back) for each in elena} == {
            ("Billing", "directory", None)
        }

    def test_what_erp_net_changes_is_changed_and_on_record(self, mirrored: Erp) -> None:
        given = ExternalAccess.objects.get()
        mirrored.change(ACCESS, given.pk, Role="Basic", DaysBackAccess=None)
        mirrored.pull("directory")
        ivan = Membership.objects.get(source=Membership.Source.EXTERNAL_ACCESS)
        assert (ivan.role, ivan.days_back) == ("Basic", None)
        event = AuditEvent.objects.get(reason="changed_by_directory")
        assert event.partner_id == ivan.partner_id
        assert event.detail == {"role": ["OrdersWithPrices", "Basic"], "days_back": [90, None]}

    def test_pulling_again_changes_no_membership_and_leaves_no_line(self, mirrored: Erp) -> None:
        before = list(Membership.objects.order_by("pk").values())
        lines = AuditEvent.objects.count()
        mirrored.pull("directory", full=True)
        assert list(Membership.objects.order_by("pk").values()) == before
        assert AuditEvent.objects.count() == lines


class TestLookingUpOnePerson:
    def look_up(self, erp: Erp) -> tuple[User, AccessRequest]:
        row = erp.first(entities.User.query().filter(F.Login.eq(IVAN)))
        user = User.objects.create(
            issuer="https://vitosha.example/id",
            erp_id=uuid.UUID(row["Id"]),
            login=IVAN,
            user_type="ExternalCommunityUser",
        )
        request_access(user)
        return user, erp.look_up(user)

    def end_access(self, erp: Erp) -> None:
        (given,) = entities.CustomerExternalAccess.iterate(erp.own_people)
        erp.administer(Reference(ACCESS, given.id))
        ExternalAccess.objects.all().delete()

    def test_lets_a_customers_user_in_before_the_directory_has_ever_been_pulled(self, erp: Erp) -> None:
        user, request = self.look_up(erp)
        assert request.state == AccessRequest.State.GRANTED
        membership = Membership.objects.for_user(user).usable().get()
        assert (membership.source, membership.days_back) == ("external_access", 90)

    def test_refuses_one_whose_access_is_gone(self, erp: Erp) -> None:
        self.end_access(erp)
        _user, request = self.look_up(erp)
        assert (request.state, request.reason) == (
            AccessRequest.State.REFUSED,
            reasons.NO_ACCESS.code,
        )

    def test_tells_a_former_customer_so(self, mirrored: Erp) -> None:
        self.end_access(mirrored)
        _user, request = self.look_up(mirrored)
        assert request.reason == reasons.CUSTOMER_ACCESS_OVER.code

    @pytest.mark.parametrize(
        "change", [{"Active": False}, {"ThruDate": "2001-01-01"}, {"FromDate": "2999-01-01"}], ids=str
    )
    def test_tells_one_whose_customer_is_not_active(self, erp: Erp, change: dict[str, Any]) -> None:
        (given,) = entities.CustomerExternalAccess.iterate(erp.own_people)
        erp.change(entities.Customer.ENTITY_SET, given.customer.id, **change)
        _user, request = self.look_up(erp)
        assert request.reason == reasons.CUSTOMER_ACCESS_OVER.code

    @pytest.mark.parametrize("source", ["person", "invitation", "external_access"])
    def test_tells_one_whose_access_people_have_switched_off(self, mirrored: Erp, source: str) -> None:
        Membership.objects.filter(partner__name__startswith="Horizon").update(is_active=False, source=source)
        _user, request = self.look_up(mirrored)
        assert request.reason == reasons.SWITCHED_OFF.code

    def test_tells_one_whose_company_staff_have_switched_off(self, mirrored: Erp) -> None:
        Partner.objects.filter(name__startswith="Horizon").update(is_active=False)
        _user, request = self.look_up(mirrored)
        assert request.reason == reasons.COMPANY_SWITCHED_OFF.code

    def test_says_nothing_of_what_became_of_others(self, mirrored: Erp) -> None:
        self.end_access(mirrored)
        Membership.objects.all().update(erp_user_id=uuid.uuid4(), is_active=False, source="person")
        Partner.objects.update(is_active=False)
        _user, request = self.look_up(mirrored)
        assert request.reason == reasons.NO_ACCESS.code


class TestWhatHoldsWhereThereIsMoreThanOne:
    def test_the_least_of_several_customer_records_of_one_partner(self, db: None) -> None:
        ivan, first = login(), customer()
        access(ivan, first, "Owner", None)
        access(ivan, customer(first.party), "Orders", 30)
        access(ivan, customer(first.party), "Billing", 60)
        found = derived(ivan)
        assert found is not None
        assert (found.role, found.days_back) == ("Orders", 30)

    def test_an_access_that_is_not_in_force_does_not_count(self, db: None) -> None:
        ivan, first = login(), customer()
        access(ivan, first, "Owner", None)
        access(ivan, customer(first.party, is_active=False), "Basic", 1)
        access(ivan, customer(first.party, starts_on="2999-01-01"), "Basic", 1)
        found = derived(ivan)
        assert found is not None
        assert (found.role, found.days_back) == ("Owner", None)

    def test_the_access_goes_before_the_default_of_a_vendors_people_and_gives_way_to_it(
        self, mirrored: Erp
    ) -> None:
        elena = sign_in("elena@danube-packaging.example")
        both = Partner.objects.get(name__startswith="Danube")
        given = access(DirectoryUser.objects.get(pk=elena.erp_id), Customer.objects.get(party=both.party_id))
        derive_partners_and_memberships()
        hers = Membership.objects.get(erp_user_id=elena.erp_id, partner=both)
        assert (hers.role, hers.days_back, hers.source) == ("Orders", 30, "external_access")

        given.delete()
        derive_partners_and_memberships()
        hers.refresh_from_db()
        assert (hers.role, hers.days_back, hers.source) == ("Billing", None, "directory")

    @pytest.mark.parametrize("days_back", [-5, 0])
    def test_no_days_back_is_today_alone(self, db: None, days_back: int) -> None:
        ivan = login()
        access(ivan, customer(), "Orders", days_back)
        found = derived(ivan)
        assert found is not None
        assert found.days_back == 0


class TestWhatGivesNothing:
    def test_a_role_that_the_portal_does_not_know(self, db: None) -> None:
        ivan = login()
        access(ivan, customer(), "Emperor")
        assert derived(ivan) is None

    def test_a_login_that_is_switched_off(self, db: None) -> None:
        ivan = login(is_active=False)
        access(ivan, customer())
        assert derived(ivan) is None

    def test_a_customer_to_whom_nobody_has_access_is_no_partner(self, db: None) -> None:
        customer()
        derive_partners_and_memberships()
        assert not Partner.objects.exists()


class TestWhatPeopleDecide:
    def test_what_staff_granted_survives_the_directory_with_access_and_without(self, db: None) -> None:
        ivan = login()
        given = access(ivan, customer(), "Basic", 1)
        derive_partners_and_memberships()
        Membership.objects.update(role="Admin", days_back=None, source=Membership.Source.PERSON)
        before = Membership.objects.values().get()
        derive_partners_and_memberships()
        given.delete()
        derive_partners_and_memberships()
        assert Membership.objects.values().get() == before

    def test_an_invitation_gives_no_more_than_a_record_that_came_later(self, db: None) -> None:
        ivan, horizon = login(), customer()
        given = access(ivan, horizon, "Emperor")
        access(login(), horizon)
        derive_partners_and_memberships()
        Membership.objects.create(
            partner=Partner.objects.get(), erp_user_id=ivan.pk, role="Owner", source=INVITATION
        )
        given.role = "Basic"
        given.save()
        assert state(derived(ivan)) == (True, "external_access", "Basic", 30)
        event = AuditEvent.objects.get(reason="changed_by_directory")
        assert event.detail["source"] == ["invitation", "external_access"]

    @pytest.mark.parametrize("source", Membership.Source)
    def test_what_is_kept_off_stays_off_and_follows_the_record(
        self, db: None, source: Membership.Source
    ) -> None:
        """All but the directory's own: it may give again what it took."""
        ivan, horizon = login(), customer()
        given = access(ivan, horizon)
        derive_partners_and_memberships()
        Membership.objects.update(is_active=False, source=source)
        by_directory = source == Membership.Source.DIRECTORY
        assert state(derived(ivan)) == (by_directory, "external_access", "Orders", 30)
        given.role, given.days_back = "Basic", 7
        given.save()
        before = Membership.objects.get().updated_at
        assert state(derived(ivan)) == (by_directory, "external_access", "Basic", 7)
        if not by_directory:
            assert Membership.objects.get().updated_at == before, "open invitations stay good"
            assert not AuditEvent.objects.filter(pk__gt=first_line(), reason="granted_by_directory").exists()
        lines = AuditEvent.objects.count()
        derive_partners_and_memberships()
        assert AuditEvent.objects.count() == lines

    def test_what_is_kept_off_is_peoples_alone_once_the_record_is_gone(self, db: None) -> None:
        ivan, horizon = login(), customer()
        given = access(ivan, horizon)
        derive_partners_and_memberships()
        Membership.objects.update(is_active=False)
        given.delete()
        assert state(derived(ivan)) == (False, "person", "Orders", 30)
        access(ivan, horizon, "Basic", 1)
        assert state(derived(ivan)) == (False, "external_access", "Basic", 1)

    def test_a_record_that_is_gone_leaves_no_role_to_take_up(self, db: None) -> None:
        ivan, horizon = login(), customer()
        given = access(ivan, horizon, "Owner", None)
        derive_partners_and_memberships()
        given.delete()
        assert state(derived(ivan)) == (False, "directory", "Billing", None)
        access(ivan, horizon, "Orders", 5)
        assert state(derived(ivan)) == (True, "external_access", "Orders", 5)


def test_the_role_that_people_set_for_a_vendors_person_stays(mirrored: Erp) -> None:
    maria = sign_in("maria@rila-textiles.example")
    Membership.objects.filter(erp_user_id=maria.erp_id).update(role="Admin", days_back=10)
    Supplier.objects.update(is_active=False)
    derive_partners_and_memberships()
    assert not Membership.objects.get(erp_user_id=maria.erp_id).is_active
    Supplier.objects.update(is_active=True)
    derive_partners_and_memberships()
    hers = Membership.objects.get(erp_user_id=maria.erp_id)
    assert (hers.is_active, hers.role, hers.days_back) == (True, "Admin", 10)
