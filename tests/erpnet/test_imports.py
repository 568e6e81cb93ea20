"""Import: what is sent, and a result for each object in its order."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID

import pytest
import responses

from erpnet import Reference
from erpnet.exceptions import Rejected, Unanswered
from erpnet.imports import Imported
from tests.erpnet.builders import ODATA, calls_to, domain_api, serve_identity

URL = f"{ODATA}/Import"
CUSTOMER = Reference("Crm_Sales_Customers", UUID("10f76803-4130-40f8-bf73-a4e2b004417b"))
NEW = {"@odata.type": "Erp.Crm_Sales_Customer", "Number": "CS1"}
DONE = {"@erpnet.result": "success", "@odata.id": str(CUSTOMER), "@erpnet.state": "Added"}
REFUSED = {
    "@erpnet.result": "fail",
    "@erpnet.message": "Object not found: EnterpriseCompany.",
    "@erpnet.error": {
        "message": "Object not found: EnterpriseCompany.",
        "code": 0,
        "type": "InvalidOperationException",
        "info": "System.InvalidOperationException at line 42",
        "messageFormat": None,
        "parameters": None,
    },
}


@pytest.fixture(autouse=True)
def identity(erp: responses.RequestsMock) -> None:
    serve_identity(erp)


def answer(*results: Any) -> dict[str, Any]:
    return {"@erpnet.result": "fail" if REFUSED in results else "success", "objects": list(results)}


def test_objects_are_sent_with_what_erp_net_would_assume(erp: responses.RequestsMock) -> None:
    erp.post(URL, json=answer(DONE, DONE))
    domain_api().import_objects([NEW, {**NEW, "@erpnet.action": "merge"}])
    assert json.loads(calls_to(erp, URL)[0].body) == {
        "transaction": "per-object",
        "model": "frontend",
        "loggingLevel": 2,
        "objects": [{"@erpnet.action": "create", **NEW}, {**NEW, "@erpnet.action": "merge"}],
    }


def test_scope_model_and_logging_may_be_named(erp: responses.RequestsMock) -> None:
    erp.post(URL, json=answer(DONE))
    domain_api().import_objects([NEW], transaction="all-objects", model="common", logging_level=0)
    sent = json.loads(calls_to(erp, URL)[0].body)
    assert (sent["transaction"], sent["model"], sent["loggingLevel"]) == ("all-objects", "common", 0)


def test_each_object_has_its_result_in_its_place(erp: responses.RequestsMock) -> None:
    unchanged = {**DONE, "@erpnet.state": "Unchanged"}
    erp.post(URL, json=answer(DONE, REFUSED, unchanged))
    first, second, third = domain_api().import_objects([NEW, NEW, NEW])
    assert first == Imported(CUSTOMER, "Added")
    assert third == Imported(CUSTOMER, "Unchanged")
    assert (first.succeeded, second.succeeded) == (True, False)
    assert isinstance(second.error, Rejected)
    assert (second.error.message, second.error.code) == ("Object not found: EnterpriseCompany.", 0)


def test_one_refused_object_leaves_out_all_where_all_are_saved_at_once(erp: responses.RequestsMock) -> None:
    erp.post(URL, json=answer(DONE, REFUSED))
    first, second = domain_api().import_objects([NEW, NEW], transaction="all-objects")
    assert first.reference is None
    assert "another object" in str(first.error)
    assert str(second.error) == "Object not found: EnterpriseCompany."


def test_val_07_a_stack_trace_is_logged_at_debug_alone(
    erp: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    erp.post(URL, json=answer(REFUSED))
    (result,) = domain_api().import_objects([NEW])
    assert "line 42" not in f"{result!r} {result.error!r}"
    assert {record.levelno for record in caplog.records if "line 42" in record.getMessage()} == {
        logging.DEBUG
    }


@pytest.mark.parametrize(
    "content",
    [None, [], {}, {"objects": []}, {"objects": [DONE, DONE]}, {"objects": [5]}, {"objects": [{}]}],
)
def test_an_answer_that_is_no_result_leaves_open_what_happened(
    erp: responses.RequestsMock, content: Any
) -> None:
    erp.post(URL, json=content)
    with pytest.raises(Unanswered) as caught:
        domain_api().import_objects([NEW])
    assert caught.value.may_have_happened
    assert len(calls_to(erp, URL)) == 1


def test_fault_04_an_import_without_an_answer_is_not_repeated(erp: responses.RequestsMock) -> None:
    erp.post(URL, body=ConnectionResetError("gone"))
    with pytest.raises(Unanswered):
        domain_api().import_objects([NEW])
    assert len(calls_to(erp, URL)) == 1


@pytest.mark.parametrize("objects", [[], [{}], [{"@odata.type": "Crm_Sales_Customer"}]])
def test_what_cannot_be_imported_is_not_sent(
    erp: responses.RequestsMock, objects: list[dict[str, Any]]
) -> None:
    with pytest.raises(ValueError, match="import"):
        domain_api().import_objects(objects)
    assert not erp.calls
