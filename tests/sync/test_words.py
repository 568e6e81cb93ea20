"""What workers wrote down in English, as it is read in Bulgarian."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from sync.words import LONGEST, SENTENCES, VALUES, translated

ROOT: Path = settings.BASE_DIR
WORKERS = (
    *ROOT.glob("sync/outbox/*.py"),
    *ROOT.glob("sync/streams/**/*.py"),
    ROOT / "sync/services/runs.py",
    ROOT / "sync/services/watch.py",
)


@pytest.fixture(autouse=True)
def _bulgarian() -> Iterator[None]:
    with translation.override("bg"):
        yield


def test_whatever_workers_say_is_found_again() -> None:
    said = {text for path in WORKERS for text in asked_for(path)}
    assert len(said) > 30
    assert said <= {*SENTENCES, *VALUES}, "add to sync/words.py what a worker writes down"


def test_nothing_is_looked_for_that_nobody_says() -> None:
    said = {text for path in WORKERS for text in asked_for(path)}
    in_erpnet = "\n".join(text for path in ROOT.glob("erpnet/*.py") for text in texts(path))
    in_batches = "\n".join(text for path in ROOT.glob("erpnet/[be]*/*.py") for text in texts(path))
    for sentence in {*SENTENCES, *VALUES} - said:
        assert re.sub(r"%\(\w+\)[ds]", "…", sentence) in in_erpnet + in_batches, sentence


def asked_for(path: Path) -> Iterator[str]:
    """What a module asks for in the language of the reader."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Name(id="_" | "gettext_noop"), args=[ast.Constant(value=str(text)), *_others]
            ):
                yield text


def texts(path: Path) -> Iterator[str]:
    """All texts of a module, with … for whatever is put into them."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in parts)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("The receiving order is no longer in ERP.net.", "Документът вече не е в ERP.net."),
        ("ERP.net is out of order (HTTP 502).", "ERP.net не работи в момента (HTTP 502)."),
        (
            "erp.example cannot be reached (no connection). ERP.net is left alone now and tried again in 20 s.",
            "Няма връзка с erp.example (няма връзка). Сега ERP.net се оставя на мира; нов опит след 20 с.",
        ),
        (
            "Deliveries that have been waiting for more than 15 minutes: 3. ERP.net asks for fewer requests.",
            "Изпращания, които чакат повече от 15 минути: 3. ERP.net иска по-малко заявки.",
        ),
    ],
)
def test_a_sentence_is_read_with_its_values_and_its_neighbours(stored: str, read: str) -> None:
    assert translated(stored) == read


def test_a_table_has_its_name() -> None:
    stored = "Not in ERP.net any more: 25 rows of purchase orders."
    assert translated(stored) == "Вече ги няма в ERP.net: 25 реда от поръчки за покупка."


def test_a_value_may_be_words_of_ours() -> None:
    stored = "The number of balances would fall from 4,000 to 1,000, more than 40 % at once."
    read = translated(stored)
    assert "4,000" in read
    assert "40 %" in read
    assert not re.search("[a-z]", read)


@pytest.mark.parametrize(
    "words",
    ["", "The store is closed.", "Never mind the number of balances.", "Складът е затворен.", "%(what)s"],
)
def test_what_erpnet_said_stays(words: str) -> None:
    assert translated(words) == words


def test_every_sentence_comes_through_whole() -> None:
    """With any value in it, nothing of the English text is left."""
    for sentence in SENTENCES:
        stored = re.sub(r"%\(\w+\)s", "X", re.sub(r"%\(\w+\)d", "7", sentence)).replace("%%", "%")
        assert translated(stored) != stored, sentence
        assert "%(" not in translated(stored), sentence


def test_english_is_read_as_it_is_kept() -> None:
    with translation.override("en"):
        assert translated("ERP.net asks for fewer requests.") == "ERP.net asks for fewer requests."


@pytest.mark.parametrize("sentence", [one for one in SENTENCES if "%(" in one])
def test_no_message_takes_long_to_read(sentence: str) -> None:
    """Partners word their notes, and ERP.net may repeat them: each part that a sentence has, as often as there is room.

    It takes some searches of a text, and a thousand where all that the values could be is tried in vain.
    """
    parts = [part for part in re.split(r"%\(\w+\)[ds]", sentence.replace("%%", "%")) if part]
    room = LONGEST // len(parts)
    in_blocks = "".join(f"1{part}" * (room // (len(part) + 1)) for part in parts[:-1])
    in_turns = "1".join(["", *parts[:-1]]) or "1"
    plain = re.compile(r"\S{1,300}?!")
    one_search = seconds_for(plain.search, "1" * LONGEST)
    for words in (in_blocks, (in_turns * LONGEST)[:LONGEST]):
        assert seconds_for(translated, words) < 50 * one_search


def seconds_for(do: Callable[[str], object], words: str) -> float:
    """Of the processor, at best: how fast it is and what else it does is no matter between two of these."""
    seconds = []
    for _time in range(3):
        began = time.process_time()
        do(words)
        seconds.append(time.process_time() - began)
    return min(seconds)
