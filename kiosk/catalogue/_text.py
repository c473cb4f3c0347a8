"""One spelling for names and queries, so that 'Ｂ１ 片' and 'b1片' are the same text."""

from __future__ import annotations

import unicodedata


def normal(text: str) -> str:
    """Full width to half width, capitals, no spaces, no control characters; Han characters as they are."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if not c.isspace() and c.isprintable())


def is_letter(char: str) -> bool:
    """A Latin capital: in a query it stands for itself and for every character read with this initial."""
    return "A" <= char <= "Z"
