"""Between begin and the settlement: the code on the screen that a phone scans, or the phone's own code.

One order, paid once. A shown code is sent once, and never another one under the same
order: without an answer the gateway is asked, and what is given up is closed there,
which reverses a charge. A refused one took nothing, and the order goes on with a new
code on the screen.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.payment.port import Payment, PaymentState
from kiosk.settlement import _unwind
from kiosk.settlement._common import Steps, settle, waiting
from kiosk.settlement.events import Answer, CodeShown, Declined, Elapsed, Event, Send, TimedOut
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.state import Approving, Charging, Facts, Ordering, Paying, Undo


def ordered(state: Ordering, event: Event, policy: Policy) -> Steps:
    facts = state.facts
    match event:
        case Answer(outcome=Done() | Unknown()) | Elapsed() if not facts.live:
            return _give_up(facts, facts.left)
        case Answer(outcome=Done()):
            return Paying(facts), (Send(Op.WATCH),)
        case Answer(outcome=Refused()):
            return _give_up(facts, "PY-07")
        case Answer(outcome=Unknown()) if state.tries < policy.forward_repeats_max:
            again = replace(facts, tag=facts.tag + 1)
            return Ordering(again, state.tries + 1), (waiting(again, policy.pause_s(state.tries + 1)),)
        case Answer(outcome=Unknown()):
            return _give_up(facts, "PY-07")
        case _:
            return state, (Send(Op.ORDER),)


def shown(state: Paying, event: Event) -> Steps:
    """The code is on the screen; the patient may show theirs instead."""
    facts = state.facts
    match event:
        case CodeShown():
            return Charging(replace(facts, charged=True)), (Send(Op.CHARGE),)
        case Declined(code=code):
            return _give_up(facts, code)
        case _:
            return _watched(facts, event)


def charged(state: Charging, event: Event, policy: Policy) -> Steps:
    """The answer to the one charge of this order."""
    facts = state.facts
    match event:
        case Answer(outcome=Done(Payment(state=PaymentState.PAID) as payment)) if not facts.live:
            paid = replace(facts, payment=payment)
            return _unwind.begin(paid, _unwind.after_begin(paid, Undo.MONEY), "PY-05")
        case Answer(outcome=Done(Payment(state=PaymentState.WAITING)) | Unknown()) if not facts.live:
            return _give_up(facts, facts.left, policy.reverse_after_s)
        case Answer(outcome=Refused()) if not facts.live:
            return _give_up(facts, facts.left)
        case Answer(outcome=Done(Payment(state=PaymentState.WAITING))):
            return Approving(facts, asked=True), (Send(Op.WATCH),)
        case Answer(outcome=Unknown()):
            return Approving(facts, asked=False), (Send(Op.WATCH),)
        case Answer(outcome=Refused(code=code)):
            return Ordering(replace(facts, charge_refused=code)), (Send(Op.ORDER),)
        case _:
            return _watched(facts, event)


def approved(state: Approving, event: Event, policy: Policy) -> Steps:
    """What a query says of the charge; the code is never sent again."""
    match event:
        case Declined(code=code):
            return _give_up(state.facts, code, policy.reverse_after_s)
        case _:
            return _watched(state.facts, event)


def _watched(facts: Facts, event: Event) -> Steps:
    """Paid counts; all else is closed at the gateway, which makes certain."""
    match event:
        case Answer(outcome=Done(Payment(state=PaymentState.PAID) as payment)):
            paid = replace(facts, payment=payment)
            if payment.amount_fen != facts.cash_fen:
                return _unwind.begin(paid, _unwind.after_begin(paid, Undo.MONEY), "SE-02")
            return settle(paid)
        case Answer(outcome=Done()):  # closed by the channel
            return _give_up(facts, "PY-03")
        case Answer():  # refused or not known
            return _give_up(facts, "PY-07")
        case TimedOut():
            return _give_up(facts, _unwind.NOT_PAID_IN_TIME)
    raise AssertionError(f"a payment cannot be told {event}")


def _give_up(facts: Facts, code: str, delay_s: float = 0.0) -> Steps:
    """`delay_s`: a channel does not reverse a charge before its time."""
    return _unwind.begin(facts, _unwind.after_begin(facts, Undo.ORDER), code, delay_s)
