"""Before begin: reserve, ask the agency, show. Nothing has moved, and every way out takes back what was said.

The patient may leave at any time. Their going is noted, the answer that is on its
way is waited for, and what it did is taken back.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.split import Split
from kiosk.hospital.port import Lease
from kiosk.insurance.port import PreSettled, Registered
from kiosk.settlement import _unwind
from kiosk.settlement._common import Steps, waiting
from kiosk.settlement.events import Answer, Confirmed, Declined, Elapsed, Event, Send
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.state import (
    Beginning,
    Describing,
    Facts,
    LeaseRef,
    Leasing,
    Offered,
    Pricing,
    Registering,
    Undo,
    Uploading,
)


def leased(state: Leasing, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done(Lease() as lease)):
            held = LeaseRef(lease.lease_id, lease.fencing_token, lease.ttl_s)
            facts = replace(facts, lease=held, mdtrt_id=facts.plan.case.mdtrt_id if facts.plan.case else "")
            if not facts.live:
                return _unwind.begin(facts, (Undo.LEASE,), facts.left)
            return _first_question(facts, policy)
        case Answer(outcome=Refused(code=code)):
            return _unwind.ended(facts, code)
        case _ if not facts.live:
            return _unwind.ended(facts, facts.left)  # the lease, if there is one, lapses within its ttl
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


def prepared(state: Registering | Describing | Uploading | Pricing, event: Event, policy: Policy) -> Steps:
    """2201, 2203A, 2204, 2206A: each is sent once; without an answer all of it is taken back.

    Taking back begins after the agency's longest delay, so that nothing late can follow it.
    """
    facts = state.facts
    match state, event:
        case Registering(), Answer(outcome=Done(Registered(mdtrt_id=mdtrt_id))) if not facts.live:
            facts = replace(facts, mdtrt_id=mdtrt_id)
            return _unwind.begin(facts, _unwind.preparation(facts), facts.left)
        case _, Answer(outcome=Done()) if not facts.live:
            return _unwind.begin(facts, _unwind.preparation(facts), facts.left)
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


def offered(state: Offered, event: Event, policy: Policy) -> Steps:
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
