"""The undo of a whole settlement that the hospital has declared due back, as a function.

Begin at the hospital, then the insurance (2208), then the phone payment by its
original route, then the hospital's books. Nothing here needs a credential, so a
restart simply goes on. Account and fund money never become cash.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from kiosk.domain.outcome import Done, Refused
from kiosk.hospital.port import RefundCommitted
from kiosk.insurance.port import NotThere, Settlement
from kiosk.payment.port import Refund, RefundState
from kiosk.settlement._common import no_answer_yet
from kiosk.settlement.events import Answer, CallStaff, Command, Elapsed, Event, Restarted, Send, Tell, Wait
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import DEFAULT, Policy
from kiosk.settlement.state import Refunding, RefundPlan, RefundStep, Result

RefundSteps: TypeAlias = tuple[Refunding, tuple[Command, ...]]

_OP = {
    RefundStep.BEGIN: Op.REFUND_BEGIN,
    RefundStep.INSURANCE: Op.UNDO,
    RefundStep.MONEY: Op.REFUND,
    RefundStep.COMMIT: Op.REFUND_COMMIT,
    RefundStep.CANCEL: Op.REFUND_CANCEL,
}


def start(plan: RefundPlan) -> RefundSteps:
    """A new undo: the hospital hears of it first, so that no window refunds the same money."""
    return Refunding(plan, RefundStep.BEGIN), (Send(Op.REFUND_BEGIN),)


def awaited(state: Refunding) -> Op | None:
    """The answer this state waits for; None when it has ended."""
    if state.step is RefundStep.ENDED:
        return None
    return Op.ASK if state.asking else _OP[state.step]


def expects(state: Refunding, event: Event) -> bool:
    """Whether the event still means something here."""
    if state.step is RefundStep.ENDED:
        return False
    match event:
        case Answer(op=op):
            return op is awaited(state)
        case Elapsed(tag=tag):
            return tag == state.tag
        case Restarted():
            return True
        case _:
            return False


def step(state: Refunding, event: Event, policy: Policy = DEFAULT) -> RefundSteps:
    """Advance one undo. No clock, no I/O; the runner journals the step before it acts."""
    assert expects(state, event), f"{state.step} does not wait for {event}"
    op = awaited(state)
    assert op is not None, "an ended undo expects nothing"
    if isinstance(event, Elapsed):
        return state, (Send(op),)
    if isinstance(event, Restarted):
        return _restart(state, policy)
    assert isinstance(event, Answer), "an undo hears peers and clocks only"
    if state.asking:
        return _asked(state, event, policy)
    match state.step, event.outcome:
        case _, outcome if no_answer_yet(outcome):
            return _again(replace(state, asking=state.step is RefundStep.INSURANCE), policy)
        case RefundStep.BEGIN, Refused(code=code):
            return _ended(state, Result.NOT_SETTLED, code, "")
        case RefundStep.BEGIN, Done():
            return _go(state, RefundStep.INSURANCE if state.plan.case else RefundStep.MONEY)
        case RefundStep.INSURANCE, Refused(code=code):
            # Refused may mean "undone already": the record says.
            return replace(state, asking=True, code=code), (Send(Op.ASK),)
        case RefundStep.INSURANCE, Done():
            return _go(replace(state, reversed_by="2208"), RefundStep.MONEY)
        case RefundStep.MONEY, Done(Refund(state=RefundState.FAILED)):
            return _hand_over(state, "RF-04")
        case RefundStep.MONEY, Done():
            return _go(replace(state, money_back=True), RefundStep.COMMIT)
        case RefundStep.COMMIT, Done(RefundCommitted(receipt_no=receipt_no)):
            return _ended(replace(state, receipt_no=receipt_no), Result.SETTLED, "RF-01", "M3")
        case RefundStep.CANCEL, Done(RefundCommitted()):
            return _hand_over(state, "RF-02")
        case RefundStep.CANCEL, Done():
            return _ended(state, Result.NOT_SETTLED, state.code, "")
        case _, Refused(code=code):
            return _hand_over(state, code)
        case _, _:
            raise AssertionError(f"{state.step} cannot be told {event}")


def _go(state: Refunding, to: RefundStep) -> RefundSteps:
    if to is RefundStep.MONEY and state.plan.cash_fen == 0:
        to = RefundStep.COMMIT
    return replace(state, step=to, tries=0, asking=False), (Send(_OP[to]),)


def _asked(state: Refunding, event: Answer, policy: Policy) -> RefundSteps:
    """5203: what still stands is undone again, unless the agency had refused to."""
    match event.outcome:
        case Done(Settlement(refunded=False)) if state.code:
            return replace(state, step=RefundStep.CANCEL, asking=False, tries=0), (Send(Op.REFUND_CANCEL),)
        case Done(Settlement(refunded=False)):
            return _again(replace(state, asking=False), policy)
        case Done(Settlement() | NotThere()):
            return _go(replace(state, reversed_by="2208", code=""), RefundStep.MONEY)
        case _:
            return _again(state, policy)


def _again(state: Refunding, policy: Policy) -> RefundSteps:
    tries = state.tries + 1
    tag = state.tag + 1
    first = tries == 1 and not state.staff_told
    told: tuple[Command, ...] = (Tell("", "RF-02"),) if first else ()
    staff: tuple[Command, ...] = ()
    if tries >= policy.staff_after_repeats and not state.staff_told:
        staff = (CallStaff("RF-02"),)
    pause_s = policy.answer_delay_max_s if state.asking and tries == 1 else policy.pause_s(tries)
    after = replace(state, tries=tries, tag=tag, staff_told=state.staff_told or bool(staff))
    return after, (*told, Wait(tag, pause_s), *staff)


def _restart(state: Refunding, policy: Policy) -> RefundSteps:
    tag = state.tag + 1
    if state.step is RefundStep.INSURANCE:
        return replace(state, asking=True, tries=0, tag=tag), (Wait(tag, policy.answer_delay_max_s),)
    return replace(state, tries=0, tag=tag), (Send(_OP[state.step]),)


def _ended(state: Refunding, result: Result, code: str, phrase: str) -> RefundSteps:
    after = replace(state, step=RefundStep.ENDED, result=result, code=code, phrase=phrase)
    return after, (Tell(phrase, code),)


def _hand_over(state: Refunding, code: str) -> RefundSteps:
    after, told = _ended(state, Result.HANDED_OVER, code, "")
    return after, (*told, CallStaff(code))


def is_open(state: Refunding) -> bool:
    """Whether the undo still has something to do."""
    return state.step is not RefundStep.ENDED
