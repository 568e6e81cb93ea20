"""Who is who in ERP.net: enterprise companies, suppliers, customers, companies, people and their logins."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner
from sync.models.base import Mirrored, soft_foreign_key


class EnterpriseCompany(Mirrored):
    """A company that runs on this ERP.net instance: the buyer."""

    name = models.CharField(_("name"), max_length=254)

    class Meta:
        verbose_name = _("enterprise company")
        verbose_name_plural = _("enterprise companies")

    def __str__(self) -> str:
        return self.name


class Store(Mirrored):
    """A warehouse. Its id is also its party's."""

    code = models.CharField(_("code"), max_length=16)
    names = models.JSONField(_("names"), default=dict)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")

    def __str__(self) -> str:
        return self.code


class Company(Mirrored):
    """A company of the outside world, or of ours, by its party id."""

    name = models.CharField(_("name"), max_length=254)
    code = models.CharField(_("code"), max_length=16, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name


class Supplier(Mirrored):
    """A supplier record: one partner as one enterprise company (or, where that is empty, all of them) buys from it."""

    number = models.CharField(_("number"), max_length=16, blank=True)
    party = soft_foreign_key("sync.Company", verbose_name=_("company"))
    enterprise_company = soft_foreign_key("sync.EnterpriseCompany", verbose_name=_("enterprise company"))
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="suppliers", null=True, blank=True, verbose_name=_("partner")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")

    def __str__(self) -> str:
        return self.number or str(self.pk)


class Customer(Mirrored):
    """A customer record: a party as one enterprise company (or, where that is empty, all of them) sells to it."""

    number = models.CharField(_("number"), max_length=16, blank=True)
    party = soft_foreign_key("sync.Company", verbose_name=_("company"))
    enterprise_company = soft_foreign_key("sync.EnterpriseCompany", verbose_name=_("enterprise company"))
    is_active = models.BooleanField(_("active"), default=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.number or str(self.pk)


class ExternalAccess(Mirrored):
    """What a login may see of a customer (`Crm.Sales.CustomerExternalAccess`), with ERP.net's name for the role."""

    customer = soft_foreign_key("sync.Customer", verbose_name=_("customer"))
    user = soft_foreign_key("sync.DirectoryUser", verbose_name=_("directory user"))
    role = models.CharField(_("role"), max_length=32)
    days_back = models.IntegerField(_("days back"), null=True, blank=True)

    class Meta:
        verbose_name = _("external access")
        verbose_name_plural = _("external access")

    def __str__(self) -> str:
        return f"{self.user_id} to {self.customer_id}"


class Person(Mirrored):
    """A person, and the company that is the parent party of that person, if any."""

    name = models.CharField(_("name"), max_length=254)
    parent_party = soft_foreign_key("sync.Company", verbose_name=_("company"))

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name


class Employment(Mirrored):
    """A person working for a company (`General.Contacts.CompanyEmployees`)."""

    person = soft_foreign_key("sync.Person")
    company = soft_foreign_key("sync.Company")
    is_active = models.BooleanField(default=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person_id} at {self.company_id}"


class DirectoryUser(Mirrored):
    """A login of the instance (`Systems.Security.Users`), whether or not that person has ever come to the portal."""

    login = models.CharField(_("login"), max_length=64)
    name = models.CharField(_("name"), max_length=254, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    user_type = models.CharField(_("kind of user"), max_length=32)
    is_active = models.BooleanField(_("active"), default=True)
    person = soft_foreign_key("sync.Person", verbose_name=_("person"))

    class Meta:
        verbose_name = _("directory user")
        verbose_name_plural = _("directory users")

    def __str__(self) -> str:
        return self.login
