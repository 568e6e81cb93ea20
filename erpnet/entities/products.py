"""What is bought and kept: products, who supplies them, units, currencies, balances."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from erpnet.entities import fields as erp
from erpnet.values import Amount, MultilanguageString, Quantity, Reference


@erp.entity("General_Currencies_Currencies")
class Currency(erp.Entity):
    """`sign` is what amounts carry, such as EUR."""

    id: UUID = erp.guid("Id")
    sign: str = erp.text("CurrencySign")
    name: str = erp.text("Name", selected=False)


@erp.entity("General_Products_MeasurementUnits")
class MeasurementUnit(erp.Entity):
    """`code` is what quantities carry, such as PCS."""

    id: UUID = erp.guid("Id")
    code: str = erp.text("Code")
    name: MultilanguageString = erp.words("Name")
    category: Reference | None = erp.link("MeasurementCategory", null=True, selected=False)


@erp.entity("General_Products_Products")
class Product(erp.Entity):
    id: UUID = erp.guid("Id")
    part_number: str = erp.text("PartNumber")
    name: MultilanguageString = erp.words("Name")
    is_active: bool = erp.flag("Active")
    unit: MeasurementUnit = erp.part("MeasurementUnit", MeasurementUnit)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    group: Reference | None = erp.link("ProductGroup", null=True, selected=False)
    product_type: Reference | None = erp.link("ProductType", null=True, selected=False)
    base_category: Reference | None = erp.link("BaseMeasurementCategory", null=True, selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("General_Products_ProductCodes")
class ProductCode(erp.Entity):
    """What a product is called in a coding system, such as its barcode. Part of the product's aggregate."""

    id: UUID = erp.guid("Id")
    code: str = erp.text("ProductCodeField")
    is_active: bool = erp.flag("Active")
    product: Reference = erp.link("Product")
    coding_system: Reference = erp.link("CodingSystem")


@erp.entity("Logistics_Procurement_ProductSupply")
class ProductSupply(erp.Entity):
    """A supply rule. Where it names a preferred supplier and a product, that one supplies it."""

    id: UUID = erp.guid("Id")
    is_active: bool = erp.flag("IsActive")
    product: Reference | None = erp.link("Product", null=True)
    preferred_supplier: Reference | None = erp.link("PreferredSupplier", null=True)
    enterprise_company: Reference | None = erp.link("EnterpriseCompany", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Logistics_Procurement_PurchaseProductPrices")
class PurchaseProductPrice(erp.Entity):
    """A price agreed with a supplier, or with all where there is none, from and until the dates given."""

    id: UUID = erp.guid("Id")
    product: Reference = erp.link("Product")
    supplier: Reference | None = erp.link("Supplier", null=True)
    enterprise_company: Reference | None = erp.link("EnterpriseCompany", null=True)
    price: Amount = erp.amount("Price")
    from_date: dt.date | None = erp.day("FromDate", null=True)
    thru_date: dt.date | None = erp.day("ThruDate", null=True)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    currency: Reference | None = erp.link("Currency", null=True, selected=False)
    price_quantity: Quantity | None = erp.quantity("PriceQuantity", null=True, selected=False)
    price_unit: Reference | None = erp.link("PriceQuantityMeasurementUnit", null=True, selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Logistics_Inventory_CurrentBalances")
class CurrentBalance(erp.Entity):
    """What lies in a store now. A view: no id, no time of change, and rows may shift while it is paged."""

    enterprise_company: Reference = erp.link("EnterpriseCompany")
    store: Reference = erp.link("Store")
    store_bin: Reference | None = erp.link("StoreBin", null=True)
    product: Reference = erp.link("Product")
    variant: Reference | None = erp.link("ProductVariant", null=True)
    lot: Reference | None = erp.link("Lot", null=True)
    serial_number: Reference | None = erp.link("SerialNumber", null=True)
    quantity: Quantity = erp.quantity("QuantityBase")
