"""One run: a terminal, its peers, a patient and a schedule of faults, in virtual time.

The terminal here is the product's own machine and journal record; only the
append is a list and the peers are `peers`. What is lost by a crash is what a
crash loses: everything but the appended entries.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.settlement import record
from kiosk.settlement.codec import plain
from kiosk.settlement.events import (
    Answer,
    CallStaff,
    CodeShown,
    Elapsed,
    Event,
    Restarted,
    Send,
    Tell,
    TimedOut,
    Wait,
)
from kiosk.settlement.operations import OPERATIONS, QUERIES, Op, Repeat
from kiosk.settlement.policy import DEFAULT, Policy
from kiosk.settlement.record import Step
from kiosk.settlement.requests import request
from kiosk.settlement.state import AnyState, Approving, Charging, Plan, RefundPlan
from kiosk.simulate import patient
from kiosk.simulate.choices import Chooser
from kiosk.simulate.peers import Agency, Hospital
from kiosk.simulate.samples import CANARY
from kiosk.simulate.serve import serve
from kiosk.simulate.wallet import Phone, Wallet

SEND_FAULTS = ("", "lost_request", "lost_answer", "late", "refused", "duplicated", "crash_after_send")
QUERY_FAULTS = ("", "lost_request", "refused")
STEP_FAULTS = ("", "crash_before_append", "crash_after_append")
STEPS_MAX = 600
_START_AGAIN_S = 30.0
_ANSWER_S = 0.2


class Crash(Exception):
    """The terminal's process ends here."""


@dataclass
class Run:
    """A run of one plan under one schedule. `play` ends with nothing left to happen."""

    plan: Plan | RefundPlan
    chooser: Chooser
    agency: Agency
    hospital: Hospital = field(default_factory=Hospital)
    wallet: Wallet = field(default_factory=Wallet)
    policy: Policy = DEFAULT
    shows_code: bool = False  # the patient has the phone's own code scanned, if they can

    now_s: float = 0.0
    state: AnyState | None = None
    journal: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    staff: list[str] = field(default_factory=list)
    sent: dict[Op, list[str]] = field(default_factory=dict)
    refused_undo: bool = False
    steps: int = 0
    problem: str = ""

    def __post_init__(self) -> None:
        self._queue: list[tuple[float, int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._life = 0  # grows with each start: what belonged to an earlier one is gone
        self._msgid = 0
        self._watched = 0  # grows with each watch: an earlier one is not heard any more
        self._codes = 0
        self._shown: tuple[str, Phone] | None = None  # memory only: a crash forgets it

    # -- time ---------------------------------------------------------------------------------

    def at(self, delay_s: float, act: Callable[[], None], *, world: bool = False) -> None:
        """Something happens after `delay_s`; what is not of the world dies with the terminal's process."""
        life = -1 if world else self._life
        heapq.heappush(self._queue, (self.now_s + delay_s, next(self._order), life, act))

    def play(self) -> None:
        """Run until nothing is left to happen, or STEPS_MAX steps."""
        self._guarded(self._start)
        while self._queue and self.steps < STEPS_MAX and not self.problem:
            self.now_s, _, life, act = heapq.heappop(self._queue)
            if life in (-1, self._life):
                self._guarded(act)

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Crash:
            self._life += 1
            self._shown = None
            self.at(_START_AGAIN_S, self._restart)
        except AssertionError as exc:
            self.problem = f"assertion: {exc}"

    # -- the terminal -------------------------------------------------------------------------

    def take_msgid(self) -> str:
        """A msgid that never comes twice."""
        self._msgid += 1
        return f"H99{self._msgid:027d}"

    def advance(self, event: Event) -> Step:
        """The product's own step."""
        assert self.state is not None, "an event before the start"
        return record.advance(self.state, event, self.policy, self.take_msgid)

    def _start(self) -> None:
        self._commit(record.begin(self.plan, self.take_msgid))

    def _restart(self) -> None:
        if not self.journal:
            return  # nothing was written, so nothing was sent
        case = plain(self.plan.case) if self.plan.case else None
        self.state = record.replay(self.journal, case, self.policy)
        if record.is_open(self.state):
            self.tell_machine(Restarted())

    def show_code(self, phone: Phone) -> None:
        """The patient shows a payment code."""
        self.take_code(phone)
        self.tell_machine(CodeShown())

    def take_code(self, phone: Phone) -> None:
        """Another code of a phone, in memory. None comes twice."""
        self._codes += 1
        self._shown = (f"{CANARY}-{self._codes}", phone)

    def tell_machine(self, event: Event) -> None:
        """One event: journal the step, then act."""
        if self.state is None or not record.expects(self.state, event):
            return
        self._commit(self.advance(event))

    def _commit(self, step: Step) -> None:
        self.steps += 1
        fault = STEP_FAULTS[self.chooser.choose(len(STEP_FAULTS))]
        self.write_and_act(step, fault)

    def write_and_act(self, step: Step, fault: str) -> None:
        """The discipline itself: append, and only then act."""
        if fault == "crash_before_append":
            raise Crash
        self.append(step)
        if fault == "crash_after_append":
            raise Crash
        self.act(step)

    def append(self, step: Step) -> None:
        """One durable commit."""
        self.journal.extend((entry.kind, entry.body) for entry in step.entries)
        self.state = step.state
        for command in step.commands:
            if isinstance(command, Tell):
                self.told.append((command.phrase, command.code))
            elif isinstance(command, CallStaff):
                self.staff.append(command.code)

    def act(self, step: Step) -> None:
        """Carry out the commands of a step."""
        if isinstance(step.state, Charging):
            self._watched += 1  # the code on the screen is dead
        for command in step.commands:
            match command:
                case Send(op=op):
                    self.send(op, step.state, step.msgids.get(op, ""))
                case Wait(tag=tag, wait_s=wait_s):
                    self.at(wait_s, lambda tag=tag: self.tell_machine(Elapsed(tag)))  # type: ignore[misc]
                case _:
                    pass
        patient.act(self, step.state)

    # -- the network --------------------------------------------------------------------------

    def send(self, op: Op, state: AnyState, msgid: str) -> None:
        """One request, and what the schedule makes of it."""
        if op is Op.WATCH:
            self._watch(isinstance(state, Approving))
            return
        self.sent.setdefault(op, []).append(record.digest(request(state, op)))
        apply = self._applying(op, state, msgid)
        faults = QUERY_FAULTS if op in QUERIES else SEND_FAULTS
        match faults[self.chooser.choose(len(faults))]:
            case "":
                self._answer(op, apply())
            case "lost_request":
                self._no_answer(op)
            case "lost_answer":
                apply()
                self._no_answer(op)
            case "late":
                self.at(self.policy.answer_delay_max_s * 0.99, lambda: void(apply()), world=True)
                self._no_answer(op)
            case "refused":
                self._refuse(op)
            case "duplicated":
                outcome = apply()
                self.at(_ANSWER_S / 2, lambda: void(apply()), world=True)
                self._answer(op, outcome)
            case "crash_after_send":
                apply()
                raise Crash

    def _applying(self, op: Op, state: AnyState, msgid: str) -> Callable[[], Outcome[Any]]:
        if op is Op.CHARGE:
            assert self._shown is not None, "a charge without a code"
            code, phone = self._shown
            return lambda: self.wallet.charge(self.plan.attempt, code, phone)
        return lambda: serve(op, state, msgid, self.agency, self.hospital, self.wallet)

    def _answer(self, op: Op, outcome: Outcome[Any]) -> None:
        self.at(_ANSWER_S, lambda: self.tell_machine(Answer(op, outcome)))

    def _no_answer(self, op: Op) -> None:
        outcome = Unknown(self.policy.answer_delay_max_s, "timeout")
        self.at(_ANSWER_S * 10, lambda: self.tell_machine(Answer(op, outcome)))

    def _refuse(self, op: Op) -> None:
        if op in (Op.UNDO, Op.REFUND, Op.CANCEL, Op.CLOSE, Op.REFUND_COMMIT, Op.REFUND_CANCEL):
            self.refused_undo = True
        self._answer(op, Refused("SE-01"))

    def _watch(self, by_shown_code: bool) -> None:
        """Ask the gateway until it is paid or time is up. A lost poll is only a later poll."""
        limit_s = float(self.policy.charge_wait_s if by_shown_code else self.policy.pay_valid_s)
        polls_s = (5.0, 30.0) if by_shown_code else (2.0, 10.0, 60.0, 120.0, 200.0)
        self._watched += 1
        watch = self._watched
        for poll_s in (*polls_s, limit_s - 1.0):
            self.at(poll_s, lambda: self._poll(watch))
        self.at(limit_s, lambda: self._time_is_up(watch))

    def _poll(self, watch: int) -> None:
        payment = self.wallet.payment(self.plan.attempt)
        if watch == self._watched and payment.state.value != "waiting":
            self.tell_machine(Answer(Op.WATCH, Done(payment)))

    def _time_is_up(self, watch: int) -> None:
        if watch == self._watched:
            self.tell_machine(TimedOut())


def void(_: object) -> None:
    """Drop an answer that nobody waits for."""


def repeats_wrongly(op: Op, digests: list[str]) -> bool:
    """Whether this terminal's own sends of `op` break the table of operations."""
    match OPERATIONS[op]:
        case Repeat.NEVER:
            return len(digests) > 1
        case Repeat.KEYED:
            return len(set(digests)) > 1
        case _:
            return False
