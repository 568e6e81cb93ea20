"""Whom or what a line is about: its `subject`, a short reference in one of a few forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = r"[0-9a-f-]{36}"
_FORMS = {
    "person": re.compile(rf"ERP\.net user ({_ID})"),
    "user": re.compile(rf"user ({_ID})"),
    "login": re.compile(r"login (.+)"),
    "email": re.compile(r"invitation to (.+)"),
    "shipment": re.compile(rf"shipment ({_ID})"),
    "page": re.compile(r"[A-Z]+ (/.*)"),
    "delivery": re.compile(r"delivery (\d+)"),
    "link": re.compile(r"[A-Z]+ (an invitation)"),
}


@dataclass(frozen=True, slots=True)
class About:
    """`kind` is a key of the forms, and empty for what has none of them; `name` is the rest."""

    kind: str
    name: str


def about(subject: str) -> About:
    for kind, form in _FORMS.items():
        if match := form.fullmatch(subject):
            return About(kind, match[1])
    return About("", subject)
