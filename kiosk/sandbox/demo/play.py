"""Plays a scenario: each step does one thing or waits for one thing, and says what was not so."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.domain.money import yuan_text
from kiosk.journal import JournalError
from kiosk.sandbox.demo import books, visit, words
from kiosk.sandbox.demo.audit import Auditor
from kiosk.sandbox.demo.eyes import Eyes, Seen, WindowGone
from kiosk.sandbox.demo.hand import Hand, NothingToTouch
from kiosk.sandbox.demo.scenario import Line, Scenario
from kiosk.sandbox.demo.steps import (
    Declare,
    Fact,
    Fault,
    Hide,
    Insert,
    PayOrder,
    Remove,
    See,
    Show,
    Step,
    Then,
    Touch,
    Type,
    WaitUntil,
)
from kiosk.sandbox.demo.table import Table, TableError
from kiosk.sandbox.persons import BY_ID, bills

SEE_MAX_S = 25.0
"""Until a screen comes."""
ENDED_MAX_S = 60.0
"""Until an attempt has ended: the longest answer delay, a question, the hospital."""
BOOKS_MAX_S = 10.0
"""Until the books say what `then` expects."""
LOOK_AGAIN_S = 0.1
HOSPITAL_ZONE = "Asia/Shanghai"


class NotSo(Exception):
    """A step that did not hold. The text names file, line and what was there instead."""


@dataclass(slots=True)
class Played:
    """What one scenario has left."""

    scenario: Scenario
    screens: list[str] = field(default_factory=list)
    attempts: tuple[visit.Attempt, ...] = ()
    receipts: list[str] = field(default_factory=list)
    failure: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the summary."""
        person = self.scenario.person.id if self.scenario.person else None
        return {
            "scenario": self.scenario.name,
            "person": visit.masked_person(person),
            "held": not self.failure,
            "failure": self.failure,
            "outcome": self.attempts[-1].outcome if self.attempts else "",
            "amounts": self.attempts[-1].amounts if self.attempts else {},
            "told": [phrase for attempt in self.attempts for phrase in attempt.told],
            "attempts": [attempt.as_json() for attempt in self.attempts],
            "screens": self.screens,
            "receipts": self.receipts,
        }


class Player:
    """Plays scenarios on one running terminal, one after the other, from the driver's own thread."""

    def __init__(self, eyes: Eyes, hand: Hand, table: Table, journal: Path, receipts: Path) -> None:
        self._eyes = eyes
        self._hand = hand
        self._table = table
        self._journal = journal
        self._receipts = receipts
        self._place = 0  # in the history: what a `see` may find begins here
        self._auditor = Auditor(journal, table, 0)

    def play(self, scenario: Scenario) -> Played:
        """From the first step to the last, or to the first that does not hold."""
        played = Played(scenario)
        begin = self._place = max(self._eyes.seen - 1, 0)
        known = self._papers()
        found = books.entries(self._journal)
        self._auditor = Auditor(self._journal, self._table, found[-1].seq if found else 0)
        try:
            self._check_start(scenario)
            for line in scenario.lines:
                self._hold(scenario, line)
        except NotSo as exc:
            played.failure = str(exc)
        finally:
            self._put_away()
        played.screens = _names(self._eyes.since(begin))
        played.attempts = self._auditor.attempts()
        played.receipts = sorted(self._papers() - known)
        return played

    def _papers(self) -> set[str]:
        return {path.name for path in self._receipts.glob("*.pdf")}

    def _put_away(self) -> None:
        """The next one finds no phone, no card and a polite network, whatever happened."""
        if self._eyes.phone_up:
            self._step(Hide())
        if self._table.ledgers()["card_in"]:
            self._step(Remove())
        self._table.do("fault/clear")

    def _check_start(self, scenario: Scenario) -> None:
        """The file's picture of the person is the sandbox's."""
        if scenario.person is None:
            return
        one = BY_ID[scenario.person.id]
        scheme = next((s for s in one.schemes if s.usable), one.schemes[0])
        if scenario.person.insutype not in ("", scheme.insutype):
            raise NotSo(f"{scenario.path}: {one.id} is insured by {scheme.insutype}")
        if scenario.person.account_fen not in (None, scheme.balance_fen):
            raise NotSo(f"{scenario.path}: {one.id} begins with {yuan_text(scheme.balance_fen)}")
        states = self._table.ledgers()["bills"]
        open_now = {
            (bill.title, bill.total_fen)
            for day in _days()
            for bill in bills(one.id, day)
            if states.get(bill.bill_id) == "open"
        }
        for bill in scenario.bills:
            if (bill.title, bill.total_fen) not in open_now:
                raise NotSo(f"{scenario.path}: {bill.title} {yuan_text(bill.total_fen)} is not open")

    def _hold(self, scenario: Scenario, line: Line) -> None:
        where = f"{scenario.path}:{line.number}: {line.text}"
        try:
            self._step(line.step)
        except NotSo as exc:
            raise NotSo(f"{where}: {exc}") from None
        except (NothingToTouch, TableError, JournalError) as exc:
            raise NotSo(f"{where}: {exc}; {self._shown()}") from exc
        except WindowGone:
            raise NotSo(f"{where}: the terminal has ended") from None

    def _shown(self) -> str:
        now = self._eyes.now
        return "nothing was shown" if now is None else f"shown was {_describe(now)}"

    def _step(self, step: Step) -> None:
        if not isinstance(step, See | WaitUntil | Then):
            self._place = max(self._eyes.seen - 1, 0)
        match step:
            case See():
                self._see(step)
            case Touch(intent=intent, arg=arg):
                self._hand.tap(intent, arg)
            case Type(letters=letters):
                for letter in letters:
                    self._hand.tap("key", letter)
            case Insert(person=person):
                self._table.do("card/insert", person=person)
            case Remove():
                self._table.do("card/remove")
            case Show(person=person):
                self._eyes.phone_up = True
                self._table.do("code/show", person=person)
            case Hide():
                self._table.do("code/hide")
                self._eyes.phone_up = False
            case Fault(peer=peer, operation=operation, fault=fault):
                self._table.do("fault", peer=peer, operation=operation, fault=fault)
            case PayOrder(amount_fen=amount_fen):
                self._pay(amount_fen)
            case Declare(reason=reason):
                self._table.do("refund-due", attempt=self._settled().name, reason=reason)
            case WaitUntil(outcome=outcome):
                self._wait_until(outcome)
            case Then(facts=facts):
                for fact in facts:
                    self._then(fact)

    def _see(self, step: See) -> None:
        kind = words.SCREENS[step.screen]
        found = self._eyes.until(
            self._place,
            lambda seen: isinstance(seen.content, kind) and all(_is_so(seen, fact) for fact in step.facts),
            SEE_MAX_S,
        )
        if found is None:
            raise NotSo(f"not seen within {SEE_MAX_S:.0f} s; {self._shown()}")
        self._place = found

    def _pay(self, amount_fen: int) -> None:
        waiting = [order for order in self._table.orders() if order["state"] == "waiting"]
        if not waiting:
            raise NotSo("no order waits to be paid")
        if waiting[0]["amount_fen"] != amount_fen:
            raise NotSo(f"the code asks for {yuan_text(waiting[0]['amount_fen'])}")
        self._table.do("pay")

    def _settled(self) -> visit.Attempt:
        settled = self._auditor.ended("settled", undo=False)
        if not settled:
            raise NotSo("nothing is settled in this visit")
        return settled[-1]

    def _wait_until(self, outcome: str) -> None:
        kind, value = words.OUTCOMES[outcome]
        undo = kind == "undo.ended"
        if not _within(ENDED_MAX_S, lambda: bool(self._auditor.ended(value, undo=undo))):
            raise NotSo(f"not within {ENDED_MAX_S:.0f} s; {self._shown()}")

    def _then(self, fact: Fact) -> None:
        said: list[str] = []

        def holds() -> bool:
            said[:] = [self._auditor.against(fact)]
            return not said[0]

        if not _within(BOOKS_MAX_S, holds):
            raise NotSo(f"{fact}: {said[0]}")


def _days() -> tuple[dt.date, dt.date]:
    """The hospital's day, and the one before: a demo may run over midnight."""
    today = dt.datetime.now(ZoneInfo(HOSPITAL_ZONE)).date()
    return today, today - dt.timedelta(days=1)


def _within(limit_s: float, holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold in time. Books have no event to wait for: they are looked at again."""
    end_s = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > end_s:
            return False
        time.sleep(LOOK_AGAIN_S)
    return True


def _is_so(seen: Seen, fact: Fact) -> bool:
    """Whether a view shows a fact: words and amounts must be readable on the screen itself."""
    if fact.kind == "readable":
        return any(fact.name in text for text in seen.texts)
    value = getattr(seen.content, fact.name)
    if fact.kind == "amount":
        words_of_it = yuan_text(value)
        readable = value in seen.amounts or any(words_of_it in text for text in seen.texts)
        return bool(value == fact.value and readable)
    return bool(value) if fact.kind == "flag" else bool(value == fact.value)


def _describe(seen: Seen) -> str:
    """A view for a technician: its screen and its plain values."""
    values = [
        f"{one.name} {value}"
        for one in dataclasses.fields(seen.content)
        if isinstance(value := getattr(seen.content, one.name), int | str) and value not in ("", False)
    ]
    asking = ", asking whether anybody is there" if seen.asking else ""
    return f"{words.screen_name(type(seen.content))} ({', '.join(values)}{asking})"


def _names(history: tuple[Seen, ...]) -> list[str]:
    """The screens that were passed, repeats of one left out."""
    names: list[str] = []
    for seen in history:
        name = words.screen_name(type(seen.content))
        if not names or names[-1] != name:
            names.append(name)
    return names
