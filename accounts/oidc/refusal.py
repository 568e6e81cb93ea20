"""The one way in which a sign-in fails."""

from __future__ import annotations

from accounts.reasons import Reason


class SignInRefused(Exception):
    """`reason` is for the person, `detail` (a word or two, no secret) for the audit trail."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code} {detail}".strip())
        self.reason = reason
        self.detail = detail
