"""What the demo tells the person who started it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from erpnet.sandbox.demo.ports import Ports
from erpnet.sandbox.demo.state import State

COLUMNS = ("login", "password", "company", "role")


def table(people: Sequence[dict[str, str | bool]]) -> str:
    """People to sign in as, one a line."""
    rows = [[column.title() for column in COLUMNS]]
    rows += [[str(person[column]) for column in COLUMNS] for person in people]
    widths = [max(len(row[index]) for row in rows) for index in range(len(COLUMNS))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  " + "  ".join("-" * width for width in widths), *lines[1:]])


def greeting(ports: Ports, state: State, seconds: float) -> str:
    people = state.people_list()
    vendor = next(person for person in people if not person["internal"])
    staff = next(person for person in people if person["internal"])
    return f"""
Portal ready: {ports.portal_url}   (started in {seconds:.0f} s)

Sign in as
{table(people)}

Three things to try
  1. Sign in as {vendor["login"]}, open an order, announce a shipment, and watch it reach ERP.net.
     What ERP.net then holds: {ports.sandbox_url}/sandbox
  2. Sign in as {staff["login"]}, open {ports.portal_url}/admin/ and run the nightly stock job now.
  3. Sign in as another vendor in a private window: nothing of the first one's is there. Invite a colleague.

Commands of this portal, in another terminal: . {_short(state.environment)}; .venv/bin/python manage.py doctor
Mails that the portal sends are files in {_short(state.mails)}.
Ctrl-C stops everything. The data stays; 'make demo-reset' starts over.
"""


def _short(path: Path) -> str:
    """As one would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
