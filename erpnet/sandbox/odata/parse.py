"""From the text of query options to what they mean. Nothing here knows the model.

Grammar: https://docs.erp.net/dev/domain-api/querying-data/query-options/index.html
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from erpnet.sandbox.odata.errors import ODataError, Refusal

OPERATORS = {"eq", "ge", "le", "in"}
FUNCTIONS = {"contains", "startswith", "endswith", "equalnull", "lessequalnull", "greaterequalnull"}
NOT_SUPPORTED = {"or", "not", "ne", "gt", "lt", "has", "add", "sub", "mul", "div", "mod"}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])
    | (?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)(?![\w-])
    | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
    | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of a filter: `kind` is string, guid, date, number, boolean or null."""

    kind: str
    value: str | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator or a function on a path. A filter is a list of conditions that all hold."""

    operator: str
    path: tuple[str, ...]
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """A reference or collection to send along, with what to send of it."""

    name: str
    select: tuple[str, ...] = ()
    expand: tuple["Expansion", ...] = ()


def parse_filter(text: str) -> list[Condition]:
    tokens = _tokens(text)
    conditions = _conjunction(tokens)
    if tokens:
        raise _unreadable(text)
    return conditions


def parse_order(text: str) -> list[tuple[str, bool]]:
    """Names with whether they go down."""
    order = []
    for part in text.split(","):
        words = part.split()
        if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1] not in {"asc", "desc"}):
            raise ODataError(f"Syntax error in $orderby: '{text}'.")
        order.append((words[0], words[1:] == ["desc"]))
    return order


def parse_select(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(re.fullmatch(r"\*|[A-Za-z_]\w*", name) for name in names):
        raise ODataError(f"Syntax error in $select: '{text}'.")
    return names


def parse_expand(text: str) -> tuple[Expansion, ...]:
    return tuple(_expansion(part) for part in _split(text, ","))


def _tokens(text: str) -> list[Token]:
    tokens, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _unreadable(text)
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


def _conjunction(tokens: list[Token]) -> list[Condition]:
    conditions = _condition(tokens)
    while tokens and tokens[0].text != ")":
        joint = tokens.pop(0)
        if joint.text in NOT_SUPPORTED:
            raise Refusal(f"The operator '{joint.text}' is not supported in $filter.")
        if joint.text != "and":
            raise ODataError(f"Syntax error in $filter at '{joint.text}'.")
        conditions += _condition(tokens)
    return conditions


def _condition(tokens: list[Token]) -> list[Condition]:
    first = _take(tokens)
    if first.text == "(":
        conditions = _conjunction(tokens)
        _expect(tokens, ")")
        return conditions
    if first.kind != "name":
        raise ODataError(f"Syntax error in $filter at '{first.text}'.")
    if first.text in NOT_SUPPORTED:
        raise Refusal(f"The operator '{first.text}' is not supported in $filter.")
    if tokens and tokens[0].text == "(":
        return [_function(first.text, tokens)]
    return [_comparison(first.text, tokens)]


def _function(name: str, tokens: list[Token]) -> Condition:
    if name not in FUNCTIONS:
        raise Refusal(f"The function '{name}' is not supported in $filter.")
    _expect(tokens, "(")
    path = _take(tokens)
    if path.kind != "name":
        raise ODataError(f"The function '{name}' starts with an attribute, not with '{path.text}'.")
    _expect(tokens, ",")
    value = _literal(_take(tokens))
    _expect(tokens, ")")
    return Condition(name, tuple(path.text.split("/")), (value,))


def _comparison(path: str, tokens: list[Token]) -> Condition:
    operator = _take(tokens).text
    if operator in NOT_SUPPORTED:
        raise Refusal(f"The operator '{operator}' is not supported in $filter.")
    if operator not in OPERATORS:
        raise ODataError(f"Syntax error in $filter at '{operator}'.")
    if operator != "in":
        return Condition(operator, tuple(path.split("/")), (_literal(_take(tokens)),))
    _expect(tokens, "(")
    values = [_literal(_take(tokens))]
    while tokens and tokens[0].text == ",":
        tokens.pop(0)
        values.append(_literal(_take(tokens)))
    _expect(tokens, ")")
    return Condition("in", tuple(path.split("/")), tuple(values))


def _literal(token: Token) -> Literal:
    kind, text = token
    match kind:
        case "string":
            return Literal(kind, text[1:-1].replace("''", "'"))
        case "guid":
            return Literal(kind, text.lower())
        case "date":
            return Literal(kind, text)
        case "number":
            return Literal(kind, Decimal(text))
        case "name" if text in {"true", "false"}:
            return Literal("boolean", text == "true")
        case "name" if text == "null":
            return Literal("null", None)
    raise ODataError(f"'{text}' is not a value that $filter can compare with.")


def _take(tokens: list[Token]) -> Token:
    if not tokens:
        raise ODataError("Syntax error: $filter ends too early.")
    return tokens.pop(0)


def _expect(tokens: list[Token], text: str) -> None:
    found = _take(tokens)
    if found.text != text:
        raise ODataError(f"Syntax error in $filter: '{text}' expected at '{found.text}'.")


def _unreadable(text: str) -> ODataError:
    return ODataError(f"Syntax error in $filter: '{text}'.")


def _expansion(text: str) -> Expansion:
    match = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*", text, re.DOTALL)
    if match is None:
        raise ODataError(f"Syntax error in $expand: '{text}'.")
    select: tuple[str, ...] = ()
    expand: tuple[Expansion, ...] = ()
    for option in _split(match[2] or "", ";"):
        name, _, value = option.strip().partition("=")
        if name == "$select":
            select = parse_select(value)
        elif name == "$expand":
            expand = parse_expand(value)
        else:
            raise ODataError(f"The option '{name}' cannot stand in $expand.")
    return Expansion(match[1], select, expand)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside of parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise ODataError(f"Syntax error: parentheses do not match in '{text}'.")
    return [part for part in parts if part.strip()]
