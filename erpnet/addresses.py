"""Which addresses may be trusted with secrets, and which two belong together."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

PORTS = {"https": 443, "http": 80}


def split(url: str) -> SplitResult | None:
    """The parts of an absolute http or https address, None for anything else."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # Raises for what is not a number.
    except ValueError:
        return None
    # What sends the request ends a host at a backslash: https://there\@here would be here for us and there for it.
    is_clear = parts.scheme in PORTS and parts.hostname and "\\" not in parts.netloc
    return parts if is_clear else None


def is_safe(url: str) -> bool:
    """Whether secrets may travel there: https, or http that does not leave this machine."""
    parts = split(url)
    return parts is not None and (parts.scheme == "https" or _is_loopback(str(parts.hostname)))


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port: what two addresses must share for one to get the other's tokens."""
    parts = split(url)
    return parts and (parts.scheme, str(parts.hostname), parts.port or PORTS[parts.scheme])


def site_fault(url: str) -> str | None:
    """Why `url` cannot be the root of a site, with the cure; None if it can."""
    parts = split(url)
    if parts is None:
        return "is not an address. Write it in full, such as https://mycompany.my.erp.net."
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        return "has more than a scheme and a host. Leave out paths (such as /id), queries and passwords."
    if not is_safe(url):
        return "is not https. Plain http is for this machine alone (localhost, 127.0.0.1)."
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
