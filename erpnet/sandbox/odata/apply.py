"""From the text of $apply to its transformations. Nothing here knows the model.

Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html
"""

import re
from dataclasses import dataclass

from erpnet.sandbox.odata.clauses import split
from erpnet.sandbox.odata.errors import ODataError, Refusal

AGGREGATES = {"sum", "min", "max", "countdistinct"}
COUNT = "$count"
# The documents show a text's first character and no other part of it.
INTERVALS = {"year": "", "yearmonth": "", "date": "", "substring": ",0,1"}

_NAME = r"[A-Za-z_]\w*"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*")
_TRANSFORMATION = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_INTERVAL = re.compile(rf"(\w+)\(\s*({_NAME}(?:/{_NAME})*)\s*([^)]*)\)\s+as\s+({_NAME})")
_COUNT = re.compile(rf"\$count\s+as\s+({_NAME})")
_AGGREGATE = re.compile(rf"({_NAME}(?:/{_NAME})*)\s+with\s+(\w+)\s+as\s+({_NAME})")


@dataclass(frozen=True, slots=True)
class Interval:
    """A key that is computed: the year, month, day or first letter of an attribute."""

    function: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What to tell of a group. `name` is an attribute or reference, or COUNT as the function is then."""

    function: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Apply:
    """`keys` are paths and aliases of intervals; None where all rows are one group."""

    intervals: tuple[Interval, ...]
    keys: tuple[str, ...] | None
    aggregates: tuple[Aggregate, ...]


def parse_apply(text: str) -> Apply:
    steps = [_transformation(part, text) for part in split(text, "/")]
    intervals: tuple[Interval, ...] = ()
    if len(steps) == 2 and steps[0][0] == "compute":
        intervals = tuple(_interval(part) for part in split(steps[0][1], ","))
        del steps[0]
    if len(steps) == 1 and steps[0][0] == "groupby":
        keys, aggregates = _groupby(steps[0][1], text)
        return Apply(intervals, keys, aggregates)
    if len(steps) == 1 and steps[0][0] == "aggregate" and not intervals:
        return Apply((), None, _aggregates(steps[0][1]))
    raise Refusal(f"$apply takes groupby, compute before groupby, or aggregate alone, not '{text}'.")


def not_a_property(key: str) -> ODataError:
    return ODataError(f"$apply/groupby grouping expression '{key}' must evaluate to a property access value.")


def _groupby(inner: str, text: str) -> tuple[tuple[str, ...], tuple[Aggregate, ...]]:
    parts = split(inner, ",")
    if not (parts[0].startswith("(") and parts[0].endswith(")")) or len(parts) > 2:
        raise _unreadable(text)
    keys = tuple(split(parts[0][1:-1], ","))
    for key in keys:
        if not _PATH.fullmatch(key):
            raise not_a_property(key)
    name, aggregates = _transformation(parts[1], text) if len(parts) == 2 else ("", "")
    if name != "aggregate":
        raise Refusal("$apply=groupby needs an aggregate for its groups.")
    return keys, _aggregates(aggregates)


def _aggregates(text: str) -> tuple[Aggregate, ...]:
    return tuple(_aggregate(part) for part in split(text, ","))


def _aggregate(text: str) -> Aggregate:
    if match := _COUNT.fullmatch(text):
        return Aggregate(COUNT, COUNT, match[1])
    match = _AGGREGATE.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    if match[2] not in AGGREGATES:
        raise Refusal(f"The aggregate function '{match[2]}' is not supported.", parameters=[match[2]])
    return Aggregate(match[2], match[1], match[3])


def _interval(text: str) -> Interval:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    function, name, rest, alias = match.groups()
    if INTERVALS.get(function) != rest.replace(" ", ""):
        raise Refusal(f"'{text}' is not an interval that can be grouped by.", parameters=[function])
    return Interval(function, name, alias)


def _transformation(text: str, whole: str) -> tuple[str, str]:
    match = _TRANSFORMATION.fullmatch(text)
    if match is None:
        raise _unreadable(whole)
    return match[1], match[2]


def _unreadable(text: str) -> ODataError:
    return ODataError(f"Syntax error in $apply: '{text}'.")
