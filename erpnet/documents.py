"""The actions of documents: what they take, and the file that a printout answers.

Docs: https://docs.erp.net/model/entities/General.Documents.Documents.html#api-methods
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import Any, Literal

import orjson

from erpnet.exceptions import Unanswered
from erpnet.transport import Answer
from erpnet.values import Reference

State = Literal["New", "Adjustment", "Planned", "FirmPlanned", "Released", "Completed", "Closed"]
VoidType = Literal["VoidDocument", "VoidWithSubDocuments", "VoidWithReleasedSubDocuments"]
FileFormat = Literal["pdf", "html", "xlsx", "xls", "docx", "txt", "png"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def state_change(state: State, user_status: Reference | None) -> dict[str, Any]:
    """The parameters of ChangeState."""
    return {"newState": state} if user_status is None else {"newState": state, "userStatus": user_status}


def voiding(reason: str, void_type: VoidType, reset_parent_state: bool) -> dict[str, Any]:
    """The parameters of MakeVoid. Raises ValueError without a reason."""
    if not reason.strip():
        raise ValueError("A document is made void for a reason, in words.")
    return {"reason": reason, "voidType": void_type, "resetParentState": reset_parent_state}


def printing(file_format: FileFormat, printout: Reference | None) -> dict[str, Any]:
    """The parameters of GetPrintout."""
    return (
        {"fileFormat": file_format} if printout is None else {"fileFormat": file_format, "printout": printout}
    )


def checked_language(language: str) -> str:
    """The language, if it can stand in a header. Raises ValueError."""
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"{language!r} is not the code of a language, such as de.")
    return language


def file_from(answer: Answer) -> bytes:
    """The file that GetPrintout answered in Base64: as the value of an OData answer, as JSON, or as bare text.

    The documentation shows no such answer, so each way in which OData sends a string is taken.
    Raises Unanswered for anything else: ERP.net may have made and noted the printout all the same.
    """
    try:
        content: Any = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        content = answer.body.strip()
    if isinstance(content, dict):
        content = content.get("value")
    try:
        if content and isinstance(content, str | bytes):
            return b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise Unanswered("ERP.net answered a printout with something that is no file.")
