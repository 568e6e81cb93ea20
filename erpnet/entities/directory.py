"""Who is who: logins, people, companies, suppliers, customers, the enterprise companies and their stores."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from erpnet.entities import fields as erp
from erpnet.values import MultilanguageString, Reference


@erp.entity("Systems_Security_Users")
class User(erp.Entity):
    """A login of the instance. `id` is the GUID that sign-in gives as the claim `id`."""

    id: UUID = erp.guid("Id")
    login: str = erp.text("Login")
    name: MultilanguageString = erp.words("Name")
    email: str = erp.text("Email")
    user_type: str = erp.text("UserType")
    is_active: bool = erp.flag("Active")
    person: Reference | None = erp.link("Person", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("General_Contacts_CompanyEmployees")
class CompanyEmployee(erp.Entity):
    """A person working for a company. Part of the person's aggregate: it changes when the person does."""

    id: UUID = erp.guid("Id")
    company: Reference = erp.link("Company")
    person: Reference = erp.link("Person")
    is_active: bool = erp.flag("IsActive")
    starts_on: dt.date | None = erp.day("ContractStartDate", null=True)
    ends_on: dt.date | None = erp.day("ContractEndDate", null=True)


@erp.entity("General_Contacts_Persons")
class Person(erp.Entity):
    """A person, with the companies it works for. ERP.net makes `name` of the first and the last name."""

    id: UUID = erp.guid("Id")
    name: MultilanguageString = erp.words("PartyName")
    is_active: bool = erp.flag("IsActive")
    parent_party: Reference | None = erp.link("ParentParty", null=True)
    employments: tuple[CompanyEmployee, ...] = erp.children("CompanyEmployees", CompanyEmployee)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    first_name: MultilanguageString = erp.words("FirstName", selected=False)
    last_name: MultilanguageString = erp.words("LastName", selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("General_Contacts_Companies")
class Company(erp.Entity):
    """ERP.net makes `name`, which all parties have, of the `own_name` that can be set."""

    id: UUID = erp.guid("Id")
    code: str = erp.text("PartyCode")
    name: MultilanguageString = erp.words("PartyName")
    is_active: bool = erp.flag("IsActive")
    parent_party: Reference | None = erp.link("ParentParty", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    own_name: MultilanguageString = erp.words("Name", selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Logistics_Procurement_Suppliers")
class Supplier(erp.Entity):
    """A party that an enterprise company buys from, or all of them where `enterprise_company` is empty."""

    id: UUID = erp.guid("Id")
    number: str = erp.text("Number")
    is_active: bool = erp.flag("IsActive")
    party: Reference = erp.link("Party")
    enterprise_company: Reference | None = erp.link("EnterpriseCompany", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Crm_Sales_Customers")
class Customer(erp.Entity):
    """A party that an enterprise company sells to, or all of them where `enterprise_company` is empty."""

    id: UUID = erp.guid("Id")
    number: str = erp.text("Number")
    is_active: bool = erp.flag("Active")
    party: Reference = erp.link("Party")
    enterprise_company: Reference | None = erp.link("EnterpriseCompany", null=True)
    starts_on: dt.date | None = erp.day("FromDate", null=True)
    ends_on: dt.date | None = erp.day("ThruDate", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Crm_Sales_CustomerExternalAccess")
class CustomerExternalAccess(erp.Entity):
    """An outside user who may see what concerns a customer. Part of the customer's aggregate.

    `role` is a name such as `OrdersWithPrices`; `days_back` says how old what is shown may be, None without a limit.
    """

    id: UUID = erp.guid("Id")
    customer: Reference = erp.link("Customer")
    user: Reference = erp.link("User")
    role: str = erp.text("Role")
    days_back: int | None = erp.number("DaysBackAccess", null=True)
    notes: str = erp.text("Notes", selected=False)


@erp.entity("General_Contacts_Companies")
class CompanyName(erp.Entity):
    """No more of a company than what to call it."""

    id: UUID = erp.guid("Id")
    name: MultilanguageString = erp.words("PartyName")


@erp.entity("General_EnterpriseCompanies")
class EnterpriseCompany(erp.Entity):
    """A company that runs on this instance."""

    id: UUID = erp.guid("Id")
    is_active: bool = erp.flag("IsActive")
    company: CompanyName = erp.part("Company", CompanyName)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    base_currency: Reference | None = erp.link("BaseCurrency", null=True, selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Logistics_Inventory_Stores")
class Store(erp.Entity):
    id: UUID = erp.guid("Id")
    code: str = erp.text("Code")
    name: MultilanguageString = erp.words("Name")
    is_active: bool = erp.flag("IsActive")
    enterprise_company: Reference | None = erp.link("EnterpriseCompany", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    group: Reference | None = erp.link("StoreGroup", null=True, selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)
