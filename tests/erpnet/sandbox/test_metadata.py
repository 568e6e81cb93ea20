"""What $metadata says of the service, and that a stranger's OData client can work from it."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import odata
import pytest
from odata import ODataService

from erpnet.sandbox.model import load_model
from tests.erpnet.sandbox.builders import Api

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
PRIMITIVES = {
    f"Edm.{name}"
    for name in ("String", "Guid", "Boolean", "Int32", "Decimal", "DateTimeOffset", "TimeOfDay", "Binary")
}


@pytest.fixture(scope="module")
def schema(api: Api) -> Element:
    answer = api.get("$metadata")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/xml")
    root = fromstring(answer.content)  # noqa: S314 - our own instance wrote it
    assert root.attrib == {"Version": "4.0"}
    return root[0][0]


@pytest.fixture(scope="module")
def service(api: Api) -> Any:
    """python-odata, with classes made from the metadata and our token."""
    return ODataService(api.root, session=api.session, reflect_entities=True, quiet_progress=True)


def named(schema: Element, tag: str) -> dict[str, Element]:
    return {one.attrib["Name"]: one for one in schema.iter(f"{EDM}{tag}")}


def names_in(element: Element, tag: str) -> list[str]:
    return [one.attrib["Name"] for one in element.findall(f"{EDM}{tag}")]


def test_every_entity_set_of_the_model_is_described(schema: Element) -> None:
    sets = named(schema, "EntitySet")
    assert set(sets) == {entity.entity_set for entity in load_model().entities.values()}
    assert sets["General_Products_Products"].attrib["EntityType"] == "Erp.General_Products_Product"
    targets = {one.attrib["Path"]: one.attrib["Target"] for one in sets["General_Products_Products"]}
    assert targets["ProductGroup"] == "General_Products_ProductGroups"


def test_every_type_that_is_named_exists(schema: Element) -> None:
    own = {f"Erp.{name}" for tag in ("EntityType", "ComplexType", "EnumType") for name in named(schema, tag)}
    attributes = ("Type", "BaseType", "EntityType")
    used = {one.attrib[name] for one in schema.iter() for name in attributes if name in one.attrib}
    bare = {name.removeprefix("Collection(").removesuffix(")") for name in used}
    assert bare <= own | PRIMITIVES


def test_types_say_their_keys_bases_and_properties(schema: Element) -> None:
    types = named(schema, "EntityType")
    order, document = types["Logistics_Procurement_PurchaseOrder"], types["General_Documents_Document"]
    assert order.attrib["BaseType"] == "Erp.General_Documents_Document"
    assert document.attrib["Abstract"] == "true"
    assert [one.attrib for one in order.findall(f"{EDM}Key/{EDM}PropertyRef")] == [{"Name": "Id"}]
    assert "DocumentNo" in names_in(document, "Property")
    assert "DocumentNo" not in names_in(order, "Property")
    assert {"Supplier", "Lines"} <= set(names_in(order, "NavigationProperty"))
    assert types["Logistics_Inventory_CurrentBalance"].find(f"{EDM}Key") is None
    properties = {
        one.attrib["Name"]: one.attrib["Type"]
        for one in types["General_Products_Product"].findall(f"{EDM}Property")
    }
    assert properties["Name"] == "Erp.MultilanguageString"
    assert properties["StandardPricePerLot"] == "Erp.Amount"
    assert properties["StandardLotSizeBase"] == "Erp.Quantity"
    assert properties["CustomProperty_color"] == "Erp.CustomPropertyValue"
    assert properties["ABCClass"] == "Erp.General_Products_ProductsRepository_ABCClass"


def test_every_property_of_a_type_can_be_selected(api: Api, schema: Element) -> None:
    types = named(schema, "EntityType")
    for name, entity_set in named(schema, "EntitySet").items():
        one: Element | None = types[entity_set.attrib["EntityType"].removeprefix("Erp.")]
        described: list[str] = []
        while one is not None:
            described += names_in(one, "Property")
            one = types.get(one.attrib.get("BaseType", "").removeprefix("Erp."))
        answer = api.get(name, top="1", select=",".join(described))
        assert answer.status_code == 200, answer.text


def test_enumerations_have_their_members_with_numbers(schema: Element) -> None:
    state = named(schema, "EnumType")["General_DocumentState"]
    members = {one.attrib["Name"]: one.attrib["Value"] for one in state}
    assert members["Released"] == "30"
    assert not [one for one in schema.iter() if "<" in one.attrib.get("Name", "")]


def test_methods_say_what_they_are_bound_to_and_what_they_take(schema: Element) -> None:
    parameters = {
        one.attrib["Name"]: one.attrib["Type"]
        for one in named(schema, "Action")["ChangeState"].findall(f"{EDM}Parameter")
    }
    assert parameters == {
        "bindingParameter": "Erp.General_Documents_Document",
        "newState": "Erp.General_DocumentState",
        "userStatus": "Erp.Systems_Documents_DocumentTypeUserStatus",
    }
    function = named(schema, "Function")["GetAllowedCustomPropertyValues"]
    returned = function.find(f"{EDM}ReturnType")
    assert returned is not None
    assert returned.attrib["Type"] == "Collection(Erp.CustomPropertyValue)"
    assert {"BeginTransaction", "EndTransaction", "Import"} <= set(named(schema, "ActionImport"))
    assert {"GetVersion", "GetRenamedEntityTypes"} <= set(named(schema, "FunctionImport"))


def test_a_foreign_client_reads_the_metadata(service: Any) -> None:
    assert len(service.entities) == len(load_model().entities)
    orders = service.entities["Logistics_Procurement_PurchaseOrders"]
    assert issubclass(orders, service.types["Erp.General_Documents_Document"])
    assert orders.DocumentNo.name == "DocumentNo"
    assert orders.ChangeState is not None
    assert service.types["Erp.General_DocumentState"].Released.value == 30
    assert "GetVersion" in service.functions


def test_a_foreign_client_reads_rows(service: Any) -> None:
    products = service.entities["General_Products_Products"]
    query = service.query(products).filter(products.PartNumber.startswith("TEX"))
    query = query.filter(products.Name.contains("charcoal"))
    rows = query.order_by(products.PartNumber.desc()).select(products.Id, products.Name).limit(3).all()
    assert rows[0]["Name"]["EN"] == "Hemp webbing, charcoal"
    one = service.query(products).select(products.PartNumber).get(rows[0]["Id"])
    assert one["PartNumber"] == "TEX-103"
    orders = service.entities["Logistics_Procurement_PurchaseOrders"]
    first = service.query(orders).select(orders.DocumentNo).expand(orders.Lines.Product).limit(1).all()[0]
    assert set(first["Lines"][0]["Product"]["Name"]) == {"EN", "BG"}
    assert service.query(orders).count() == 60


def test_a_foreign_client_makes_objects_of_what_has_no_references(service: Any) -> None:
    currencies = service.query(service.entities["General_Currencies_Currencies"]).all()
    assert "EUR" in {currency.CurrencySign for currency in currencies}


def test_a_foreign_client_is_told_what_erp_net_does_not_do(service: Any) -> None:
    products = service.entities["General_Products_Products"]
    with pytest.raises(odata.exceptions.ODataError, match="HTTP 500"):
        service.query(products).filter(products.PartNumber != "TEX-011").all()
