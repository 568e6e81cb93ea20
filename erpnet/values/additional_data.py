"""What applications keep of their own in an object of ERP.net."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

LARGEST = 32_000


@dataclass(frozen=True, slots=True)
class AdditionalData:
    """An object's `AdditionalDataJson`: a JSON object where each application has a key of its own.

        data = AdditionalData(row["AdditionalDataJson"])
        api.update(order, {"AdditionalDataJson": data.with_own("my.application", {"carrier": "DHL"})})

    What other applications keep there stays as it is, digit by digit. Between the reading and the writing another
    may write: send the `object_version` along.
    Docs: https://docs.erp.net/model/entities/Logistics.Procurement.ReceivingOrders.html#additionaldatajson
    """

    text: str = ""

    def of(self, application: str) -> dict[str, Any]:
        """What an application keeps; empty where it keeps nothing. Raises ValueError where that is no JSON object."""
        return _object(_object(_parsed(self.text or "{}")).get(application, {}))

    def with_own(self, application: str, content: Mapping[str, Any]) -> AdditionalData:
        """The same with all that `application` keeps replaced by `content`.

        Raises ValueError where the text is no JSON object, so that it cannot be kept, or gets longer than 32,000
        characters.
        """
        if not application:
            raise ValueError("Additional data belongs to an application with a name.")
        # Numbers are carried over as they are written: as Python's own, the long ones would lose digits.
        whole = _object(_parsed(self.text or "{}", number=orjson.Fragment))
        try:
            text = orjson.dumps({**whole, application: dict(content)}).decode()
        except orjson.JSONEncodeError as fault:
            raise ValueError(f"Additional data cannot be written: {fault}.") from None
        if len(text) > LARGEST:
            raise ValueError(f"Additional data has room for {LARGEST} characters, not for {len(text)}.")
        return AdditionalData(text)

    def to_json(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def _parsed(text: str, *, number: Any = None) -> Any:
    try:
        return json.loads(text, parse_float=number, parse_int=number, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("Additional data is nested too deep to be read.") from None


def _object(content: Any) -> dict[str, Any]:
    match content:
        case dict():
            return content
    raise ValueError("Additional data is a JSON object that has one for each application.")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON.")
