"""Ways to do it wrong, each as a terminal that does so. The simulation must find every one."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.attempt import RefundId
from kiosk.domain.outcome import Done, Unknown
from kiosk.insurance.port import Settlement
from kiosk.settlement import record
from kiosk.settlement.events import Answer, CallStaff, Command, Event, Send, Tell, Wait
from kiosk.settlement.operations import Op
from kiosk.settlement.record import Step
from kiosk.settlement.state import AnyState, Charging, InDoubt, Refunding, Settling, Undo, Unwinding
from kiosk.simulate.wallet import Phone
from kiosk.simulate.world import Run


class ResendOnTimeout(Run):
    """Sends 2207 again, as a new message, when no answer came."""

    def advance(self, event: Event) -> Step:
        """As the product, but a doubt is a repetition."""
        if isinstance(self.state, Settling) and _is_unknown(event, Op.SETTLE):
            msgid = self.take_msgid()
            state = record.noted(self.state, {Op.SETTLE: msgid})
            return Step(state, (Send(Op.SETTLE),), (), {Op.SETTLE: msgid})
        return super().advance(event)


class ChargeAgainOnTimeout(Run):
    """Has the patient show another code when no answer came to the first, as cashiers do."""

    def advance(self, event: Event) -> Step:
        """As the product, but a missing answer is a repetition."""
        if isinstance(self.state, Charging) and _is_unknown(event, Op.CHARGE):
            self.take_code(Phone())
            return Step(self.state, (Send(Op.CHARGE),), (), {})
        return super().advance(event)


class SkipWait(Run):
    """Asks at once, without waiting out the agency's longest delay."""

    def act(self, step: Step) -> None:
        """As the product, with a doubt that waits for nothing."""
        if not isinstance(step.state, InDoubt):
            super().act(step)
            return
        hasty = tuple(replace(c, wait_s=0.0) if isinstance(c, Wait) else c for c in step.commands)
        super().act(replace(step, commands=hasty))


class ForgetJournal(Run):
    """Acts first and writes later, as most programs do."""

    def write_and_act(self, step: Step, fault: str) -> None:
        """The wrong way round."""
        self.act(step)
        super().write_and_act(replace(step, commands=_told(step)), fault)


class IgnoreDiffering(Run):
    """Takes any 2207 for the one that was shown."""

    def advance(self, event: Event) -> Step:
        """As the product, but blind for the settled amounts."""
        match event:
            case Answer(op=op, outcome=Done(Settlement() as settled)) if isinstance(self.state, Settling):
                shown = self.state.facts.split
                assert shown is not None, "settling without a split"
                return super().advance(Answer(op, Done(replace(settled, split=shown))))
            case _:
                return super().advance(event)


class RefundTwice(Run):
    """Makes a new refund number for every repetition."""

    def send(self, op: Op, state: AnyState, msgid: str) -> None:
        """As the product, with a number of the moment."""
        if op is Op.REFUND:
            fresh = RefundId(f"r{self.steps}".ljust(26, "0"))
            if isinstance(state, Refunding):
                state = replace(state, plan=replace(state.plan, refund=fresh))
            else:
                state = replace(
                    state, facts=replace(state.facts, plan=replace(state.facts.plan, refund=fresh))
                )
        super().send(op, state, msgid)


class LeaveOrderOpen(Run):
    """Walks away from a shown code without closing it."""

    def advance(self, event: Event) -> Step:
        """As the product, but the first undo is forgotten."""
        step = super().advance(event)
        state = step.state
        if isinstance(state, Unwinding) and state.todo[:1] == (Undo.ORDER,):
            return replace(step, state=replace(state, todo=state.todo[1:]), commands=(Send(Op.CANCEL),))
        return step


class SayNothingTaken(Run):
    """Tells the patient that no money was taken, whatever happened."""

    def append(self, step: Step) -> None:
        """As the product, with a comforting phrase."""
        entries = tuple(
            replace(e, body=e.body | {"told": [["M0", c] for _, c in e.body["told"]]})
            if "told" in e.body
            else e
            for e in step.entries
        )
        super().append(replace(step, entries=entries))


def _is_unknown(event: Event, op: Op) -> bool:
    return isinstance(event, Answer) and event.op is op and isinstance(event.outcome, Unknown)


def _told(step: Step) -> tuple[Command, ...]:
    return tuple(command for command in step.commands if isinstance(command, Tell | CallStaff))


MUTATIONS: dict[str, type[Run]] = {
    "resend_on_timeout": ResendOnTimeout,
    "charge_again_on_timeout": ChargeAgainOnTimeout,
    "skip_wait": SkipWait,
    "forget_journal": ForgetJournal,
    "ignore_differing_2207": IgnoreDiffering,
    "refund_twice": RefundTwice,
    "leave_order_open": LeaveOrderOpen,
    "say_nothing_taken": SayNothingTaken,
}
