"""A ward printer for A4 and A5 behind the print service of this machine (CUPS).

The paper is drawn as a PDF and handed over in two steps, job and document, so that the number of the
job is known before anything can print. The job is then followed to its end. One that does not end in
time is taken back, so that it does not come out for the next person, and is never sent again.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from hw.printer import _ipp
from hw.printer._cups_state import JobAt, job_at, printer_state
from hw.printer._ipp import Answer, Attribute, Lost, NotSent
from hw.printer.document import Document, marked
from hw.printer.pdf import render
from hw.printer.port import (
    Fault,
    Printed,
    PrinterFault,
    PrinterState,
    PrinterUnknown,
    PrintFailed,
    PrintOutcome,
    PrintUnknown,
)

log = logging.getLogger(__name__)

SOCKET = Path("/run/cups/cups.sock")
ANSWER_WAIT_S = 5.0
"""For each step of one request to the service, which runs on this machine."""
DONE_WAIT_S = 60.0
"""From handing over to the end of the job: a laser printer wakes up for half a minute."""
CANCEL_WAIT_S = 5.0
LOOK_S = 0.25
TITLE_MAX_CHARS = 60

MEDIA = {"A4": "iso_a4_210x297mm", "A5": "iso_a5_148x210mm"}
_PRINTER_FACTS: Attribute = (
    _ipp.KEYWORD,
    "requested-attributes",
    ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs"),
)
_JOB_FACTS: Attribute = (
    _ipp.KEYWORD,
    "requested-attributes",
    ("job-state", "job-state-reasons", "time-at-processing"),
)
_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,127}")
_REFUSALS = {_ipp.NOT_FOUND: Fault.NOT_CONNECTED, _ipp.NOT_ACCEPTING: Fault.STOPPED}


class CupsPrinter:
    """One queue of the print service. Every document becomes the `paper` of this printer.

    `print` lasts at most `done_wait_s` + CANCEL_WAIT_S + a few requests of ANSWER_WAIT_S, and the drawing
    (0.3 to 1 s). Raises ValueError for what is no name of a queue.
    """

    def __init__(
        self,
        queue: str,
        font_path: Path,
        bold_font_path: Path | None = None,
        paper: Literal["A4", "A5"] = "A4",
        socket_path: Path = SOCKET,
        done_wait_s: float = DONE_WAIT_S,
    ) -> None:
        if not _QUEUE.fullmatch(queue):
            raise ValueError(
                f"a queue is named with letters, digits, dot, dash and underscore, not {queue!r}"
            )
        self._queue = queue
        self._font, self._bold_font = font_path, bold_font_path
        self._paper: Literal["A4", "A5"] = paper
        self._socket = socket_path
        self._done_wait_s = done_wait_s
        self._busy = threading.Lock()
        self._cleared = False

    def state(self) -> PrinterState:
        """What the queue last heard of its printer: many tell their state only while they print."""
        try:
            answer = self._ask(_ipp.GET_PRINTER_ATTRIBUTES, [_PRINTER_FACTS])
        except NotSent:
            return PrinterFault((Fault.NOT_CONNECTED,))
        except Lost:
            return PrinterUnknown()
        if not answer.ok:
            known = _REFUSALS.get(answer.status)
            return PrinterFault((known,)) if known else PrinterUnknown()
        return printer_state(answer)

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        from fontTools.ttLib import TTLibError  # as late as fpdf2, which imports it

        try:
            data = render(replace(marked(document, copy), paper=self._paper), self._font, self._bold_font)
        except (TTLibError, OSError) as error:
            log.warning("font for papers: %s", type(error).__name__)
            return PrintFailed(Fault.FONT_UNUSABLE)
        with self._busy:
            self._clear_once()
            # Not refused for lack of paper: the queue's last word may be old, and only a job gets a new one.
            if (stopped := self._stopped()) is not None:
                return stopped
            outcome = self._print(document.title[:TITLE_MAX_CHARS], data)
            log.info("queue %s, copy %d: %s", self._queue, copy, outcome)
            return outcome

    def _clear_once(self) -> None:
        """Before the first job: takes back what an earlier process of this user left in the queue."""
        if self._cleared:
            return
        try:
            self._cleared = self._ask(_ipp.CANCEL_MY_JOBS, []).ok
        except (NotSent, Lost) as error:
            log.warning("queue %s was not cleared: %s", self._queue, error)

    def _stopped(self) -> PrintFailed | None:
        state = self.state()
        if isinstance(state, PrinterFault):
            for code in (Fault.NOT_CONNECTED, Fault.STOPPED):
                if code in state.codes:
                    return PrintFailed(code)
        return None

    def _print(self, title: str, data: bytes) -> PrintOutcome:
        job: list[Attribute] = [
            (_ipp.KEYWORD, "media", MEDIA[self._paper]),
            (_ipp.INTEGER, "job-cancel-after", round(self._done_wait_s)),  # also when this machine dies
        ]
        try:
            created = self._ask(_ipp.CREATE_JOB, [(_ipp.NAME, "job-name", title)], job=job)
        except NotSent:
            return PrintFailed(Fault.NOT_CONNECTED)
        except Lost:
            return PrintFailed(Fault.OFFLINE)  # a job without a document prints nothing
        number = created.number("job-id")
        if not created.ok or number is None:
            log.warning("queue %s takes no job: %#06x", self._queue, created.status)
            return PrintFailed(_REFUSALS.get(created.status, Fault.BROKEN))
        document: list[Attribute] = [
            (_ipp.MIME, "document-format", "application/pdf"),
            (_ipp.BOOLEAN, "last-document", True),
        ]
        try:
            sent = self._ask(_ipp.SEND_DOCUMENT, document, number, data=data)
        except NotSent:
            self._cancel(number)
            return PrintFailed(Fault.NOT_CONNECTED)
        except Lost:
            return self._follow(number)
        if not sent.ok:
            log.warning("queue %s does not take the document: %#06x", self._queue, sent.status)
            self._cancel(number)
            return PrintFailed(_REFUSALS.get(sent.status, Fault.BROKEN))
        return self._follow(number)

    def _follow(self, number: int) -> PrintOutcome:
        until_s = time.monotonic() + self._done_wait_s
        while time.monotonic() < until_s:
            match self._job(number):
                case JobAt.DONE:
                    return Printed(f"{self._queue}-{number}")
                case JobAt.ABORTED:
                    return PrintFailed(self._why(), begun=True)
                case JobAt.CANCELED_UNBEGUN:
                    return PrintFailed(Fault.STOPPED)
                case JobAt.LEFT_OPEN:
                    return PrintUnknown()
                case JobAt.WAITING if self._stopped() is not None:
                    break
                case _:
                    time.sleep(LOOK_S)
        return self._take_back(number)

    def _take_back(self, number: int) -> PrintOutcome:
        """The job has not ended. If it never began, nothing came out; else nobody knows."""
        why = self._why()
        self._cancel(number)
        until_s = time.monotonic() + CANCEL_WAIT_S
        while time.monotonic() < until_s:
            match self._job(number):
                case JobAt.CANCELED_UNBEGUN:
                    return PrintFailed(why)
                case JobAt.DONE:
                    return Printed(f"{self._queue}-{number}")
                case JobAt.ABORTED | JobAt.LEFT_OPEN:
                    return PrintUnknown()
                case _:
                    time.sleep(LOOK_S)
        return PrintUnknown()

    def _why(self) -> Fault:
        state = self.state()
        return state.codes[0] if isinstance(state, PrinterFault) else Fault.BROKEN

    def _job(self, number: int) -> JobAt:
        try:
            answer = self._ask(_ipp.GET_JOB_ATTRIBUTES, [_JOB_FACTS], number)
        except (NotSent, Lost):
            return JobAt.SILENT  # the service may be starting again: keep asking
        return job_at(answer)

    def _cancel(self, number: int) -> None:
        try:
            answer = self._ask(_ipp.CANCEL_JOB, [], number)
        except (NotSent, Lost) as error:
            log.warning("queue %s: job %d could not be taken back: %s", self._queue, number, error)
            return
        if not answer.ok:
            log.warning("queue %s: job %d was not taken back: %#06x", self._queue, number, answer.status)

    def _ask(
        self,
        operation: int,
        attributes: Sequence[Attribute],
        number: int | None = None,
        job: Sequence[Attribute] = (),
        data: bytes = b"",
    ) -> Answer:
        """One request, of a job when it has a `number`. Raises NotSent, Lost."""
        target: list[Attribute] = [
            (_ipp.CHARSET, "attributes-charset", "utf-8"),
            (_ipp.LANGUAGE, "attributes-natural-language", "en"),
            (_ipp.URI, "printer-uri", f"ipp://localhost/printers/{self._queue}"),
        ]
        if number is not None:
            target.append((_ipp.INTEGER, "job-id", number))
        target.append((_ipp.NAME, "requesting-user-name", _ipp.user_name()))
        request = _ipp.encode(operation, [*target, *attributes], job, data)
        return _ipp.ask(self._socket, f"/printers/{self._queue}", request, ANSWER_WAIT_S)
