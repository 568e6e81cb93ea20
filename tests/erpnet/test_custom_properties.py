"""Custom properties: their names in the Domain API, and their values."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erpnet.sandbox.stored_attributes import StoredAttribute
from erpnet.values import (
    CustomPropertyValue,
    MultilanguageString,
    custom_property,
    custom_property_code,
    to_json,
)

GUID = UUID("5263a2d3-88b0-41db-adae-31c76135719e")
# Characters of one or two bytes in UTF-8: ERP.net reads back the escapes of no others.
codes = st.text(st.characters(max_codepoint=0x7FF, exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("color", "CustomProperty_color"),
        ("color.name", "CustomProperty_color_u002Ename"),
        ("size (cm)", "CustomProperty_size_u0020_u0028cm_u0029"),
        ("цвят", "CustomProperty__uD186_uD0B2_uD18F_uD182"),
        ("WEB_Name2", "CustomProperty_WEB_Name2"),
    ],
)
def test_a_code_is_escaped_as_documented(code: str, name: str) -> None:
    assert custom_property(code) == name
    assert custom_property_code(name) == code


def test_a_code_that_erp_net_does_not_read_back_is_told_as_erp_net_reads_it() -> None:
    assert custom_property("€") == "CustomProperty__uE282AC"
    assert custom_property_code("CustomProperty__uE282AC") == "_uE282AC"
    assert custom_property_code(custom_property("a_u002Eb")) == "a.b"


@pytest.mark.parametrize(("code", "words"), [("", "has a code"), ("x\ud800", "half a character")])
def test_what_can_be_no_code_is_refused(code: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        custom_property(code)


@pytest.mark.parametrize("name", ["", "Color", "CustomProperty_", "CustomProperty_a b", "CustomProperty_a'"])
def test_what_is_no_name_of_a_custom_property_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Not the name"):
        custom_property_code(name)


@given(st.text(min_size=1))
def test_no_code_says_more_than_a_name_can(code: str) -> None:
    assert re.fullmatch("CustomProperty_[A-Za-z0-9_]+", custom_property(code))
    assert custom_property(code) == StoredAttribute("", code).name


@given(codes.filter(lambda code: not re.search("_u[0-9A-F]{4}", code)))
def test_a_code_survives_the_way_there_and_back(code: str) -> None:
    assert custom_property_code(custom_property(code)) == code


@given(st.from_regex("CustomProperty_[A-Za-z0-9_]+", fullmatch=True))
def test_every_name_has_a_code(name: str) -> None:
    assert custom_property_code(name)


def test_a_value_is_read_and_written() -> None:
    content = {
        "Value": "apple",
        "ValueId": str(GUID),
        "Description": {"EN": "The Apple.", "DE": "Der Apfel."},
    }
    value = CustomPropertyValue.parse(content)
    assert value == CustomPropertyValue("apple", GUID, MultilanguageString(EN="The Apple.", DE="Der Apfel."))
    assert value.description is not None
    assert (str(value), value.description.best("de")) == ("apple", "Der Apfel.")
    written = orjson.dumps({"X": value}, default=to_json, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    assert json.loads(written) == {"X": content}


def test_a_value_of_free_text_has_nothing_else() -> None:
    value = CustomPropertyValue.parse({"Value": "apple", "ValueId": None, "Description": None})
    assert value == CustomPropertyValue("apple")
    assert value.to_json() == {"Value": "apple"}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"Value": 5},
        {"Value": None},
        {"Value": "x", "ValueId": "1"},
        {"Value": "x", "Description": "y"},
        "x",
        None,
    ],
)
def test_what_is_no_value_is_refused(content: Any) -> None:
    with pytest.raises(ValueError, match="Not the value"):
        CustomPropertyValue.parse(content)
