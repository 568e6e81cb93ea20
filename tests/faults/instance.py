"""The ERP.net that the rig's portal talks to: how to spoil it, what stands in it, and what was asked of it."""

from __future__ import annotations

import time
import uuid
from typing import Any

import requests

from tests.faults.books import eventually
from tests.faults.rig import Rig

RECEIVING_ORDERS = "Logistics_Procurement_ReceivingOrders"
JWKS = "/id/.well-known/openid-configuration/jwks"


class Instance:
    def __init__(self, rig: Rig) -> None:
        self._root = f"{rig.sandbox_url}/sandbox"

    # -- Spoiling it --------------------------------------------------------------------------------------------------

    def fail(self, kind: str, **options: Any) -> None:
        """Spoil the next request that fits: see docs/sandbox.md."""
        self._ask("POST", "faults", json={"kind": kind, **options})

    def fail_writing(self, kind: str, **options: Any) -> None:
        """Spoil the next request that makes a receiving order, alone or in a batch."""
        self.fail(kind, methods=["POST"], **options)

    def heal(self) -> None:
        self._ask("DELETE", "faults")

    def await_meeting(self) -> None:
        """Wait until a request has met the last fault that waits."""
        eventually("a request meets the fault", lambda: self._ask("GET", "faults") == [])

    def rotate_keys(self, *, withdraw: bool = False) -> None:
        self._ask("POST", "keys", json={"withdraw": withdraw})

    def end_sessions(self) -> None:
        self._ask("DELETE", "sessions")

    # -- What stands in it --------------------------------------------------------------------------------------------

    def documents(self) -> list[dict[str, Any]]:
        """The portal's documents, whole."""
        found: list[dict[str, Any]] = self._ask(
            "GET", "documents", params={"external_system": "partner-portal"}
        )
        return found

    def documents_of(self, shipment: uuid.UUID) -> list[dict[str, Any]]:
        return [one for one in self.documents() if one["ExternalId"] == str(shipment)]

    def await_document(self, shipment: uuid.UUID) -> dict[str, Any]:
        (document,) = eventually("a document in ERP.net", lambda: self.documents_of(shipment))
        return document

    # -- What was asked of it -----------------------------------------------------------------------------------------

    def asked(self, since: float, *, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """The requests since a moment of `time.time()`, in their order."""
        return [
            one
            for one in self._ask("GET", "state")["recent"]
            if one["at"] >= since and method in one["method"] and path in one["path"]
        ]

    def writes(self, since: float) -> list[dict[str, Any]]:
        """The requests that were to make a receiving order: nothing else of the rig's portal is posted."""
        return self.asked(since, method="POST", path="/api/")

    def tokens(self, since: float) -> int:
        """How many tokens were asked for."""
        return len(self.asked(since, path="/id/connect/token"))

    def now(self) -> float:
        """A moment to count requests from."""
        return time.time()

    def _ask(self, method: str, what: str, **more: Any) -> Any:
        answer = requests.request(method, f"{self._root}/{what}", timeout=20, **more)
        answer.raise_for_status()
        return answer.json()
