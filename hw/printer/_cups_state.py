"""What the attributes of a queue and of a job mean for us (RFC 8011, 5.4.12 and 5.3.7)."""

from __future__ import annotations

import enum

from hw.printer._ipp import NOT_FOUND, Answer
from hw.printer.port import Fault, PrinterFault, PrinterOk, PrinterState, PrinterUnknown

_IDLE, _PROCESSING, _STOPPED = 3, 4, 5

_FAULTS: tuple[tuple[str, Fault], ...] = (  # the start of a reason; most telling first
    ("media-empty", Fault.PAPER_OUT),
    ("media-needed", Fault.PAPER_OUT),
    ("input-tray-missing", Fault.PAPER_OUT),
    ("media-jam", Fault.PAPER_JAM),
    ("cover-open", Fault.COVER_OPEN),
    ("door-open", Fault.COVER_OPEN),
    ("interlock-open", Fault.COVER_OPEN),
    ("toner-empty", Fault.TONER_EMPTY),
    ("marker-supply-empty", Fault.TONER_EMPTY),
    ("developer-empty", Fault.TONER_EMPTY),
    ("offline", Fault.OFFLINE),
    ("timed-out", Fault.OFFLINE),
    ("shutdown", Fault.OFFLINE),
)
_PAPER_LOW = ("media-low", "media-empty", "media-needed", "input-tray-missing")
_TONER_LOW = ("toner-low", "toner-empty", "marker-supply-low", "marker-supply-empty")
_MILD = ("-warning", "-report")


def printer_state(answer: Answer) -> PrinterState:
    """The state of a queue. A reason is a fault unless it says of itself that it is a warning or a report."""
    state, reasons = answer.number("printer-state"), answer.words("printer-state-reasons")
    grave = [reason for reason in reasons if not reason.endswith(_MILD)]
    faults = [fault for start, fault in _FAULTS if any(reason.startswith(start) for reason in grave)]
    if any(reason.endswith("-error") and not _named(reason) for reason in grave):
        faults.append(Fault.BROKEN)
    if state == _STOPPED or answer.number("printer-is-accepting-jobs") == 0:
        faults.append(Fault.STOPPED)
    if faults:
        return PrinterFault(tuple(dict.fromkeys(faults)))
    if state not in (_IDLE, _PROCESSING) or any(
        reason.startswith("connecting-to-device") for reason in reasons
    ):
        return PrinterUnknown()
    return PrinterOk(
        paper_low=any(reason.startswith(_PAPER_LOW) for reason in reasons),
        toner_low=any(reason.startswith(_TONER_LOW) for reason in reasons),
    )


def _named(reason: str) -> bool:
    return any(reason.startswith(start) for start, _ in _FAULTS) or reason.startswith(
        (*_PAPER_LOW, *_TONER_LOW)
    )


class JobAt(enum.Enum):
    """Where a job is, as far as it matters to whoever waits for it."""

    WAITING = enum.auto()  # in the queue, or held
    WORKING = enum.auto()
    DONE = enum.auto()
    ABORTED = enum.auto()  # given up by the service
    CANCELED_UNBEGUN = enum.auto()  # taken out before anything went to the printer
    LEFT_OPEN = enum.auto()  # taken out in the middle, ended with errors, or forgotten
    SILENT = enum.auto()  # the service does not say


def job_at(answer: Answer) -> JobAt:
    """Where a job is, by its attributes."""
    if not answer.ok:
        return JobAt.LEFT_OPEN if answer.status == NOT_FOUND else JobAt.SILENT
    match answer.number("job-state"):
        case 3 | 4 | 6:  # pending, held, stopped
            return JobAt.WAITING
        case 5:  # processing
            return JobAt.WORKING
        case 7:  # canceled
            begun = answer.number("time-at-processing") is not None
            return JobAt.LEFT_OPEN if begun else JobAt.CANCELED_UNBEGUN
        case 8:  # aborted
            return JobAt.ABORTED
        case 9:  # completed
            errors = "job-completed-with-errors" in answer.words("job-state-reasons")
            return JobAt.LEFT_OPEN if errors else JobAt.DONE
        case _:
            return JobAt.SILENT
