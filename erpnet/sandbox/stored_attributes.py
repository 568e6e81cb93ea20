"""The stored attributes ("custom properties") that this instance's owner has added to ERP.net's entities.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/stored-attributes.html
"""

import re
import uuid
from dataclasses import dataclass
from functools import cached_property

NAMESPACE = uuid.UUID("0c1d6c0e-6f1e-4f7e-8a86-5f0f2b1f7c52")
PREFIX = "CustomProperty_"

Value = dict[str, object]  # Value, ValueId, Description


@dataclass(frozen=True)
class StoredAttribute:
    """One stored attribute of an entity. With `allowed` values (short value, description) it takes no other."""

    entity: str
    code: str
    allowed: tuple[tuple[str, dict[str, str]], ...] = ()

    @property
    def name(self) -> str:
        """Its name in the Domain API."""
        return PREFIX + "".join(_escaped(character) for character in self.code)

    @cached_property
    def values(self) -> dict[str, Value]:
        """The allowed values as the Domain API shows them, by their short value."""
        return {
            short: {
                "Value": short,
                "ValueId": str(uuid.uuid5(NAMESPACE, f"{self.entity}/{self.code}/{short}")),
                "Description": description,
            }
            for short, description in self.allowed
        }

    def value(self, short: str) -> Value | None:
        """What is kept for a short value; None where it is not allowed."""
        if self.allowed:
            return self.values.get(short)
        return {"Value": short, "ValueId": None, "Description": None}

    def found(self, search: str = "", *, exact: bool = False, by_description: bool = False) -> list[Value]:
        """The allowed values whose short value or description holds a text, or is it; `%` stands for any text."""
        sought = ".*".join(map(re.escape, search.lower().split("%")))
        pattern = re.compile(sought if exact else f".*{sought}.*", re.DOTALL)
        fitting = [
            (short, description)
            for short, description in self.allowed
            if any(pattern.fullmatch(text.lower()) for text in (short, *description.values()))
        ]
        fitting.sort(key=lambda one: one[1]["EN"] if by_description else one[0])
        return [self.values[short] for short, _ in fitting]


PRODUCTS = "General.Products.Products"
STORED_ATTRIBUTES = (
    StoredAttribute(
        PRODUCTS,
        "color",
        (
            ("natural", {"EN": "Natural, undyed", "BG": "Естествен, небоядисан"}),
            ("indigo", {"EN": "Indigo blue", "BG": "Индигово синьо"}),
            ("charcoal", {"EN": "Charcoal grey", "BG": "Антрацитно сиво"}),
        ),
    ),
    StoredAttribute(PRODUCTS, "size (cm)"),
)


def _escaped(character: str) -> str:
    if character == "_" or (character.isascii() and character.isalnum()):
        return character
    code = character.encode().hex().upper()
    return f"_u{code:0>4}"
