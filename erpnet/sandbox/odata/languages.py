"""The language of an answer, and texts in it.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/change-language.html
"""

from http.cookies import SimpleCookie

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from erpnet.sandbox.odata.call import Call

DEFAULT = "EN"
COOKIE = ".AspNetCore.Culture"

_LETTERS = dict(
    zip(
        "абвгдезийклмнопрстуфъь",
        (
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "a",
            "y",
        ),
        strict=True,
    ),
    х="h",
    ж="zh",
    ц="ts",
    ч="ch",
    ш="sh",
    щ="sht",
    ю="yu",
    я="ya",
)


def language_of(call: Call) -> str:
    """The two letters of the language: by `culture` in the address, then by the cookie, then by Accept-Language."""
    cookie = SimpleCookie(call.headers.get("Cookie", "")).get(COOKIE)
    accepted = parse_accept_header(call.headers.get("Accept-Language"), LanguageAccept).best
    given = call.options.get("culture") or (cookie.value if cookie else "") or accepted or DEFAULT
    return given[:2].upper()


def in_language(value: object, language: str) -> str:
    """A text, or the one of a language out of a text in several; where it is missing, English or any other."""
    if isinstance(value, dict):
        value = value.get(language) or value.get(DEFAULT) or next(iter(value.values()), "")
    return "" if value is None else str(value)


def transliterated(text: str) -> str:
    """Cyrillic as Bulgaria's law writes it in Latin letters."""
    return "".join(_latin(letter) for letter in text)


def _latin(letter: str) -> str:
    found = _LETTERS.get(letter.lower())
    if found is None:
        return letter
    return found.capitalize() if letter.isupper() else found
