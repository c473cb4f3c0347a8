"""What a printer promises: a state with three values, and an outcome with three.

A printer that does not answer is not out of paper. It may have printed: only a
person can look, so the outcome is unknown and the slip can always be reprinted.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from hw.printer.document import Document


class Fault(enum.StrEnum):
    """What a printer itself, or the place its files go to, reports."""

    PAPER_OUT = "PAPER_OUT"
    COVER_OPEN = "COVER_OPEN"
    CUTTER_JAMMED = "CUTTER_JAMMED"
    HEAD_TOO_HOT = "HEAD_TOO_HOT"
    BROKEN = "BROKEN"  # an unrecoverable error of the device
    OFFLINE = "OFFLINE"  # off line for a reason it does not give
    NOT_CONNECTED = "NOT_CONNECTED"  # no device at that path, or it cannot be written to
    FOLDER_NOT_WRITABLE = "FOLDER_NOT_WRITABLE"
    FOLDER_FULL = "FOLDER_FULL"
    FONT_UNUSABLE = "FONT_UNUSABLE"  # no font file there, or none that can be read


@dataclass(frozen=True, slots=True)
class PrinterOk:
    """Ready. `paper_low`: the near-end sensor sees the core of the roll."""

    paper_low: bool = False


@dataclass(frozen=True, slots=True)
class PrinterFault:
    """It answered, and cannot print now. At least one code, the most telling first."""

    codes: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class PrinterUnknown:
    """It did not answer, or not in its language."""


PrinterState = PrinterOk | PrinterFault | PrinterUnknown


@dataclass(frozen=True, slots=True)
class Printed:
    """The device confirmed it. `reference` is the file, or the number of the job since the start."""

    reference: str


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """No complete paper came out."""

    code: Fault


@dataclass(frozen=True, slots=True)
class PrintUnknown:
    """Sent, in whole or in part, and not confirmed: say so, and offer the reprint."""


PrintOutcome = Printed | PrintFailed | PrintUnknown


class Printer(Protocol):
    """One printer. Both methods block for a bounded time (see each driver): call them from a thread."""

    def state(self) -> PrinterState: ...

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        """Prints one document. `copy` 0 is the original, n the n-th reprint.

        The number serves file and job names only: the mark of a copy is content.
        """
        ...
