"""Papers on their way out: through the queue that remembers them across a power cut.

What was on its way when the power went may have come out. Nothing is composed again for a patient who has
gone, but for the slip of an outcome that is still not known: it comes out as a marked copy, without a name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from hw.printer.document import Document
from hw.printer.port import Printer, PrintFailed, PrintOutcome, PrintUnknown
from hw.printer.queue import Job, NotWaiting, PaperQueue, QueueError
from kiosk.domain.slips import BeingChecked, Paper, RefundSlip

log = logging.getLogger(__name__)

Compose = Callable[[int], Document]
"""The document of a paper: 0 the original, n the n-th copy."""


def kind(paper: Paper) -> str:
    """What the queue knows a paper by. A refund's slip is another paper once the money is back."""
    name = type(paper).__name__
    return f"{name}_{paper.state}" if isinstance(paper, RefundSlip) else name


def put_out(
    printer: Printer, papers: PaperQueue | None, paper: Paper, settlement: str | None, compose: Compose
) -> PrintOutcome:
    """Print one paper; blocks as the printer does. A queue that cannot be written holds no paper back."""
    if papers is None or settlement is None:
        return printer.print(compose(0), 0)
    try:
        job = papers.add(settlement, kind(paper))
        return papers.print(job.number, printer, compose)
    except QueueError as exc:  # raised only while nothing has been sent
        log.error("printed without the queue: %s", exc)
        return printer.print(compose(0), 0)


def left_over(papers: PaperQueue) -> Iterator[Job]:
    """Slips of a power cut that may be wanted still; every other paper of it is given up."""
    for job in papers.unfinished():
        if job.kind == BeingChecked.__name__:
            yield job
        else:
            give_up(papers, job)


def give_up(papers: PaperQueue, job: Job) -> None:
    """Nobody is there for this paper any more; it can be printed again as a copy, with its reference."""
    log.warning("paper %s of %s was not confirmed before the restart", job.kind, job.settlement[:8])
    try:
        papers.drop(job.number)
    except (QueueError, NotWaiting) as exc:
        log.error("paper %d stays in the queue: %s", job.number, exc)


def word(outcome: PrintOutcome) -> str:
    """For the journal."""
    match outcome:
        case PrintFailed(code=code):
            return str(code)
        case PrintUnknown():
            return "unknown"
        case _:
            return "printed"
