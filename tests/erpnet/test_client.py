"""The Domain API client: reading, writing, and what each answer means."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import threading
import time
from decimal import Decimal
from typing import Any

import pytest
import responses
import stamina

from erpnet import DomainApi, F, Query, Reference, correlation
from erpnet.exceptions import (
    Conflict,
    ErpNetError,
    Forbidden,
    LicencesExhausted,
    MalformedAnswer,
    NotFound,
    PermanentError,
    RateLimited,
    Rejected,
    Renamed,
    ServerFault,
    TransientError,
    Unanswered,
    Unauthorized,
)
from erpnet.transport import Exchange
from tests.erpnet.builders import (
    BUSINESS_ERROR,
    ODATA,
    OPENID,
    ORDER_ID,
    ORDERS,
    ROOT,
    SECRET,
    calls_to,
    domain_api,
    token_answer,
)
from tests.erpnet.builders import serve_identity as serve_identity_at

URL = f"{ODATA}/{ORDERS}"
ORDER = Reference.parse(f"{ORDERS}({ORDER_ID})")
ORDER_URL = f"{ODATA}/{ORDER}"


@pytest.fixture(autouse=True)
def identity(erp: responses.RequestsMock) -> None:
    serve_identity_at(erp, "token-1", "token-2")


def sent_bodies(erp: responses.RequestsMock) -> list[Any]:
    return [json.loads(request.body) for request in calls_to(erp, ODATA) if request.body]


class TestReading:
    def test_a_request_carries_the_token_and_asks_for_decimals_as_strings(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.get(URL, json={"value": []})
        domain_api().page(Query(ORDERS))
        headers = calls_to(erp, URL)[0].headers
        assert headers["Authorization"] == "Bearer token-1"
        assert headers["Accept"] == "application/json;IEEE754Compatible=true;odata.metadata=minimal"

    def test_a_page_has_its_rows_its_link_and_its_count(self, erp: responses.RequestsMock) -> None:
        link = f"{ORDERS}?$top=1&$skiptoken=x"
        erp.get(URL, json={"value": [{"Id": 1}], "@odata.nextLink": link, "@odata.count": "7"})
        page = domain_api().page(Query(ORDERS).top(1).count())
        assert (page.rows, page.next_link, page.count) == ([{"Id": 1}], link, 7)
        assert page.bytes > 0

    @pytest.mark.parametrize("root", ["", f"{ODATA}/", "/api/domain/odata/"])
    def test_links_are_followed_as_they_are(self, erp: responses.RequestsMock, root: str) -> None:
        token = f"{ORDERS}?$top=1000&$filter=At%20ge%202026-01-01T00:00:00Z&$skiptoken=a%2Bb"
        erp.get(URL, json={"value": [{"Id": 1}], "@odata.nextLink": root + token})
        erp.get(f"{ODATA}/{token}", json={"value": [{"Id": 2}]}, match_querystring=None)
        pages = list(domain_api().pages(Query(ORDERS)))
        assert [row["Id"] for page in pages for row in page.rows] == [1, 2]
        assert calls_to(erp, "skiptoken")[0].url == f"{ODATA}/{token}"

    @pytest.mark.parametrize(
        "link",
        [
            "https://evil.example/api/domain/odata/X",
            "//evil.example/X",
            f"http://{ROOT.removeprefix('https://')}/X",
            f"{ROOT}:8443/X",
            f"{ROOT}@evil.example/X",
            f"https://evil.example\\@{ROOT.removeprefix('https://')}/X",
            f"{ROOT}:port/X",
            "https://[broken/X",
            "file:///etc/passwd",
        ],
    )
    def test_a_link_to_another_origin_gets_no_token(self, erp: responses.RequestsMock, link: str) -> None:
        erp.get(URL, json={"value": [], "@odata.nextLink": link})
        with pytest.raises(MalformedAnswer, match="another host"):
            list(domain_api().pages(Query(ORDERS)))

    def test_pages_asks_for_a_thousand_rows_unless_told_otherwise(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, json={"value": []})
        list(domain_api().pages(Query(ORDERS)))
        list(domain_api().pages(Query(ORDERS).top(5)))
        assert [request.params["$top"] for request in calls_to(erp, URL)] == ["1000", "5"]

    def test_pages_go_on_from_a_link_that_was_kept(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, json={"value": [{"Id": 2}]})
        assert [page.rows for page in domain_api().pages(f"{ORDERS}?$top=1&$skiptoken=2")] == [[{"Id": 2}]]
        assert calls_to(erp, URL)[0].params == {"$top": "1", "$skiptoken": "2"}

    def test_the_next_page_loads_while_this_one_is_used(self, erp: responses.RequestsMock) -> None:
        second_asked = threading.Event()

        def second(request: Any) -> tuple[int, dict[str, str], str]:
            second_asked.set()
            return 200, {}, '{"value": []}'

        erp.get(URL, json={"value": [], "@odata.nextLink": f"{ORDERS}?$skiptoken=2"})
        erp.add_callback("GET", URL, callback=second)
        pages = domain_api().pages(Query(ORDERS))
        next(pages)
        assert second_asked.wait(2)
        pages.close()

    def test_prefetched_pages_keep_the_correlation_id(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, json={"value": []})
        kept: list[Exchange] = []
        with correlation.use("the-id"):
            list(domain_api(recorder=kept.append).pages(Query(ORDERS)))
        assert {exchange.correlation_id for exchange in kept} == {"the-id"}

    def test_one_object_is_read_by_its_reference(self, erp: responses.RequestsMock) -> None:
        erp.get(ORDER_URL, json={"DocumentNo": "1", "@odata.id": str(ORDER)})
        assert domain_api().get(ORDER, select=["DocumentNo"])["DocumentNo"] == "1"
        assert domain_api().get(str(ORDER))["DocumentNo"] == "1"
        assert calls_to(erp, ORDERS)[0].params == {"$select": "DocumentNo"}

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"select": "Notes"}, r"several names: \['Notes'\]"),
            ({"expand": "Lines"}, "takes Expansions"),
            ({"expand": ["Lines"]}, "takes Expansions"),
        ],
    )
    def test_a_text_is_no_list_of_names(
        self, erp: responses.RequestsMock, asked: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(TypeError, match=words):
            domain_api().get(ORDER, **asked)

    def test_a_function_is_called_by_its_name(self, erp: responses.RequestsMock) -> None:
        erp.get(f"{ODATA}/GetVersion", json={"version": "26.2.0.76"})
        assert domain_api().function("GetVersion")["version"] == "26.2.0.76"

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "<html>hello</html>",
            "[]",
            '{"rows": []}',
            '{"value": {}}',
            '{"value": [], "@odata.nextLink": 5}',
            '{"value": [1]}',
            '{"value": [], "@odata.count": []}',
            '{"value": [], "@odata.count": ""}',
            '{"value": [], "@odata.count": false}',
            '{"value": [], "@odata.count": %s}' % ("9" * 5000),
            '{"value": [], "@odata.count": "many"}',
        ],
    )
    def test_a_success_that_is_no_page_is_malformed(self, erp: responses.RequestsMock, body: str) -> None:
        erp.get(URL, body=body)
        with pytest.raises(MalformedAnswer):
            domain_api().page(Query(ORDERS))


class TestWriting:
    def test_creating_answers_what_erp_net_made_of_it(self, erp: responses.RequestsMock) -> None:
        erp.post(URL, status=201, json={"@odata.id": str(ORDER), "DocumentNo": "77"})
        assert domain_api().create(ORDERS, {"Supplier": ORDER})["DocumentNo"] == "77"
        assert sent_bodies(erp) == [{"Supplier": {"@odata.id": str(ORDER)}}]
        assert calls_to(erp, URL)[0].headers["Content-Type"] == "application/json;IEEE754Compatible=true"

    def test_an_update_may_answer_nothing(self, erp: responses.RequestsMock) -> None:
        erp.patch(ORDER_URL, status=204)
        assert domain_api().update(ORDER, {"Notes": "x"}, object_version=5) == {}
        assert sent_bodies(erp) == [{"Notes": "x", "ObjectVersion": 5}]

    @pytest.mark.parametrize(
        ("call", "action"), [(DomainApi.merge, "merge"), (DomainApi.find_or_create, "findOrCreate")]
    )
    def test_merging_and_creating_once_find_by_the_external_id(
        self, erp: responses.RequestsMock, call: Any, action: str
    ) -> None:
        erp.post(URL, json={"@odata.id": str(ORDER)})
        call(domain_api(), ORDERS, {"Notes": "x"}, external_id="42", external_system="partner-portal")
        key = {"ExternalId": "42", "ExternalSystem": "partner-portal"}
        assert sent_bodies(erp) == [
            {"@erpnet.action": action, "@erpnet.findBy": key, "Notes": "x", **key},
        ]

    @pytest.mark.parametrize(
        ("value", "error", "words"),
        [
            (dt.datetime.fromisoformat("2026-01-01T12:00:00"), ValueError, "without a time zone"),
            (Decimal("NaN"), ValueError, "NaN is not a number"),
            ({"a", "b"}, TypeError, "set cannot be sent"),
            (0.1, TypeError, "write a Decimal"),
            ([{"Factor": float("nan")}], TypeError, "write a Decimal"),
        ],
    )
    def test_a_value_without_a_form_is_refused_in_words_and_nothing_is_sent(
        self, erp: responses.RequestsMock, value: Any, error: type[Exception], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            domain_api().update(ORDER, {"Lines": value})
        assert not erp.calls

    @pytest.mark.parametrize("target", [ORDER.id, {"@odata.id": str(ORDER)}, None])
    def test_what_refers_to_nothing_is_refused_in_words(
        self, erp: responses.RequestsMock, target: Any
    ) -> None:
        with pytest.raises(TypeError, match="says which object"):
            domain_api().get(target)
        assert not erp.calls

    def test_an_action_is_posted_to_its_object(self, erp: responses.RequestsMock) -> None:
        erp.post(f"{ORDER_URL}/ChangeState", status=204)
        assert domain_api().action(ORDER, "ChangeState", {"newState": "Released"}) is None
        assert sent_bodies(erp) == [{"newState": "Released"}]

    def test_fault_16_a_stale_version_is_a_conflict(self, erp: responses.RequestsMock) -> None:
        erp.patch(ORDER_URL, status=500, json=BUSINESS_ERROR)
        erp.get(ORDER_URL, json={"ObjectVersion": 6})
        with pytest.raises(Conflict, match="Prohibited"):
            domain_api().update(ORDER, {"Notes": "x"}, object_version=5)

    def test_a_refusal_at_the_right_version_is_no_conflict(self, erp: responses.RequestsMock) -> None:
        erp.patch(ORDER_URL, status=500, json=BUSINESS_ERROR)
        erp.get(ORDER_URL, json={"ObjectVersion": 5})
        with pytest.raises(Rejected):
            domain_api().update(ORDER, {"Notes": "x"}, object_version=5)

    def test_a_refusal_stays_one_where_the_version_cannot_be_read(self, erp: responses.RequestsMock) -> None:
        erp.patch(ORDER_URL, status=500, json=BUSINESS_ERROR)
        erp.get(ORDER_URL, status=503)
        with pytest.raises(Rejected):
            domain_api().update(ORDER, {"Notes": "x"}, object_version=5)

    @pytest.mark.parametrize("status", [429, 502, 503])
    def test_a_write_is_never_repeated_on_its_own(self, erp: responses.RequestsMock, status: int) -> None:
        erp.post(URL, status=status)
        with pytest.raises(TransientError):
            domain_api().create(ORDERS, {})
        assert len(calls_to(erp, URL)) == 1

    @pytest.mark.parametrize("body", ["<html>welcome to the proxy</html>", "[]", '"done"'])
    def test_a_success_without_its_object_may_or_may_not_have_happened(
        self, erp: responses.RequestsMock, body: str
    ) -> None:
        erp.post(URL, body=body)
        with pytest.raises(Unanswered) as caught:
            domain_api().create(ORDERS, {})
        assert caught.value.may_have_happened

    def test_a_name_cannot_lead_elsewhere(self, erp: responses.RequestsMock) -> None:
        api = domain_api()
        for call in (
            lambda: api.create("../../id", {}),
            lambda: api.merge("A/B", {}, external_id="1", external_system="x"),
            lambda: api.action(ORDER, "../x"),
            lambda: api.function("GetVersion/../x"),
            lambda: api.get("https://evil.example/"),
        ):
            with pytest.raises(ValueError, match=r"ERP\.net|odata id"):
                call()
        assert not erp.calls


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "content", "expected"),
        [
            (500, BUSINESS_ERROR, Rejected),
            (500, {"error": BUSINESS_ERROR}, Rejected),
            (400, {"error": {"code": "", "message": "Syntax error at position 3."}}, Rejected),
            (500, {"hello": "there"}, ServerFault),
            (500, ["no object"], ServerFault),
            (502, {"message": "Bad gateway"}, ServerFault),
            (503, None, ServerFault),
            (403, None, Forbidden),
            (404, {"error": {"message": "No such order."}}, NotFound),
            (409, None, Conflict),
            (412, None, Conflict),
            (429, None, RateLimited),
            (302, None, MalformedAnswer),
            (405, None, Rejected),
            (500, {"message": "No licence", "type": "MaximumLicenseCountExceeded"}, LicencesExhausted),
        ],
    )
    def test_each_answer_has_its_error(
        self, erp: responses.RequestsMock, status: int, content: Any, expected: type[ErpNetError]
    ) -> None:
        erp.post(URL, status=status, json=content)
        with pytest.raises(ErpNetError) as caught:
            domain_api().create(ORDERS, {})
        assert type(caught.value) is expected
        assert caught.value.message
        assert "System.Exception" not in f"{caught.value} {caught.value!r}"

    def test_fault_07_a_business_error_keeps_its_words_code_and_parameters(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.post(URL, status=500, json=BUSINESS_ERROR)
        with pytest.raises(Rejected) as caught:
            domain_api().create(ORDERS, {})
        assert caught.value.message == BUSINESS_ERROR["message"]
        assert caught.value.code == 2129
        assert caught.value.parameters == ("the document number",)

    def test_an_html_500_is_a_server_fault(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, status=500, body="<html>Server Error</html>")
        with pytest.raises(ServerFault, match="500"):
            domain_api().page(Query(ORDERS))

    def test_a_renamed_entity_set_names_its_new_name(self, erp: responses.RequestsMock) -> None:
        words = (
            "The provided entity set name 'General_DocumentPrintImages' is no more supported.\n"
            "The new name of this entity is 'Systems_Internal_DocumentPrintImages'."
        )
        erp.get(URL, status=500, json={"error": {"message": words}})
        with pytest.raises(Renamed) as caught:
            domain_api().page(Query(ORDERS))
        assert caught.value.new_name == "Systems_Internal_DocumentPrintImages"

    def test_val_07_a_stack_trace_is_logged_at_debug_alone(
        self, erp: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        erp.post(URL, status=500, json=BUSINESS_ERROR)
        with pytest.raises(Rejected):
            domain_api().create(ORDERS, {})
        levels = {record.levelno for record in caplog.records if "System.Exception" in record.getMessage()}
        assert levels <= {logging.DEBUG}

    def test_every_error_is_either_transient_or_permanent(self) -> None:
        for permanent in (Rejected, Conflict, NotFound, Unauthorized):
            assert issubclass(permanent, PermanentError)
        for transient in (Unanswered, RateLimited, ServerFault, LicencesExhausted):
            assert issubclass(transient, TransientError)


class TestTokenEconomy:
    def test_fault_09_one_401_costs_one_renewal_and_one_replay(self, erp: responses.RequestsMock) -> None:
        erp.post(URL, status=401)
        erp.post(URL, json={"DocumentNo": "1"})
        assert domain_api().create(ORDERS, {})["DocumentNo"] == "1"
        assert [request.headers["Authorization"] for request in calls_to(erp, URL)] == [
            "Bearer token-1",
            "Bearer token-2",
        ]

    def test_fault_09_a_401_for_ever_ends_without_a_storm(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, status=401)
        with pytest.raises(Unauthorized):
            domain_api().page(Query(ORDERS))
        assert len(calls_to(erp, URL)) == 2
        assert len(calls_to(erp, "connect/token")) == 2

    @pytest.mark.parametrize("status", [500, 502, 503])
    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_write_that_had_no_token_was_not_sent(
        self, erp: responses.RequestsMock, status: int, is_first: bool
    ) -> None:
        erp.remove(responses.POST, OPENID["token_endpoint"])
        if not is_first:
            erp.post(OPENID["token_endpoint"], json=token_answer())
            erp.post(URL, status=401)
        erp.post(OPENID["token_endpoint"], status=status, body="<html>")
        with pytest.raises(ServerFault) as caught:
            domain_api().create(ORDERS, {})
        assert caught.value.may_have_happened is False

    def test_a_token_that_is_refused_is_no_refusal_of_the_object(self, erp: responses.RequestsMock) -> None:
        erp.remove(responses.POST, OPENID["token_endpoint"])
        for answer in ({"status": 404}, {"status": 400, "json": {"error": "server_error"}}):
            erp.post(OPENID["token_endpoint"], **answer)
            with pytest.raises(MalformedAnswer, match="no way in"):
                domain_api().create(ORDERS, {})

    def test_log_03_neither_token_nor_secret_shows_anywhere(
        self, erp: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        erp.get(URL, status=401)
        kept: list[Exchange] = []
        with pytest.raises(Unauthorized) as caught:
            domain_api(recorder=kept.append).page(Query(ORDERS).filter(F.DocumentNo.eq("private")))
        shown = f"{caught.value!r} {kept!r} {caplog.text}"
        for secret in ("token-1", "token-2", SECRET, "private"):
            assert secret not in shown


class TestRateAndRetries:
    @pytest.mark.parametrize("status", [429, 502, 503])
    def test_a_read_is_repeated_while_it_may_pass(self, erp: responses.RequestsMock, status: int) -> None:
        erp.get(URL, status=status)
        erp.get(URL, json={"value": [{"Id": 1}]})
        api = domain_api()
        assert api.page(Query(ORDERS)).rows == [{"Id": 1}]
        assert api.counters.retries == 1
        assert api.counters.requests == 2
        assert api.counters.rate_limited == (status == 429)

    def test_a_read_is_given_up_after_a_few_attempts(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, status=503)
        with pytest.raises(ServerFault):
            domain_api().page(Query(ORDERS))
        assert len(calls_to(erp, URL)) == 3

    def test_fault_11_retry_after_is_honoured(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, status=429, headers={"Retry-After": "1"})
        erp.get(URL, json={"value": []})
        started = time.monotonic()
        with stamina.set_testing(False):
            domain_api().page(Query(ORDERS))
        assert time.monotonic() - started >= 1
        assert len(calls_to(erp, "connect/token")) == 1

    def test_a_wait_too_long_to_sit_out_is_the_callers(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, status=429, headers={"Retry-After": "3600"})
        with pytest.raises(RateLimited) as caught:
            domain_api().page(Query(ORDERS))
        assert caught.value.retry_after == 3600
        assert len(calls_to(erp, URL)) == 1

    def test_retry_after_may_be_a_date(self, erp: responses.RequestsMock) -> None:
        erp.post(URL, status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
        with pytest.raises(RateLimited) as caught:
            domain_api().create(ORDERS, {})
        assert caught.value.retry_after == 0

    @pytest.mark.parametrize("value", ["", "soon", "-5"])
    def test_a_retry_after_that_says_nothing_is_none(self, erp: responses.RequestsMock, value: str) -> None:
        erp.post(URL, status=429, headers={"Retry-After": value})
        with pytest.raises(RateLimited) as caught:
            domain_api().create(ORDERS, {})
        assert caught.value.retry_after is None

    def test_fault_20_exhausted_licences_are_not_asked_for_again_at_once(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.get(URL, status=500, json={"message": "MaximumLicenseCountExceeded"})
        with pytest.raises(LicencesExhausted, match="20 minutes"):
            domain_api().page(Query(ORDERS))
        assert len(calls_to(erp, URL)) == 1

    def test_one_request_is_under_way_at_a_time(self, erp: responses.RequestsMock) -> None:
        under_way, most = 0, 0

        def slow(request: Any) -> tuple[int, dict[str, str], str]:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            time.sleep(0.02)
            under_way -= 1
            return 200, {}, '{"value": []}'

        erp.add_callback("GET", URL, callback=slow)
        api = domain_api()
        threads = [threading.Thread(target=api.page, args=(Query(ORDERS),)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == 1
        assert api.counters.requests == 5


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_client_that_has_been_used_is_of_no_use_after_a_fork(erp: responses.RequestsMock) -> None:
    erp.get(URL, json={"value": []})
    api = domain_api()
    api.page(Query(ORDERS))
    child = os.fork()
    if child == 0:
        try:
            api.page(Query(ORDERS))
        except RuntimeError as error:
            os._exit(7 if "after the fork" in str(error) else 1)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_nothing_is_sent_before_the_first_call_and_the_instance_is_found_then(
    erp: responses.RequestsMock,
) -> None:
    erp.get(f"{ROOT}/tools/auto-discovery", json={"WebSites": []})
    erp.get(URL, json={"value": []})
    api = domain_api(instance=None)
    assert not erp.calls
    api.page(Query(ORDERS))
    api.page(Query(ORDERS))
    assert len(calls_to(erp, "auto-discovery")) == 1
    assert api.instance.domain_api_url == f"{ODATA}/"
