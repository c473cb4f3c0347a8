"""The way back: what was done is taken back in a fixed order, each thing until it is answered.

Insurance first, then the money, then the hospital, then the agency's visit.
Here is also what a restart does, since a restart has only ways back: without a
credential nothing new is settled.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.hospital.port import Committed
from kiosk.insurance.port import NotThere, Settlement
from kiosk.payment.port import Payment, PaymentState, Refund, RefundState
from kiosk.settlement._common import Steps, call_staff_once, no_answer_yet, settle, still_unknown, waiting
from kiosk.settlement.events import Answer, CallStaff, Command, Elapsed, Event, Send, Tell
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.state import (
    Approving,
    Beginning,
    Charging,
    Committing,
    Describing,
    Ended,
    Facts,
    InDoubt,
    Leasing,
    Offered,
    Ordering,
    Paying,
    Pricing,
    Registering,
    Result,
    Settling,
    State,
    Undo,
    Unwinding,
    Uploading,
)

_OP: dict[Undo, Op] = {
    Undo.SETTLEMENT: Op.UNDO,
    Undo.UNANSWERED: Op.REVERSE,
    Undo.ORDER: Op.CLOSE,
    Undo.MONEY: Op.REFUND,
    Undo.ATTEMPT: Op.CANCEL,
    Undo.LINES: Op.REVOKE_LINES,
    Undo.VISIT: Op.REVOKE_VISIT,
    Undo.LEASE: Op.RELEASE,
}

NOT_PAID_IN_TIME = "PY-02"

_MAY_BE_REFUSED = frozenset({Undo.LINES, Undo.VISIT, Undo.LEASE})
"""A peer that refuses these has nothing of ours left to take back."""


_AT_THE_AGENCY = frozenset({Undo.SETTLEMENT, Undo.UNANSWERED, Undo.LINES, Undo.VISIT})
"""After a restart nobody knows what is still on its way there: the wait starts again in full."""


def preparation(facts: Facts) -> tuple[Undo, ...]:
    """What to take back before begin: the agency's visit if it is ours, and the lease."""
    ours = facts.plan.insured and not facts.plan.visit_by_hospital
    return (Undo.LINES, Undo.VISIT, Undo.LEASE) if ours else (Undo.LEASE,)


def after_begin(facts: Facts, money: Undo) -> tuple[Undo, ...]:
    """What to take back after begin. Cancelling at the hospital ends the lease as well."""
    moved = money is Undo.ORDER or facts.payment is not None
    return (
        *((money,) if moved else ()),
        Undo.ATTEMPT,
        *(u for u in preparation(facts) if u is not Undo.LEASE),
    )


def awaited(state: Unwinding) -> Op:
    """The answer that the first undo waits for."""
    return Op.ASK if state.asking else _OP[state.todo[0]]


def begin(facts: Facts, todo: tuple[Undo, ...], code: str, delay_s: float = 0.0) -> Steps:
    """Start the way back for the reason `code`, after `delay_s`.

    Before there is a payment or a 2207 the patient hears at once that no money was taken; what is
    still to be tidied up is no worry of theirs.
    """
    untouched = Undo.ORDER not in todo and facts.payment is None and not facts.msgid(Op.SETTLE)
    told: tuple[Command, ...] = (Tell("M0", code),) if untouched else ()
    facts = replace(facts, tag=facts.tag + 1)  # whatever was waited for before is no news now
    state = Unwinding(facts, todo, code, told=untouched)
    if delay_s:
        return state, (*told, waiting(facts, delay_s))
    after, commands = _next(state)
    return after, (*told, *commands)


def ended(facts: Facts, code: str, told: bool = False) -> Steps:
    """All is taken back: say what became of the money, unless it was said."""
    phrase = "M3" if facts.refunded else "M0"
    end = Ended(facts, Result.NOT_SETTLED, code, phrase)
    return end, () if told else (Tell(phrase, code),)


def step(state: Unwinding, event: Event, policy: Policy) -> Steps:
    """One answer or one wait of the way back."""
    if isinstance(event, Elapsed):
        return state, (Send(awaited(state)),)
    assert isinstance(event, Answer), "the way back hears peers and clocks only"
    if state.asking:
        return _asked(state, event, policy)
    undo = state.todo[0]
    match event.outcome:
        case outcome if no_answer_yet(outcome):
            return _again(replace(state, asking=undo is Undo.SETTLEMENT), policy)
        case Refused() if undo is Undo.UNANSWERED:
            return _again(state, policy)  # "not now" is not "nothing there"
        case Refused() if undo in _MAY_BE_REFUSED:
            return _done(state, state.facts)
        case Refused() if undo is Undo.SETTLEMENT:
            return replace(state, asking=True), (Send(Op.ASK),)
        case Refused(code=code):
            return _hand_over(state, code)
        case Done(Committed() as committed) if undo is Undo.ATTEMPT:
            return _hand_over(replace(state, facts=replace(state.facts, committed=committed)), "SE-03")
        case Done(Payment(state=PaymentState.PAID) as payment) if undo is Undo.ORDER:
            return _paid_after_all(state, payment)
        case Done(Payment(state=PaymentState.REFUNDED) as payment) if undo is Undo.ORDER:
            # The channel had taken the money, and has sent it back by itself.
            returned = replace(state.facts, payment=payment, refunded=True)
            return _done(replace(state, code="PY-05"), returned)
        case Done(Refund(state=RefundState.FAILED)):
            return _hand_over(state, "RF-04")
        case Done():
            return _done(state, _taken_back(undo, state.facts))
        case Unknown():
            raise AssertionError("what is not known is asked for above")


def _paid_after_all(state: Unwinding, payment: Payment) -> Steps:
    """The phone was faster than the close. With the patient still there it counts, else it goes back."""
    facts = replace(state.facts, payment=payment)
    in_time = facts.live and not state.tries and state.code == NOT_PAID_IN_TIME
    if in_time and payment.amount_fen == facts.cash_fen:
        return settle(facts)
    todo = (Undo.MONEY, *state.todo[1:])
    return _next(replace(state, facts=facts, todo=todo, code="PY-05", tries=0))


def _taken_back(undo: Undo, facts: Facts) -> Facts:
    match undo:
        case Undo.SETTLEMENT:
            return replace(facts, reversed_by="2208")
        case Undo.UNANSWERED:
            return replace(facts, reversed_by="2601")
        case Undo.MONEY:
            return replace(facts, refunded=True)
        case _:
            return facts


def _asked(state: Unwinding, event: Answer, policy: Policy) -> Steps:
    """5203 after an unanswered or refused 2208: only what still stands is undone again."""
    match event.outcome:
        case Done(Settlement(refunded=False)):
            return _again(replace(state, asking=False), policy)
        case Done(Settlement() | NotThere()):
            return _done(state, replace(state.facts, reversed_by="2208"))
        case _:
            return _again(state, policy)


def _done(state: Unwinding, facts: Facts) -> Steps:
    return _next(replace(state, facts=facts, todo=state.todo[1:], tries=0, asking=False))


def _next(state: Unwinding) -> Steps:
    if not state.todo:
        return ended(state.facts, state.code, state.told)
    return state, (Send(_OP[state.todo[0]]),)


def _again(state: Unwinding, policy: Policy) -> Steps:
    """The first undo has no answer: pause, repeat; the patient is told once that it is being checked."""
    tries = state.tries + 1
    facts, staff = call_staff_once(state.facts, tries, policy, "SE-03")
    facts = replace(facts, tag=facts.tag + 1)
    told: tuple[Command, ...] = ()
    if tries == 1 and _touches_money(state):
        told = (Tell(still_unknown(facts), "PY-04" if state.todo[0] is Undo.ORDER else "SE-03"),)
    pause_s = policy.answer_delay_max_s if state.asking and tries == 1 else policy.pause_s(tries)
    return replace(state, facts=facts, tries=tries), (*told, waiting(facts, pause_s), *staff)


def _touches_money(state: Unwinding) -> bool:
    """Whether the patient's money hangs on the first undo; a visit or a lease is no worry of theirs."""
    if state.todo[0] in (Undo.SETTLEMENT, Undo.ORDER, Undo.MONEY):
        return True
    return state.todo[0] is Undo.UNANSWERED and bool(state.facts.msgid(Op.SETTLE))


def _hand_over(state: Unwinding, code: str) -> Steps:
    """A peer refuses what must be undone: a person finishes it, and the patient keeps the slip."""
    unsettled = state.facts.payment is not None and not state.facts.refunded
    phrase = "M3" if state.facts.refunded else "M1" if unsettled else "M1b"
    end = Ended(state.facts, Result.HANDED_OVER, code, phrase)
    return end, (Tell(phrase, code), CallStaff(code))


def restart(state: State, policy: Policy) -> Steps:
    """What a start makes of an attempt that was open: never forward, always to an outcome."""
    facts = replace(state.facts, live=False, tag=state.facts.tag + 1)
    match state:
        case Leasing():
            return ended(facts, "NT-04")  # the lease, if there is one, lapses within its ttl
        case Registering():
            return begin(facts, (Undo.UNANSWERED, Undo.LEASE), "NT-04", policy.answer_delay_max_s)
        case Describing() | Uploading() | Pricing():
            return begin(facts, preparation(facts), "NT-04", policy.answer_delay_max_s)
        case Offered():
            return begin(facts, preparation(facts), "NT-04")
        case Beginning():
            return begin(facts, (Undo.ATTEMPT, *preparation(facts)), "NT-04")
        case Ordering() | Paying() | Charging() | Approving():
            return begin(facts, after_begin(facts, Undo.ORDER), "NT-04")
        case Settling() | InDoubt():
            told = Tell(still_unknown(facts), "NT-04")
            return InDoubt(facts), (told, waiting(facts, policy.answer_delay_max_s))
        case Committing():
            return Committing(facts), (Send(Op.COMMIT),)
        case Unwinding():
            ask = state.asking or state.todo[0] is Undo.SETTLEMENT
            again = replace(state, facts=facts, tries=0, asking=ask)
            if state.todo[0] in _AT_THE_AGENCY:
                return again, (waiting(facts, policy.answer_delay_max_s),)
            return again, (Send(awaited(again)),)
        case Ended():
            raise AssertionError("an ended attempt is not restarted")
