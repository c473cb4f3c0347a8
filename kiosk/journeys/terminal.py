"""What every journey works with, and the small moves they share."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from hw.printer.document import Document
from hw.printer.port import Printer, PrintOutcome
from hw.printer.queue import PaperQueue
from kiosk.domain.messages import Message, Peer, classify
from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.domain.receipt import Issuer
from kiosk.domain.slips import CopyMark, Paper
from kiosk.journal import JournalFull
from kiosk.journeys.desk import Desk, Leave
from kiosk.journeys.devices import Devices
from kiosk.journeys.papers import compose
from kiosk.journeys.price import Prices
from kiosk.journeys.printing import Compose, put_out, word
from kiosk.journeys.texts import Wording
from kiosk.journeys.views import Dock, NotPossible, StaffWindow
from kiosk.journeys.visit_lock import VisitLock
from kiosk.settlement.runner import Attempt, Bench
from kiosk.settlement.state import AnyState

log = logging.getLogger(__name__)
T = TypeVar("T")

AFTER_MONEY = Dock(back=False)
MONEY_MOVES = Dock(back=False, home=False, language=False)

PAPER_PRINTED = "paper.printed"


@dataclass(slots=True)
class Terminal:
    """One terminal: its desk, its devices, its peers, its journal."""

    desk: Desk
    devices: Devices
    bench: Bench
    issuer: Issuer
    wording: Wording
    zone: dt.tzinfo
    now: Callable[[], dt.datetime]
    prices: Prices
    printer: Printer | None = None
    papers: PaperQueue | None = None
    visit_lock: VisitLock = field(default_factory=VisitLock)
    notice_file: Path | None = None
    price_source: str = ""
    place_names: dict[str, str] = field(default_factory=dict)
    desk_window: str = "1"  # the staffed window that papers and screens send people to
    finish_after_s: float = 20.0
    going: dict[str, tuple[Attempt, asyncio.Task[AnyState]]] = field(default_factory=dict)
    stopped: dict[str, BaseException] = field(default_factory=dict)  # attempts cut short, and by what
    troubles: dict[str, str] = field(default_factory=dict)  # devices out of work: when the staff were told

    def local_now(self) -> dt.datetime:
        """The hospital's wall clock, for people and papers."""
        return self.now().astimezone(self.zone)

    def place(self, code: str) -> str:
        """An insured place for people: its name, where it is known, and its code."""
        return f"{self.place_names.get(code, '')} {code}".strip()

    def keep(self, attempt: Attempt, task: asyncio.Task[AnyState]) -> None:
        """Remember an attempt until it has ended; it goes on whatever the patient does."""
        self.going[attempt.name] = (attempt, task)
        task.add_done_callback(lambda done: self._let_go(attempt.name, done))

    def _let_go(self, name: str, task: asyncio.Task[AnyState]) -> None:
        self.going.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("attempt %s stopped, to go on later: %r", name[:8], error)
            self.stopped[name] = error

    async def got(self, outcome: Outcome[T], peer: Peer, *, unknown: str, stop: int = 0) -> T:
        """The value of a question that changes nothing; else the patient is told and the journey is left.

        Raises Leave.
        """
        match outcome:
            case Done(value):
                return value
            case Refused(code=code):
                await self.tell(classify(peer, code), stop=stop)
            case Unknown():
                await self.tell(Message(unknown, "M0"), stop=stop)
        raise Leave("home")

    async def tell(
        self, message: Message, *, stop: int = 0, returned_fen: int = 0, dock: Dock | None = None
    ) -> None:
        """Say why it cannot be done here, until the patient has seen it. Raises Leave as `Desk.next`."""
        self.desk.show(NotPossible(message.code, message.phrase, returned_fen), stop=stop, dock=dock)
        while True:
            happening = await self.desk.next()
            if getattr(happening, "name", "") in ("finish", "print"):
                return

    async def to_the_window(self) -> NoReturn:
        """Say where people serve, and end the visit. Nothing has been paid where this is offered."""
        self.devices.rest_camera()
        self.desk.show(StaffWindow(self.desk_window, self.issuer.help_phone))
        while getattr(await self.desk.next(), "name", "") != "finish":
            pass
        raise Leave("home")

    async def print(self, paper: Paper, settlement: str | None = None) -> PrintOutcome | None:
        """Print one paper without holding up the screen; None when this terminal has no printer."""
        if self.printer is None:
            return None
        outcome = await asyncio.to_thread(
            put_out, self.printer, self.papers, paper, settlement, self.composer(paper)
        )
        body: dict[str, Any] = {"paper": type(paper).__name__, "outcome": word(outcome)}
        if settlement is not None:
            body["attempt"] = settlement
        self.note(PAPER_PRINTED, body)
        return outcome

    def composer(self, paper: Paper) -> Compose:
        """Its documents: the original, and copies with their mark."""

        def document(copy: int) -> Document:
            mark = CopyMark(copy, self.local_now(), self.issuer.place) if copy else None
            return compose(paper, self.wording, mark)

        return document

    def note(self, kind: str, body: dict[str, Any]) -> None:
        """Journal something that no money hangs on: without room for it the visit goes on all the same."""
        try:
            self.bench.journal.append(kind, body)
        except JournalFull as exc:
            log.error("%s is not in the journal: %s", kind, exc)


_OUR_CODE = re.compile(r"[A-Z]{2}-\d\d")
_SOMEBODY_ELSE_PAID = frozenset({"LK-02", "LK-04"})


def why(code: str) -> Message:
    """What to tell about an attempt that took nothing: its own code, or a peer's in our words."""
    ours = code if _OUR_CODE.fullmatch(code) else classify(Peer.HOSPITAL, code).code
    return Message(ours, "" if ours in _SOMEBODY_ELSE_PAID else "M0")
