"""Custom properties: selected by name, filtered by their short value, written as complex values."""

from __future__ import annotations

import pytest

from erpnet.sandbox.stored_attributes import STORED_ATTRIBUTES, StoredAttribute
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api

PRODUCTS = "General_Products_Products"
COLOR = "CustomProperty_color"
SIZE = "CustomProperty_size_u0020_u0028cm_u0029"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("color", "CustomProperty_color"),
        ("color.name", "CustomProperty_color_u002Ename"),
        ("size (cm)", "CustomProperty_size_u0020_u0028cm_u0029"),
        ("цвят", "CustomProperty__uD186_uD0B2_uD18F_uD182"),
    ],
)
def test_codes_become_names_as_documented(code: str, name: str) -> None:
    assert StoredAttribute("General.Products.Products", code).name == name


def test_they_come_only_when_named(api: Api) -> None:
    row = api.rows(PRODUCTS, filter="PartNumber eq 'TEX-012'")[0]
    assert not {COLOR, SIZE} & set(row)
    named = api.rows(PRODUCTS, filter="PartNumber eq 'TEX-012'", select=f"default,{COLOR},{SIZE}")[0]
    assert named[COLOR]["Value"] == "indigo"
    assert set(named[COLOR]) == {"Value", "ValueId", "Description"}
    assert set(named[COLOR]["Description"]) == {"EN", "BG"}
    assert named[SIZE] is None
    assert api.get(PRODUCTS, select="CustomProperty_weight").status_code == 400


def test_they_are_filtered_by_the_short_value_and_eq_alone(api: Api) -> None:
    blue = api.rows(PRODUCTS, filter=f"{COLOR} eq 'indigo'", select=COLOR)
    assert {row[COLOR]["Value"] for row in blue} == {"indigo"}
    assert len(blue) == 10
    for text in (f"{COLOR} in ('indigo')", f"contains({COLOR},'ind')", f"{COLOR} ge 'a'"):
        assert api.get(PRODUCTS, filter=text).status_code == 500
    assert api.get(PRODUCTS, orderby=COLOR).status_code == 500
    assert api.get(PRODUCTS, filter=f"{COLOR}/Value eq 'indigo'").status_code == 400


def test_they_are_written_by_their_short_value(fresh: RunningInstance) -> None:
    api = Api(fresh)
    product = api.rows(PRODUCTS, filter="PartNumber eq 'MET-011'", select="Id")[0]["@odata.id"]
    given = {COLOR: {"Value": "charcoal"}, SIZE: {"Value": "30 x 40"}}
    assert api.patch(product, given).status_code in (200, 204)
    kept = api.get(product, select=f"{COLOR},{SIZE}").json()
    charcoal = next(value for short, value in STORED_ATTRIBUTES[0].values.items() if short == "charcoal")
    assert kept[COLOR] == charcoal
    assert kept[SIZE] == {"Value": "30 x 40", "ValueId": None, "Description": None}
    assert api.patch(product, {COLOR: None}).status_code in (200, 204)
    assert api.get(product, select=COLOR).json()[COLOR] is None


def test_a_value_that_is_not_allowed_is_refused(fresh: RunningInstance) -> None:
    api = Api(fresh)
    product = api.rows(PRODUCTS, top="1", select="Id")[0]["@odata.id"]
    refused = api.patch(product, {COLOR: {"Value": "pink"}})
    assert refused.status_code == 500
    assert "pink" in refused.text
    for broken in ("indigo", {"Short": "indigo"}, {"Value": 3}):
        assert api.patch(product, {COLOR: broken}).status_code == 400


@pytest.mark.parametrize(
    ("search", "exact", "found"),
    [
        ("", False, ["charcoal", "indigo", "natural"]),
        ("AL", False, ["charcoal", "natural"]),
        ("синьо", False, ["indigo"]),
        ("n%l", False, ["indigo", "natural"]),
        ("n%l", True, ["natural"]),
        ("al", True, []),
        ("Charcoal", True, ["charcoal"]),
        ("(", False, []),
    ],
)
def test_allowed_values_are_found_by_value_and_description(
    search: str, exact: bool, found: list[str]
) -> None:
    assert [value["Value"] for value in STORED_ATTRIBUTES[0].found(search, exact=exact)] == found


def test_allowed_values_come_in_the_order_of_their_descriptions_if_asked() -> None:
    found = STORED_ATTRIBUTES[0].found(by_description=True)
    assert [value["Value"] for value in found] == ["charcoal", "indigo", "natural"]
    assert STORED_ATTRIBUTES[1].found("x") == []
