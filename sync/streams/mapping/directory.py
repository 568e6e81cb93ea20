"""Who is who."""

from __future__ import annotations

from erpnet import entities as erp
from sync.streams.mapping import id_of, words
from sync.streams.targets import Mapped


def enterprise_company(company: erp.EnterpriseCompany) -> Mapped:
    return Mapped((company.id, company.company.name.best(), company.updated_at))


def store(store: erp.Store) -> Mapped:
    return Mapped((store.id, store.code, words(store.name), store.updated_at))


def company(company: erp.Company) -> Mapped:
    return Mapped((company.id, company.name.best(), company.code, company.is_active, company.updated_at))


def supplier(supplier: erp.Supplier) -> Mapped:
    return Mapped(
        (
            supplier.id,
            supplier.number,
            supplier.party.id,
            id_of(supplier.enterprise_company),
            supplier.is_active,
            supplier.updated_at,
        )
    )


def customer(customer: erp.Customer) -> Mapped:
    return Mapped(
        (
            customer.id,
            customer.number,
            customer.party.id,
            id_of(customer.enterprise_company),
            customer.is_active,
            customer.starts_on,
            customer.ends_on,
            customer.updated_at,
        )
    )


def external_access(access: erp.CustomerExternalAccess) -> Mapped:
    """It has no time of change of its own: it is a part of the customer."""
    return Mapped((access.id, access.customer.id, access.user.id, access.role, access.days_back, None))


def person(person: erp.Person) -> Mapped:
    employments = [
        (work.id, person.id, work.company.id, work.is_active, work.starts_on, work.ends_on, person.updated_at)
        for work in person.employments
    ]
    return Mapped((person.id, person.name.best(), id_of(person.parent_party), person.updated_at), employments)


def user(user: erp.User) -> Mapped:
    return Mapped(
        (
            user.id,
            user.login,
            user.name.best(),
            user.email,
            user.user_type,
            user.is_active,
            id_of(user.person),
            user.updated_at,
        )
    )
