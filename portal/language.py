"""Texts that ERP.net keeps in several languages, in the one of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _


def in_my_language(texts: Mapping[str, str] | None) -> str:
    """The text in the language of the page, else in English, else in any. The keys are upper-case codes."""
    if not texts:
        return ""
    language = (get_language() or "en").split("-")[0].upper()
    return texts.get(language) or texts.get("EN") or next(iter(texts.values()))


def product_name(line: Any) -> str:
    """What a line of a document is about: in its own words, else as the product is called, if it is known."""
    own_words = in_my_language(getattr(line, "descriptions", None))
    if own_words or line.product is None:
        return own_words or _("Product")
    return in_my_language(line.product.names) or line.product.part_number
