"""From an answer to its JSON or to an error: the one mapping of ERP.net's answers to the error tree."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from erpnet.exceptions import (
    Conflict,
    ErpNetError,
    Forbidden,
    LicencesExhausted,
    MalformedAnswer,
    NotFound,
    RateLimited,
    Rejected,
    Renamed,
    ServerFault,
    TransactionEnded,
    Unanswered,
    Unauthorized,
)
from erpnet.transport import Answer

logger = logging.getLogger("erpnet")

LONGEST_RETRY_AFTER = 3600.0

_RENAMED = re.compile(r"The new name of this entity is '([A-Za-z0-9_.]+)'")
_NO_LICENCE = "MaximumLicenseCountExceeded"
_NO_TRANSACTION = "Invalid TransactionId"


def read_json(answer: Answer) -> Any:
    """The JSON of an answer, None where it is empty. Raises MalformedAnswer."""
    if not answer.body:
        return None
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise MalformedAnswer(f"ERP.net answered {answer.status} with something that is not JSON.") from None


def read_object(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer. Raises MalformedAnswer."""
    content = read_json(answer)
    if not isinstance(content, dict):
        raise MalformedAnswer(f"ERP.net answered {answer.status} without the object that was expected.")
    return content


def read_written(answer: Answer) -> Any:
    """The JSON that a write answered, None where it is empty. Raises Unanswered if it is something else.

    A success without its JSON may come from a proxy: ERP.net may or may not have seen the request.
    """
    try:
        return read_json(answer)
    except MalformedAnswer as error:
        raise Unanswered(error.message) from None


def read_written_object(answer: Answer) -> dict[str, Any]:
    """The new form of what was written; empty where ERP.net answers nothing. Raises Unanswered."""
    content = read_written(answer)
    if not isinstance(content, dict | None):
        raise Unanswered("ERP.net answered a change with something that is no object.")
    return content or {}


def raise_for_status(answer: Answer) -> None:
    """Return if the answer is a success (2xx), else raise what it means.

    ERP.net sends its business and validation errors as HTTP 500 with a JSON object of its own, nested under
    "error" or not: those are Rejected. Any other 5xx is a ServerFault.
    Docs: https://docs.erp.net/dev/domain-api/data-manipulation/error-handling.html
    """
    if 200 <= answer.status < 300:
        return
    words = _own_words(answer)
    logger.debug("ERP.net answered %s: %s", answer.status, words)
    raise error_from(words, answer.status, retry_after(answer))


def error_from(words: Mapping[str, Any], status: int = 500, wait: float | None = None) -> ErpNetError:
    """What ERP.net's error object means: its message, code and parameters. `wait` is what a 429 asks for."""
    message = _text(words.get("message"))
    if error := _error_by_words(words, message):
        return error
    match status:
        case 401:
            return Unauthorized("ERP.net does not accept the service token.")
        case 403:
            return Forbidden(message or "The service user may not do this in ERP.net.")
        case 404:
            return NotFound(message or "ERP.net has no such object.")
        case 409 | 412:
            return Conflict(message or "This was changed in ERP.net meanwhile.")
        case 429:
            return RateLimited("ERP.net asks for fewer requests.", retry_after=wait)
        case _ if 300 <= status < 400:
            return MalformedAnswer(f"ERP.net answered with a redirect ({status}). Check the address.")
        case _ if status > 500 or (status == 500 and not message):
            return ServerFault(f"ERP.net is out of order (HTTP {status}).", status=status)
        case _:
            return _rejected(message or f"ERP.net refused the request (HTTP {status}).", words)


def _error_by_words(words: Mapping[str, Any], message: str) -> ErpNetError | None:
    """What ERP.net tells by its words alone, whatever the status."""
    if renamed := _RENAMED.search(message):
        return Renamed(message, new_name=renamed[1].replace(".", "_"))
    if any(_NO_LICENCE in _text(value) for value in words.values()):
        return LicencesExhausted("All licences of ERP.net are in use. A slot frees within 20 minutes.")
    if _NO_TRANSACTION in message:
        return TransactionEnded("ERP.net knows this transaction no longer. Nothing of it was saved.")
    return None


def _rejected(message: str, words: Mapping[str, Any]) -> Rejected:
    code, parameters = words.get("code"), words.get("parameters")
    return Rejected(
        message,
        code=code if isinstance(code, int | str) else None,
        parameters=[str(parameter) for parameter in parameters] if isinstance(parameters, list) else (),
    )


def _own_words(answer: Answer) -> dict[str, Any]:
    """ERP.net's error object: at top level or under "error", else empty."""
    try:
        content = read_object(answer)
    except MalformedAnswer:
        return {}
    nested = content.get("error")
    return nested if isinstance(nested, dict) else content


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def retry_after(answer: Answer) -> float | None:
    """Seconds to wait from the Retry-After header, given as seconds or as a date; None without one.

    Never more than an hour: ERP.net counts requests by the minute, and a clock that is wrong asks for years.
    """
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    seconds = (moment - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)
