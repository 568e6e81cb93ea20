"""The people who sign in, and who they are to the companies."""

from dataclasses import dataclass

from erpnet.sandbox.data.builder import Builder


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    first_name: tuple[str, str]
    last_name: tuple[str, str]
    companies: tuple[str, ...]
    role: str
    internal: bool = False

    @property
    def name(self) -> dict[str, str]:
        return {
            "EN": f"{self.first_name[0]} {self.last_name[0]}",
            "BG": f"{self.first_name[1]} {self.last_name[1]}",
        }


PEOPLE = (
    Person(
        "maria@rila-textiles.example",
        ("Maria", "Мария"),
        ("Ivanova", "Иванова"),
        ("Rila Textiles",),
        "vendor of both enterprise companies",
    ),
    Person(
        "john@northwind-metals.example",
        ("John", "Джон"),
        ("Carter", "Картър"),
        ("Northwind Metals",),
        "another vendor",
    ),
    Person(
        "elena@danube-packaging.example",
        ("Elena", "Елена"),
        ("Petrova", "Петрова"),
        ("Danube Packaging", "Balkan Plastics"),
        "works for two vendors",
    ),
    Person(
        "newcomer@unlisted.example",
        ("Nikola", "Никола"),
        ("Dimitrov", "Димитров"),
        (),
        "a vendor's user whom no supplier record knows yet",
    ),
    Person(
        "ops@vitosha.example",
        ("Petar", "Петър"),
        ("Stoyanov", "Стоянов"),
        ("Vitosha Trading",),
        "staff and operations",
        internal=True,
    ),
)

SYSTEM_USER = "svc-portal"


def add_people(builder: Builder, companies: dict[str, str]) -> None:
    """Users and persons; the companies that employ them are given by name."""
    for number, person in enumerate(PEOPLE, start=1):
        add_person(builder, number, person, companies)
    _add_user(builder, SYSTEM_USER, {"EN": "Portal service"}, "SystemUserNoLogin", None)


def add_person(builder: Builder, number: int, person: Person, companies: dict[str, str]) -> str:
    """A person with employments and a login; answers the login's user."""
    card = builder.add(
        "General.Contacts.Persons",
        person.login,
        FirstName=dict(zip(("EN", "BG"), person.first_name, strict=True)),
        LastName=dict(zip(("EN", "BG"), person.last_name, strict=True)),
        PartyName=person.name,
        PartyCode=f"P{number:04}",
        PartyType="Person",
        ParentParty=companies[person.companies[0]] if person.companies else None,
    )
    for company in person.companies:
        builder.add(
            "General.Contacts.CompanyEmployees",
            f"{person.login}/{company}",
            Person=card,
            Company=companies[company],
        )
    kind = "InternalUser" if person.internal else "ExternalCommunityUser"
    return _add_user(builder, person.login, person.name, kind, card)


def _add_user(builder: Builder, login: str, name: dict[str, str], kind: str, person: str | None) -> str:
    return builder.add(
        "Systems.Security.Users",
        login,
        Login=login,
        Name=name,
        Email=login if person else None,
        EmailConfirmed=person is not None,
        UserType=kind,
        Person=person,
        DefaultLanguage="bg" if login.startswith("elena") else "en",
    )
