"""The runner: carries out what the machine asks for, and journals each step before it acts.

One `Attempt` is one settlement or one undo on its way. Everything runs on the
terminal's core loop; a patient's touch, an answer and the end of a wait all
arrive in one queue and are taken one after the other.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.hospital.port import RefundDue
from kiosk.journal import Journal, KeyGone, NewEntry, SealBroken
from kiosk.payment.port import Payment, PaymentState
from kiosk.settlement import machine, record
from kiosk.settlement.calls import CALLS, NEEDS_PATIENT, UNDO_CALLS, Live, Ports
from kiosk.settlement.codec import CodecError
from kiosk.settlement.discipline import Discipline
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
from kiosk.settlement.msgids import Msgids
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.record import Step
from kiosk.settlement.state import AnyState, Approving, Charging, Plan, Refunding, RefundPlan

log = logging.getLogger(__name__)

_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Changed: TypeAlias = Callable[["Attempt"], None]


def _nothing(_: object) -> None:
    """Nobody looks."""


def _log_staff(attempt: str, code: str) -> None:
    log.warning("attempt %s needs a person: %s", attempt[:8], code)


@dataclass(slots=True)
class Bench:
    """What every attempt works with."""

    journal: Journal
    ports: Ports
    msgids: Msgids
    policy: Policy
    on_staff: Callable[[str, str], None] = _log_staff


@dataclass(slots=True)
class Attempt:
    """One attempt on its way: `state` is always what the journal says."""

    bench: Bench
    name: str  # attempt or refund id
    state: AnyState
    live: Live | None = None
    due: RefundDue | None = None
    on_change: Changed = _nothing
    told: list[Tell] = field(default_factory=list)
    code_text: str = ""  # of our code on the screen; memory only
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False  # cut short, by a journal that takes no more: it goes on from there later
    _events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _watching: asyncio.Task[None] | None = None
    discipline: Discipline = field(default_factory=Discipline)

    def tell(self, event: Event) -> None:
        """Something happened: a touch, mostly. Ignored when it is no news."""
        self._events.put_nowait(event)

    def show_code(self, code: str) -> None:
        """The patient shows a payment code: held until it has been sent, once, and written nowhere."""
        if self.live is None or self.live.pay_code or not record.expects(self.state, CodeShown()):
            return
        self.live = replace(self.live, pay_code=code)
        self.tell(CodeShown())

    def _forget_code(self) -> None:
        if self.live is not None and self.live.pay_code:
            self.live = replace(self.live, pay_code="")

    def wipe(self) -> None:
        """The patient has gone: nothing that only they bring is kept."""
        self.live = None

    async def run(self, first: Step | None = None) -> AnyState:
        """Carry the attempt to its end. Cancelling it is a power cut: the journal goes on from there."""
        try:
            if first is not None:
                self._act(first)
            while record.is_open(self.state):
                event = await self._events.get()
                if record.expects(self.state, event):
                    self._take(event)
                elif isinstance(event, CodeShown):
                    self._forget_code()  # the order was paid or ended in the same moment
        finally:
            for task in self._tasks:
                task.cancel()
            self._forget_code()
            if record.is_open(self.state):
                self._stop()
        self.bench.journal.close_settlement(self.name)
        self.ended.set()
        return self.state

    def _stop(self) -> None:
        """No step can be written, so none is taken. Whoever looks at it hears what is known of the money."""
        self.stopped = True
        phrase, code = "", "RF-02"
        if not isinstance(self.state, Refunding):
            phrase = machine.known_of_the_money(self.state)
            code = "JR-01" if phrase == "M0" else "SE-03"
        self.told.append(Tell(phrase, code))
        self.on_change(self)

    def _take(self, event: Event) -> None:
        step = record.advance(self.state, event, self.bench.policy, self.bench.msgids.take)
        self.append(step)
        self._act(step)

    def append(self, step: Step) -> None:
        """The step is on disk, in one commit, before the first byte of it leaves."""
        self.discipline.announced(entry.body for entry in step.entries)
        self.bench.journal.append_many(
            [
                NewEntry(entry.kind, entry.body, settlement=self.name, key=entry.key, sealed=entry.sealed)
                for entry in step.entries
            ]
        )
        self.state = step.state

    def _act(self, step: Step) -> None:
        if isinstance(step.state, Charging) and self._watching is not None:
            self._watching.cancel()  # it looked at the code on the screen, which is dead now
        for command in step.commands:
            match command:
                case Send(op=Op.WATCH):
                    self._watching = self._start(self._watch(step.state))
                case Send(op=op):
                    self.discipline.leave(op)
                    self._start(self._send(op, step.state, step.msgids.get(op, "")))
                case Wait(tag=tag, wait_s=wait_s):
                    self._start(self._wait(tag, wait_s))
                case Tell():
                    self.told.append(command)
                case CallStaff(code=code):
                    self.bench.on_staff(self.name, code)
        self.on_change(self)

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self, tag: int, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        self.tell(Elapsed(tag))

    async def _send(self, op: Op, state: AnyState, msgid: str) -> None:
        outcome = await self._call(op, state, msgid)
        if op is Op.CHARGE:
            self._forget_code()
        if op is Op.ORDER and isinstance(outcome, Done):
            self.code_text = outcome.value.text
        self.tell(Answer(op, outcome))

    async def _call(self, op: Op, state: AnyState, msgid: str) -> Outcome[Any]:
        if op in NEEDS_PATIENT and self.live is None:
            return Refused("NT-05", "not sent: the patient has gone")
        try:
            if isinstance(state, Refunding):
                return await UNDO_CALLS[op](self.bench.ports, state, msgid, _due(state, self.due))
            return await CALLS[op](self.bench.ports, state.facts, msgid, self.live, self.bench.policy)
        except Exception as exc:
            # A port promises not to raise. If one does, money may have moved all the same.
            log.exception("%s: defect in an adapter", op)
            return Unknown(self.bench.policy.answer_delay_max_s, f"defect: {type(exc).__name__}")

    async def _watch(self, state: AnyState) -> None:
        """Ask the gateway until the order is paid or closed, or its time is up."""
        assert not isinstance(state, Refunding), "an undo takes no payment"
        attempt = state.facts.plan.attempt
        policy = self.bench.policy
        by_shown_code = isinstance(state, Approving)
        limit_s = policy.charge_wait_s if by_shown_code else policy.pay_valid_s
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        while (gone_s := loop.time() - start_s) < limit_s:
            pause_s = policy.charge_poll_s if by_shown_code else policy.poll_s(gone_s)
            await asyncio.sleep(min(pause_s, limit_s / 4))
            outcome = await self.bench.ports.payment.query(attempt)
            match outcome:
                case Done(Payment(state=PaymentState.WAITING)):
                    continue
                case Done():
                    self.tell(Answer(Op.WATCH, outcome))
                    return
                case _:
                    continue  # a lost poll is only a later poll; closing makes certain
        self.tell(TimedOut())


def _due(state: Refunding, due: RefundDue | None) -> RefundDue:
    """What `refund_begin` names: the hospital's own object, or after a restart the part of it in the plan."""
    if due is not None:
        return due
    plan = state.plan
    return RefundDue(
        refund_due_id=plan.refund_due_id,
        version=plan.version,
        attempt_id=plan.attempt,
        bill_title="",
        reason="",
        due_since=_NEVER,
        tenders=plan.tenders,
        setl_id=plan.setl_id,
    )


def start(
    bench: Bench,
    plan: Plan | RefundPlan,
    *,
    live: Live | None = None,
    due: RefundDue | None = None,
    on_change: Changed = _nothing,
) -> tuple[Attempt, asyncio.Task[AnyState]]:
    """A new attempt: its plan is on disk when this returns. Raises JournalFull before anything moved."""
    first = record.begin(plan, bench.msgids.take)
    name = plan.attempt if isinstance(plan, Plan) else plan.refund
    attempt = Attempt(bench, name, first.state, live, due, on_change)
    attempt.append(first)
    return attempt, asyncio.get_running_loop().create_task(attempt.run(first))


def recover(
    bench: Bench, on_change: Changed = _nothing, *, among: Collection[str] | None = None
) -> list[tuple[Attempt, asyncio.Task[AnyState]]]:
    """Every attempt that an earlier process left open, on its way to an outcome. Sign in first.

    `among`: only these, for a process that takes up what it had to stop itself.
    """
    journal = bench.journal
    going = []
    for name in journal.open_settlements():
        if among is not None and name not in among:
            continue
        entries = list(journal.entries(settlement=name))
        if entries[-1].kind in (record.ENDED, record.UNDO_ENDED):
            journal.close_settlement(name)
            continue
        try:
            state = record.replay(
                ((e.kind, e.data) for e in entries), journal.unseal(entries[0]) or None, bench.policy
            )
        except (CodecError, KeyGone, SealBroken, AssertionError) as exc:
            # Also written by another release, whose machine went another way: one attempt that only a
            # person can end must not keep the terminal from serving.
            log.error("attempt %s cannot be read: %s", name[:8], exc)
            bench.on_staff(name, "NT-04")
            continue
        attempt = Attempt(bench, name, state, on_change=on_change)
        attempt.discipline.announced((e.data for e in entries), by_this_process=False)
        attempt.tell(Restarted())
        going.append((attempt, asyncio.get_running_loop().create_task(attempt.run())))
    return going
