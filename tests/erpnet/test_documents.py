"""The actions of documents, deleting, and what the service says of itself."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import UUID

import pytest
import responses

from erpnet import Reference
from erpnet.exceptions import MalformedAnswer, NotFound, Rejected, Unanswered
from erpnet.naming import Rename, current_name
from tests.erpnet.builders import BUSINESS_ERROR, ODATA, ORDER_ID, ORDERS, SECRET, calls_to, domain_api
from tests.erpnet.builders import serve_identity as serve_identity_at

ORDER = Reference.parse(f"{ORDERS}({ORDER_ID})")
ORDER_URL = f"{ODATA}/{ORDER}"
STATUS = Reference("Systems_Documents_DocumentTypeUserStatuses", UUID("1ee1249e-4ef5-46b4-8409-26b2130d09c7"))
PRINTOUT = Reference("Systems_Documents_Printouts", UUID("f5229037-b420-46a4-81a0-f11f7d112879"))
FILE = b"%PDF-1.7 and more"


@pytest.fixture(autouse=True)
def identity(erp: responses.RequestsMock) -> None:
    serve_identity_at(erp)


def sent(erp: responses.RequestsMock) -> Any:
    return json.loads(calls_to(erp, ORDER_URL)[-1].body)


class TestStates:
    def test_a_state_is_changed_by_its_action(self, erp: responses.RequestsMock) -> None:
        erp.post(f"{ORDER_URL}/ChangeState", status=204)
        domain_api().change_state(ORDER, "Released")
        assert sent(erp) == {"newState": "Released"}

    def test_a_user_status_goes_along(self, erp: responses.RequestsMock) -> None:
        erp.post(f"{ORDER_URL}/ChangeState", status=204)
        domain_api().change_state(str(ORDER), "FirmPlanned", user_status=STATUS)
        assert sent(erp) == {"newState": "FirmPlanned", "userStatus": {"@odata.id": str(STATUS)}}

    def test_a_document_is_made_void_for_a_reason(self, erp: responses.RequestsMock) -> None:
        erp.post(f"{ORDER_URL}/MakeVoid", status=204)
        domain_api().make_void(ORDER, reason="Ordered twice", void_type="VoidWithSubDocuments")
        assert sent(erp) == {
            "reason": "Ordered twice",
            "voidType": "VoidWithSubDocuments",
            "resetParentState": True,
        }
        with pytest.raises(ValueError, match="reason"):
            domain_api().make_void(ORDER, reason=" ")

    def test_fault_04_a_change_of_state_without_an_answer_is_sent_once(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.post(f"{ORDER_URL}/ChangeState", body=ConnectionResetError("gone"))
        with pytest.raises(Unanswered) as caught:
            domain_api().change_state(ORDER, "Released")
        assert caught.value.may_have_happened
        assert len(calls_to(erp, "ChangeState")) == 1


class TestPrintout:
    @pytest.mark.parametrize(
        "body",
        [
            json.dumps(
                {"@odata.context": f"{ODATA}/$metadata#Edm.String", "value": b64encode(FILE).decode()}
            ),
            json.dumps(b64encode(FILE).decode()),
            b64encode(FILE).decode() + "\r\n",
        ],
    )
    def test_it_is_a_file_however_odata_sends_its_base64(
        self, erp: responses.RequestsMock, body: str
    ) -> None:
        erp.post(f"{ORDER_URL}/GetPrintout", body=body)
        assert domain_api().printout(ORDER) == FILE
        assert sent(erp) == {"fileFormat": "pdf"}

    def test_format_printout_and_language_may_be_named(self, erp: responses.RequestsMock) -> None:
        erp.post(f"{ORDER_URL}/GetPrintout", json={"value": b64encode(FILE).decode()})
        domain_api().printout(ORDER, file_format="xlsx", printout=PRINTOUT, language="de")
        assert sent(erp) == {"fileFormat": "xlsx", "printout": {"@odata.id": str(PRINTOUT)}}
        assert calls_to(erp, "GetPrintout")[0].headers["Accept-Language"] == "de"

    def test_a_language_stays_in_its_header(self, erp: responses.RequestsMock) -> None:
        with pytest.raises(ValueError, match="language"):
            domain_api().printout(ORDER, language="de\r\nX: y")
        assert not erp.calls

    @pytest.mark.parametrize("body", ["", "<html>", '{"value": null}', '{"value": "no base64!"}', "[]", "5"])
    def test_what_is_no_file_is_not_taken_for_one(self, erp: responses.RequestsMock, body: str) -> None:
        erp.post(f"{ORDER_URL}/GetPrintout", body=body)
        with pytest.raises(Unanswered, match="no file"):
            domain_api().printout(ORDER)


class TestDeleting:
    def test_an_object_is_deleted_by_its_reference(self, erp: responses.RequestsMock) -> None:
        erp.delete(ORDER_URL, status=204)
        domain_api().delete(ORDER)
        (request,) = calls_to(erp, ORDER_URL)
        assert (request.method, request.body) == ("DELETE", None)

    @pytest.mark.parametrize(("status", "expected"), [(404, NotFound), (500, Rejected)])
    def test_a_refusal_says_why(
        self, erp: responses.RequestsMock, status: int, expected: type[Exception]
    ) -> None:
        erp.delete(ORDER_URL, status=status, json=BUSINESS_ERROR)
        with pytest.raises(expected, match="Prohibited"):
            domain_api().delete(ORDER)


class TestTheService:
    def test_its_version(self, erp: responses.RequestsMock) -> None:
        context = f"{ODATA}/$metadata#Erp.OpenObject"
        erp.get(f"{ODATA}/GetVersion", json={"@odata.context": context, "version": "24.1.5.41"})
        assert domain_api().version() == "24.1.5.41"

    def test_its_renames_lead_to_the_name_of_today(self, erp: responses.RequestsMock) -> None:
        rows = [
            {"OldName": "A_Ones", "NewName": "B_Ones", "Version": "23.1.0.1"},
            {"OldName": "B_Ones", "NewName": "C_Ones", "Version": "24.1.5.35"},
        ]
        erp.get(f"{ODATA}/GetRenamedEntityTypes", json={"value": rows})
        renames = domain_api().renames()
        assert renames[0] == Rename("A_Ones", "B_Ones", "23.1.0.1")
        assert [current_name(name, renames) for name in ("A_Ones", "B_Ones", "D_Ones")] == [
            "C_Ones",
            "C_Ones",
            "D_Ones",
        ]

    @pytest.mark.parametrize("content", [{}, {"version": 24}, {"version": ""}])
    def test_a_version_that_is_none_is_malformed(self, erp: responses.RequestsMock, content: Any) -> None:
        erp.get(f"{ODATA}/GetVersion", json=content)
        with pytest.raises(MalformedAnswer, match="version"):
            domain_api().version()

    @pytest.mark.parametrize("content", [{}, {"value": 5}, {"value": ["A"]}, {"value": [{"OldName": "A"}]}])
    def test_renames_that_are_none_are_malformed(self, erp: responses.RequestsMock, content: Any) -> None:
        erp.get(f"{ODATA}/GetRenamedEntityTypes", json=content)
        with pytest.raises(MalformedAnswer, match="renamed"):
            domain_api().renames()

    def test_its_metadata_is_xml(self, erp: responses.RequestsMock) -> None:
        erp.get(f"{ODATA}/$metadata", body="<edmx:Edmx/>")
        assert domain_api().metadata() == b"<edmx:Edmx/>"
        assert calls_to(erp, "$metadata")[0].headers["Accept"] == "application/xml"

    def test_functions_take_parameters_as_literals(self, erp: responses.RequestsMock) -> None:
        erp.get(f"{ODATA}/GetRepositoryEvents(repositoryName='Crm.O''Neill%2F')", json={"events": []})
        erp.get(f"{ORDER_URL}/GetAllParentDocuments(includeSelf=true)", json={"value": []})
        api = domain_api()
        assert api.function("GetRepositoryEvents", {"repositoryName": "Crm.O'Neill/"}) == {"events": []}
        assert api.function("GetAllParentDocuments", {"includeSelf": True}, of=ORDER) == {"value": []}

    def test_a_client_shows_whose_it_is_and_no_secret(self, erp: responses.RequestsMock) -> None:
        shown = repr(domain_api())
        assert shown == "<DomainApi of https://mycompany.my.erp.net for portal.test>"
        assert SECRET not in shown
        assert not erp.calls
