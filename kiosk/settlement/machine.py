"""The settlement of one attempt, as a function.

Order: lease, visit and lines and pre-settlement at the agency, offer, begin,
payment, settlement, commit. `_prepare` is the part before begin, when nothing
has moved; `_pay` is the payment. What goes wrong before the settlement is taken back by `_unwind`;
what is not known is asked for before anything else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.hospital.port import Committed
from kiosk.insurance.port import CannotAsk, NotThere, Settlement
from kiosk.settlement import _pay, _prepare, _unwind
from kiosk.settlement._common import Steps, call_staff_once, no_answer_yet, settle, still_unknown, waiting
from kiosk.settlement.events import (
    Answer,
    CodeShown,
    Confirmed,
    Declined,
    Elapsed,
    Event,
    Restarted,
    Send,
    Tell,
    TimedOut,
)
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import DEFAULT, Policy
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
    Plan,
    Pricing,
    Registering,
    Result,
    Settling,
    State,
    Undo,
    Unwinding,
    Uploading,
)

EXPECTED: dict[type[Any], frozenset[Op]] = {
    Leasing: frozenset({Op.LEASE}),
    Registering: frozenset({Op.REGISTER}),
    Describing: frozenset({Op.DESCRIBE}),
    Uploading: frozenset({Op.UPLOAD}),
    Pricing: frozenset({Op.PRE_SETTLE}),
    Offered: frozenset({Op.RENEW}),
    Beginning: frozenset({Op.BEGIN}),
    Ordering: frozenset({Op.ORDER}),
    Paying: frozenset({Op.WATCH}),
    Charging: frozenset({Op.CHARGE}),
    Approving: frozenset({Op.WATCH}),
    Settling: frozenset({Op.SETTLE}),
    InDoubt: frozenset({Op.FIND}),
    Committing: frozenset({Op.COMMIT}),
    Ended: frozenset(),
}
"""Which answers each state is waiting for. `Unwinding` waits for the operation of its first undo."""

_LEFT_LATER = (
    *(Leasing, Registering, Describing, Uploading, Pricing),
    *(Beginning, Ordering, Charging, Unwinding),
)
"""A patient who goes here is noted; the answer that is on its way comes first, and then the way back."""


def start(plan: Plan) -> Steps:
    """A new attempt: reserve the bills."""
    return Leasing(Facts(plan)), (Send(Op.LEASE),)


def expects(state: State, event: Event) -> bool:
    """Whether the event still means something here.

    A late answer of a query, a wait that was overtaken and a touch on a screen that has
    gone are not news. The answer of anything that is sent once is always expected.
    """
    match event:
        case Answer(op=op):
            if isinstance(state, Unwinding):
                return op is _unwind.awaited(state)
            return op in EXPECTED[type(state)]
        case Elapsed(tag=tag):
            return not isinstance(state, Ended) and tag == state.facts.tag
        case Confirmed():
            return isinstance(state, Offered)
        case Declined():
            return isinstance(state, Offered | Paying | Approving) or (
                isinstance(state, _LEFT_LATER) and state.facts.live
            )
        case CodeShown():
            return isinstance(state, Paying) and not state.facts.charged
        case TimedOut():
            return isinstance(state, Paying | Approving)
        case Restarted():
            return not isinstance(state, Ended)


def step(state: State, event: Event, policy: Policy = DEFAULT) -> Steps:
    """Advance one settlement. No clock, no I/O; the runner journals the step before it acts."""
    assert expects(state, event), f"{type(state).__name__} does not wait for {event}"
    if isinstance(event, Restarted):
        return _unwind.restart(state, policy)
    if isinstance(event, Declined) and isinstance(state, _LEFT_LATER):
        return replace(state, facts=replace(state.facts, live=False, left=event.code)), ()
    match state:
        case Leasing():
            return _prepare.leased(state, event, policy)
        case Registering() | Describing() | Uploading() | Pricing():
            return _prepare.prepared(state, event, policy)
        case Offered():
            return _prepare.offered(state, event, policy)
        case Beginning():
            return _begun(state, event, policy)
        case Ordering():
            return _pay.ordered(state, event, policy)
        case Paying():
            return _pay.shown(state, event)
        case Charging():
            return _pay.charged(state, event, policy)
        case Approving():
            return _pay.approved(state, event, policy)
        case Settling():
            return _settled(state.facts, event, policy)
        case InDoubt():
            return _found(state, event, policy)
        case Committing():
            return _committed(state, event, policy)
        case Unwinding():
            return _unwind.step(state, event, policy)
        case Ended():
            raise AssertionError("an ended attempt expects nothing")


def _begun(state: Beginning, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done() | Unknown()) | Elapsed() if not facts.live:
            return _unwind.begin(facts, (Undo.ATTEMPT, *_unwind.preparation(facts)), facts.left)
        case Answer(outcome=Done()):
            if facts.cash_fen == 0:
                return settle(facts)
            return Ordering(facts), (Send(Op.ORDER),)
        case Answer(outcome=Refused(code=code)):
            # After an unanswered one the refusal is not the whole story: a late begin has to die.
            todo = (Undo.ATTEMPT,) if state.tries else ()
            return _unwind.begin(facts, (*todo, *_unwind.preparation(facts)), code)
        case Answer(outcome=Unknown()) if state.tries < policy.forward_repeats_max:
            again = replace(facts, tag=facts.tag + 1)
            return Beginning(again, state.tries + 1), (waiting(again, policy.pause_s(state.tries + 1)),)
        case Answer(outcome=Unknown()):
            return _unwind.begin(facts, (Undo.ATTEMPT, *_unwind.preparation(facts)), "FB-02")
        case _:
            return state, (Send(Op.BEGIN),)


def _settled(facts: Facts, event: Event, policy: Policy) -> Steps:
    match event:
        case Answer(outcome=Done(Settlement() as settlement)):
            return _adopt(facts, settlement)
        case Answer(outcome=Refused(code=code)):
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.MONEY), code)
        case Answer(outcome=Unknown(ask_after_s=ask_after_s)):
            facts = replace(facts, tag=facts.tag + 1)
            wait = waiting(facts, max(ask_after_s, policy.answer_delay_max_s))
            return InDoubt(facts), (Tell(still_unknown(facts), "SE-03"), wait)
    raise AssertionError(f"a settlement cannot be told {event}")


def _adopt(facts: Facts, settlement: Settlement) -> Steps:
    """The agency has settled. It stands only if it collects exactly what the patient agreed to."""
    facts = replace(facts, settlement=settlement)
    assert facts.split is not None, "nothing is settled before it was shown"
    if settlement.split.faults() or settlement.split.cash_fen != facts.split.cash_fen:
        todo = (Undo.SETTLEMENT, *_unwind.after_begin(facts, Undo.MONEY))
        return _unwind.begin(facts, todo, "SE-02")
    return Committing(facts), (Send(Op.COMMIT),)


def _found(state: InDoubt, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Elapsed():
            return replace(state, asked=state.asked + 1), (Send(Op.FIND),)
        case Answer(outcome=Done(Settlement(refunded=False) as settlement)):
            return _adopt(facts, settlement)
        case Answer(outcome=Done(Settlement() | NotThere() | CannotAsk())):
            todo = (Undo.UNANSWERED, *_unwind.after_begin(facts, Undo.MONEY))
            return _unwind.begin(facts, todo, "SE-05")
        case Answer():  # the question itself was refused or not answered: ask again
            facts, staff = call_staff_once(facts, state.asked, policy, "SE-03")
            facts = replace(facts, tag=facts.tag + 1)
            return replace(state, facts=facts), (waiting(facts, policy.pause_s(state.asked)), *staff)
    raise AssertionError(f"a doubt cannot be told {event}")


def _committed(state: Committing, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done(Committed() as committed)):
            facts = replace(facts, committed=committed)
            return Ended(facts, Result.SETTLED, "", "M2"), (Tell("M2", ""),)
        case Answer(outcome=outcome) if no_answer_yet(outcome):
            tries = state.tries + 1
            told = (Tell(still_unknown(facts), "SE-03"),) if tries == 1 else ()
            facts, staff = call_staff_once(facts, tries, policy, "SE-03")
            facts = replace(facts, tag=facts.tag + 1)
            return Committing(facts, tries), (*told, waiting(facts, policy.pause_s(tries)), *staff)
        case Answer(outcome=Refused(code=code)):
            undo = (Undo.SETTLEMENT,) if facts.settlement else ()
            return _unwind.begin(facts, (*undo, *_unwind.after_begin(facts, Undo.MONEY)), code)
        case _:
            return state, (Send(Op.COMMIT),)


def known_of_the_money(state: State) -> str:
    """What may be said of an attempt that can go no further for now: M0, M1 or M1b."""
    if state.facts.payment is not None:
        return "M1"
    shown = isinstance(state, Ordering | Paying | Charging | Approving) or (
        isinstance(state, Unwinding) and Undo.ORDER in state.todo
    )
    return "M1b" if shown or state.facts.msgid(Op.SETTLE) else "M0"
