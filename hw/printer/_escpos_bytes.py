"""ESC/POS as bytes: documents going out, status bytes coming back. No device here.

Command names and codes are those of Epson's ESC/POS command reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from hw.printer.document import COLUMNS, Cut, Document, Feed, Qr, Rule
from hw.printer.layout import Line, Row, layout
from hw.printer.port import Fault, PrinterFault, PrinterOk, PrinterState, PrinterUnknown

INITIALISE = b"\x1b@"  # ESC @
NO_REPORTS = b"\x1da\x00"  # GS a 0: no status that nobody asked for, whatever its switches say
US_CHARACTERS = b"\x1bR\x00"  # ESC R 0: in the Chinese set "$" would come out as a yuan sign
HANZI_ON = b"\x1c&"  # FS &: two- and four-byte characters, GB18030
LINE_FEED = b"\n"
SIZE = b"\x1d!"  # GS ! n, for ASCII and hanzi alike
BOLD = b"\x1bE"  # ESC E n
ALIGN = b"\x1ba"  # ESC a n
FEED = b"\x1bd"  # ESC d n
FEED_AND_CUT = b"\x1dVB\x00"  # GS V 66 0: to the blade, then cut
TELL_WHEN_DONE = (
    b"\x1dr\x01"  # GS r 1: answered in turn, so after everything before it was taken off the buffer
)
FORGET_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 8, at once even when off line
STATUS_QUESTIONS = (1, 2, 3, 4)

QR_ERROR_LEVEL_M = 49
QR_DOTS_BY_BYTES = ((40, 6), (120, 5), (300, 4), (1024, 3))
"""Dots per module for a text of up to so many bytes: 22 mm for a look-up code, 47 mm for 1024 bytes."""


def render(document: Document) -> bytes:
    """The whole job. Every text is GB18030, which has a place for every character there is."""
    if document.paper != "80mm":
        raise ValueError(f"a receipt printer prints 80 mm paper, not {document.paper}")
    parts = [INITIALISE, NO_REPORTS, US_CHARACTERS, HANZI_ON]
    parts += [_row(row, COLUMNS[document.paper]) for row in layout(document)]
    return b"".join(parts)


def _row(row: Row, columns: int) -> bytes:
    match row:
        case Line():
            return _line(row)
        case Rule(kind):
            return kind.encode() * columns + LINE_FEED
        case Qr(text):
            return _qr(text.encode())
        case Feed(lines):
            return FEED + bytes([lines])
        case Cut():
            return FEED_AND_CUT
        case _:
            assert_never(row)


def _line(line: Line) -> bytes:
    text = line.text.encode("gb18030")
    if line.bold:
        text = BOLD + b"\x01" + text + BOLD + b"\x00"
    if line.double:
        text = SIZE + b"\x11" + text + SIZE + b"\x00"
    return text + LINE_FEED


def _qr(data: bytes) -> bytes:
    dots = next(dots for limit, dots in QR_DOTS_BY_BYTES if len(data) <= limit)
    return b"".join(
        (
            ALIGN + b"\x01",
            _symbol(b"\x31\x41\x32\x00"),  # model 2
            _symbol(b"\x31\x43" + bytes([dots])),
            _symbol(b"\x31\x45" + bytes([QR_ERROR_LEVEL_M])),
            _symbol(b"\x31\x50\x30" + data),  # store
            _symbol(b"\x31\x51\x30"),  # print
            ALIGN + b"\x00",
        )
    )


def _symbol(body: bytes) -> bytes:
    """GS ( k with its length, low byte first."""
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body


def status_question(number: int) -> bytes:
    """DLE EOT n, answered at once even in the middle of a job and when off line."""
    return b"\x10\x04" + bytes([number])


def _is_status(byte: int) -> bool:
    return byte & 0b1001_0011 == 0b0001_0010


def status_in(said: bytes) -> int | None:
    """The newest answer to a status question among bytes from the printer, or None."""
    answers = [byte for byte in _asked_for(said) if _is_status(byte)]
    return answers[-1] if answers else None


def done_in(said: bytes) -> bool:
    """Whether an answer to TELL_WHEN_DONE is among bytes from the printer."""
    return any(byte & 0b1001_0000 == 0 for byte in _asked_for(said))


REPORT_BYTES = 4


def _asked_for(said: bytes) -> Iterator[int]:
    """Answers without the reports that a printer sends by itself until its first job forbids them.

    A report (automatic status back) is four bytes, the first 0xx1xx00; the other three look like
    answers to GS r. Answers to DLE EOT are 0xx1xx10, to GS r 0xx0xxxx, flow control 0001_00x1.
    """
    at = 0
    while at < len(said):
        if said[at] & 0b1001_0011 == 0b0001_0000:
            at += REPORT_BYTES
            continue
        yield said[at]
        at += 1


_FAULT_BITS: tuple[tuple[int, int, Fault], ...] = (  # question, bits, what they mean; most telling first
    (4, 0b0110_0000, Fault.PAPER_OUT),
    (2, 0b0010_0000, Fault.PAPER_OUT),
    (2, 0b0000_0100, Fault.COVER_OPEN),
    (3, 0b0000_1000, Fault.CUTTER_JAMMED),
    (3, 0b0010_0000, Fault.BROKEN),
    (3, 0b0100_0000, Fault.HEAD_TOO_HOT),
)
_OFFLINE_BIT = (1, 0b0000_1000)
_PAPER_LOW_BITS = (4, 0b0000_1100)


def parse_status(answers: Mapping[int, int | None]) -> PrinterState:
    """The state told by the answers to DLE EOT 1 to 4; None or a foreign byte is no answer.

    A fault that was told is a fault even if other questions stayed unanswered. Without
    one, a single missing answer makes the state unknown.
    """
    told = {number: byte for number, byte in answers.items() if byte is not None and _is_status(byte)}
    faults = tuple(dict.fromkeys(fault for number, bits, fault in _FAULT_BITS if told.get(number, 0) & bits))
    if faults:
        return PrinterFault(faults)
    if any(number not in told for number in STATUS_QUESTIONS):
        return PrinterUnknown()
    if told[_OFFLINE_BIT[0]] & _OFFLINE_BIT[1]:
        return PrinterFault((Fault.OFFLINE,))
    return PrinterOk(paper_low=bool(told[_PAPER_LOW_BITS[0]] & _PAPER_LOW_BITS[1]))
