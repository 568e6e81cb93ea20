"""ERP.net's value types, in and out."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erpnet.values import (
    Amount,
    MultilanguageString,
    Quantity,
    Reference,
    decimal_text,
    from_utc,
    to_json,
    to_utc,
)

GUID = UUID("0bf6b45c-7ec1-484d-9f84-00072b77fabb")


def test_a_reference_is_read_with_and_without_the_service_before_it() -> None:
    expected = Reference("General_Products_Products", GUID)
    assert Reference.parse(f"General_Products_Products({GUID})") == expected
    assert (
        Reference.parse(f"https://a.my.erp.net/api/domain/odata/General_Products_Products({GUID})")
        == expected
    )
    assert expected.odata_id == str(expected) == f"General_Products_Products({GUID})"


@pytest.mark.parametrize(
    "text", ["", "Products", f"({GUID})", "Products(1)", f"A({GUID})/B({GUID})", f"A({GUID})x"]
)
def test_what_is_no_odata_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="odata id"):
        Reference.parse(text)


@pytest.mark.parametrize("entity_set", ["", "A/B", "A'B", "A)", "_A", "Ä", "A?$top=1"])
def test_a_reference_holds_nothing_but_a_set_and_an_id(entity_set: str) -> None:
    with pytest.raises(ValueError, match=r"object of ERP\.net"):
        Reference(entity_set, GUID)
    with pytest.raises(ValueError, match=r"object of ERP\.net"):
        Reference("Products", "1)/Delete(")  # type: ignore[arg-type]  # What someone may take from a form.


def test_the_best_language_is_the_first_asked_for_then_english_then_any() -> None:
    name = MultilanguageString({"EN": "Apple", "BG": "Ябълка", "DE": ""})
    assert name.best("bg") == "Ябълка"
    assert name.best("de", "bg") == "Ябълка"
    assert name.best("fr") == "Apple"
    assert MultilanguageString({"bg": "Ябълка"}).best("en") == "Ябълка"
    assert name.best("bg-BG") == name.best("bg_BG") == "Ябълка"
    assert MultilanguageString().best("en") == ""


def test_a_body_is_written_as_the_domain_api_wants_it() -> None:
    body = {
        "Supplier": Reference("Logistics_Procurement_Suppliers", GUID),
        "Quantity": Quantity(Decimal("5.550"), "PCS"),
        "Price": Amount(Decimal("1E+2"), "EUR"),
        "Factor": Decimal("0.1"),
        "DocumentDate": dt.date(2026, 5, 8),
        "At": dt.datetime(2026, 5, 8, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=3))),
        "Name": MultilanguageString({"EN": "Apple"}),
        "Id": GUID,
    }
    options = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
    assert json.loads(orjson.dumps(body, default=to_json, option=options)) == {
        "Supplier": {"@odata.id": f"Logistics_Procurement_Suppliers({GUID})"},
        "Quantity": {"Value": "5.550", "Unit": "PCS"},
        "Price": {"Value": "100", "Currency": "EUR"},
        "Factor": "0.1",
        "DocumentDate": "2026-05-08T00:00:00Z",
        "At": "2026-05-08T09:00:00.000Z",
        "Name": {"EN": "Apple"},
        "Id": str(GUID),
    }


@pytest.mark.parametrize("value", [0.1, 4, "0.1", None])
def test_an_amount_or_a_quantity_of_another_number_is_refused_where_it_is_made(value: Any) -> None:
    with pytest.raises(TypeError, match=r"Decimal\('0\.10'\)"):
        Amount(value, "EUR")
    with pytest.raises(TypeError, match=r"Decimal\('0\.10'\)"):
        Quantity(value, "PCS")


def test_what_erp_net_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json(object())
    with pytest.raises(ValueError, match="time zone"):
        to_utc(dt.datetime.fromisoformat("2026-01-01T12:00:00"))
    with pytest.raises(ValueError, match="years"):
        to_utc(dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-3))))
    with pytest.raises(ValueError, match="NaN"):
        decimal_text(Decimal("NaN"))


def test_date_times_are_read_as_utc() -> None:
    noon = dt.datetime(2026, 5, 8, 12, 0, tzinfo=dt.UTC)
    assert from_utc("2026-05-08T12:00:00Z") == noon
    assert from_utc("2026-05-08T12:00:00") == noon
    assert from_utc("2026-05-08T15:00:00+03:00") == noon
    assert from_utc("2026-05-08T12:00:00.1234567Z").microsecond == 123456


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_a_date_time_survives_the_way_there_and_back(moment: dt.datetime) -> None:
    assert from_utc(to_utc(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_survives_the_way_there_and_back(number: Decimal) -> None:
    assert Decimal(decimal_text(number)) == number
    assert "e" not in decimal_text(number).lower()


def test_amounts_and_quantities_are_read_as_erpnet_sends_them() -> None:
    assert Amount.parse({"Value": "0.10", "Currency": "EUR"}) == Amount(Decimal("0.10"), "EUR")
    assert Quantity.parse({"Value": 5, "Unit": None}) == Quantity(Decimal(5), "")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"Value": "many", "Unit": "PCS"},
        {"Value": "1"},
        {"Value": "1", "Unit": {"Id": 5}},
        *(
            {"Value": value, "Unit": "PCS"}
            for value in ("NaN", "-Infinity", "1_000", "1E999999999", 1e22, True)
        ),
        "1 PCS",
        None,
    ],
)
def test_what_is_no_quantity_is_not_read_as_one(content: Any) -> None:
    with pytest.raises(ValueError, match="Neither an amount nor a quantity"):
        Quantity.parse(content)
