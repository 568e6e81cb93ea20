"""Which query options a request may have. What nobody knows is refused: ignoring `top=10` would answer everything.

Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/index.html
"""

import re
from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from erpnet.sandbox.odata.errors import ODataError, Refusal

OF_A_SET = frozenset(
    {"$top", "$skip", "$skiptoken", "$select", "$filter", "$orderby", "$expand", "$count", "$search"}
)
OF_GROUPS = frozenset({"$apply", "expandgroup", "$top", "$skip", "$filter"})
OF_AN_OBJECT = frozenset({"$select", "$expand"})
NO_OPTIONS: frozenset[str] = frozenset()
OF_A_COUNT = frozenset({"$filter", "$search"})
# Docs: https://docs.erp.net/dev/domain-api/common-tasks/context-parameters.html
OF_EVERYTHING = frozenset(
    {
        "options",
        "culture",
        "lang",
        "CurrentEnterpriseCompanyId",
        "CurrentEnterpriseCompanyLocationId",
        "CurrentRoleId",
        "ErpContextParameters",
    }
)
FLAGS = frozenset({"skipnulls"})
LARGEST_PAGE = 1000
LARGEST_NUMBER = 2**31 - 1
_DIGITS = len(str(LARGEST_NUMBER))


def check_options(options: Mapping[str, str], allowed: frozenset[str]) -> None:
    """Raises ODataError for an option that is unknown, empty, given twice or out of place."""
    for name, text in options.items():
        if name not in allowed | OF_EVERYTHING:
            raise ODataError(f"The query option '{name}' is not supported here.")
        if isinstance(options, MultiDict) and len(options.getlist(name)) > 1:
            raise ODataError(f"The query option '{name}' is given more than once.")
        if name in allowed and not text.strip():
            raise ODataError(f"The query option '{name}' is empty.")
    flags_of(options)


def flags_of(options: Mapping[str, str]) -> frozenset[str]:
    """The flags of the `options` option: https://docs.erp.net/dev/domain-api/querying-data/query-options/options.html"""
    if not options.get("options"):
        return frozenset()
    flags = frozenset(flag.strip() for flag in options["options"].split(","))
    if flags - FLAGS:
        raise ODataError(f"'{options['options']}' names a flag that does not exist.")
    return flags


def whole_number(options: Mapping[str, str], name: str) -> int | None:
    """The value of $top or $skip."""
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS or int(text) > LARGEST_NUMBER:
        raise ODataError(f"{name} has to be a whole number of 32 bits, not '{text[:40]}'.")
    return int(text)


def truth(options: Mapping[str, str], name: str) -> bool:
    """The value of $count."""
    text = options.get(name, "false")
    if text not in {"true", "false"}:
        raise ODataError(f"{name} is true or false, not '{text}'.")
    return text == "true"


def page_size(options: Mapping[str, str]) -> int | None:
    """The value of $top, which no request may set higher than a page can be."""
    top = whole_number(options, "$top")
    if top is not None and top > LARGEST_PAGE:
        raise Refusal(f"A page has at most {LARGEST_PAGE} rows; $top is {top}.")
    return top


def skip_token(options: Mapping[str, str]) -> str:
    """The value of $skiptoken: the key of the last row of the page before, which only a next link can know."""
    token = options.get("$skiptoken", "")
    if token and not re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", token):
        raise ODataError(f"'{token}' is no $skiptoken of this service.")
    return token
