"""The two faces of the terminal, and what to do with a character they lack.

Noto Sans SC has all of GB2312 and GBK and some 2,300 characters beyond the basic plane,
enough for most names. For the rest a line is set from several fonts; a character that no
installed font has is drawn as 〓, the printers' sign for a missing sort, never dropped and
never an empty box. Identity never hangs on a drawn name.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

from kivy.core.text import LabelBase

from kiosk import assets

FACE = "terminal"
MISSING = "〓"
ASCENT_EM = 1.160
DESCENT_EM = 0.288
"""Line metrics of Noto Sans SC (its hhea table)."""

REGULAR_FILE = "NotoSansSC-Regular.otf"
BOLD_FILE = "NotoSansSC-Bold.otf"
RARE_FILES = (
    Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"),
    Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
)
"""Fonts for characters beyond Noto, used where the package fonts-hanazono is installed."""

_CERTAIN = ((0x20, 0x7E), (0x3001, 0x3011), (0x4E00, 0x9FA5), (0xFF01, 0xFF5E))
"""Ranges that the SC face covers whole, so that ordinary text needs no look-up."""


class FontMissing(Exception):
    """`make setup` has not put the fonts into assets/fonts."""


def register() -> None:
    """Make the faces known to Kivy. Raises FontMissing with the remedy."""
    regular, bold = (assets.path("fonts", name) for name in (REGULAR_FILE, BOLD_FILE))
    for path in (regular, bold):
        if not path.exists():
            raise FontMissing(f"{path}: not found; run `make setup` (kiosk/ui/text/extract_font.py)")
    LabelBase.register(FACE, str(regular), fn_bold=str(bold))
    for path in RARE_FILES:
        if path.exists():
            LabelBase.register(path.stem, str(path))


def runs(text: str) -> list[tuple[str, str]]:
    """Split a line into (font name, text) so that each character has a glyph."""
    if all(_is_certain(ord(character)) for character in text):
        return [(FACE, text)]
    parts: list[tuple[str, str]] = []
    for character in text:
        font, drawn = _font_of(character)
        if parts and parts[-1][0] == font:
            parts[-1] = (font, parts[-1][1] + drawn)
        else:
            parts.append((font, drawn))
    return parts


def _is_certain(code: int) -> bool:
    return any(first <= code <= last for first, last in _CERTAIN)


def _font_of(character: str) -> tuple[str, str]:
    code = ord(character)
    if _is_certain(code) or covers(assets.path("fonts", REGULAR_FILE), code):
        return FACE, character
    for path in RARE_FILES:
        if path.exists() and covers(path, code):
            return path.stem, character
    return FACE, MISSING


def covers(font: Path, code: int) -> bool:
    """Whether the font has a glyph for a code point."""
    starts, ends = _coverage(font)
    index = bisect_right(starts, code) - 1
    return index >= 0 and code <= ends[index]


@lru_cache(maxsize=4)
def _coverage(font: Path) -> tuple[list[int], list[int]]:
    """First and last code points of each run in the font's segmented coverage table.

    Reads the `cmap` subtable of format 12 (OpenType, "Segmented coverage") and nothing
    else of the file: a few milliseconds against 0.4 s with a font library.
    """
    with font.open("rb") as file:
        _, tables = struct.unpack(">IH6x", file.read(12))
        directory = file.read(16 * tables)
        for index in range(tables):
            tag, _, offset, length = struct.unpack_from(">4sIII", directory, 16 * index)
            if tag == b"cmap":
                file.seek(offset)
                return _segments(file.read(length))
    return [], []


def _segments(cmap: bytes) -> tuple[list[int], list[int]]:
    (count,) = struct.unpack_from(">2xH", cmap)
    for index in range(count):
        (offset,) = struct.unpack_from(">4xI", cmap, 4 + 8 * index)
        (kind,) = struct.unpack_from(">H", cmap, offset)
        if kind == 12:
            (groups,) = struct.unpack_from(">12xI", cmap, offset)
            spans = [struct.unpack_from(">III", cmap, offset + 16 + 12 * g) for g in range(groups)]
            return [span[0] for span in spans], [span[1] for span in spans]
    return [], []
