"""What is bought and sold: units, product groups and some 120 products with names in English and Bulgarian."""

from dataclasses import dataclass

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.values import odata_id


@dataclass(frozen=True, slots=True)
class Family:
    """Kinds of goods that vary in one way: each kind comes in each variant."""

    code: str
    name: tuple[str, str]
    kinds: tuple[tuple[str, str, str, float], ...]  # English, Bulgarian, unit, price of a unit
    variants: tuple[tuple[str, str], ...]


FAMILIES = (
    Family(
        "TEX",
        ("Textiles", "Текстил"),
        (
            ("Cotton canvas", "Памучно платно", "m", 6.4),
            ("Linen twill", "Ленен кепър", "m", 9.8),
            ("Denim", "Деним", "m", 8.2),
            ("Cotton jersey", "Памучно трико", "m", 5.1),
            ("Fleece", "Полар", "m", 7.3),
            ("Workwear poplin", "Поплин за работно облекло", "m", 4.9),
            ("Felt", "Филц", "m", 3.7),
            ("Upholstery velvet", "Мебелно кадифе", "m", 14.5),
            ("Sewing thread, cone 5000 m", "Шевен конец, конус 5000 м", "pcs", 3.2),
            ("Hemp webbing", "Конопена лента", "m", 1.4),
        ),
        (("natural", "естествен цвят"), ("indigo", "индиго"), ("charcoal", "антрацит")),
    ),
    Family(
        "MET",
        ("Metals", "Метали"),
        (
            ("Steel sheet", "Стоманена ламарина", "kg", 1.3),
            ("Aluminium profile", "Алуминиев профил", "m", 7.6),
            ("Brass rod", "Месингов прът", "kg", 8.9),
            ("Copper wire", "Медна жица", "kg", 10.4),
            ("Stainless tube", "Неръждаема тръба", "m", 11.7),
            ("Welded mesh panel", "Заварена мрежа, пано", "pcs", 18.5),
            ("Angle bracket", "Ъглова планка", "pcs", 0.85),
            ("Hex bolt, pack of 100", "Болт с шестостенна глава, 100 бр.", "pcs", 12.3),
            ("Spring steel strip", "Пружинна лента", "kg", 4.6),
            ("Cast handle", "Лята дръжка", "pcs", 5.9),
        ),
        (("light", "лек"), ("standard", "стандартен"), ("heavy duty", "усилен")),
    ),
    Family(
        "PAC",
        ("Packaging", "Опаковки"),
        (
            ("Corrugated box", "Кашон от велпапе", "box", 0.95),
            ("Stretch film", "Стреч фолио", "kg", 2.8),
            ("Pallet wrap", "Палетно фолио", "kg", 3.1),
            ("Paper bag", "Хартиен плик", "box", 0.22),
            ("Bubble wrap", "Въздушно фолио", "m", 0.6),
            ("Plastic crate", "Пластмасова каса", "pcs", 6.2),
            ("PET bottle 1 l", "PET бутилка 1 л", "box", 0.18),
            ("Jar lid 82 mm", "Капачка за буркан 82 мм", "box", 0.07),
            ("Adhesive tape", "Опаковъчно тиксо", "pcs", 1.1),
            ("Thermal label roll", "Ролка термоетикети", "pcs", 4.4),
        ),
        (("small", "малък размер"), ("medium", "среден размер"), ("large", "голям размер")),
    ),
    Family(
        "FOO",
        ("Food", "Храни"),
        (
            ("Wheat flour", "Пшенично брашно", "kg", 0.62),
            ("Sunflower oil", "Слънчогледово олио", "pcs", 1.9),
            ("Rose water", "Розова вода", "pcs", 5.4),
            ("Honey", "Мед", "kg", 7.8),
            ("Dried plums", "Сушени сливи", "kg", 4.7),
            ("Lyutenitsa", "Лютеница", "box", 2.3),
            ("Chickpeas", "Нахут", "kg", 1.7),
            ("White cheese in brine", "Бяло саламурено сирене", "kg", 6.9),
            ("Yoghurt", "Кисело мляко", "box", 0.7),
            ("Butter", "Масло", "kg", 9.1),
        ),
        (("economy", "икономичен клас"), ("classic", "класик"), ("organic", "био")),
    ),
)

PIECES_IN_A_BOX = 12
# The model data leaves product types out, so this one can be named and not be read.
STOCKED = odata_id("General_Products_ProductTypes", "f6a7b3de-3b0c-4d0e-9b51-6b2f7c1d2a10")


@dataclass(frozen=True, slots=True)
class Product:
    reference: str
    family: str
    kind: int
    name: dict[str, str]
    unit: str
    unit_code: str
    price: float
    base_factor: int


def add_units(builder: Builder) -> dict[str, str]:
    """Measurement units by code, in three categories; a box is twelve pieces."""
    units = {}
    for english, bulgarian, codes in (
        ("Pieces", "Бройки", (("pcs", "Pieces", "Брой", 1), ("box", "Box", "Кашон", PIECES_IN_A_BOX))),
        ("Mass", "Маса", (("kg", "Kilogram", "Килограм", 1),)),
        ("Length", "Дължина", (("m", "Metre", "Метър", 1),)),
    ):
        category = builder.add(
            "General.Products.MeasurementCategories", english, Name={"EN": english, "BG": bulgarian}
        )
        for code, name, local, factor in codes:
            units[code] = builder.add(
                "General.Products.MeasurementUnits",
                code,
                Code=code,
                Name={"EN": name, "BG": local},
                Multiplier=str(factor),
                IsDefaultUnit=factor == 1,
                MeasurementCategory=category,
            )
        builder.row(category)["BaseUnit"] = units[codes[0][0]]
    return units


def add_products(builder: Builder, units: dict[str, str], currency: str) -> list[Product]:
    products = []
    for family in FAMILIES:
        group = builder.add(
            "General.Products.ProductGroups",
            family.code,
            Code=family.code,
            Name=dict(zip(("EN", "BG"), family.name, strict=True)),
            FullPath=f"/{family.code}/",
        )
        for number, (english, bulgarian, unit, price) in enumerate(family.kinds):
            for step, (variant, local) in enumerate(family.variants):
                products.append(
                    _add_product(
                        builder,
                        units,
                        family=family,
                        place=(number, step),
                        name={"EN": f"{english}, {variant}", "BG": f"{bulgarian}, {local}"},
                        unit=unit,
                        price=round(price * (1 + 0.18 * step), 2),
                        group=group,
                        currency=currency,
                    )
                )
    return products


def _add_product(
    builder: Builder,
    units: dict[str, str],
    *,
    family: Family,
    place: tuple[int, int],
    name: dict[str, str],
    unit: str,
    price: float,
    group: str,
    currency: str,
) -> Product:
    part_number = f"{family.code}-{place[0] + 1:02}{place[1] + 1}"
    reference = builder.add(
        "General.Products.Products",
        part_number,
        at=builder.before(builder.random.randrange(2, 360)),
        PartNumber=part_number,
        Name=name,
        ShortName=name,
        ProductGroup=group,
        ProductType=STOCKED,
        MeasurementUnit=units[unit],
        PurchaseMeasurementUnit=units[unit],
        BaseMeasurementCategory=builder.row(units[unit])["MeasurementCategory"],
        CostingCurrency=currency,
        ProductCurrency=currency,
        StandardPricePerLot=f"{price:.4f}",
        StandardLotSizeBase="1.000",
    )
    return Product(
        reference,
        family.code,
        place[0],
        name,
        units[unit],
        unit,
        price,
        PIECES_IN_A_BOX if unit == "box" else 1,
    )


def add_product_codes(builder: Builder, products: list[Product]) -> None:
    """A barcode for every product, by the company prefix of a made-up importer."""
    system = builder.add("General.Products.CodingSystems", "EAN13", Name={"EN": "EAN-13"})
    for number, product in enumerate(products, start=1):
        digits = f"3809999{number:05}"
        weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
        builder.add(
            "General.Products.ProductCodes",
            product.reference,
            ProductCodeField=f"{digits}{-weighted % 10}",
            CodingSystem=system,
            Product=product.reference,
        )
