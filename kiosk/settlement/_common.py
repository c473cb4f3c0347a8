"""Small rules that the forward way and the way back share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from kiosk.domain.outcome import Outcome, Refused, Unknown
from kiosk.settlement.events import CallStaff, Command, Send, Wait
from kiosk.settlement.operations import Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.state import Committing, Facts, Settling, State

Steps: TypeAlias = tuple[State, tuple[Command, ...]]

NOT_NOW = frozenset({"RATE_LIMITED", "MAINTENANCE", "DEADLINE_PASSED"})
"""Refusals of the moment: nothing changed, and the same request may be accepted later."""


def no_answer_yet(outcome: Outcome[Any]) -> bool:
    """Whether something that must get through has to be sent again."""
    return isinstance(outcome, Unknown) or (isinstance(outcome, Refused) and outcome.code in NOT_NOW)


def settle(facts: Facts) -> Steps:
    """The one 2207 of this attempt; a bill outside insurance goes straight to the hospital's books."""
    if not facts.plan.insured:
        return Committing(facts), (Send(Op.COMMIT),)
    return Settling(facts), (Send(Op.SETTLE),)


def waiting(facts: Facts, wait_s: float) -> Wait:
    """A wait under the newest tag of these facts."""
    return Wait(facts.tag, wait_s)


def still_unknown(facts: Facts) -> str:
    """M1 when the payment is proven, M1b while it is itself not known (or the account is all there is)."""
    return "M1" if facts.payment is not None else "M1b"


def call_staff_once(facts: Facts, tries: int, policy: Policy, code: str) -> tuple[Facts, tuple[Command, ...]]:
    """After a named number of repeats a person is told as well; the repeating goes on."""
    if tries < policy.staff_after_repeats or facts.staff_told:
        return facts, ()
    return replace(facts, staff_told=True), (CallStaff(code),)
