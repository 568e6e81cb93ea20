"""From the text of $select, $expand, $orderby and their like to what they name. Nothing here knows the model.

Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/index.html
"""

import re
from dataclasses import dataclass

from erpnet.sandbox.odata.errors import ODataError

LINKS = "/$ref"
DEEPEST = 40  # No request that means something nests deeper.
_NAME = r"[A-Za-z_]\w*"


@dataclass(frozen=True, slots=True)
class Expansion:
    """A reference or collection to send along, with what to send of it: no more than its odata ids, if `links`.

    Only `expandgroup` names paths; everywhere else a name has no slash.
    """

    name: str
    select: tuple[str, ...] = ()
    expand: tuple["Expansion", ...] = ()
    links: bool = False


def parse_order(text: str) -> list[tuple[str, bool]]:
    """Names with whether they go down."""
    order = []
    for part in text.split(","):
        match = re.fullmatch(rf"\s*({_NAME})(?:\s+(asc|desc))?\s*", part)
        if match is None:
            raise ODataError(f"Syntax error in $orderby: '{text}'.")
        order.append((match[1], match[2] == "desc"))
    return order


def parse_select(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(re.fullmatch(rf"\*|{_NAME}", name) for name in names):
        raise ODataError(f"Syntax error in $select: '{text}'.")
    return names


def parse_expand(text: str) -> tuple[Expansion, ...]:
    return _expansions(text, rf"{_NAME}(?:{re.escape(LINKS)})?")


def parse_expandgroup(text: str) -> tuple[Expansion, ...]:
    """As $expand, but a name may be the path of a grouped reference such as `SalesOrder/Customer`."""
    return _expansions(text, rf"{_NAME}(?:/{_NAME})*")


def split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside of parentheses; one of them at least."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if not 0 <= depth <= DEEPEST:
            break
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise ODataError(f"Syntax error: parentheses do not match in '{text}'.")
    return [part.strip() for part in parts]


def _expansions(text: str, name: str) -> tuple[Expansion, ...]:
    found = tuple(_expansion(part, name) for part in split(text, ","))
    names = [one.name for one in found]
    for one in names:
        if names.count(one) > 1:
            raise ODataError(f"'{one}' is expanded more than once in '{text}'.")
    return found


def _expansion(text: str, name: str) -> Expansion:
    match = re.fullmatch(rf"({name})(?:\s*\((.*)\))?", text, re.DOTALL)
    if match is None:
        raise ODataError(f"Syntax error in $expand: '{text}'.")
    select: tuple[str, ...] = ()
    expand: tuple[Expansion, ...] = ()
    for option in split(match[2], ";") if match[2] is not None else ():
        key, _, value = option.partition("=")
        if key == "$select":
            select = parse_select(value)
        elif key == "$expand":
            expand = parse_expand(value)
        else:
            raise ODataError(f"The option '{key}' cannot stand in $expand.")
    links = match[1].endswith(LINKS)
    if links and (select or expand):
        raise ODataError(f"'{text}' asks for links and for what they lead to.")
    return Expansion(match[1].removesuffix(LINKS), select, expand, links)
