"""Import: many objects in one request, each with a result of its own.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/import.html
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from erpnet.answers import error_from, read_written_object
from erpnet.exceptions import ErpNetError, Rejected, Unanswered
from erpnet.objects import encoded
from erpnet.transport import Answer
from erpnet.values import Reference

logger = logging.getLogger("erpnet")

Scope = Literal["all-objects", "per-object"]
ImportModel = Literal["common", "frontend"]
LoggingLevel = Literal[0, 1, 2]

_TYPE = re.compile(r"Erp\.[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one object: `state` is Added, Modified, Deleted or Unchanged; or `error` says why not."""

    reference: Reference | None = None
    state: str = ""
    error: ErpNetError | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None


def import_body(
    objects: Iterable[Mapping[str, Any]], scope: Scope, model: ImportModel, logging_level: LoggingLevel
) -> tuple[bytes, int]:
    """The body of an import and the number of its objects. Raises ValueError for an object without its type.

    An object that names no action is created: ERP.net documents that default twice, and merging once.
    """
    wanted = [{"@erpnet.action": "create", **one} for one in objects]
    if not wanted:
        raise ValueError("There is nothing to import.")
    for one in wanted:
        if not _TYPE.fullmatch(str(one.get("@odata.type", ""))):
            raise ValueError(
                'Each object of an import names its "@odata.type", such as Erp.Crm_Sales_Customer.'
            )
    data = {"transaction": scope, "model": model, "loggingLevel": logging_level, "objects": wanted}
    return encoded(data), len(wanted)


def imported_from(answer: Answer, scope: Scope, count: int) -> list[Imported]:
    """The results, in the order of the objects. Raises Unanswered for an answer that is none."""
    rows = read_written_object(answer).get("objects")
    if not isinstance(rows, list) or len(rows) != count:
        raise Unanswered("ERP.net answered an import without a result for each object.")
    results = [_imported(row) for row in rows]
    failure = next((result.error for result in results if result.error), None)
    if scope == "all-objects" and failure is not None:
        return [result if result.error else Imported(error=_left_out(failure)) for result in results]
    return results


def _imported(row: Any) -> Imported:
    match row:
        case {"@erpnet.result": "success"}:
            return Imported(_reference(row.get("@odata.id")), str(row.get("@erpnet.state") or ""))
        case {"@erpnet.result": "fail"}:
            return Imported(error=_failure(row))
    raise Unanswered("ERP.net answered an import with a result that is neither a success nor a failure.")


def _failure(row: Mapping[str, Any]) -> ErpNetError:
    words = row.get("@erpnet.error")
    logger.debug("ERP.net did not import an object: %s", words)
    words = dict(words) if isinstance(words, dict) else {}
    message = row.get("@erpnet.message") or words.get("message") or "ERP.net did not import this object."
    return error_from({**words, "message": message})


def _reference(odata_id: Any) -> Reference | None:
    try:
        return Reference.parse(str(odata_id))
    except ValueError:
        return None  # What has been deleted need not be named.


def _left_out(failure: ErpNetError) -> Rejected:
    return Rejected(f"Not imported, for another object of the import was refused: {failure.message}")
