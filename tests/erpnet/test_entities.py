"""Every name, filter and order that the package uses exists in ERP.net's model; rows read into what they promise."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import erpnet.entities
from erpnet import Amount, F, MultilanguageString, Quantity, Query, Reference
from erpnet.entities import CurrentBalance, Person, PurchaseOrder, ReceivingOrder, Store, kinds
from erpnet.entities.base import Entity
from erpnet.exceptions import MalformedAnswer
from erpnet.model import entities, entity_of, faults_of, kind_of
from erpnet.query import Expansion
from tests.erpnet.builders import ORDERS

ALL: list[type[Entity]] = [getattr(erpnet.entities, name) for name in erpnet.entities.__all__]
ROOTS = [one for one in ALL if any(source.name == "AggregateLastUpdateTimeUtc" for source in one.SOURCES)]
# What follows from the rest of a document: ERP.net's own examples leave it out.
MADE_BY_ERPNET = {"Document", "FromParty", "MasterDocument"}
ENTITY_SET = re.compile(
    r"\b(?<!Erp\.)(?:Applications|Communities|Crm|Finance|General|Logistics|Projects|Systems)_[A-Z]\w+"
)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
GUID = "0bf6b45c-7ec1-484d-9f84-00072b77fabb"


@pytest.mark.parametrize("entity", ALL)
def test_every_query_is_one_that_the_model_allows(entity: type[Entity]) -> None:
    assert faults_of(entity.query()) == []


@pytest.mark.parametrize("entity", ROOTS)
def test_every_stream_can_ask_for_changes(entity: type[Entity]) -> None:
    assert faults_of(entity.changed_since(NOW)) == []


@pytest.mark.parametrize("entity", [one for one in ALL if one not in ROOTS])
def test_what_has_no_time_of_change_cannot_be_asked_for_changes(entity: type[Entity]) -> None:
    with pytest.raises(TypeError, match="no time of change"):
        entity.changed_since(NOW)


@pytest.mark.parametrize("entity", ALL)
def test_every_field_has_a_type_that_fits_the_model(entity: type[Entity]) -> None:
    described = entity_of(entity.ENTITY_SET)
    assert described is not None
    hints = typing.get_type_hints(entity)
    for source in entity.SOURCES:
        assert kind_of(described, source.name) in source.kind.types, source.name
        properties: dict[str, Any] = {**described["attributes"], **described["references"]}
        may_be_empty = bool(properties.get(source.name, {}).get("nullable")) or not source.selected
        reads_empty = source.null or source.kind in (kinds.TEXT, kinds.WORDS, kinds.DATA)
        assert reads_empty or not may_be_empty, f"{source.name} may be null"
        assert source.null == (type(None) in typing.get_args(hints[source.field])), source.field


@pytest.mark.parametrize("entity", ALL)
def test_what_is_not_selected_can_be_asked_for(entity: type[Entity]) -> None:
    also = [source.field for source in entity.SOURCES if not source.selected]
    assert faults_of(entity.query(also)) == []
    assert ("object_version" in also) == (entity in ROOTS)


@pytest.mark.parametrize("entity", [one for one in ALL if one is not CurrentBalance])
def test_everything_that_an_object_must_have_can_be_written(entity: type[Entity]) -> None:
    described = entity_of(entity.ENTITY_SET)
    assert described is not None
    named = {source.name for source in entity.SOURCES}
    wanted = {
        name
        for name, one in described["attributes"].items()
        if one.get("required") and not one.get("readonly") and "default" not in one
    } | {
        name
        for name, other in described["references"].items()
        if not other.get("nullable") and not other.get("readonly")
    }
    assert wanted - named <= MADE_BY_ERPNET


@pytest.mark.parametrize("entity", ALL)
def test_children_are_of_the_entity_that_the_model_names(entity: type[Entity]) -> None:
    described = entity_of(entity.ENTITY_SET)
    assert described is not None
    for source in entity.SOURCES:
        if source.child is not None:
            reference = described["references"].get(source.name)
            target = reference["target"] if reference else described["collections"][source.name]
            assert entities()[target]["entity_set"] == source.child.ENTITY_SET


def test_every_entity_set_that_the_package_names_is_one_of_the_model() -> None:
    package = Path(erpnet.entities.__file__).parents[1]
    sources = [path for path in package.rglob("*.py") if "sandbox" not in path.parts]
    known = {one["entity_set"] for one in entities().values()}
    named = {name for path in sources for name in ENTITY_SET.findall(path.read_text())}
    assert named
    assert named <= known


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query("No_Such_Set"), "not an entity set"),
        (Query(ORDERS).select("Colour"), "has no Colour"),
        (Query(ORDERS).expand("Wheels"), "has no Wheels"),
        (Query(ORDERS).expand("Lines", select=["Colour"]), "has no Colour"),
        (Query(ORDERS).order_by("Notes"), "cannot be ordered"),
        (Query(ORDERS).filter(F.Notes.eq("x")), "cannot be filtered"),
        (Query(ORDERS).filter(F.State.contains("x")), "cannot be filtered"),
        (Query(ORDERS).filter(F.Supplier.Number.eq("1")), "through Supplier"),
        (Query("General_Products_Products").filter(F.Name.eq("Apple")), "cannot be filtered"),
        (Query("Logistics_Inventory_CurrentBalances").filter(F.QuantityBase.ge(1)), "cannot be filtered"),
    ],
)
def test_what_the_server_would_refuse_is_told_beforehand(query: Query, words: str) -> None:
    (fault,) = faults_of(query)
    assert words in fault


def test_documented_ways_to_filter_are_allowed() -> None:
    assert not faults_of(Query("General_Products_Products").filter(F.Name.contains("ppl")))
    assert not faults_of(Query("Logistics_Inventory_CurrentBalances").filter(F.QuantityBaseValue.ge(1)))
    assert not faults_of(Query("Logistics_Inventory_CurrentBalances").filter(F.Product.Active.eq(True)))
    lines = Query("Logistics_Procurement_PurchaseOrderLines")
    assert not faults_of(lines.filter(F.PurchaseOrder.State.eq("Released")))


def odata(entity_set: str) -> dict[str, str]:
    return {"@odata.id": f"{entity_set}({GUID})"}


def order_row(**changes: Any) -> dict[str, Any]:
    return {
        "@odata.id": f"{ORDERS}({GUID})",
        "Id": GUID,
        "DocumentNo": "0000000042",
        "DocumentDate": "2026-05-08T00:00:00Z",
        "State": "Released",
        "Void": False,
        "Supplier": odata("Logistics_Procurement_Suppliers"),
        "EnterpriseCompany": odata("General_EnterpriseCompanies"),
        "EnterpriseCompanyLocation": odata("General_Contacts_CompanyLocations"),
        "Store": None,
        "FromParty": odata("General_Contacts_Companies"),
        "ToParty": None,
        "DocumentCurrency": {"Id": GUID, "CurrencySign": "EUR"},
        "PlannedDeliveryDate": None,
        "Notes": None,
        "AggregateLastUpdateTimeUtc": "2026-05-08T10:00:00.123Z",
        "Lines": [
            {
                "Id": GUID,
                "LineNo": 10,
                "Product": odata("General_Products_Products"),
                "ProductDescription": {"EN": "Apple"},
                "Quantity": {"Value": "12345678901234567.125", "Unit": "PCS"},
                "QuantityUnit": odata("General_Products_MeasurementUnits"),
                "PricePerUnit": {"Value": "0.10000", "Currency": "EUR"},
                "PlannedDeliveryDate": "2026-06-01T00:00:00Z",
            }
        ],
        **changes,
    }


def test_a_row_becomes_typed_values() -> None:
    order = PurchaseOrder.from_row(order_row())
    assert order.id == UUID(GUID)
    assert order.document_date == dt.date(2026, 5, 8)
    assert order.supplier == Reference("Logistics_Procurement_Suppliers", UUID(GUID))
    assert (order.store, order.notes, order.planned_delivery_date) == (None, "", None)
    assert order.currency is not None
    assert order.currency.sign == "EUR"
    assert order.updated_at == dt.datetime(2026, 5, 8, 10, 0, 0, 123000, tzinfo=dt.UTC)
    (line,) = order.lines
    assert line.quantity == Quantity(Decimal("12345678901234567.125"), "PCS")
    assert line.price == Amount(Decimal("0.1"), "EUR")
    assert line.description == MultilanguageString({"EN": "Apple"})
    assert line.confirmed_quantity is None  # Left out by `options=skipnulls`.


def test_an_object_version_is_read_only_where_it_was_asked_for() -> None:
    assert "ObjectVersion" not in ReceivingOrder.select_list()
    assert not faults_of(ReceivingOrder.query().select("ObjectVersion"))


def test_a_view_has_neither_id_nor_time() -> None:
    assert "Id" not in CurrentBalance.select_list()


def test_children_of_a_part_of_an_aggregate_come_with_it() -> None:
    assert Person.query().expansions == (
        Expansion(
            "CompanyEmployees",
            ("Id", "Company", "Person", "IsActive", "ContractStartDate", "ContractEndDate"),
        ),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Id", None),
        ("Id", "1"),
        ("DocumentDate", "yesterday"),
        ("Void", "false"),
        ("DocumentNo", 42),
        ("Supplier", None),
        ("Supplier", {"Id": GUID}),
        ("Supplier", {"@odata.id": "elsewhere"}),
        ("AggregateLastUpdateTimeUtc", "now"),
        ("Lines", None),
        ("Lines", [{"Id": "1"}]),
    ],
)
def test_a_row_that_cannot_be_read_names_itself_and_the_attribute(name: str, value: Any) -> None:
    with pytest.raises(MalformedAnswer, match="no readable") as caught:
        PurchaseOrder.from_row(order_row(**{name: value}))
    assert GUID in caught.value.message or "PurchaseOrderLines" in caught.value.message


@pytest.mark.parametrize("value", [{"Value": "many", "Unit": "PCS"}, {"Unit": "PCS"}, "5"])
def test_a_quantity_that_is_none_is_malformed(value: Any) -> None:
    row = order_row()
    row["Lines"][0]["Quantity"] = value
    with pytest.raises(MalformedAnswer, match="Quantity"):
        PurchaseOrder.from_row(row)


def test_entities_do_not_change() -> None:
    row = {"Id": GUID, "Code": "01", "Name": {"EN": "Main"}, "IsActive": True}
    store: Any = Store.from_row(row)
    with pytest.raises(dataclasses.FrozenInstanceError):
        store.code = "02"
