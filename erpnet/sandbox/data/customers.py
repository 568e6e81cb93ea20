"""The companies that the two buy nothing from but sell to, and who of them may see what.

Made after all else, so that what was there before stays as it was.
"""

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.parties import SREDNA_GORA, VENDORS, VITOSHA, Buyer, add_company
from erpnet.sandbox.data.people import PEOPLE, Person, add_person

HORIZON = "Horizon Retail"
BOTH = "Danube Packaging"

CUSTOMERS_PEOPLE = (
    Person(
        "ivan@horizon-retail.example",
        ("Ivan", "Иван"),
        ("Georgiev", "Георгиев"),
        (HORIZON,),
        "a customer's user",
    ),
)
DAYS_BACK = 90


def add_customers(builder: Builder, companies: dict[str, str], buyers: dict[str, Buyer]) -> None:
    """A retailer with a user, and a vendor who buys as well and has nobody to look after that."""
    number = len(buyers) + len(VENDORS) + 1
    horizon = add_company(builder, number, (HORIZON, "Хоризонт Ритейл"), ("Varna", "Варна"))
    known = {**companies, HORIZON: horizon}
    customers = {
        name: builder.add(
            "Crm.Sales.Customers",
            name,
            Number=f"CU{place:04}",
            Party=known[name],
            EnterpriseCompany=buyers[seller].reference,
            Active=True,
        )
        for place, (name, seller) in enumerate(((HORIZON, VITOSHA), (BOTH, SREDNA_GORA)), start=1)
    }
    for place, person in enumerate(CUSTOMERS_PEOPLE, start=len(PEOPLE) + 1):
        user = add_person(builder, place, person, known)
        builder.add(
            "Crm.Sales.CustomerExternalAccess",
            person.login,
            Customer=customers[HORIZON],
            User=user,
            Role="OrdersWithPrices",
            DaysBackAccess=DAYS_BACK,
        )
