"""Text on a PDF page, on the same grid of columns as on a receipt.

A monospaced Chinese face (Noto Sans Mono CJK SC) has glyphs of exactly one or two
columns, and whole lines go out as one text. What is not exact, such as the Latin
letters of a proportional face, is fitted word by word, so that values still end at
the right edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hw.printer.document import MISSING, text_width

REGULAR, BOLD = "paper", "paper-bold"
_TOLERANCE = 0.001  # of the size of a hanzi
FILL_AND_STROKE = 2
"""PDF text rendering mode (ISO 32000-1, 9.3.6)."""
_STROKE_MM = 0.12
"""Outline that makes a face bold when there is no bold one."""


def face_number(path: Path) -> int:
    """Which face of a font collection has the Chinese forms; 0 for a file with a single face.

    Monospaced Simplified Chinese first, then any Simplified Chinese.
    """
    if path.suffix.lower() not in (".ttc", ".otc"):
        return 0
    from fontTools.ttLib import TTCollection

    with TTCollection(str(path), lazy=True) as collection:
        names = [str(face["name"].getDebugName(4)) for face in collection]
    for wanted in ("Mono CJK SC", "CJK SC"):
        for number, name in enumerate(names):
            if wanted in name:
                return number
    return 0


class Grid:
    """Writes rows of text on the current page of a PDF. Lengths in mm, from the left and top edge."""

    def __init__(
        self, pdf: Any, font: Path, bold_font: Path | None, column_mm: float, left_mm: float
    ) -> None:
        self._pdf = pdf
        self._column_mm = column_mm
        self._left_mm = left_mm
        self._size_pt = 2 * column_mm * 72 / 25.4  # a hanzi is as wide as it is high, and two columns wide
        pdf.add_font(REGULAR, fname=font, collection_font_number=face_number(font))
        self._has_bold = bold_font is not None
        if bold_font is not None:
            pdf.add_font(BOLD, fname=bold_font, collection_font_number=face_number(bold_font))
        self._widths: dict[tuple[bool, str], float] = {}

    def write(self, text: str, baseline_mm: float, *, bold: bool, times: int = 1) -> None:
        """One line of printable text; `times` 2 is twice as wide and high."""
        pdf = self._pdf
        pdf.set_font(BOLD if bold and self._has_bold else REGULAR, size=self._size_pt * times)
        if not bold or self._has_bold:
            self._write_runs(text, baseline_mm, bold, times)
            return
        with pdf.local_context(text_mode=FILL_AND_STROKE, line_width=_STROKE_MM * times):
            self._write_runs(text, baseline_mm, bold, times)

    def _write_runs(self, text: str, baseline_mm: float, bold: bool, times: int) -> None:
        known = self._pdf.current_font.cmap
        shown = "".join(character if ord(character) in known else MISSING for character in text)
        column_mm = self._column_mm * times
        column = 0
        for run, exact in self._runs(shown, bold):
            columns = text_width(run)
            x_mm = self._left_mm + column * column_mm
            if exact:
                self._pdf.text(x_mm, baseline_mm, run)
            else:
                self._fit(run, x_mm, baseline_mm, columns * column_mm)
            column += columns

    def _runs(self, text: str, bold: bool) -> Iterator[tuple[str, bool]]:
        """Parts of a line: as long as possible where glyphs are exact, else word by word."""
        run, run_exact = "", True
        for character in text:
            exact = self._is_exact(character, bold)
            wide = text_width(character) == 2
            alone = not exact and (wide or character == " " or run.endswith(" "))
            if run and (exact != run_exact or alone or (not run_exact and text_width(run[-1]) == 2)):
                yield run, run_exact
                run = ""
            run, run_exact = run + character, exact
        if run:
            yield run, run_exact

    def _is_exact(self, character: str, bold: bool) -> bool:
        key = (bold, character)
        if key not in self._widths:
            self._widths[key] = self._pdf.get_string_width(character) / self._pdf.font_size
        return abs(self._widths[key] - text_width(character) / 2) < _TOLERANCE

    def _fit(self, run: str, x_mm: float, baseline_mm: float, room_mm: float) -> None:
        """A run into its columns: a narrow sign stands in the middle, a word is stretched or squeezed."""
        pdf = self._pdf
        natural_mm = pdf.get_string_width(run)
        if natural_mm <= 0 or run.isspace():
            return
        if len(run) == 1 and natural_mm < room_mm:
            pdf.text(x_mm + (room_mm - natural_mm) / 2, baseline_mm, run)
            return
        pdf.set_stretching(100 * room_mm / natural_mm)
        pdf.text(x_mm, baseline_mm, run)
        pdf.set_stretching(100)
