"""Papers as PDF files in a folder: for the screen, the phone, a ward printer's spool, and the demo.

fpdf2 embeds the used glyphs of OpenType faces with CFF outlines, as Debian's Noto CJK
are, and text stays text: it can be searched and copied. It costs half a second to
import, so that waits for the first paper.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from hw.printer.document import (
    COLUMNS,
    Cut,
    Document,
    Feed,
    Paper,
    Qr,
    Rule,
    copy_mark,
    marked,
    text_width,
)
from hw.printer.layout import Line, Row, layout
from hw.printer.port import (
    Fault,
    Printed,
    PrinterFault,
    PrinterOk,
    PrinterState,
    PrintFailed,
    PrintOutcome,
)

if TYPE_CHECKING:
    from hw.printer._grid import Grid

log = logging.getLogger(__name__)

FILES_MAX = 2000
"""Files in the folder before printing is refused: somebody has to take them away."""
NAME_MAX_CHARS = 60
QR_QUIET_MODULES = 4


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Measures of a paper in mm. `height_mm` None: as long as its content, like a slip."""

    width_mm: float
    height_mm: float | None
    margin_mm: float
    line_mm: float
    qr_mm: float

    def column_mm(self, paper: Paper) -> float:
        return (self.width_mm - 2 * self.margin_mm) / COLUMNS[paper]


SHEETS: dict[Paper, _Sheet] = {
    "80mm": _Sheet(width_mm=80, height_mm=None, margin_mm=4, line_mm=3.9, qr_mm=26),
    "A4": _Sheet(width_mm=210, height_mm=297, margin_mm=15, line_mm=5.6, qr_mm=30),
    "A5": _Sheet(width_mm=210, height_mm=148, margin_mm=15, line_mm=5.6, qr_mm=30),
}
_PAGE_NUMBER_MM = 8.0


class PdfPrinter:
    """Writes each document as one file; a Cut begins a new page. Takes 0.3 to 1 s per paper.

    `font_path` is an OpenType or TrueType face with Simplified Chinese forms, or a
    collection that holds one; monospaced faces look best. Files are readable by the
    owner only: they hold what is on the paper.
    """

    def __init__(self, folder: Path, font_path: Path, bold_font_path: Path | None = None) -> None:
        self._folder = folder
        self._font = font_path
        self._bold_font = bold_font_path

    def state(self) -> PrinterState:
        faults: list[Fault] = []
        if not self._folder.is_dir() or not os.access(self._folder, os.W_OK | os.X_OK):
            faults.append(Fault.FOLDER_NOT_WRITABLE)
        elif sum(1 for _ in self._folder.iterdir()) >= FILES_MAX:
            faults.append(Fault.FOLDER_FULL)
        if not all(font.is_file() for font in (self._font, self._bold_font) if font is not None):
            faults.append(Fault.FONT_UNUSABLE)
        return PrinterFault(tuple(faults)) if faults else PrinterOk()

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        state = self.state()
        if isinstance(state, PrinterFault):
            return PrintFailed(state.codes[0])
        from fontTools.ttLib import TTLibError  # as late as fpdf2, which imports it

        try:
            data = render(marked(document, copy), self._font, self._bold_font)
        except (TTLibError, OSError) as error:
            log.warning("font for papers: %s", type(error).__name__)
            return PrintFailed(Fault.FONT_UNUSABLE)
        try:
            path = _write_new(self._folder, _stem(document.title, copy), data)
        except OSError as error:
            log.warning("pdf in %s: %s", self._folder, error.strerror)
            return PrintFailed(Fault.FOLDER_NOT_WRITABLE)
        return Printed(str(path))


def render(document: Document, font: Path, bold_font: Path | None = None) -> bytes:
    """The PDF of a document. Raises OSError or fontTools' TTLibError when a font cannot be read."""
    return _Rendering(document, font, bold_font).to_bytes()


class _Rendering:
    def __init__(self, document: Document, font: Path, bold_font: Path | None) -> None:
        from fpdf import FPDF  # half a second, so not before the first paper

        from hw.printer._grid import Grid

        self._sheet = SHEETS[document.paper]
        self._copy = document.copy
        self._columns = COLUMNS[document.paper]
        self._column_mm = self._sheet.column_mm(document.paper)
        self._pdf: Any = FPDF(unit="mm", format=(self._sheet.width_mm, self._sheet.height_mm or 297))
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.set_title(document.title)
        self._pdf.set_lang("zh-CN")
        self._grid: Grid = Grid(self._pdf, font, bold_font, self._column_mm, self._sheet.margin_mm)
        self._pages = self._paginated(layout(document))

    def to_bytes(self) -> bytes:
        for number, rows in enumerate(self._pages, start=1):
            self._page(rows)
            if self._sheet.height_mm is not None and len(self._pages) > 1:
                self._page_number(number, self._sheet.height_mm)
        return bytes(self._pdf.output())

    def _paginated(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Rows by page: a cut ends a page, and so does the foot of a sheet. None is empty but an only one."""
        sheet = self._sheet
        room_mm = float("inf")
        if sheet.height_mm is not None:
            room_mm = sheet.height_mm - 2 * sheet.margin_mm - _PAGE_NUMBER_MM
        pages: list[list[Row]] = [[]]
        used_mm = 0.0
        for row in rows:
            height_mm = self._height_mm(row)
            if pages[-1] and (pages[-1][-1] == Cut() or used_mm + height_mm > room_mm):
                pages.append([])
                used_mm = 0.0
            pages[-1].append(row)
            used_mm += height_mm
        drawn = [page for page in pages if any(not isinstance(row, Feed | Cut) for row in page)]
        return drawn or pages[:1]

    def _height_mm(self, row: Row) -> float:
        match row:
            case Line():
                return self._sheet.line_mm * (2 if row.double else 1)
            case Rule():
                return self._sheet.line_mm * 0.7
            case Qr():
                return self._sheet.qr_mm
            case Feed(lines):
                return self._sheet.line_mm * lines
            case Cut():
                return 0.0
            case _:
                assert_never(row)

    def _page(self, rows: Sequence[Row]) -> None:
        sheet = self._sheet
        content_mm = sum(self._height_mm(row) for row in rows)
        height_mm = sheet.height_mm or content_mm + 2 * sheet.margin_mm
        self._pdf.add_page(format=(sheet.width_mm, height_mm))
        top_mm = sheet.margin_mm
        for row in rows:
            self._draw(row, top_mm)
            top_mm += self._height_mm(row)

    def _draw(self, row: Row, top_mm: float) -> None:
        match row:
            case Line():
                times = 2 if row.double else 1
                baseline_mm = top_mm + self._sheet.line_mm * 0.74 * times
                self._grid.write(row.text, baseline_mm, bold=row.bold, times=times)
            case Rule(kind):
                self._rule(kind, top_mm + self._height_mm(row) / 2)
            case Qr(text):
                self._qr(text, top_mm)
            case Feed() | Cut():
                return
            case _:
                assert_never(row)

    def _rule(self, kind: str, middle_mm: float) -> None:
        pdf, left_mm = self._pdf, self._sheet.margin_mm
        right_mm = self._sheet.width_mm - left_mm
        if kind == "=":
            pdf.set_line_width(0.5)
        else:
            dash_mm, gap_mm = (1.2, 0.8) if kind == "-" else (0.25, 0.9)
            pdf.set_line_width(0.18)
            pdf.set_dash_pattern(dash_mm, gap_mm)
        pdf.line(left_mm, middle_mm, right_mm, middle_mm)
        pdf.set_dash_pattern()

    def _qr(self, text: str, top_mm: float) -> None:
        """Filled rectangles, one for each run of dark modules: sharp at every size."""
        matrix = _qr_matrix(text)
        size = len(matrix) + 2 * QR_QUIET_MODULES
        module_mm = self._sheet.qr_mm / size
        left_mm = (self._sheet.width_mm - len(matrix) * module_mm) / 2
        first_mm = top_mm + QR_QUIET_MODULES * module_mm
        self._pdf.set_fill_color(0)
        for number, line in enumerate(matrix):
            for start, end in _dark_runs(line):
                y_mm = first_mm + number * module_mm
                # A hair of overlap downwards: viewers would show seams between the rows.
                self._pdf.rect(
                    left_mm + start * module_mm, y_mm, (end - start) * module_mm, module_mm * 1.02, style="F"
                )

    def _page_number(self, number: int, height_mm: float) -> None:
        """At the foot, with the mark of a copy: sheets come apart."""
        text = f"{number} / {len(self._pages)}"
        if self._copy:
            text = f"{copy_mark(self._copy)}   {text}"
        padded = " " * ((self._columns - text_width(text)) // 2) + text
        self._grid.write(padded, height_mm - self._sheet.margin_mm + 2, bold=False)


def _qr_matrix(text: str) -> list[list[bool]]:
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in line] for line in code.get_matrix()]


def _dark_runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    marks = "".join("#" if dark else " " for dark in line)
    return [match.span() for match in re.finditer("#+", marks)]


def _stem(title: str, copy: int) -> str:
    safe = re.sub(r"[^\w.-]+", "-", title).strip("-.")[:NAME_MAX_CHARS] or "paper"
    return f"{safe}-copy{copy}" if copy else safe


def _write_new(folder: Path, stem: str, data: bytes) -> Path:
    """Writes the whole file under a name that was free, so that nobody ever reads half a paper."""
    part = folder / f".{stem}.{os.getpid()}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        for number in range(1, FILES_MAX + 1):
            path = folder / (f"{stem}.pdf" if number == 1 else f"{stem}-{number}.pdf")
            try:
                os.link(part, path)  # fails when the name is taken, where a rename would replace it
            except FileExistsError:
                continue
            return path
    finally:
        part.unlink()
    raise FileExistsError(f"{folder}: no free name for {stem}")
