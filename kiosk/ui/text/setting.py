"""Setting text: lines of words into textures, with the metrics of a browser.

A set line knows its width and its baseline. Equal lines share one texture. `forget` drops
all of them: it is called when a visit ends, so that no drawn name outlives its person.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

from kivy.core.text import Label as CoreLabel
from kivy.graphics.texture import Texture

from kiosk.ui.text import fonts
from kiosk.ui.theme import textures

KEPT_MAX = 500
"""Set lines kept; the fullest screen has about sixty."""
MEASURES_MAX = 4000
"""Measured widths kept between visits' ends."""

_NOT_FIRST = frozenset("，。、；：？！）】》”’…%％,.;:?!)]}·")
_NOT_LAST = frozenset("（【《“‘¥([{")
_WIDOW_EM = 2.6
"""A last line shorter than this is one or two characters left alone."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of one font: its texture, where it starts and how far its top lies above the baseline."""

    texture: Texture
    x_px: int
    ascent_px: int


@dataclass(frozen=True, slots=True)
class Line:
    """A set line, ready to draw."""

    pieces: tuple[Piece, ...]
    width_px: int


_lines: OrderedDict[tuple[str, int, bool], Line] = OrderedDict()


def set_line(text: str, size_px: int, bold: bool) -> Line:
    """Set one line. Text that is longer than the place is the caller's concern."""
    key = (text, size_px, bold)
    line = _lines.get(key)
    if line is None:
        line = _set(text, size_px, bold)
        _lines[key] = line
        if len(_lines) > KEPT_MAX:
            _lines.popitem(last=False)
    else:
        _lines.move_to_end(key)
    return line


def _set(text: str, size_px: int, bold: bool) -> Line:
    pieces = []
    x = 0
    for font, run in fonts.runs(text):
        label = CoreLabel(text=run, font_name=font, font_size=size_px, bold=bold)
        label.refresh()
        if label.texture is None:
            continue
        textures.exact(label.texture)
        pieces.append(Piece(label.texture, x, label.get_ascent()))
        x += label.texture.width
    return Line(tuple(pieces), x)


def forget() -> None:
    """Drop every set line and measure. The next screen sets its own."""
    _lines.clear()
    width.cache_clear()
    wrap.cache_clear()


@lru_cache(maxsize=MEASURES_MAX)
def width(text: str, size_px: int, bold: bool) -> int:
    """Width of a line in pixels, without drawing it."""
    total = 0
    for font, run in fonts.runs(text):
        total += int(_measurer(font, size_px, bold).get_extents(run)[0])
    return total


@lru_cache(maxsize=64)
def _measurer(font: str, size_px: int, bold: bool) -> CoreLabel:
    label = CoreLabel(text="", font_name=font, font_size=size_px, bold=bold)
    label.resolve_font_name()
    return label


def baseline_px(size_px: int, line_height_px: int) -> int:
    """Distance from the top of a line box to its baseline, as CSS places it."""
    ascent = round(fonts.ASCENT_EM * size_px)
    descent = round(fonts.DESCENT_EM * size_px)
    return (line_height_px - ascent - descent) // 2 + ascent


@lru_cache(maxsize=MEASURES_MAX)
def wrap(text: str, size_px: int, bold: bool, room_px: int) -> tuple[str, ...]:
    """Break text into lines of at most `room_px`.

    A newline always breaks. Chinese breaks between any two characters but not before
    closing or after opening punctuation; Latin words stay whole. Where the last line of
    a paragraph would hold one or two characters, the lines above give some.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        broken = _break(paragraph, size_px, bold, room_px)
        if len(broken) > 1 and width(broken[-1], size_px, bold) < _WIDOW_EM * size_px:
            broken = _even_out(paragraph, size_px, bold, room_px, broken)
        lines.extend(broken)
    return tuple(lines)


def cut(line: str, size_px: int, bold: bool, room_px: int) -> str:
    """The beginning of a line with "…" behind it, as much as fits."""
    while line and width(line + "…", size_px, bold) > room_px:
        line = line[:-1]
    return line + "…"


def _even_out(paragraph: str, size_px: int, bold: bool, room_px: int, broken: list[str]) -> list[str]:
    for narrower in range(room_px - size_px // 2, room_px * 2 // 3, -max(1, size_px // 2)):
        again = _break(paragraph, size_px, bold, narrower)
        if len(again) > len(broken):
            break
        if width(again[-1], size_px, bold) >= _WIDOW_EM * size_px:
            return again
    return broken


def _break(paragraph: str, size_px: int, bold: bool, room_px: int) -> list[str]:
    if width(paragraph, size_px, bold) <= room_px:
        return [paragraph]
    lines: list[str] = []
    line = ""
    for word in _pieces(paragraph, size_px, bold, room_px):
        if line and width((line + word).rstrip(), size_px, bold) > room_px:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(paragraph: str, size_px: int, bold: bool, room_px: int) -> list[str]:
    """Words, and the letters of a word that is wider than the room by itself."""
    pieces: list[str] = []
    for word in _words(paragraph):
        if width(word.rstrip(), size_px, bold) <= room_px:
            pieces.append(word)
        else:
            pieces.extend(word)
    return pieces


def _words(paragraph: str) -> list[str]:
    """Pieces that must not be broken inside."""
    words: list[str] = []
    for character in paragraph:
        if words and _sticks(words[-1], character):
            words[-1] += character
        else:
            words.append(character)
    return words


def _sticks(word: str, character: str) -> bool:
    last = word[-1]
    if character in _NOT_FIRST or last in _NOT_LAST:
        return True
    if last in " /":
        return False
    return character == " " or (_is_latin(last) and _is_latin(character))


def _is_latin(character: str) -> bool:
    return ord(character) < 0x2E80
