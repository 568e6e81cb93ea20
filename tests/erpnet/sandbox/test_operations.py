"""Operations of the service and of its objects: what each takes and answers, and what is refused."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from pypdf import PdfReader

from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import change_state, released_order
from tests.erpnet.sandbox.test_transactions import Inside
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, message_of, read, shipment

PRODUCTS = "General_Products_Products"
USERS = "Systems_Security_Users"


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    return released_order(api)


@pytest.fixture
def document(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    return created(api, shipment(order))


@pytest.fixture
def caller(sandbox: RunningInstance) -> Api:
    return Api(sandbox)


class TestPrintouts:
    def printed(self, api: Api, document: dict[str, Any], *, query: str = "", **headers: str) -> str:
        path = f"{api.root}{document['@odata.id']}/GetPrintout{query}"
        answer = api.session.post(path, json={}, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        content = answer.json()
        assert content["@odata.context"].endswith("$metadata#Edm.String")
        file = base64.b64decode(content["value"], validate=True)
        assert file.startswith(b"%PDF-")
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)

    def test_it_shows_number_parties_and_lines(self, api: Api, order: dict[str, Any]) -> None:
        order = api.get(
            order["@odata.id"], select="default", expand="Lines($expand=Product),FromParty"
        ).json()
        text = self.printed(api, order)
        assert order["DocumentNo"] in text
        assert order["FromParty"]["PartyName"]["EN"] in text
        for line in order["Lines"]:
            assert line["Product"]["PartNumber"] in text
        assert "EUR" in text

    @pytest.mark.parametrize(
        ("query", "headers"),
        [
            ("?culture=bg", {"Accept-Language": "en"}),
            ("", {"Cookie": ".AspNetCore.Culture=bg", "Accept-Language": "en"}),
            ("", {"Accept-Language": "bg-BG,bg;q=0.9"}),
        ],
    )
    def test_it_speaks_the_language_that_is_asked_for(
        self, api: Api, order: dict[str, Any], query: str, headers: dict[str, str]
    ) -> None:
        english = self.printed(api, order)
        bulgarian = self.printed(api, order, query=query, **headers)
        assert bulgarian != english
        assert order["DocumentNo"] in bulgarian

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"fileFormat": "pdf", "printout": None}, 200),
            ({"fileFormat": "docx"}, 500),
            ({"fileFormat": 7}, 400),
            ({"format": "pdf"}, 400),
            ({"printout": "General_Printouts(f5229037-b420-46a4-81a0-f11f7d112879)"}, 400),
            (
                {
                    "printout": {
                        "@odata.id": "Systems_Documents_Printouts(f5229037-b420-46a4-81a0-f11f7d112879)"
                    }
                },
                500,
            ),
        ],
    )
    def test_its_parameters_are_those_of_the_model(
        self, api: Api, document: dict[str, Any], given: dict[str, Any], status: int
    ) -> None:
        assert api.post(f"{document['@odata.id']}/GetPrintout", given).status_code == status

    def test_it_takes_the_scope_to_change(self, sandbox: RunningInstance, document: dict[str, Any]) -> None:
        reader = Api(sandbox, scope="read")
        assert reader.post(f"{document['@odata.id']}/GetPrintout", {}).status_code == 403


class TestDocuments:
    def test_completing_takes_sub_documents_along(self, api: Api, order: dict[str, Any]) -> None:
        document = created(api, shipment(order))
        path = f"{document['@odata.id']}/Complete"
        assert api.post(path, {}).status_code == 400
        assert api.post(path, {"completion": "Somehow"}).status_code == 400
        assert api.post(path, {"completion": "OnlyDocument"}).status_code == 204
        assert read(api, document["@odata.id"])["State"] == "Completed"

    def test_parents_are_told_from_the_nearest_on(
        self, api: Api, order: dict[str, Any], document: dict[str, Any]
    ) -> None:
        path = f"{document['@odata.id']}/GetAllParentDocuments"
        assert [one["@odata.id"] for one in api.rows(f"{path}()")] == [order["@odata.id"]]
        both = api.rows(f"{path}(includeSelf=true)")
        assert [one["@odata.id"] for one in both] == [document["@odata.id"], order["@odata.id"]]
        for arguments in ("(self=true)", "(includeSelf=1)", "(includeSelf)"):
            assert api.get(path + arguments).status_code == 400

    def test_recalculating_works_in_a_front_end_transaction_alone(
        self, caller: Api, api: Api, document: dict[str, Any]
    ) -> None:
        line = document["Lines"][0]["@odata.id"]
        api.patch(line, {"Quantity": {"Value": 6}})
        path = f"{document['@odata.id']}/Recalculate"
        assert api.post(path, {}).status_code == 204
        assert read(api, document["@odata.id"])["Lines"][0]["QuantityBase"]["Value"] == 5
        inside = Inside(caller)
        assert inside.send("POST", path, {}).status_code == 204
        inside.end()
        assert read(api, document["@odata.id"])["Lines"][0]["QuantityBase"]["Value"] == 6

    def test_routes_cannot_be_named(self, api: Api, document: dict[str, Any]) -> None:
        given = {
            "route": {"@odata.id": f"Systems_Documents_Routes({document['Id']})"},
            "processForLowerDocumentStates": True,
        }
        path = f"{document['@odata.id']}/ProcessSingleRoute"
        assert "keeps no" in message_of(api.post(path, given))


class TestObjects:
    def test_a_copy_stays_in_its_transaction(self, api: Api, caller: Api, document: dict[str, Any]) -> None:
        path = f"{document['@odata.id']}/CreateCopy"
        assert "transaction" in message_of(api.post(path, {}))
        inside = Inside(caller)
        copy = inside.send("POST", path, {}).json()
        assert copy["DocumentNo"] != document["DocumentNo"]
        assert copy["Supplier"] == document["Supplier"]
        assert api.get(copy["@odata.id"]).status_code == 404
        assert inside.end().status_code == 204
        kept = read(api, copy["@odata.id"])
        assert (kept["State"], len(kept["Lines"])) == ("New", 1)
        assert kept["Lines"][0]["Id"] != document["Lines"][0]["Id"]

    def test_a_notification_is_for_a_user(self, api: Api, document: dict[str, Any]) -> None:
        user = {"@odata.id": api.rows(USERS, top="1")[0]["@odata.id"]}
        path = f"{document['@odata.id']}/CreateNotification"
        good = {"user": user, "notificationClass": "NT_SOC_NEW_POST", "subject": "Hello"}
        assert api.post(path, good).status_code == 204
        assert api.post(path, {**good, "priority": "Urgent"}).status_code == 204
        for bad in ({"priority": "Sometime"}, {"subject": None}, {"user": "somebody"}):
            assert api.post(path, {**good, **bad}).status_code == 400
        assert api.post(path, {**good, "user": document["Store"]}).status_code == 500

    def test_allowed_values_of_custom_properties(self, api: Api) -> None:
        product = api.rows(PRODUCTS, top="1")[0]["@odata.id"]
        path = f"{product}/GetAllowedCustomPropertyValues"
        found = api.rows(f"{path}(customPropertyCode='color',search='i',top=1)")
        assert [set(one) for one in found] == [{"Value", "ValueId", "Description"}]
        assert "no custom property" in message_of(api.get(f"{path}(customPropertyCode='it''s')"))
        for arguments in (
            "()",
            "",
            "(customPropertyCode=color)",
            "(customPropertyCode='a',customPropertyCode='b')",
        ):
            assert api.get(path + arguments).status_code == 400

    def test_allowed_values_of_properties(self, api: Api, document: dict[str, Any]) -> None:
        path = f"{document['@odata.id']}/GetPropertyAllowedValues"
        states = api.rows(f"{path}(propertyName='State',search='Planned')")
        assert [one["Value"] for one in states] == ["Planned", "FirmPlanned"]
        stores = api.rows(f"{path}(propertyName='Store',top=2,skip=1)")
        assert len(stores) == 2
        assert all(one["Value"].startswith("Logistics_Inventory_Stores(") and one["Text"] for one in stores)
        assert api.get(f"{path}(propertyName='Nothing')").status_code == 400

    @pytest.mark.parametrize(
        ("method", "name"),
        [
            ("GET", "ChangeState"),
            ("POST", "GetAllParentDocuments"),
            ("PATCH", "Recalculate"),
            ("POST", "Lines"),
        ],
    )
    def test_actions_are_posted_and_functions_are_read(
        self, api: Api, document: dict[str, Any], method: str, name: str
    ) -> None:
        path = f"{api.root}{document['@odata.id']}/{name}"
        assert api.session.request(method, path, json={}, timeout=10).status_code == 404

    def test_what_is_not_kept_here_is_refused_in_words(self, api: Api, document: dict[str, Any]) -> None:
        path = f"{document['@odata.id']}/GetOrCreateExtensibleDataObject"
        assert "with the object itself" in message_of(api.get(f"{path}()"))


class TestTheService:
    def test_scripts_are_refused(self, api: Api) -> None:
        for body, word in (("", "no script"), ("  ", "no script"), ("console.log(1)", "runs no scripts")):
            answer = api.session.post(f"{api.root}ExecuteScript", data=body, timeout=10)
            assert word in message_of(answer)

    def test_events_are_those_of_a_repository(self, api: Api) -> None:
        path = "GetRepositoryEvents(repositoryName='{}')"
        assert "no repository" in message_of(api.get(path.format("Nothing")))
        assert "no user business rules" in message_of(api.get(path.format("Crm.Sales.SalesOrders")))

    @pytest.mark.parametrize("name", ["GetVersion", "GetVersion()", "GetRenamedEntityTypes", "$metadata", ""])
    def test_it_tells_of_itself_to_readers(self, sandbox: RunningInstance, name: str) -> None:
        assert Api(sandbox, scope="read").get(name).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "GetVersion"),
            ("GET", "BeginTransaction"),
            ("GET", "$batch"),
            ("PUT", PRODUCTS),
            ("PATCH", PRODUCTS),
            ("DELETE", PRODUCTS),
            ("POST", f"{PRODUCTS}/$count"),
            ("GET", f"{PRODUCTS}(1)"),
            ("GET", f"{PRODUCTS}(name='x')"),
        ],
    )
    def test_nothing_else_is_served(self, api: Api, method: str, path: str) -> None:
        answer = api.session.request(method, api.root + path, json={}, timeout=10)
        assert answer.status_code in {404, 405}


def test_a_state_is_changed_with_a_user_status_of_the_documents_type(
    api: Api, document: dict[str, Any]
) -> None:
    path = f"{document['@odata.id']}/ChangeState"
    missing = {"@odata.id": f"General_DocumentTypeUserStatuses({document['Id']})"}
    given = {"newState": "Planned", "userStatus": missing}
    assert api.post(path, given).status_code in {400, 500}
    assert api.post(path, {"newState": "Planned", "userStatus": None}).status_code == 204
    assert change_state(api, document, "Planned").status_code == 500


def test_the_scope_to_read_is_not_enough_for_an_action(
    sandbox: RunningInstance, document: dict[str, Any]
) -> None:
    reader = Api(sandbox, scope="read")
    for name in ("ChangeState", "MakeVoid", "CreateNotification"):
        assert reader.post(f"{document['@odata.id']}/{name}", {}).status_code == 403
    for answer in (reader.patch(document["@odata.id"], {}), reader.delete(document["@odata.id"])):
        assert answer.status_code == 403
    assert reader.get(f"{RECEIPTS}", top="1").status_code == 200


@pytest.mark.parametrize("path", ["GetVersion", "GetRenamedEntityTypes", "$metadata", ""])
def test_functions_take_no_query_options(api: Api, path: str) -> None:
    assert api.get(path).status_code == 200
    assert api.get(path, top="1").status_code == 400


def test_methods_take_no_query_options(api: Api, document: dict[str, Any]) -> None:
    path = f"{document['@odata.id']}/ChangeState"
    assert api.post(f"{path}?$select=Id", {"newState": "Planned"}).status_code == 400
    assert api.post(f"{path}?culture=bg", {"newState": "Planned"}).status_code == 204
