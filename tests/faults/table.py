"""The twenty faults: what is broken, and what must hold. Each has at least one test that carries its number."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    broken: str
    holds: str


FAULTS = {
    1: Fault(
        "kill -9 of the worker's child, before, during and after the call", "resumed within the lease, once"
    ),
    2: Fault(
        "kill -9 of the worker's parent, and of the whole worker",
        "resumed by the sweep, not by Redis' timeout",
    ),
    3: Fault("SIGTERM with twenty queued, with and without the patience to wait", "none lost, none twice"),
    4: Fault(
        "Redis stopped, hanging, restarted, flushed", "forms are taken; workers come back by themselves"
    ),
    5: Fault(
        "PostgreSQL restarted during a request and during a task", "a form is wholly saved or not at all"
    ),
    6: Fault("the doorbell cannot be rung after the commit", "the sweep finds the row"),
    7: Fault("ERP.net refuses: HTTP 500 with its own words", "refused once, in its words; others go on"),
    8: Fault(
        "502, HTTP 500 with a page, connection refused", "backs off, leaves the instance alone, then delivers"
    ),
    9: Fault("401 once, and for ever", "one new token; no storm of them"),
    10: Fault("fifty threads when the token ends", "one token is asked for"),
    11: Fault("429 with and without Retry-After", "waits as long as asked; keeps its token"),
    12: Fault(
        "no answer, a head or a body that drips, half of one", "unknown within the deadline; looked up"
    ),
    13: Fault("the answer lost after ERP.net committed", "found by its ExternalId"),
    14: Fault("a message delivered many times, two workers, two beats", "one effect"),
    15: Fault("double click, two tabs, the same form next day", "one shipment, the same answer"),
    16: Fault("the document changed between reading and saving", "a conflict; nothing overwritten"),
    17: Fault("clocks five minutes off, either way", "sign-in says why; leases go by the database's clock"),
    18: Fault("a payload that kills its worker, one that cannot be read", "given up in the end; others flow"),
    19: Fault("keys rotated, keys unreachable, Instance ID down", "sign-in recovers; who is in stays in"),
    20: Fault("no free licence, the nightly restart", "waits, then delivers"),
}
