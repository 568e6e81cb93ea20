"""Whether a snapshot is believed. Each function answers the doubt in words for staff, empty where there is none."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from sync.models import Run
from sync.streams.snapshot.difference import Size


def loss_of(run: Run, staged: int) -> str:
    """Rows that were staged and are not there any more: a crash of PostgreSQL empties what is not logged."""
    if staged == run.rows_read - run.rows_failed:
        return ""
    text = _(
        "%(read)d balances were gathered and %(staged)d of them are still there: the database was restarted meanwhile. "
        "The stock of before is kept. Run it again."
    )
    return text % {"read": run.rows_read - run.rows_failed, "staged": staged}


def incompleteness_of(run: Run, balances: int) -> str:
    """Without ERP.net's own count, which it gives for `$count=true`, nothing shows that no page is missing.

    Docs: https://docs.erp.net/dev/domain-api/common-tasks/query-examples.html
    """
    expected, read = run.rows_expected, balances + run.rows_failed
    if expected is None:
        text = _(
            "%(read)d balances arrived, and ERP.net did not say how many there are, so nothing shows that they are "
            "all."
        )
        return f"{text % {'read': read}} {_what_follows(run, _read_it_again())}"
    if abs(read - expected) <= expected * settings.STOCK_COUNT_TOLERANCE:
        return ""
    text = _("ERP.net counted %(expected)d balances and %(read)d arrived.")
    return f"{text % {'expected': expected, 'read': read}} {_what_follows(run, _read_it_again())}"


def fall_of(run: Run, before: Size, after: Size) -> str:
    """A fall in the number of balances, or in what they add up to, that is larger than is believed."""
    for what, then, now in (
        (_("The number of balances"), Decimal(before.rows), Decimal(after.rows)),
        (_("The total of the quantities above zero"), before.total, after.total),
    ):
        if then > 0 and then - now > then * Decimal(str(settings.STOCK_LARGEST_FALL)):
            text = _("%(what)s would fall from %(then)s to %(now)s, more than %(limit)d %% at once.")
            values = {
                "what": what,
                "then": f"{then.normalize():,f}",
                "now": f"{now.normalize():,f}",
                "limit": round(settings.STOCK_LARGEST_FALL * 100),
            }
            advice = _("The stock of before is kept. If this is true, look at the difference and accept it.")
            return f"{text % values} {_what_follows(run, advice)}"
    return ""


def _read_it_again() -> str:
    return _(
        "The stock of before is kept. Run it again. Accept this one only if the difference shows that nothing is "
        "missing from it."
    )


def _what_follows(run: Run, advice: str) -> str:
    if run.dry_run:
        return _(
            "This was a dry run: it has changed nothing, and there is nothing to accept. A real run would be refused, "
            "for staff to look at and to accept."
        )
    return advice
