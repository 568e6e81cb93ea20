"""The last step of every change: the checks of the back end, then one write of all that belongs together."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.odata.checks import STATES, check, check_versions, stale
from erpnet.sandbox.odata.rules import RECEIVING_ORDER_LINES, RECEIVING_ORDERS
from erpnet.sandbox.store import Work
from erpnet.sandbox.values import Row

COMPLETED = STATES.index("Completed")


def save(instance: Instance, work: Work, *, adjusting: bool = False) -> None:
    """Raises Refusal, with nothing changed, for what must not be saved."""
    rebase(work)
    check_versions(work)
    check(work, work.touched, adjusting=adjusting)
    with work.below.transaction():
        _move_goods(instance, work)
        work.commit()


def rebase(work: Work) -> None:
    """Lay changes over what others have saved meanwhile. Raises Refusal if a changed row is gone."""
    try:
        work.rebase()
    except LookupError:
        raise stale() from None


@contextmanager
def at_once(instance: Instance) -> Iterator[Work]:
    """Changes that are saved when the block ends."""
    work = Work(instance.store)
    yield work
    save(instance, work)


def _move_goods(instance: Instance, work: Work) -> None:
    """Goods of a completed receiving order lie in its store, and no longer if it is released again."""
    for name, key in work.touched:
        if name != RECEIVING_ORDERS:
            continue
        before, after = work.stored(name, key), work.table(name).get(key)
        moved = _is_completed(after) - _is_completed(before)
        if not moved or after is None:
            continue
        for line in work.children(work.model[RECEIVING_ORDER_LINES], key):
            if store := line.get("LineStore") or after.get("Store"):
                instance.balances.receive(line["Product"], store, moved * Decimal(line["QuantityBase"]))


def _is_completed(document: Row | None) -> bool:
    return document is not None and STATES.index(document["State"]) >= COMPLETED
