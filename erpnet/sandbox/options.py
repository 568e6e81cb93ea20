"""What an instance is started with."""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

# The names that the configuration of an ERP.net web site has for them.
CONFIG_KEYS = {
    "SessionRpm": "session_rpm",
    "SessionConcurrentRequests": "session_concurrent_requests",
    "SessionConcurrentTransactions": "session_concurrent_transactions",
    "GlobalConcurrentRequests": "global_concurrent_requests",
}


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How much one session and all of them together may ask; 0 lifts a limit.

    `queue` requests wait where one more than allowed would be under way. With `retry_after` a refusal of too many
    requests a minute says how many seconds to wait.
    Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
    """

    session_rpm: int = 600
    session_concurrent_requests: int = 1
    session_concurrent_transactions: int = 1
    global_concurrent_requests: int = 2
    queue: int = 5
    retry_after: bool = False

    @classmethod
    def from_text(cls, text: str, *, retry_after: bool = False) -> "RateLimits":
        """Limits as in a web site's configuration, `{"SessionRpm": 600, ...}`, or `off`. Raises ValueError."""
        if text == "off":
            return NO_LIMITS
        try:
            given = json.loads(text)
        except json.JSONDecodeError:
            given = None
        if not isinstance(given, dict) or set(given) - set(CONFIG_KEYS):
            raise ValueError(f"Rate limits are a JSON object with {', '.join(CONFIG_KEYS)}, or 'off'.")
        if not all(type(value) is int and value >= 0 for value in given.values()):
            raise ValueError("A rate limit is a whole number; 0 lifts it.")
        return cls(**{CONFIG_KEYS[key]: value for key, value in given.items()}, retry_after=retry_after)


NO_LIMITS = RateLimits(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """One Trusted Application, its addresses, how much data there is, and what callers have to live with.

    `state` is the folder that keeps data and keys; without one everything lives in memory. What concerns the data
    (`orders`, `balances`, `today`) counts at the first start alone. `licences` are the sessions that may be open at
    once.
    """

    application_uri: str
    application_secret: str = field(repr=False)
    login_urls: tuple[str, ...]
    logout_urls: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 9000
    state: Path | None = None
    people_file: Path | None = None
    password: str = field(default="demo", repr=False)
    scope: str = "read update"
    orders: int = 300
    balances: int = 4000
    today: date | None = None
    truncate_date_times: bool = True
    licences: int = 20
    rate_limits: RateLimits = RateLimits()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"
