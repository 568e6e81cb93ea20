"""The sandbox's manual: it names every option, address and fault there is and no other, and its examples work."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import requests

from erpnet.sandbox.app import ADDRESSES
from erpnet.sandbox.faults import AREAS, KINDS, Fault
from erpnet.sandbox.management.commands.sandbox import Command
from erpnet.sandbox.options import CONFIG_KEYS, RateLimits
from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import released_order
from tests.erpnet.sandbox.test_writing import created, shipment

PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"
TEXT = PAGE.read_text()
DEFAULT_ADDRESS = "http://127.0.0.1:9000"
EXAMPLES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S)
    for line in block.splitlines()
    if line.startswith("curl ")
]


def first_cells(title: str) -> list[str]:
    """The names in the first column of the first table behind a text."""
    table = re.search(r"(?:^\|.*\n)+", TEXT[TEXT.index(title) :], re.M)
    assert table
    rows = table[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[RunningInstance, str]]:
    """An instance, and the id of a document in it that came from outside."""
    with running_instance() as sandbox:
        api = Api(sandbox)
        key = {"ExternalId": "one", "ExternalSystem": "partner-portal"}
        yield sandbox, created(api, shipment(released_order(api), **key))["Id"]


def test_every_option_is_described() -> None:
    parser = argparse.ArgumentParser()
    Command().add_arguments(parser)
    options = {action.option_strings[0] for action in parser._actions} - {"-h"}
    assert set(first_cells("| option |")) == options


def test_every_fault_and_each_of_its_fields_is_described() -> None:
    assert first_cells("| kind |") == list(KINDS)
    assert set(first_cells("| field |")) == {field.name for field in fields(Fault)} - {"number"}
    row = next(line for line in TEXT.splitlines() if line.startswith("| `area`"))
    assert set(re.findall(r"`(\w+)`", row)) == {"area", *AREAS}


def test_every_limit_is_described_with_its_default() -> None:
    assert set(first_cells("| key |")) == set(CONFIG_KEYS)
    for key, field in CONFIG_KEYS.items():
        assert re.search(rf"^\| `{key}` \| {getattr(RateLimits(), field)}\b", TEXT, re.M)


def test_every_address_is_described() -> None:
    described = " ".join(first_cells("| address |"))
    for _, path, _ in ADDRESSES:
        if path.startswith("/sandbox/") and "assets" not in path:
            assert re.sub(r"<(?:int:)?(\w+)>", r"<", path).partition("<")[0] in described


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_works(running: tuple[RunningInstance, str], example: str) -> None:
    sandbox, document = running
    words = shlex.split(example.replace("$DOCUMENT", document))[1:]
    parser = argparse.ArgumentParser()
    parser.add_argument("-X", dest="method")
    parser.add_argument("-d", dest="data")
    parser.add_argument("url")
    given = parser.parse_args(words)
    assert given.url.startswith(DEFAULT_ADDRESS)
    answer = requests.request(
        given.method or ("POST" if given.data else "GET"),
        given.url.replace(DEFAULT_ADDRESS, sandbox.url),
        data=given.data,
        headers={"Content-Type": "application/x-www-form-urlencoded"} if given.data else {},
        timeout=10,
        allow_redirects=False,
    )
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.content) is not None
