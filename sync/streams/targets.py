"""The mirror tables as the streams write them: which columns a mapped row fills, and whose it is.

A mapped row is a tuple in the order of its target's columns, the id first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from sync import models as mirror
from sync.streams.wishes import FIND_SHIPMENTS, FORGET_WHO, KEEP_WISHES, LOCK_SHIPMENTS

VERSION = "erp_updated_at"


@dataclass(frozen=True, slots=True)
class Owner:
    """Where the partner of a row comes from: `expression` over the joined table `owner`."""

    join: str
    expression: str


OWNED_BY_SUPPLIER = Owner(
    "LEFT JOIN sync_supplier owner ON owner.id = staged.supplier_id", "owner.partner_id"
)
OWNED_BY_PARTY = Owner("LEFT JOIN accounts_partner owner ON owner.party_id = staged.party_id", "owner.id")


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that stay when ERP.net has them no more: which of `mirror`, and how they are put away. SQL, both."""

    put_away: str
    which: str = "true"


SWITCHED_OFF = Kept("is_active = false")
# A partner's own shipment stays with the story of its delivery; what it announced can be announced again.
MADE_VOID = Kept(
    "is_void = true", "EXISTS (SELECT FROM sync_outboxentry entry WHERE entry.shipment_id = mirror.id)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A table of the mirror. `key` is the column with ERP.net's id.

    `prepare` is SQL that runs over the staged rows before they are written; `staged_only` are columns (with their SQL
    types) that exist for it alone. Columns in `first_only` are written when a row is new and never after that.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    owner: Owner | None = None
    staged_only: tuple[tuple[str, str], ...] = ()
    first_only: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    key: str = "id"
    kept: Kept | None = None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def stage(self) -> str:
        return f"stage_{self.table}"

    @property
    def staged_columns(self) -> tuple[str, ...]:
        return (*self.columns, *(name for name, _type in self.staged_only))


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a document: `parent` is the column that names it. They are replaced together with it."""

    target: Target
    parent: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """One ERP.net object as rows of the mirror."""

    row: tuple[Any, ...]
    lines: Sequence[tuple[Any, ...]] = ()


def _columns(*names: str) -> tuple[str, ...]:
    return ("id", *names, VERSION)


_DOCUMENT = (
    "number",
    "document_date",
    "state",
    "is_void",
    "supplier_id",
    "enterprise_company_id",
    "currency",
)

ENTERPRISE_COMPANIES = Target(mirror.EnterpriseCompany, _columns("name"))
STORES = Target(mirror.Store, _columns("code", "names"))
COMPANIES = Target(mirror.Company, _columns("name", "code", "is_active"), kept=SWITCHED_OFF)
SUPPLIERS = Target(
    mirror.Supplier,
    _columns("number", "party_id", "enterprise_company_id", "is_active"),
    kept=SWITCHED_OFF,
)
CUSTOMERS = Target(
    mirror.Customer,
    _columns("number", "party_id", "enterprise_company_id", "is_active", "starts_on", "ends_on"),
    kept=SWITCHED_OFF,
)
EXTERNAL_ACCESS = Target(mirror.ExternalAccess, _columns("customer_id", "user_id", "role", "days_back"))
PERSONS = Target(mirror.Person, _columns("name", "parent_party_id"))
EMPLOYMENTS = Lines(
    Target(mirror.Employment, _columns("person_id", "company_id", "is_active", "starts_on", "ends_on")),
    "person_id",
)
USERS = Target(
    mirror.DirectoryUser,
    _columns("login", "name", "email", "user_type", "is_active", "person_id"),
    kept=SWITCHED_OFF,
)

PRODUCTS = Target(mirror.Product, _columns("part_number", "names", "unit", "is_active"), kept=SWITCHED_OFF)
SUPPLIES = Target(
    mirror.ProductSupply,
    _columns(
        "kind", "product_id", "supplier_id", "enterprise_company_id", "is_active", "starts_on", "ends_on"
    ),
    OWNED_BY_SUPPLIER,
)

ORDERS = Target(
    mirror.PurchaseOrder,
    _columns(
        *_DOCUMENT,
        "planned_delivery_date",
        "notes",
        "store_id",
        "enterprise_company_location_id",
        "document_currency_id",
    ),
    OWNED_BY_SUPPLIER,
)
ORDER_LINES = Lines(
    Target(
        mirror.OrderLine,
        (
            "id",
            "order_id",
            "line_no",
            "product_id",
            "descriptions",
            "quantity",
            "unit",
            "unit_id",
            "price",
            "planned_delivery_date",
            "confirmed_quantity",
        ),
    ),
    "order_id",
)

INVOICES = Target(
    mirror.Invoice, _columns(*_DOCUMENT, "supplier_number", "order_id", "due_date"), OWNED_BY_SUPPLIER
)
INVOICE_LINES = Lines(
    Target(
        mirror.InvoiceLine,
        (
            "id",
            "invoice_id",
            "line_no",
            "product_id",
            "descriptions",
            "quantity",
            "unit",
            "unit_price",
            "amount",
        ),
    ),
    "invoice_id",
)
PAYMENT_ORDERS = Target(
    mirror.PaymentOrder,
    _columns("number", "invoice_id", "party_id", "due_date", "amount", "currency", "state", "is_void"),
    OWNED_BY_PARTY,
)

SHIPMENTS = Target(
    mirror.Shipment,
    _columns(
        "order_id",
        "supplier_id",
        "planned_delivery_date",
        "delivery_note_number",
        "carrier",
        "tracking_number",
        "notes",
        "erp_id",
        "number",
        "state",
        "is_void",
        "object_version",
        "additional_data_json",
        "created_at",
    ),
    OWNED_BY_SUPPLIER,
    staged_only=(("portal_id", "uuid"),),
    first_only=("created_at",),
    prepare=(FIND_SHIPMENTS, LOCK_SHIPMENTS, KEEP_WISHES, FORGET_WHO),
    key="erp_id",
    kept=MADE_VOID,
)
SHIPMENT_LINES = Lines(
    Target(
        mirror.ShipmentLine,
        ("id", "shipment_id", "order_line_id", "product_id", "line_no", "quantity", "unit"),
        prepare=(
            """
            UPDATE stage_sync_shipmentline line SET shipment_id = staged.id FROM stage_sync_shipment staged
            WHERE staged.erp_id = line.shipment_id
            """,
        ),
    ),
    "shipment_id",
)
