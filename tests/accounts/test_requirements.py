"""Every requirement of the security digest has a test, or a reason why there is none.

A test names the requirement (`test_ses_03_…`, or SES-03 in its words). What is tested under a name of its own is listed
in `TESTED_AS`, and what is not tested in `NOT_TESTED`, with the reason. What is in neither makes this file fail, and so
does a listed test that is gone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

# Authorization request and callback, ID tokens, identity, sessions, access, input and output, logs, configuration.
GROUPS = {"OID": 9, "IDT": 15, "USR": 7, "SES": 9, "ACL": 10, "VAL": 8, "LOG": 6, "CFG": 6}
REQUIREMENTS = [f"{group}-{number:02}" for group, count in GROUPS.items() for number in range(1, count + 1)]

CONFORMANCE = "accounts/test_openid_conformance.py"
TESTED_AS: dict[str, tuple[str, ...]] = {
    # The issuer stands in the attempt, so that an answer of another instance is no answer to it.
    "OID-08": (
        "accounts/test_sign_in.py::test_an_answer_of_another_issuer_is_refused",
        f"{CONFORMANCE}::test_oidcc_client_test_invalid_iss",
    ),
    # Each row about a wrong token in the front channel demands that nothing was asked of the token endpoint.
    "IDT-01": (f"{CONFORMANCE}::test_oidcc_client_test_invalid_sig_rs256",),
    "IDT-05": (
        f"{CONFORMANCE}::test_oidcc_client_test_invalid_iss",
        "accounts/test_validator.py::test_each_claim_has_to_be_right",
    ),
    "IDT-06": (
        f"{CONFORMANCE}::test_oidcc_client_test_invalid_aud",
        f"{CONFORMANCE}::test_oidcc_client_test_missing_aud",
        "accounts/test_validator.py::test_each_claim_has_to_be_right",
    ),
    "IDT-07": (
        f"{CONFORMANCE}::test_oidcc_client_test_missing_sub",
        f"{CONFORMANCE}::test_oidcc_client_test_missing_iat",
        "accounts/test_validator.py::test_each_claim_has_to_be_right",
    ),
    "IDT-08": (f"{CONFORMANCE}::test_oidcc_client_test_nonce_invalid",),
    "IDT-09": (
        f"{CONFORMANCE}::test_oidcc_client_test_invalid_chash",
        f"{CONFORMANCE}::test_oidcc_client_test_missing_chash",
    ),
    "IDT-10": ("accounts/test_validator.py::test_each_claim_has_to_be_right",),
    "IDT-11": (f"{CONFORMANCE}::test_oidcc_client_test_invalid_athash",),
    "IDT-14": (f"{CONFORMANCE}::test_oidcc_client_test_userinfo_invalid_sub",),
    # Our rows are read for each request, so at a sign-in, too, and the schedule bounds how old they are. A sign-in has
    # ERP.net asked by nobody: no page would wait for the answer, and the ten minutes hold without it.
    "USR-05": (
        "accounts/test_partner_choice.py::test_usr_05_a_sign_in_goes_by_what_the_mirror_says_by_then",
        "accounts/test_partner_choice.py::test_usr_05_what_is_taken_away_is_gone_with_the_next_click",
        "sync/test_taken_away.py::test_usr_05_the_schedule_leaves_a_run_five_of_the_ten_minutes",
    ),
    "SES-02": ("portal/test_settings.py::test_a_complete_environment_loads_with_the_strictest_cookies",),
    # What a role may not see is not on its pages; streams select what the mirror keeps.
    "ACL-05": ("portal/test_pages.py::test_prices_are_for_roles_that_may_see_them",),
    "VAL-01": (
        "erpnet/test_query.py::test_a_literal_follows_its_type",
        "erpnet/test_query.py::test_names_that_are_none_are_refused_everywhere",
    ),
    "VAL-06": (
        "erpnet/test_transport.py::test_a_redirect_is_an_answer_and_is_not_followed",
        "erpnet/test_client.py::test_a_link_to_another_origin_gets_no_token",
        "accounts/test_sign_in.py::test_oid_07_endpoints_elsewhere_are_not_trusted",
    ),
    "LOG-02": (
        "accounts/test_gates.py::test_a_role_that_may_not_gets_403_and_leaves_a_trace",
        "accounts/test_gates.py::test_acl_02_absent_and_foreign_are_the_same_404",
        "accounts/test_trail.py::test_a_refusal_says_why_in_words_with_its_code",
    ),
    "CFG-03": (
        "accounts/test_checks.py::test_weaker_settings_are_errors",
        "erpnet/test_transport.py::test_fault_12_a_slow_drip_ends_at_the_deadline",
        "erpnet/test_client.py::test_a_read_is_given_up_after_a_few_attempts",
        "erpnet/test_client.py::test_a_write_is_never_repeated_on_its_own",
    ),
}
NOT_TESTED = {
    "ACL-06": "Pages make no call to ERP.net, by an import contract; the worker's streams read for all partners, and"
    " who owns a row is worked out in the mirror. What the outbox writes is checked as ACL-03.",
    "ACL-08": "No task is for a partner: it carries the id of a row, or none, and reads the owner there (ACL-03).",
    "ACL-09": "There are no downloads and no exports.",
    "VAL-02": "Pages are of a fixed size and $top has a limit; there is no budget of requests for each person, which is"
    " the operator's proxy's to set.",
    "VAL-03": "There are no exports.",
    "LOG-06": "The breaker, errors of TLS as a refused connection, and leases that ran out are logged; a 429 is a row"
    " of the calls to ERP.net rather than a log line.",
}


@cache
def names_and_words() -> dict[str, set[str]]:
    """By requirement, the tests whose name or docstring, or whose module's docstring, says it."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path != Path(__file__):
            for requirement, where in _said_in(path):
                found.setdefault(requirement, set()).add(where)
    return found


def _said_in(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text())
    for node in (tree, *ast.walk(tree)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            name = "" if isinstance(node, ast.Module) else node.name
            for group, number in re.findall(
                r"(?<![A-Za-z])([A-Za-z]{3})[-_](\d\d)(?!\d)", f"{name}\n{ast.get_docstring(node) or ''}"
            ):
                if group.upper() in GROUPS:
                    yield f"{group.upper()}-{number}", f"{path.relative_to(TESTS)}::{name}"


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_is_tested_or_there_is_a_reason(requirement: str) -> None:
    tested = bool(names_and_words().get(requirement)) or requirement in TESTED_AS
    assert tested is (requirement not in NOT_TESTED)


def test_no_requirement_is_made_up() -> None:
    assert names_and_words().keys() | TESTED_AS.keys() | NOT_TESTED.keys() <= set(REQUIREMENTS)


@pytest.mark.parametrize("test", sorted({test for tests in TESTED_AS.values() for test in tests}))
def test_a_listed_test_is_there(test: str) -> None:
    path, name = test.split("::")
    nodes = ast.walk(ast.parse((TESTS / path).read_text()))
    assert name in {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
