"""What an instance is started with."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """One Trusted Application, its addresses, and how much data there is.

    `state` is the folder that keeps data and keys; without one everything lives in memory. What concerns the data
    (`orders`, `balances`, `today`) counts at the first start alone. Port 0 takes a free port.
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

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"
