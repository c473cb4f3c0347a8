"""Receipt printers of the Epson TM-T82 family, Simplified Chinese models: 80 mm, 203 dpi, GB18030.

Own bytes, no python-escpos: that switches to GB only for lines that its pattern
takes for Chinese (a line with ￥ or a rare name alone comes out as "?") and takes an
unanswered status for "no paper" (reference: peers, 5.4). What a slip needs is a dozen
commands.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from hw.printer import _escpos_bytes as commands
from hw.printer.channel import Channel
from hw.printer.connect import Connect
from hw.printer.document import Document, marked
from hw.printer.port import (
    Fault,
    Printed,
    PrinterFault,
    PrinterOk,
    PrinterState,
    PrinterUnknown,
    PrintFailed,
    PrintOutcome,
    PrintUnknown,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

ANSWER_WAIT_S = 0.5
"""For each of the four status questions; the real-time answers of the family take a few milliseconds."""
SEND_WAIT_S = 15.0
"""For the printer to take a job into its buffer; a full statement prints in about three seconds."""
DONE_WAIT_S = 10.0
"""From the last byte to the answer that everything before it was printed."""
DRAIN_MAX_READS = 16
SAID_MAX_BYTES = 1024
"""Heard while waiting for one answer; a device that says more speaks another language."""


class EscPosPrinter:
    """A receipt printer. `connect` opens a channel for each job, or raises OSError (`connect.connector`).

    `print` lasts at most SEND_WAIT_S + DONE_WAIT_S + nine status questions and the opening of the
    channel; after an unknown one DONE_WAIT_S more. One thing at a time: a question of another
    thread waits for the end of a job.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._jobs = 0
        self._busy = threading.Lock()
        self._owed = False  # the answer to an earlier job may still come, and must not confirm the next

    def state(self) -> PrinterState:
        with self._busy:
            try:
                with closing(self._connect()) as channel:
                    return _ask_state(channel)
            except OSError:
                return PrinterFault((Fault.NOT_CONNECTED,))

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        job = commands.render(marked(document, copy))
        with self._busy:
            self._jobs += 1
            outcome = self._print(job, f"job {self._jobs}")
            log.info("receipt job %d, copy %d: %s", self._jobs, copy, type(outcome).__name__)
            return outcome

    def _print(self, job: bytes, reference: str) -> PrintOutcome:
        try:
            channel = self._connect()
        except OSError:
            return PrintFailed(Fault.NOT_CONNECTED)
        with closing(channel):
            try:
                before = _ask_state(channel)
            except OSError:
                return PrintFailed(Fault.NOT_CONNECTED)
            if isinstance(before, PrinterFault):
                return PrintFailed(before.codes[0])
            try:
                sure = not self._owed or (isinstance(before, PrinterOk) and _caught_up(channel))
                outcome = _send(channel, job, reference)
            except OSError:
                self._owed = True
                return PrintUnknown()  # unplugged on the way: nobody knows how much came out
            if isinstance(outcome, Printed) and not sure:
                outcome = PrintUnknown()
            self._owed = isinstance(outcome, PrintUnknown)
            return outcome


def _caught_up(channel: Channel) -> bool:
    """Whether the printer has answered everything that it was asked before."""
    if not channel.send(commands.TELL_WHEN_DONE, ANSWER_WAIT_S) or not _told_done(channel):
        return False
    return any(not channel.receive(ANSWER_WAIT_S) for _ in range(DRAIN_MAX_READS))


def _told_done(channel: Channel) -> bool:
    return bool(_hear(channel, DONE_WAIT_S, lambda said: commands.done_in(said) or None))


def _send(channel: Channel, job: bytes, reference: str) -> PrintOutcome:
    if channel.send(job + commands.TELL_WHEN_DONE, SEND_WAIT_S) and _told_done(channel):
        return Printed(reference)
    after = _ask_state(channel)
    if not isinstance(after, PrinterFault):
        return PrintUnknown()
    # Else the rest of this patient's slip comes out when somebody puts in a new roll.
    channel.send(commands.FORGET_BUFFER, ANSWER_WAIT_S)
    return PrintFailed(after.codes[0], begun=True)


def _ask_state(channel: Channel) -> PrinterState:
    for _ in range(DRAIN_MAX_READS):  # answers to questions that somebody gave up waiting for
        if not channel.receive(0.0):
            break
    answers: dict[int, int | None] = {}
    for number in commands.STATUS_QUESTIONS:
        if not channel.send(commands.status_question(number), ANSWER_WAIT_S):
            return PrinterUnknown()
        answers[number] = _hear(channel, ANSWER_WAIT_S, commands.status_in)
    return commands.parse_status(answers)


def _hear(channel: Channel, wait_s: float, find: Callable[[bytes], T | None]) -> T | None:
    """What `find` finds in the bytes heard within `wait_s` seconds; None when it finds nothing."""
    until_s = time.monotonic() + wait_s
    said = b""
    while len(said) < SAID_MAX_BYTES and (left_s := until_s - time.monotonic()) > 0:
        heard = channel.receive(left_s)
        if not heard:
            return None
        said += heard
        if (found := find(said)) is not None:
            return found
    return None
