"""Reading a price list from CSV: every row checked, every fault with file, line, column and reason.

UTF-8 (a BOM is fine) or GB18030. Lines before the header may say `#as_of: 2026-11-20`, `#complaint: ...` and
`#note: ...`. Then the header, columns in any order. Required: code, kind, name, unit, class and one of
price_fen or price_yuan. A code stands once in all files of one import.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.catalogue._cells import CELLS, CellError, row_of
from kiosk.catalogue.model import (
    FILE_BYTES_MAX,
    ROW_ERRORS_MAX,
    ROWS_MAX,
    TEXT_CHARS_MAX,
    BadListError,
    Row,
    RowError,
)

REQUIRED = ("code", "kind", "name", "unit", "class")
PRICES = ("price_fen", "price_yuan")
NOTES = ("as_of", "complaint", "note")


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of one import, and what the files say of themselves (None: nothing)."""

    rows: tuple[Row, ...]
    as_of: dt.date | None
    complaint: str | None
    note: str | None


@dataclass(slots=True)
class _Reading:
    rows: list[Row] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # code -> where it stood first
    notes: dict[str, str] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)

    def wrong(self, file: str, line: int, column: str, reason: str) -> None:
        if len(self.errors) < ROW_ERRORS_MAX:
            self.errors.append(RowError(file, line, column, reason))


def read_listing(files: Sequence[Path]) -> Listing:
    """All rows of `files` as one list.

    Raises:
        BadListError: anything wrong in any row; nothing of the list is taken then.
    """
    reading = _Reading()
    for file in files:
        _read_file(file, reading)
    if not reading.rows and not reading.errors:
        reading.wrong(files[0].name if files else "-", 1, "", "no rows")
    if reading.errors:
        raise BadListError(tuple(reading.errors))
    dates = reading.notes.get("as_of")
    return Listing(
        rows=tuple(reading.rows),
        as_of=dt.date.fromisoformat(dates) if dates else None,
        complaint=reading.notes.get("complaint"),
        note=reading.notes.get("note"),
    )


def _read_file(file: Path, reading: _Reading) -> None:
    text = _text_of(file, reading)
    if text is None:
        return
    lines = list(io.StringIO(text, newline=""))
    first = 0
    while first < len(lines) and lines[first].startswith("#"):
        _take_note(file.name, first + 1, lines[first], reading)
        first += 1
    records = csv.reader(lines[first:], strict=True)
    try:
        header = next(records, None)
        if header is None or not _good_header(file.name, first + 1, header, reading):
            if header is None:
                reading.wrong(file.name, first + 1, "", "no header row")
            return
        for line, cells in _numbered(records, first):
            _take_row(file.name, line, header, cells, reading)
    except csv.Error as error:
        reading.wrong(file.name, first + records.line_num, "", f"not CSV: {error}")


def _text_of(file: Path, reading: _Reading) -> str | None:
    try:
        size = file.stat().st_size
        if size > FILE_BYTES_MAX:
            reading.wrong(file.name, 1, "", f"larger than {FILE_BYTES_MAX} bytes")
            return None
        raw = file.read_bytes()
    except OSError as error:
        reading.wrong(str(file), 1, "", f"cannot be read: {error.strerror}")
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    reading.wrong(file.name, 1, "", "neither UTF-8 nor GB18030")
    return None


def _take_note(file: str, line: int, text: str, reading: _Reading) -> None:
    name, colon, value = text[1:].strip().partition(":")
    name, value = name.strip(), value.strip()
    if not colon or name not in NOTES:
        reading.wrong(file, line, "", f"#{name}: unknown; known are {', '.join(NOTES)}")
    elif len(value) > TEXT_CHARS_MAX:
        reading.wrong(file, line, name, f"longer than {TEXT_CHARS_MAX} characters")
    elif name == "as_of" and not _is_date(value):
        reading.wrong(file, line, name, f"{value!r} is no date like 2026-11-20")
    elif reading.notes.setdefault(name, value) != value:
        reading.wrong(file, line, name, "differs from the other file")


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _good_header(file: str, line: int, header: Sequence[str], reading: _Reading) -> bool:
    before = len(reading.errors)
    for name in header:
        if name not in CELLS:
            reading.wrong(file, line, name, "unknown column")
    for name in {name for name in header if header.count(name) > 1}:
        reading.wrong(file, line, name, "column stands twice")
    for name in REQUIRED:
        if name not in header:
            reading.wrong(file, line, name, "column is missing")
    if sum(name in header for name in PRICES) != 1:
        reading.wrong(file, line, "price_fen", "exactly one of price_fen and price_yuan is needed")
    return len(reading.errors) == before


def _numbered(records: Iterator[list[str]], lines_before: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its last line: a quoted cell may go over several."""
    for cells in records:
        if cells:
            yield lines_before + records.line_num, cells  # type: ignore[attr-defined]


def _take_row(file: str, line: int, header: Sequence[str], cells: list[str], reading: _Reading) -> None:
    if len(cells) != len(header):
        reading.wrong(file, line, "", f"{len(cells)} cells, the header has {len(header)}")
        return
    if len(reading.rows) >= ROWS_MAX:
        reading.wrong(file, line, "", f"more than {ROWS_MAX} rows")
        return
    values: Mapping[str, str] = dict(zip(header, cells, strict=True))
    try:
        row = row_of(values)
    except CellError as error:
        for column, reason in error.faults:
            reading.wrong(file, line, column, reason)
        return
    seen = reading.places.setdefault(row.code, (file, line))
    if seen != (file, line):
        reading.wrong(file, line, "code", f"{row.code} stands already in {seen[0]}:{seen[1]}")
        return
    reading.rows.append(row)
