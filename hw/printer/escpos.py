"""Receipt printers of the Epson TM-T82 family, Simplified Chinese models: 80 mm, 203 dpi, GB18030.

Own bytes, no python-escpos: that switches to GB only for lines that its pattern
takes for Chinese (a line with ￥ or a rare name alone comes out as "?") and takes an
unanswered status for "no paper" (reference: peers, 5.4). What a slip needs is a dozen
commands.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing

from hw.printer import _escpos_bytes as commands
from hw.printer.channel import Channel
from hw.printer.document import Document
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

ANSWER_WAIT_S = 0.5
"""For each of the four status questions; the real-time answers of the family take a few milliseconds."""
SEND_WAIT_S = 15.0
"""For the printer to take a job into its buffer; a full statement prints in about three seconds."""
DONE_WAIT_S = 10.0
"""From the last byte to the answer that everything before it was printed."""
DRAIN_MAX_READS = 16

Connect = Callable[[], Channel]


class EscPosPrinter:
    """A receipt printer. `connect` opens a channel for each job, or raises OSError.

    `print` lasts at most SEND_WAIT_S + DONE_WAIT_S + eight status questions.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._jobs = 0

    def state(self) -> PrinterState:
        try:
            with closing(self._connect()) as channel:
                return _ask_state(channel)
        except OSError:
            return PrinterFault((Fault.NOT_CONNECTED,))

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        job = commands.render(document)
        try:
            channel = self._connect()
        except OSError:
            return PrintFailed(Fault.NOT_CONNECTED)
        self._jobs += 1
        with closing(channel):
            try:
                outcome = _print(channel, job, f"job {self._jobs}")
            except OSError:
                outcome = PrintUnknown()  # unplugged on the way: nobody knows how much came out
        log.info("receipt job %d, copy %d: %s", self._jobs, copy, type(outcome).__name__)
        return outcome


def _print(channel: Channel, job: bytes, reference: str) -> PrintOutcome:
    before = _ask_state(channel)
    if isinstance(before, PrinterFault):
        return PrintFailed(before.codes[0])
    if not channel.send(job + commands.TELL_WHEN_DONE, SEND_WAIT_S):
        return _what_went_wrong(channel)
    if any(commands.is_done_answer(byte) for byte in channel.receive(DONE_WAIT_S)):
        return Printed(reference)
    return _what_went_wrong(channel)


def _what_went_wrong(channel: Channel) -> PrintOutcome:
    after = _ask_state(channel)
    if not isinstance(after, PrinterFault):
        return PrintUnknown()
    # Else the rest of this patient's slip comes out when somebody puts in a new roll.
    channel.send(commands.FORGET_BUFFER, ANSWER_WAIT_S)
    return PrintFailed(after.codes[0])


def _ask_state(channel: Channel) -> PrinterState:
    for _ in range(DRAIN_MAX_READS):  # answers to questions that somebody gave up waiting for
        if not channel.receive(0.0):
            break
    answers: dict[int, int | None] = {}
    for number in commands.STATUS_QUESTIONS:
        if not channel.send(commands.status_question(number), ANSWER_WAIT_S):
            return PrinterUnknown()
        said = channel.receive(ANSWER_WAIT_S)
        answers[number] = said[-1] if said else None
    return commands.parse_status(answers)
