"""What can be wrong with something that a person asks for. Every `message` is fit to be read by that person.

SyncError
 |-- ShipmentInvalid    the form has to be corrected; carries one `Problem` for each field
 |-- OrderNotOpen       nothing can be announced against this order (any more)
 |-- ShipmentLocked     the warehouse has taken over: the shipment can only be read
 |-- FormAlreadyUsed    the same form came again with other content; carries the shipment that it made
 |-- SnapshotStays      the stock cannot be made what a run has read
 |-- FallStays          what a run found gone and kept cannot be taken away
 |-- NothingToDecide    the delivery is not stuck (any more), or ERP.net may have it
 +-- NothingToResume    the run did not break off, or another one has done its work
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from sync.models import Shipment


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field. `line_id` names the order line where `field` is "lines" and one line is meant."""

    code: str
    field: str
    message: str
    line_id: uuid.UUID | None = None


class SyncError(Exception):
    """Anything that this app refuses to do, in words for the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class ShipmentInvalid(SyncError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))


class ShipmentChanged(ShipmentInvalid):
    """Somebody else changed the shipment since the form was opened. `content` is what a form opened now would say."""

    def __init__(self, problems: Iterable[Problem], content: str) -> None:
        super().__init__(problems)
        self.content = content


class OrderNotOpen(SyncError):
    def __init__(self) -> None:
        super().__init__(_("Nothing can be announced against this order: it is void or closed."))


class ShipmentLocked(SyncError):
    def __init__(self) -> None:
        super().__init__(
            _("The warehouse has taken over this shipment. It can be read but no longer changed here.")
        )


class FormAlreadyUsed(SyncError):
    def __init__(self, shipment: Shipment) -> None:
        super().__init__(_("This form was sent before, with other content. What it saved then is kept."))
        self.shipment = shipment


class SnapshotStays(SyncError):
    """The stock cannot be made what a run has read; the message says why."""


class FallStays(SyncError):
    """What a run found gone and kept cannot be taken away; the message says why."""


class NothingToDecide(SyncError):
    def __init__(self) -> None:
        super().__init__(_("This delivery is not waiting for a decision."))


class NothingToResume(SyncError):
    def __init__(self) -> None:
        super().__init__(
            _("There is nothing to go on with: another run of this stream is open or has done it.")
        )
