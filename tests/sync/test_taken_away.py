"""What ERP.net takes away from somebody is gone from the portal within ten minutes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, Membership, Session, User
from erpnet import F, Reference, entities
from erpnet.sandbox.store import Work
from sync import tasks
from sync.models import DirectoryUser, ExternalAccess, Run, Supplier
from sync.schedule import SCHEDULE
from tests.sync.erp import Erp
from tests.sync.vendor import sign_in

pytestmark = pytest.mark.django_db

USERS, SUPPLIERS = entities.User.ENTITY_SET, entities.Supplier.ENTITY_SET
PERSONS, EMPLOYEES = entities.Person.ENTITY_SET, entities.CompanyEmployee.ENTITY_SET
CUSTOMERS, ACCESS = entities.Customer.ENTITY_SET, entities.CustomerExternalAccess.ENTITY_SET
JOHN, IVAN = "john@northwind-metals.example", "ivan@horizon-retail.example"


def scheduled_run(erp: Erp) -> Run:
    """What the beat starts, to its end."""
    tasks.start_run("directory")
    run = erp.finish(Run.objects.filter(stream="directory", state__in=Run.OPEN).get())
    assert run.state == Run.State.DONE
    return run


def row_of(erp: Erp, login: str) -> dict[str, Any]:
    return erp.first(entities.User.query().filter(F.Login.eq(login)))


def only_supplier(erp: Erp) -> Reference:
    """John's company has one supplier record."""
    return Reference(SUPPLIERS, Membership.objects.get(erp_user_id=login_id(JOHN)).partner.suppliers.get().pk)


def login_id(login: str) -> uuid.UUID:
    return DirectoryUser.objects.get(login=login).pk


def the_customer() -> Reference:
    """The one to whom Ivan has access."""
    customer = ExternalAccess.objects.get().customer_id
    assert customer is not None
    return Reference(CUSTOMERS, customer)


def close_login(erp: Erp) -> None:
    erp.administer(Reference(USERS, login_id(JOHN)), Active=False)


def delete_login(erp: Erp) -> None:
    erp.administer(Reference(USERS, login_id(JOHN)))


def leave_company(erp: Erp) -> None:
    person = DirectoryUser.objects.get(login=JOHN).person_id
    assert person is not None
    erp.administer(Reference(PERSONS, person), ParentParty=None)
    for work in entities.Person.fetch(erp.own_people, person).employments:
        erp.administer(work.reference)


def end_contract(erp: Erp) -> None:
    person = DirectoryUser.objects.get(login=JOHN).person_id
    assert person is not None
    yesterday = timezone.localdate() - timedelta(days=1)
    erp.administer(Reference(PERSONS, person), ParentParty=None)
    for work in entities.Person.fetch(erp.own_people, person).employments:
        erp.change(EMPLOYEES, work.id, ContractEndDate=f"{yesterday}T00:00:00Z")


def switch_supplier_off(erp: Erp) -> None:
    erp.administer(only_supplier(erp), IsActive=False)


def delete_supplier(erp: Erp) -> None:
    erp.administer(only_supplier(erp))


def delete_access(erp: Erp) -> None:
    erp.administer(Reference(ACCESS, ExternalAccess.objects.get().pk))


def switch_customer_off(erp: Erp) -> None:
    erp.administer(the_customer(), Active=False)


def end_custom(erp: Erp) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    erp.administer(the_customer(), ThruDate=f"{yesterday}T00:00:00Z")


def delete_customer(erp: Erp) -> None:
    customer = the_customer()
    delete_access(erp)
    erp.administer(customer)


def test_usr_05_the_schedule_leaves_a_run_five_of_the_ten_minutes() -> None:
    """A change that a run has just missed is seen by the next one, which has as long again to end."""
    rhythm = next(entry.rhythm for entry in SCHEDULE if entry.args == ("directory",))
    assert isinstance(rhythm, timedelta)
    assert 2 * rhythm <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("login", "take_away"),
    [
        (JOHN, leave_company),
        (JOHN, end_contract),
        (JOHN, switch_supplier_off),
        (JOHN, delete_supplier),
        (IVAN, delete_access),
        (IVAN, switch_customer_off),
        (IVAN, end_custom),
        (IVAN, delete_customer),
    ],
    ids=lambda value: value.__name__ if callable(value) else value.partition("@")[0],
)
def test_usr_05_one_scheduled_run_later_the_partner_is_closed(
    mirrored: Erp, client: Any, login: str, take_away: Callable[[Erp], None]
) -> None:
    user = sign_in(login)
    client.force_login(user)
    assert client.get("/").status_code == 200
    role = Membership.objects.get(erp_user_id=user.erp_id).role
    take_away(mirrored)
    assert client.get("/").status_code == 200, "nobody has told the portal yet"

    scheduled_run(mirrored)
    assert client.get("/").headers["Location"] == "/welcome/"
    assert client.get("/orders/").headers["Location"] == "/welcome/"
    event = AuditEvent.objects.get(reason="withdrawn_by_directory")
    assert (event.subject, event.detail) == (f"ERP.net user {user.erp_id}", {"role": [role, None]})


@pytest.mark.parametrize("take_away", [close_login, delete_login])
def test_usr_05_a_closed_login_is_signed_out_whoever_gave_the_membership(
    mirrored: Erp, client: Any, take_away: Callable[[Erp], None]
) -> None:
    john = sign_in(JOHN)
    Membership.objects.filter(erp_user_id=john.erp_id).update(source=Membership.Source.INVITATION)
    client.force_login(john)
    assert client.get("/orders/").status_code == 200
    take_away(mirrored)

    scheduled_run(mirrored)
    assert client.get("/orders/").headers["Location"].startswith("/signin")
    assert not Session.objects.filter(user=john).exists()
    assert AuditEvent.objects.get(reason="login_closed_in_erp_net").user_id == john.pk
    assert Membership.objects.get(erp_user_id=john.erp_id).is_active, "what people gave is theirs to take"


def test_others_stay_signed_in_while_one_login_is_closed(mirrored: Erp, client: Any) -> None:
    client.force_login(sign_in("maria@rila-textiles.example"))
    close_login(mirrored)
    scheduled_run(mirrored)
    assert client.get("/orders/").status_code == 200


def test_what_comes_back_in_erp_net_opens_the_door_again(mirrored: Erp) -> None:
    supplier = Supplier.objects.get(pk=only_supplier(mirrored).id)
    store = mirrored.sandbox.instance.store
    entity = store.model["Logistics.Procurement.Suppliers"]
    row = dict(store.table(entity.name).get(str(supplier.pk)) or {})
    delete_supplier(mirrored)
    scheduled_run(mirrored)
    supplier.refresh_from_db()
    assert not supplier.is_active
    assert not Membership.objects.get(erp_user_id=login_id(JOHN)).is_active

    work = Work(store)
    work.put(entity, row)
    work.commit()
    scheduled_run(mirrored)
    assert Membership.objects.get(erp_user_id=login_id(JOHN)).is_active


def test_a_run_counts_what_it_put_away_and_the_next_finds_nothing_more(mirrored: Erp) -> None:
    delete_access(mirrored)
    assert scheduled_run(mirrored).rows_removed == 1
    assert scheduled_run(mirrored).rows_removed == 0


def test_logins_on_several_pages_and_in_several_slices_are_all_kept(
    mirrored: Erp, settings: Settings
) -> None:
    settings.SYNC_SLICE_SECONDS = 0
    store = mirrored.sandbox.instance.store
    entity = store.model["Systems.Security.Users"]
    john = store.table(entity.name).get(str(login_id(JOHN)))
    assert john is not None
    work = Work(store)
    for number in range(1100):
        work.put(entity, {**john, "Id": str(uuid.uuid4()), "Login": f"many-{number:04}", "Person": None})
    work.commit()
    run = scheduled_run(mirrored)
    assert run.rows_removed == 0
    assert "ids" not in run.cursor
    delete_login(mirrored)
    assert scheduled_run(mirrored).rows_removed == 1
    assert DirectoryUser.objects.filter(login__startswith="many-", is_active=True).count() == 1100


def test_whom_the_portal_looked_up_during_a_run_is_not_put_away_by_it(
    mirrored: Erp, settings: Settings
) -> None:
    settings.SYNC_SLICE_SECONDS = 0
    tasks.start_run("directory")
    run = Run.objects.get(stream="directory", state=Run.State.WAITING)
    mirrored.slice(run)
    run.refresh_from_db()
    assert run.started_at is not None
    late = DirectoryUser.objects.create(
        id=uuid.uuid4(), login="late", user_type=User.UserType.COMMUNITY, fetched_at=timezone.now()
    )
    mirrored.finish(run)
    late.refresh_from_db()
    assert late.is_active


def test_while_erp_net_cannot_be_reached_nobody_loses_anything(mirrored: Erp, client: Any) -> None:
    client.force_login(sign_in(JOHN))
    mirrored.fail("no-licence", times=50)
    tasks.start_run("directory")
    mirrored.slice(Run.objects.get(stream="directory", state=Run.State.WAITING))
    assert client.get("/orders/").status_code == 200
