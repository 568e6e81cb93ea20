"""The stock snapshot: every balance, every night, and all of it or nothing.

`CurrentBalances` is a view: no id, no time of change, and rows shift between its pages while it is read. So pages are
gathered in a staging table (`gathering`), a row that came twice counts once, and what differs from the stock is worked
out once (`difference`). Only a snapshot that is complete and plausible is merged (`judging`). The differences are kept:
staff accept what was refused by its own, and put back what lay there before by those that came after it (`restoring`).
"""

from sync.streams.snapshot.gathering import pull
from sync.streams.snapshot.restoring import restore

__all__ = ["pull", "restore"]
