"""Which browser somebody uses, as far as it says so itself: to tell one's sessions apart, and for nothing else."""

from __future__ import annotations

# The first mark that occurs is it: most browsers name others, too.
_PRODUCTS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser_of(user_agent: str) -> str:
    """The browser and its system, such as "Firefox, Windows"; empty where it names none that is known."""
    return ", ".join(filter(None, (_first(_PRODUCTS, user_agent), _first(_SYSTEMS, user_agent))))


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
