"""A check, how it is listed, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from kiosk.hospital.conformance._bench import Bench

Body: TypeAlias = "Callable[[Bench], Awaitable[None]]"


class Failed(Exception):
    """The hospital broke a promise; the text says which and what was seen."""


class CannotRun(Exception):
    """This hospital offers no way to run the check; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise. Phase 0 runs beside others, 1 alone, 2 after all others (it looks at what they left)."""

    id: str
    title: str
    body: Body
    phase: int
    feature: str


CHECKS: list[Check] = []


def check(id: str, title: str, *, phase: int = 0, feature: str = "settlements") -> Callable[[Body], Body]:
    """List the function as a check. `feature`: what the hospital must declare for it to run."""

    def listed(body: Body) -> Body:
        CHECKS.append(Check(id, title, body, phase, feature))
        return body

    return listed


def expect(holds: object, otherwise: str) -> None:
    """Fail the check with `otherwise` unless `holds`."""
    if not holds:
        raise Failed(otherwise)
