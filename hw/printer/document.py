"""A paper as the product thinks of it: elements on a grid of columns, no printer in sight.

A hanzi takes two columns, a Latin letter one: 48 columns on 80 mm paper (72 mm
printable, 576 dots, 12 dots a column), 84 on A4 and on A5 laid across. The layout breaks lines that are too
long and never drops a character: on a settlement statement a lost digit is a lie.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

Paper = Literal["80mm", "A4", "A5"]
Align = Literal["left", "center", "right"]

COLUMNS: dict[Paper, int] = {"80mm": 48, "A4": 84, "A5": 84}
QR_MAX_BYTES = 1024
FEED_MAX_LINES = 40


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph; "\\n" begins a new line, leading blanks indent all lines it breaks into.

    `double` prints twice as wide and high: half the columns.
    """

    text: str
    align: Align = "left"
    bold: bool = False
    double: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """A label at the left edge and its value at the right edge."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper: heavy "=", light "-", dotted "."."""

    kind: Literal["=", "-", "."] = "-"


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code in the middle, with its quiet zone. Raises ValueError above QR_MAX_BYTES of UTF-8."""

    text: str

    def __post_init__(self) -> None:
        if not 0 < len(self.text.encode()) <= QR_MAX_BYTES:
            raise ValueError(f"a QR code on paper holds 1 to {QR_MAX_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty lines."""

    lines: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.lines <= FEED_MAX_LINES:
            raise ValueError(f"a feed is 0 to {FEED_MAX_LINES} lines")


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of a slip; a new page where there is nothing to cut."""


Item = Text | Columns | Rule | Qr | Feed | Cut


@dataclass(frozen=True, slots=True)
class Document:
    """One paper, from top to bottom. `title` names the file or the print job; it is not printed by itself.

    Nothing of a credential may stand in it (reference: wording, 1); drivers print what they are given.
    `copy` is the number of the copy that the lines say it is; 0: they bear no mark.
    """

    paper: Paper
    title: str
    lines: tuple[Item, ...]
    copy: int = 0


def marked(document: Document, copy: int) -> Document:
    """The document as copy number `copy`: one that does not bear that mark gets it on top. 0: as it is.

    So that no path through a driver prints a second original (S0-6.15b). Whoever composes the
    paper writes the better mark, with time and place.
    """
    if copy == 0 or document.copy == copy:
        return document
    mark = Text(copy_mark(copy), align="center", bold=True)
    lines: list[Item] = [mark]
    for number, item in enumerate(document.lines, start=1):
        lines.append(item)
        if isinstance(item, Cut) and number < len(document.lines):
            lines.append(mark)  # what is cut off is a paper of its own
    return replace(document, lines=tuple(lines), copy=copy)


def copy_mark(copy: int) -> str:
    """The words of the mark (reference: wording, 1)."""
    return f"补打 第{copy}次 Copy No. {copy}"


MISSING = "〓"
"""Printed for what is no character at all (a lone surrogate); drivers use it for what their font lacks."""

# A yen sign is the yuan sign of a Chinese font; GB18030 printers have only the wide one.
_SAME_AS = {ord("¥"): "￥", ord("\t"): " ", ord("\n"): " ", ord("\u00a0"): " "}


def printable(text: str) -> str:
    """The characters of a text that take room on paper.

    Composed (NFC); control characters go, so that no text can command a printer, and
    so do invisible ones (joiners, direction marks, variation selectors).
    """
    composed = unicodedata.normalize("NFC", text.translate(_SAME_AS))
    return "".join(_visible(character) for character in composed)


def _visible(character: str) -> str:
    if " " <= character <= "~":
        return character
    match unicodedata.category(character):
        case "Cc" | "Cf" | "Zl" | "Zp":
            return ""
        case "Cs":
            return MISSING
        case "Mn" if "VARIATION SELECTOR" in unicodedata.name(character, ""):
            return ""
        case _:
            return character


def text_width(text: str) -> int:
    """Columns that a printable text takes: ASCII one, everything else two.

    That is East Asian width with ambiguous as wide (×, …, ·, ★), and what a GB18030
    printer does: all that is not ASCII is a glyph of 24 dots there.
    """
    return sum(1 if character.isascii() else 2 for character in text)
