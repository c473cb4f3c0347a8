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
    PAPER_JAM = "PAPER_JAM"
    CUTTER_JAMMED = "CUTTER_JAMMED"
    TONER_EMPTY = "TONER_EMPTY"
    HEAD_TOO_HOT = "HEAD_TOO_HOT"
    BROKEN = "BROKEN"  # an unrecoverable error of the device
    OFFLINE = "OFFLINE"  # off line for a reason it does not give
    NOT_CONNECTED = "NOT_CONNECTED"  # no device, address, queue or print service there
    STOPPED = "STOPPED"  # the queue was stopped or takes no jobs: somebody has to start it again
    FOLDER_NOT_WRITABLE = "FOLDER_NOT_WRITABLE"
    FOLDER_FULL = "FOLDER_FULL"
    FONT_UNUSABLE = "FONT_UNUSABLE"  # no font file there, or none that can be read


@dataclass(frozen=True, slots=True)
class PrinterOk:
    """Ready. `paper_low`: the near-end sensor sees the core of the roll, or the tray is nearly empty."""

    paper_low: bool = False
    toner_low: bool = False


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
    """No complete paper came out. `begun`: some of it was sent, so a part may have come out."""

    code: Fault
    begun: bool = False


@dataclass(frozen=True, slots=True)
class PrintUnknown:
    """Sent, in whole or in part, and not confirmed: say so, and offer the reprint."""


PrintOutcome = Printed | PrintFailed | PrintUnknown


class Printer(Protocol):
    """One printer. Both methods block for a bounded time (see each driver): call them from a thread."""

    def state(self) -> PrinterState: ...

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        """Prints one document. `copy` 0 is the original, n the n-th reprint.

        A document that does not bear the mark of that copy gets it on top (`document.marked`).
        """
        ...
