"""What a settlement is told, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from kiosk.domain.outcome import Outcome
from kiosk.settlement.operations import Op


@dataclass(frozen=True, slots=True)
class Answer:
    """A peer's answer to `op`, or that none came."""

    op: Op
    outcome: Outcome[Any]


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A wait is over. `tag` names which one; a wait the machine no longer has in mind is ignored."""

    tag: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The patient has seen the split and wants to go on."""


@dataclass(frozen=True, slots=True)
class CodeShown:
    """The patient has shown a payment code. The code itself is no part of it: memory only, sent once."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The patient does not want to go on: not now, left, or (NT-05) no sign of life.

    Heard at any time before the settlement is sent; what is on its way is waited for first.
    """

    code: str = ""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The code on the screen was not paid in time."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The terminal has started again. No credential is left, so nothing new can be settled."""


Event: TypeAlias = Answer | Elapsed | Confirmed | CodeShown | Declined | TimedOut | Restarted


@dataclass(frozen=True, slots=True)
class Send:
    """Ask a peer. What is sent follows from the state alone."""

    op: Op


@dataclass(frozen=True, slots=True)
class Wait:
    """Come back after this much elapsed time, with `Elapsed(tag)`."""

    tag: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class Tell:
    """What the patient is told: a money phrase that must be true, and the code for staff."""

    phrase: str  # M0, M1, M1b, M2, M3
    code: str


@dataclass(frozen=True, slots=True)
class CallStaff:
    """A person has to know. Told once per attempt and code."""

    code: str


Command: TypeAlias = Send | Wait | Tell | CallStaff
