"""The companies: the two that run the instance, their stores, and the vendors they buy from."""

from dataclasses import dataclass

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.catalogue import Product

VITOSHA = "Vitosha Trading"
SREDNA_GORA = "Sredna Gora Foods"

BINS_PER_STORE = 8

DOCUMENT_TYPES = (
    ("PO", "Purchase order", "Поръчка за покупка", "Logistics.Procurement.PurchaseOrders"),
    ("RO", "Receiving order", "Нареждане за приемане", "Logistics.Procurement.ReceivingOrders"),
    ("PI", "Purchase invoice", "Фактура за покупка", "Logistics.Procurement.PurchaseInvoices"),
    ("PAYO", "Payment order", "Платежно нареждане", "Finance.Payments.PaymentOrders"),
    ("PAYT", "Payment transaction", "Плащане", "Finance.Payments.PaymentTransactions"),
)


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a vendor sells: kinds `first` to `last` of a family; to whom: None is every enterprise company."""

    name: str
    local: str
    town: tuple[str, str]
    family: str
    kinds: range
    customers: tuple[str | None, ...]


VENDORS = (
    Vendor("Rila Textiles", "Рила Текстил", ("Samokov", "Самоков"), "TEX", range(7), (VITOSHA, SREDNA_GORA)),
    Vendor("Northwind Metals", "Нортуинд Металс", ("Pernik", "Перник"), "MET", range(7), (VITOSHA,)),
    Vendor("Danube Packaging", "Дунав Опаковки", ("Ruse", "Русе"), "PAC", range(6), (None,)),
    Vendor("Balkan Plastics", "Балкан Пластикс", ("Gabrovo", "Габрово"), "PAC", range(4, 10), (SREDNA_GORA,)),
    Vendor("Thracian Harvest", "Тракийска Жътва", ("Plovdiv", "Пловдив"), "FOO", range(7), (SREDNA_GORA,)),
    Vendor("Pirin Dairy", "Пирин Млечни", ("Razlog", "Разлог"), "FOO", range(7, 10), (SREDNA_GORA,)),
    Vendor("Strandzha Looms", "Странджа Тъкачи", ("Burgas", "Бургас"), "TEX", range(5, 10), (VITOSHA,)),
    Vendor("Arda Steelworks", "Арда Стомана", ("Kardzhali", "Кърджали"), "MET", range(6, 10), (VITOSHA,)),
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """One of the enterprise companies, with what its documents name."""

    reference: str
    company: str
    location: str
    stores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supplier:
    """A vendor as the enterprise companies know it."""

    reference: str
    vendor: Vendor
    party: str
    buyers: tuple[Buyer, ...]
    products: tuple[Product, ...]


def add_currencies(builder: Builder) -> str:
    """Euro, dollar and the lev that the euro replaced; answers the euro."""
    for order, (sign, name, active) in enumerate(
        (("USD", "US dollar", True), ("BGN", "Bulgarian lev", False)), 2
    ):
        builder.add(
            "General.Currencies.Currencies",
            sign,
            CurrencySign=sign,
            Name=name,
            ShowOrder=order,
            IsActive=active,
        )
    return builder.add("General.Currencies.Currencies", "EUR", CurrencySign="EUR", Name="Euro", ShowOrder=1)


def add_document_types(builder: Builder) -> dict[str, str]:
    return {
        code: builder.add(
            "Systems.Documents.DocumentTypes",
            code,
            Code=code,
            TypeName={"EN": english, "BG": bulgarian},
            EntityName=builder.model[entity].base_table,
        )
        for code, english, bulgarian, entity in DOCUMENT_TYPES
    }


def add_companies(builder: Builder) -> dict[str, str]:
    """Companies by English name."""
    named = [
        (VITOSHA, "Витоша Трейдинг", ("Sofia", "София")),
        (SREDNA_GORA, "Средна Гора Храни", ("Stara Zagora", "Стара Загора")),
        *((vendor.name, vendor.local, vendor.town) for vendor in VENDORS),
    ]
    return {
        name: add_company(builder, number, (name, local), town)
        for number, (name, local, town) in enumerate(named, start=1)
    }


def add_company(builder: Builder, number: int, name: tuple[str, str], town: tuple[str, str]) -> str:
    """A company by its English and Bulgarian name, without what makes it a limited one."""
    names = {"EN": f"{name[0]} Ltd", "BG": f"{name[1]} ООД"}
    return builder.add(
        "General.Contacts.Companies",
        name[0],
        Name=names,
        PartyName=names,
        PartyType="Company",
        PartyCode=f"C{number:04}",
        RegistrationNumber=f"{200_100_000 + number * 7_919}",
        RegistrationVATNumber=f"BG{200_100_000 + number * 7_919}",
        IsVATRegistered=True,
        City=dict(zip(("EN", "BG"), town, strict=True)),
    )


def add_buyers(builder: Builder, companies: dict[str, str], currency: str) -> dict[str, Buyer]:
    """The enterprise companies by name, with two stores each."""
    group = builder.add(
        "Logistics.Inventory.StoreGroups", "main", Code="MAIN", Name={"EN": "Warehouses", "BG": "Складове"}
    )
    buyers = {}
    for number, (name, towns) in enumerate(
        (
            (VITOSHA, (("Sofia East", "София изток"), ("Plovdiv North", "Пловдив север"))),
            (SREDNA_GORA, (("Stara Zagora", "Стара Загора"), ("Burgas Port", "Бургас пристанище"))),
        ),
        start=1,
    ):
        enterprise = builder.add(
            "General.EnterpriseCompanies", name, Company=companies[name], BaseCurrency=currency
        )
        location = builder.add(
            "General.Contacts.CompanyLocations",
            name,
            Company=companies[name],
            LocationName={"EN": "Head office", "BG": "Централен офис"},
            PartyName={"EN": f"{name}, head office", "BG": f"{name}, централен офис"},
            PartyType="CompanyLocation",
            PartyCode=f"L{number:04}",
        )
        stores = tuple(
            _add_store(builder, f"{number}{place}", town, enterprise, location, group, currency)
            for place, town in enumerate(towns, start=1)
        )
        buyers[name] = Buyer(enterprise, companies[name], location, stores)
    return buyers


def _add_store(
    builder: Builder,
    code: str,
    town: tuple[str, str],
    enterprise: str,
    location: str,
    group: str,
    currency: str,
) -> str:
    name = {"EN": f"{town[0]} warehouse", "BG": f"Склад {town[1]}"}
    store = builder.add(
        "Logistics.Inventory.Stores",
        code,
        Code=f"W{code}",
        Name=name,
        PartyName=name,
        PartyType="Store",
        PartyCode=f"W{code}",
        EnterpriseCompany=enterprise,
        EnterpriseCompanyLocation=location,
        StoreGroup=group,
        Currency=currency,
        Active=True,
        Unmanaged=False,
    )
    for number in range(BINS_PER_STORE):
        shelf = f"{'ABCD'[number % 4]}-{number // 4 + 1:02}"
        builder.add(
            "Logistics.Inventory.StoreBins", f"{code}/{shelf}", Name=shelf, Store=store, IsDefault=number == 0
        )
    return store


def add_suppliers(
    builder: Builder,
    companies: dict[str, str],
    buyers: dict[str, Buyer],
    products: list[Product],
    currency: str,
) -> list[Supplier]:
    """A supplier for each vendor and customer, with what it supplies and the prices agreed."""
    suppliers: list[Supplier] = []
    price_list = builder.add(
        "Logistics.Procurement.PurchasePriceLists", "standard", Name="Standard purchase prices"
    )
    for vendor in VENDORS:
        goods = tuple(one for one in products if one.family == vendor.family and one.kind in vendor.kinds)
        for customer in vendor.customers:
            number = len(suppliers) + 1
            supplier = builder.add(
                "Logistics.Procurement.Suppliers",
                f"{vendor.name}/{customer}",
                Number=f"S{number:04}",
                Party=companies[vendor.name],
                EnterpriseCompany=buyers[customer].reference if customer else None,
                DefaultCurrency=currency,
                DefaultPaymentTermDays=30,
                DefaultDeliveryTermDays=7,
                DefaultPurchasePriceList=price_list,
            )
            served = (buyers[customer],) if customer else tuple(buyers.values())
            suppliers.append(Supplier(supplier, vendor, companies[vendor.name], served, goods))
            _add_supply(builder, suppliers[-1], price_list, currency)
    return suppliers


def _add_supply(builder: Builder, supplier: Supplier, price_list: str, currency: str) -> None:
    customer = supplier.buyers[0].reference if len(supplier.buyers) == 1 else None
    for product in supplier.products:
        name = f"{supplier.reference}/{product.reference}"
        builder.add(
            "Logistics.Procurement.ProductSupply",
            name,
            Product=product.reference,
            PreferredSupplier=supplier.reference,
            EnterpriseCompany=customer,
            ProcurementType="Buy",
            PlanningLeadTimeDays=builder.random.choice((5, 7, 10, 14)),
            OrderMinimum=str(builder.random.choice((10, 20, 50))),
        )
        builder.add(
            "Logistics.Procurement.PurchaseProductPrices",
            name,
            Product=product.reference,
            Supplier=supplier.reference,
            EnterpriseCompany=customer,
            PurchasePriceList=price_list,
            Price=f"{product.price:.5f}",
            PriceQuantity="1.000",
            PriceQuantityMeasurementUnit=product.unit,
            Currency=currency,
        )
