"""What became of a request that left this machine.

An answer that did not come, came late or made no sense is not a failure. It is
`Unknown`, and only asking or reversing turns it into anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The peer answered, and this is what it did or said."""

    value: T


@dataclass(frozen=True, slots=True)
class Refused:
    """The peer answered, and nothing changed there."""

    code: str  # "SE-01" or the peer's own closed code; the texts hang on it
    peer_text: str = ""  # for staff and journal, never for the screen


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody here knows whether anything changed there."""

    ask_after_s: float  # the peer's declared longest delay
    why: str = ""  # "timeout", "truncated", "http 502": for staff, never a decision


Outcome: TypeAlias = Done[T] | Refused | Unknown
