"""Every attribute of every entity takes the operators that the model data gives it, and no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from erpnet.model import entities
from erpnet.sandbox.model import Attribute, Entity, load_model
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.filter import Filter
from erpnet.sandbox.odata.parse import parse_filter
from erpnet.sandbox.store import Store

NEEDS = {
    "{} eq {}": "eq",
    "{} ge {}": "ge",
    "{} le {}": "le",
    "{} in ({})": "in",
    "equalnull({},{})": "eq",
    "lessequalnull({},{})": "le",
    "greaterequalnull({},{})": "ge",
    "contains({},{})": "like",
    "startswith({},{})": "like",
    "endswith({},{})": "like",
}
LITERALS = {
    "boolean": "true",
    "int32": "1",
    "decimal": "1.5",
    "Amount": "1.5",
    "Quantity": "1.5",
    "date": "2026-01-01Z",
    "datetime": "2026-01-01T00:00:00Z",
    "time": "12:00:00",
    "guid": "00000000-0000-0000-0000-000000000000",
}
TEXTS = {"string", "MultilanguageString", "CustomPropertyValue"}
MODEL = load_model()


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store(MODEL)
    yield store
    store.close()


def literal_for(attribute: Attribute) -> str:
    if attribute.kind == "enum":
        return f"'{attribute.values[0]}'"
    return LITERALS.get(attribute.kind, "'x'")


@pytest.mark.parametrize("entity", MODEL.entities.values(), ids=lambda entity: entity.entity_set)
def test_attributes_take_what_the_model_lists(entity: Entity, store: Store) -> None:
    described = entities()[entity.name]["attributes"]
    for attribute in entity.attributes.values():
        listed = set(described[attribute.name]["filter"].split(",")) if attribute.stored is None else {"eq"}
        name = f"{attribute.name}Value" if attribute.has_value_and_unit else attribute.name
        for form, needed in NEEDS.items():
            text = form.format(name, "'x'" if needed == "like" else literal_for(attribute))
            by_language = attribute.kind == "MultilanguageString" and not form.startswith("contains")
            # The model says `like` of a few numbers and dates, too; the functions for it are those of texts.
            if attribute.kind in TEXTS or needed != "like":
                assert takes(store, entity, text) == (needed in listed and not by_language), text


@pytest.mark.parametrize("entity", MODEL.entities.values(), ids=lambda entity: entity.entity_set)
def test_references_take_what_the_model_lists(entity: Entity, store: Store) -> None:
    described = entities()[entity.name]["references"]
    for reference in entity.references.values():
        listed = set(described[reference.name]["filter"].split(","))
        target = reference.target.replace(".", "_")
        for form, needed in NEEDS.items():
            literal = f"'{target}(00000000-0000-0000-0000-000000000000)'"
            # `contains` looks at what the reference leads to, for which the model has no flag of its own.
            is_taken = "eq" in listed if form.startswith("contains") else needed in listed
            assert takes(store, entity, form.format(reference.name, literal)) == is_taken


def takes(store: Store, entity: Entity, text: str) -> bool:
    """Whether the filter is allowed. One that is not understood at all is a fault of the test."""
    try:
        Filter(store, entity, truncate=True).test(parse_filter(text))
    except Refusal:
        return False
    except ODataError as error:
        pytest.fail(f"{text}: {error.message}")
    return True
