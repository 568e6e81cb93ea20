"""What is built says what went in, to readers that do not know how it was built; and no value says more than itself.

Filters are read back by the OData grammar of `odata-query`. It knows no function of ERP.net's own: those are added to
its list of functions, as functions of two arguments, and follow its rules for any other. Where it differs from OData,
what is tried stays on common ground: it wants a comma after the only value of a list, years that do not begin with 0,
and no name that begins with a word such as `any` or `null`. The sandbox's own reader reads the same filters, lists of
one value as well, and groups and expansions.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from odata_query import ast
from odata_query.grammar import ODATA_FUNCTIONS, ODataLexer, ODataParser

from erpnet import Expansion, F, Query, Reference, count, custom_property
from erpnet.query import Aggregate, Condition, Field, Interval, Term, literal
from erpnet.sandbox.odata.apply import parse_apply
from erpnet.sandbox.odata.clauses import parse_expand, parse_expandgroup
from erpnet.sandbox.odata.parse import parse_filter
from tests.erpnet.builders import ORDERS

ODATA_FUNCTIONS.update(dict.fromkeys(("equalnull", "lessequalnull", "greaterequalnull"), 2))
ODATA_OPERATORS = {ast.Eq: "eq", ast.GtE: "ge", ast.LtE: "le", ast.In: "in"}
WORDS_OF_THE_GRAMMAR = re.compile("any|all|null|true|false", re.IGNORECASE)
# What an address may hold unencoded, of what is used here, with the one & that each further option takes.
ADDRESS = re.compile(r"[A-Za-z0-9_.~$(),'/:=@?%&-]*")
# https://docs.oasis-open.org/odata/odata/v4.01/os/abnf/odata-abnf-construction-rules.txt: searchPhrase
PHRASE = re.compile(r'"(?:[^"\\]|\\["\\])+"', re.DOTALL)

names = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: not WORDS_OF_THE_GRAMMAR.match(name)
)
fields = st.lists(names, min_size=1, max_size=3).map(lambda steps: Field("/".join(steps)))
# Much of what is tried is made of the very characters that mean something to OData, to addresses or to JSON.
texts = st.one_of(
    st.text(), st.text("'\"\\&=+%#;,()/?$@ \n\t\0aé27€😀"), st.sampled_from(["%27", "' or 1 eq 1 or '"])
)
zones = st.timezones() | st.just(dt.UTC)
references = st.builds(Reference, names, st.uuids())
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=5),
    texts,
    st.uuids(),
    st.dates(min_value=dt.date(1000, 1, 1)),
    st.datetimes(timezones=zones).filter(lambda moment: 1000 < moment.year < 9999),
    references,
    texts.map(lambda text: Enum("State", {"MEMBER": text}).MEMBER),  # type: ignore[attr-defined]  # Made just here.
)
TEXT_FUNCTIONS = ("contains", "startswith", "endswith")
OTHERS = ("eq", "ge", "le", "equalnull", "lessequalnull", "greaterequalnull")
terms = st.one_of(
    st.builds(
        lambda field, name, value: getattr(field, name)(value), fields, st.sampled_from(OTHERS), values
    ),
    st.builds(
        lambda field, name, text: getattr(field, name)(text), fields, st.sampled_from(TEXT_FUNCTIONS), texts
    ),
    st.builds(lambda field, several: field.in_(several), fields, st.lists(values, min_size=2, max_size=4)),
)
conditions = st.lists(terms, min_size=1, max_size=4).map(
    lambda found: Condition(sum((one.terms for one in found), ()))
)


def options_of(query: Query) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.path()).query, keep_blank_values=True, strict_parsing=True))


def comparable(value: Any) -> Any:
    """What a value is once it has been written: a reference its odata id, a member what it holds, a time in UTC."""
    match value:
        case Enum():
            return value.value
        case Reference():
            return value.odata_id
        case bool():
            return value
        case int():
            return Decimal(value)
        case dt.datetime():
            utc = value.astimezone(dt.UTC)
            return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
        case dt.date():
            return dt.datetime.combine(value, dt.time(), dt.UTC)
    return value


# -- Read back by odata-query --------------------------------------------------------------------------------


def terms_in(text: str) -> list[tuple[str, str, Any]]:
    """Path, operator and value of each comparison."""
    return list(map(term_in, conjuncts(ODataParser().parse(ODataLexer().tokenize(text)))))


def conjuncts(node: Any) -> list[Any]:
    if isinstance(node, ast.BoolOp):
        assert isinstance(node.op, ast.And)
        return conjuncts(node.left) + conjuncts(node.right)
    return [node]


def term_in(node: Any) -> tuple[str, str, Any]:
    if isinstance(node, ast.Call):
        left, right = node.args
        return path_in(left), node.func.name, value_in(right)
    assert isinstance(node, ast.Compare)
    return path_in(node.left), ODATA_OPERATORS[type(node.comparator)], value_in(node.right)


def path_in(node: Any) -> str:
    if isinstance(node, ast.Attribute):
        return f"{path_in(node.owner)}/{node.attr}"
    assert isinstance(node, ast.Identifier)
    return str(node.name)


def value_in(node: Any) -> Any:
    if isinstance(node, ast.List):
        return [value_in(one) for one in node.val]
    return Decimal(node.val) if isinstance(node, ast.Integer | ast.Float) else node.py_val


@given(conditions)
def test_a_filter_reads_back_as_what_went_in(condition: Condition) -> None:
    text = options_of(Query(ORDERS).filter(condition).top(5))["$filter"]
    assert terms_in(text) == [
        (
            term.path,
            term.operator,
            [comparable(one) for one in term.value] if term.operator == "in" else comparable(term.value),
        )
        for term in condition.terms
    ]


@given(conditions | st.builds(lambda field, value: field.in_([value]), fields, values))
def test_another_reader_finds_the_same_in_a_filter(condition: Condition) -> None:
    found = parse_filter(str(condition))
    assert [("/".join(one.path), one.operator) for one in found] == [
        (term.path, term.operator) for term in condition.terms
    ]
    for one, term in zip(found, condition.terms, strict=True):
        sent = term.value if term.operator == "in" else [term.value]
        assert [read_by_sandbox(value.kind, value.value) for value in one.values] == list(
            map(comparable, sent)
        )


def read_by_sandbox(kind: str, value: Any) -> Any:
    match kind:
        case "guid":
            return UUID(value)
        case "date":
            return dt.datetime.fromisoformat(value)
    return value


# -- No value says more than itself ---------------------------------------------------------------------------


@given(conditions, st.none() | texts.filter(str.strip))
def test_no_value_breaks_out_of_its_option(condition: Condition, sought: str | None) -> None:
    query = Query(ORDERS).filter(condition).top(5)
    query = query if sought is None else query.search(sought)
    address = query.path()
    assert ADDRESS.fullmatch(address)
    assert address.count("?") == 1
    assert options_of(query) == query.options()
    assert set(query.options()) == {"$top", "$filter"} | ({"$search"} if sought else set())


@given(texts)
def test_no_text_breaks_out_of_its_literal_even_when_it_is_decoded(text: str) -> None:
    """The address is decoded once, before or after it is split at its &: the literal is one literal either way."""
    address = Query(ORDERS).filter(F.DocumentNo.eq(text) & F.Void.eq(False)).path()
    decoded = unquote(address).partition("$filter=")[2]
    assert terms_in(decoded) == [("DocumentNo", "eq", text), ("Void", "eq", False)]


@given(values)
def test_a_literal_is_one_token(value: Any) -> None:
    (token,) = ODataLexer().tokenize(literal(value))
    assert value_in(token.value) == comparable(value)


@given(texts.filter(str.strip))
def test_no_text_breaks_out_of_its_search(text: str) -> None:
    phrase = options_of(Query(ORDERS).search(text))["$search"]
    assert PHRASE.fullmatch(phrase)
    assert re.sub(r"\\(.)", r"\1", phrase[1:-1], flags=re.DOTALL) == text


@given(texts)
def test_no_text_is_taken_for_a_name_that_is_none(text: str) -> None:
    is_name = re.fullmatch("[A-Za-z][A-Za-z0-9_]*", text) is not None
    for build in (
        lambda: Query(text),
        lambda: Query(ORDERS).select(text),
        lambda: Query(ORDERS).order_by(text),
        lambda: Query(ORDERS).expand(text),
        lambda: F[text].eq(1),
        lambda: Term(text, "eq", 1),
        lambda: Interval(text, "year"),
        lambda: Aggregate(text, "sum"),
        lambda: Query(ORDERS).group_by(F.State, **{text: count()}),
        lambda: Reference(text, UUID(int=0)),
    ):
        assert is_name or refuses(build)


def refuses(build: Any) -> bool:
    try:
        build()
    except ValueError:
        return True
    return False


@given(texts.filter(bool).map(lambda text: text[:11]))  # OData has no names of more than 128 characters.
def test_no_code_of_a_custom_property_breaks_out_of_its_name(code: str) -> None:
    name = custom_property(code)
    assert options_of(Query(ORDERS).select(name).filter(F[name].eq(code))) == {
        "$select": name,
        "$filter": f"{name} eq {literal(code)}",
    }
    assert terms_in(str(F[name].eq(code))) == [(name, "eq", code)]


# -- Groups and expansions ------------------------------------------------------------------------------------


def name_of(expansion: Any) -> str:
    return str(expansion.name)


expansions = st.recursive(
    st.builds(Expansion, names, st.lists(names, max_size=3)),
    lambda nested: st.builds(
        Expansion, names, st.lists(names, max_size=3), st.lists(nested, max_size=2, unique_by=name_of)
    ),
    max_leaves=4,
)


def same(expansion: Any) -> tuple[Any, ...]:
    return expansion.name, tuple(expansion.select), tuple(map(same, expansion.expand))


@given(st.lists(expansions, min_size=1, max_size=3, unique_by=name_of))
def test_expansions_read_back_as_what_went_in(wanted: list[Expansion]) -> None:
    text = options_of(Query(ORDERS, expansions=tuple(wanted)))["$expand"]
    assert list(map(same, parse_expand(text))) == list(map(same, wanted))


@given(
    st.lists(names, min_size=10, max_size=10, unique=True),
    st.lists(st.sampled_from(["year", "yearmonth", "date", "substring"]), max_size=3),
    st.lists(st.sampled_from(["sum", "min", "max", "countdistinct"]), min_size=1, max_size=3),
)
def test_groups_read_back_as_what_went_in(
    pool: list[str], functions: list[str], aggregates: list[str]
) -> None:
    key, *sources = pool[:4]
    path = Field(key)[pool[4]]
    intervals = {
        f"I{place}_{pool[place]}": Interval(sources[place], name) for place, name in enumerate(functions)
    }
    told = {
        f"A{place}_{pool[place]}": Aggregate(pool[5 + place], name) for place, name in enumerate(aggregates)
    }
    query = (
        Query(ORDERS).group_by(path, Rows=count(), **intervals, **told).expand_group(path, select=[pool[9]])
    )
    options = options_of(query)
    found = parse_apply(options["$apply"])
    assert found.keys == (path.path, *intervals)
    assert [(one.alias, one.name, one.function) for one in found.intervals] == [
        (alias, one.name, one.function) for alias, one in intervals.items()
    ]
    assert [(one.alias, one.name) for one in found.aggregates] == [
        ("Rows", "$count"),
        *((alias, one.name) for alias, one in told.items()),
    ]
    assert [same(one) for one in parse_expandgroup(options["expandgroup"])] == [(path.path, (pool[9],), ())]
