"""The Bulgarian catalogue, and what follows the language of the page."""

from __future__ import annotations

import ast
import datetime as dt
import gettext
import re
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import trans_real

from accounts.models import Partner
from portal.language import in_my_language
from portal.templatetags import pieces
from tests.portal import builders
from tests.portal.builders import text_of

CATALOGUE = settings.BASE_DIR / "locale/bg/LC_MESSAGES"


def test_the_compiled_catalogue_is_that_of_the_text_file() -> None:
    """Django reads the compiled one; `manage.py compilemessages` makes it."""
    with (CATALOGUE / "django.mo").open("rb") as compiled:
        texts = gettext.GNUTranslations(compiled)
    source = (CATALOGUE / "django.po").read_text()
    entries = re.findall(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', source, re.MULTILINE)[1:]
    assert len(entries) > 250
    for original, translated in entries:
        assert texts.gettext(_joined(original)) == _joined(translated)


def _joined(lines: str) -> str:
    text = "".join(re.findall(r'"(.*)"', lines))
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


ROOMS = ("accounts", "erpnet", "sync", "portal")
ASKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext", "pgettext_lazy"}


def test_whatever_people_read_is_there_in_bulgarian() -> None:
    with translation.override("bg"):
        missing = {text for text in texts_for_people() if not _is_translated(text)}
    assert not missing


def texts_for_people() -> set[str]:
    modules = (path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*.py"))
    calls = (node for path in modules for node in ast.walk(ast.parse(path.read_text())))
    in_code = {text for node in calls if (text := _asked_for(node))}
    pages = "\n".join(path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    return in_code | set(re.findall(r'{% translate "([^"]*)"', pages))


def _asked_for(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name in ASKS:
            return text
    return ""


def _is_translated(text: str) -> bool:
    """Also by Django itself, and where Bulgarian says the same."""
    catalogue: Any = trans_real.catalog()
    return any(catalogue._catalog.get(key) is not None for key in (text, (text, 1)))


def test_a_page_speaks_bulgarian_to_a_bulgarian_browser(browser: Any, rila: Partner) -> None:
    builders.order_line(builders.order(rila, "1001"), "1250.5")
    page = text_of(browser.get("/orders/", headers={"Accept-Language": "bg"}))
    assert "<h1>Поръчки</h1>" in page
    assert "За известяване" in page


def test_the_language_chosen_stays_chosen(browser: Any) -> None:
    browser.post("/language", {"language": "bg", "next": "/orders/"})
    assert "<h1>Поръчки</h1>" in text_of(browser.get("/orders/"))


def test_a_partner_reads_what_the_worker_wrote_down(browser: Any, rila: Partner) -> None:
    message = "The receiving order is no longer in ERP.net."
    shipment = builders.shipment(builders.order(rila), delivery="REJECTED", message=message)
    page = text_of(browser.get(f"/shipments/{shipment.pk}/", headers={"Accept-Language": "bg"}))
    assert message not in page
    assert "Документът вече не е в ERP.net." in page


def test_short_months_are_small_in_bulgarian_alone() -> None:
    day = dt.date(2026, 11, 21)
    with translation.override("en"):
        assert date_format(day, "DATE_FORMAT") == "21 Nov 2026"
    with translation.override("bg"):
        assert date_format(day, "DATE_FORMAT") == "21 ноем 2026"


def test_whoever_acts_for_nobody_may_choose_the_language_too(client: Any) -> None:
    first = client.get("/").content.decode()
    assert 'action="/language"' in first
    assert 'value="bg"' in first
    page = client.post("/language", {"language": "bg", "next": "/"}, follow=True).content.decode()
    assert "Вход с ERP.net" in page
    assert 'value="en"' in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["1,250.5", "12", "1,200.00\xa0EUR", "0.875"]),
        ("bg", ["1\xa0250,5", "12", "1\xa0200,00\xa0EUR", "0,875"]),
    ],
)
def test_numbers_are_written_as_in_the_language(language: str, words: list[str]) -> None:
    with translation.override(language):
        assert [
            pieces.quantity(Decimal("1250.500")),
            pieces.quantity(Decimal("12.000")),
            pieces.money(Decimal(1200), "EUR"),
            pieces.unit_price(Decimal("0.87500")),
        ] == words


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"EN": "Cloth", "BG": "Плат"}, "Плат"),
        ({"EN": "Cloth"}, "Cloth"),
        ({"DE": "Stoff"}, "Stoff"),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_text_falls_back_to_english_and_then_to_any(texts: Any, expected: str) -> None:
    with translation.override("bg"):
        assert in_my_language(texts) == expected
