"""Texts in several languages."""

from __future__ import annotations


class MultilanguageString(dict[str, str]):
    """A text in several languages, keyed by upper-case two-letter codes: `{"EN": "Apple", "BG": "Ябълка"}`.

    All translations are one value: who writes it writes all of them.
    Docs: https://docs.erp.net/dev/domain-api/complex-types/multi-language-string.html
    """

    def best(self, *languages: str) -> str:
        """The text in the first of `languages` that has one, else in English, else in any, else empty.

        Languages go by their codes, with a country or without: `bg`, `BG` and `bg-BG` are one.
        """
        texts = {_bare(language): text for language, text in self.items() if text}
        for language in (*languages, "EN"):
            text = texts.get(_bare(language))
            if text:
                return text
        return next(iter(texts.values()), "")


def _bare(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].upper()
