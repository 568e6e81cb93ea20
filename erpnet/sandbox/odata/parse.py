"""From the text of $filter to the conditions that it sets. Nothing here knows the model.

Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/filter.html
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from erpnet.sandbox.odata.errors import ODataError, Refusal

OPERATORS = {"eq", "ge", "le", "in"}
FUNCTIONS = {"contains", "startswith", "endswith", "equalnull", "lessequalnull", "greaterequalnull"}
NOT_SUPPORTED = {"or", "not", "ne", "gt", "lt", "has", "add", "sub", "mul", "div", "mod"}
MOST_PARENTHESES = 200

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<member>[A-Za-z_]\w*\.\w+'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])
    | (?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)(?![\w-])
    | (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?![\w:])
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
    """A value of a filter: `kind` is string, guid, date, time, number, boolean, null or member.

    A member of an enumeration may name it, as in `Erp.General_DocumentState'Released'`; `enum` is that name.
    """

    kind: str
    value: str | Decimal | bool | None
    enum: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator or a function on a path. A filter is a list of conditions that all hold."""

    operator: str
    path: tuple[str, ...]
    values: tuple[Literal, ...]


def parse_filter(text: str) -> list[Condition]:
    tokens = _tokens(text)
    if sum(token.text == "(" for token in tokens) > MOST_PARENTHESES:
        raise _unreadable(text)
    conditions = _conjunction(tokens)
    if tokens:
        raise _unreadable(text)
    return conditions


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
        case "member":
            enum, _, member = text.partition("'")
            return Literal(kind, member[:-1].replace("''", "'"), enum)
        case "guid":
            return Literal(kind, text.lower())
        case "date" | "time":
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
