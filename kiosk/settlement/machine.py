"""The settlement of one attempt, as a function.

Order: lease, visit and lines and pre-settlement at the agency, offer, begin,
payment, settlement, commit. What goes wrong before the settlement is taken
back by `_unwind`; what is not known is asked for before anything else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.split import Split
from kiosk.hospital.port import Committed, Lease
from kiosk.insurance.port import CannotAsk, NotThere, PreSettled, Registered, Settlement
from kiosk.payment.port import Payment, PaymentState
from kiosk.settlement import _unwind
from kiosk.settlement._common import Steps, call_staff_once, no_answer_yet, settle, still_unknown, waiting
from kiosk.settlement.events import (
    Answer,
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
    Beginning,
    Committing,
    Describing,
    Ended,
    Facts,
    InDoubt,
    LeaseRef,
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
    Settling: frozenset({Op.SETTLE}),
    InDoubt: frozenset({Op.FIND}),
    Committing: frozenset({Op.COMMIT}),
    Ended: frozenset(),
}
"""Which answers each state is waiting for. `Unwinding` waits for the operation of its first undo."""


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
            return isinstance(state, Offered | Paying)
        case TimedOut():
            return isinstance(state, Paying)
        case Restarted():
            return not isinstance(state, Ended)


def step(state: State, event: Event, policy: Policy = DEFAULT) -> Steps:
    """Advance one settlement. No clock, no I/O; the runner journals the step before it acts."""
    assert expects(state, event), f"{type(state).__name__} does not wait for {event}"
    if isinstance(event, Restarted):
        return _unwind.restart(state, policy)
    match state:
        case Leasing():
            return _leased(state, event, policy)
        case Registering() | Describing() | Uploading() | Pricing():
            return _prepared(state, event, policy)
        case Offered():
            return _offered(state, event, policy)
        case Beginning():
            return _begun(state, event, policy)
        case Ordering():
            return _ordered(state, event, policy)
        case Paying():
            return _paid(state, event)
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


def _leased(state: Leasing, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done(Lease() as lease)):
            held = LeaseRef(lease.lease_id, lease.fencing_token, lease.ttl_s)
            facts = replace(facts, lease=held, mdtrt_id=facts.plan.case.mdtrt_id if facts.plan.case else "")
            return _first_question(facts, policy)
        case Answer(outcome=Refused(code=code)):
            return _unwind.ended(facts, code)
        case Answer(outcome=Unknown()) if state.tries < policy.forward_repeats_max:
            again = replace(facts, tag=facts.tag + 1)
            return Leasing(again, state.tries + 1), (waiting(again, policy.pause_s(state.tries + 1)),)
        case Answer(outcome=Unknown()):
            # A lease that nobody answered for lapses by itself within its ttl.
            return _unwind.ended(facts, "FB-02")
        case _:
            return state, (Send(Op.LEASE),)


def _first_question(facts: Facts, policy: Policy) -> Steps:
    """What to ask the agency first; full self-pay asks it nothing."""
    if not facts.plan.insured:
        return _offer(replace(facts, split=Split.self_paid(facts.plan.total_fen)), policy)
    if facts.plan.visit_by_hospital:
        return Pricing(facts), (Send(Op.PRE_SETTLE),)
    return Registering(facts), (Send(Op.REGISTER),)


def _prepared(state: Registering | Describing | Uploading | Pricing, event: Event, policy: Policy) -> Steps:
    """2201, 2203A, 2204, 2206A: each is sent once; without an answer all of it is taken back.

    Taking back begins after the agency's longest delay, so that nothing late can follow it.
    """
    facts = state.facts
    match state, event:
        case Registering(), Answer(outcome=Done(Registered(mdtrt_id=mdtrt_id))):
            return Describing(replace(facts, mdtrt_id=mdtrt_id)), (Send(Op.DESCRIBE),)
        case Describing(), Answer(outcome=Done()):
            return Uploading(facts), (Send(Op.UPLOAD),)
        case Uploading(), Answer(outcome=Done(shares)):
            return Pricing(replace(facts, shares=tuple(shares))), (Send(Op.PRE_SETTLE),)
        case Pricing(), Answer(outcome=Done(PreSettled(split=split))):
            if split.faults() or split.total_fen != facts.plan.total_fen:
                return _unwind.begin(facts, _unwind.preparation(facts), "AM-01")
            return _offer(replace(facts, split=split), policy)
        case Registering(), Answer(outcome=Unknown()):
            delay_s = policy.answer_delay_max_s
            return _unwind.begin(facts, (Undo.UNANSWERED, Undo.LEASE), "FB-01", delay_s)
        case Registering(), Answer(outcome=Refused(code=code)):
            return _unwind.begin(facts, (Undo.LEASE,), code)
        case _, Answer(outcome=Refused(code=code)):
            return _unwind.begin(facts, _unwind.preparation(facts), code)
        case _, Answer(outcome=Unknown()):
            return _unwind.begin(facts, _unwind.preparation(facts), "FB-01", policy.answer_delay_max_s)
    raise AssertionError(f"{type(state).__name__} cannot be told {event}")


def _offer(facts: Facts, policy: Policy) -> Steps:
    """Show who pays what, and keep the lease while the patient reads."""
    facts = replace(facts, tag=facts.tag + 1)
    return Offered(facts), (waiting(facts, _half_lease_s(facts, policy)),)


def _half_lease_s(facts: Facts, policy: Policy) -> float:
    return (facts.lease.ttl_s if facts.lease else policy.lease_ttl_s) / 2


def _offered(state: Offered, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Confirmed():
            # The lease's wait is over with the offer: a new tag makes its end no news.
            return Beginning(replace(facts, tag=facts.tag + 1)), (Send(Op.BEGIN),)
        case Declined(code=code):
            return _unwind.begin(facts, _unwind.preparation(facts), code)
        case Elapsed():
            held_s = state.held_s + _half_lease_s(facts, policy)
            if held_s >= policy.lease_hold_max_s:
                return _unwind.begin(facts, _unwind.preparation(facts), "NT-05")
            return Offered(facts, held_s), (Send(Op.RENEW),)
        case Answer(outcome=Refused(code=code)):
            return _unwind.begin(facts, _unwind.preparation(facts), code)
        case Answer():  # renewed, or not known: begin will tell
            facts = replace(facts, tag=facts.tag + 1)
            return Offered(facts, state.held_s), (waiting(facts, _half_lease_s(facts, policy)),)
    raise AssertionError(f"an offer cannot be told {event}")


def _begun(state: Beginning, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
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


def _ordered(state: Ordering, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done()):
            return Paying(facts), (Send(Op.WATCH),)
        case Answer(outcome=Refused()):
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), "PY-07")
        case Answer(outcome=Unknown()) if state.tries < policy.forward_repeats_max:
            again = replace(facts, tag=facts.tag + 1)
            return Ordering(again, state.tries + 1), (waiting(again, policy.pause_s(state.tries + 1)),)
        case Answer(outcome=Unknown()):
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), "PY-07")
        case _:
            return state, (Send(Op.ORDER),)


def _paid(state: Paying, event: Event) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done(Payment(state=PaymentState.PAID) as payment)):
            if payment.amount_fen != facts.cash_fen:
                paid = replace(facts, payment=payment)
                return _unwind.begin(paid, _unwind.after_begin(paid, Undo.MONEY), "SE-02")
            return settle(replace(facts, payment=payment))
        case Answer(outcome=Done()):  # closed by the channel
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), "PY-03")
        case Answer():  # refused or not known: closing it makes certain
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), "PY-07")
        case Declined(code=code):
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), code)
        case TimedOut():
            return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), _unwind.NOT_PAID_IN_TIME)
    raise AssertionError(f"a payment cannot be told {event}")


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
