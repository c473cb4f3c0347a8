"""Texts of the product by key, in the language of the visit.

`tr("split.pay", amount="14.40")` looks in the chosen language, then in Chinese. A key that
is in neither is an error of the program and is told as one: a screen with a key on it
helps nobody. Sentences are whole and take their numbers by name, so a translator may turn
them round.
"""

from __future__ import annotations

import gettext
from functools import lru_cache

from kiosk import assets
from kiosk.ui.text import DOMAIN

FALLBACK = "zh"
LANGUAGES = ("zh", "en")

_language = FALLBACK


class NoSuchText(KeyError):
    """A key that no catalogue has."""


class NoCatalog(Exception):
    """The catalogues have not been compiled."""


@lru_cache(maxsize=8)
def _catalog(language: str) -> gettext.NullTranslations:
    try:
        return gettext.translation(DOMAIN, str(assets.path("locale")), languages=[language])
    except FileNotFoundError as fault:
        remedy = "run `make setup` (kiosk/ui/text/catalog.py)"
        raise NoCatalog(f"no compiled texts for {language!r}; {remedy}") from fault


def use(language: str) -> None:
    """Speak this language from now on. Raises NoCatalog when it is not installed."""
    global _language
    _catalog(language)
    _language = language


def language() -> str:
    """The language in use."""
    return _language


def has(key: str) -> bool:
    """Whether any catalogue in use has the key."""
    return _find(key) is not None


def _find(key: str) -> str | None:
    for language in dict.fromkeys((_language, FALLBACK)):
        text = _catalog(language).pgettext(key, key)
        if text not in (key, ""):
            return text
    return None


def tr(key: str, **values: object) -> str:
    """The text of a key with its values filled in. Raises NoSuchText."""
    text = _find(key)
    if text is None:
        raise NoSuchText(key)
    return text.format(**values) if values else text
