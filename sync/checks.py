"""What can be told of the settings before anything runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.permissions import Role
from erpnet.deadline import DEADLINE_FACTOR
from erpnet.transport import TIMEOUT

# In seconds: a page and the merge of a snapshot come on top of a slice, within a run's lease of 90.
LONGEST_SLICE = 45

SHORTEST_SECRET = 32

_SHARES = ("STOCK_COUNT_TOLERANCE", "STOCK_LARGEST_FALL", "RECONCILIATION_LARGEST_FALL")


def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    if settings.DEFAULT_PARTNER_ROLE not in Role.values:
        hint = f"Set it to one of {', '.join(Role.values)}."
        errors.append(Error("DEFAULT_PARTNER_ROLE is no role of the portal.", hint=hint, id="sync.E001"))
    for name in _SHARES:
        if not 0 <= getattr(settings, name) <= 1:
            hint = "Set it to a share between 0 and 1: 0.4 is forty per cent."
            errors.append(Error(f"{name} is no share.", hint=hint, id="sync.E002"))
    if not 0 < settings.SYNC_SLICE_SECONDS <= LONGEST_SLICE:
        hint = f"Set it to more than 0 and at most {LONGEST_SLICE} seconds."
        errors.append(Error("SYNC_SLICE_SECONDS is too long for a run's lease.", hint=hint, id="sync.E003"))
    if settings.STOCK_SNAPSHOTS_KEPT_DAYS < 1:
        hint = "Set it to a day or more: 14 is two weeks."
        errors.append(Error("STOCK_SNAPSHOTS_KEPT_DAYS keeps nothing.", hint=hint, id="sync.E012"))
    if settings.SYNC_OVERLAP_SECONDS < 0:
        hint = (
            "Set it to the longest time that a change takes to be seen in ERP.net: 300 is ERP.net's advice."
        )
        errors.append(Error("SYNC_OVERLAP_SECONDS is negative.", hint=hint, id="sync.E004"))
    if settings.REFRESH_AFTER_SECONDS < 1:
        hint = "Set it to how old a copy may be before opening it asks for a fresh one: 60 is a minute."
        errors.append(Error("REFRESH_AFTER_SECONDS is no time.", hint=hint, id="sync.E010"))
    # A request that outlives its lease may still arrive while another worker takes its delivery for unsent.
    if TIMEOUT[0] + DEADLINE_FACTOR * settings.ERPNET_TIMEOUT_SECONDS >= settings.OUTBOX_LEASE_SECONDS:
        hint = "Set it to more than twice ERPNET_TIMEOUT_SECONDS and five seconds."
        errors.append(Error("OUTBOX_LEASE_SECONDS is shorter than a request.", hint=hint, id="sync.E007"))
    return [*errors, *_alert_mail(), *_web_hooks()]


def _alert_mail() -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for address in settings.ALERT_MAIL:
        try:
            validate_email(address)
        except ValidationError:
            hint = "Write addresses with commas between them: ops@example.com,night@example.com."
            errors.append(Error(f"ALERT_MAIL has no address in {address!r}.", hint=hint, id="sync.E005"))
    if settings.ALERT_MAIL and not settings.EMAIL_URL:
        hint = "Set EMAIL_URL to the mail server, or take ALERT_MAIL out of the environment."
        errors.append(Error("ALERT_MAIL cannot be told: there is no mail server.", hint=hint, id="sync.E006"))
    return errors


def _web_hooks() -> list[CheckMessage]:
    secret = settings.ERPNET_WEB_HOOK_SECRET
    if not secret or (len(secret) >= SHORTEST_SECRET and secret.isascii() and secret.isprintable()):
        return []
    hint = f"Set it to {SHORTEST_SECRET} or more random letters and digits, or leave it empty: no web hooks then."
    return [
        Error("ERPNET_WEB_HOOK_SECRET could be guessed, or does not fit a header.", hint=hint, id="sync.E011")
    ]
