"""The steps of a scenario, each a value. What they mean is in `play`, how they are written in `_verbs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FactKind = Literal["amount", "count", "flag", "text", "phrase", "code", "readable"]


class ScenarioError(Exception):
    """A scenario that cannot be played. The text names file and line."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that must be so: `name` is the view's attribute, or the words for what books must say."""

    kind: FactKind
    name: str
    value: int | str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.value}".strip()


@dataclass(frozen=True, slots=True)
class Insert:
    """A person's card goes into the reader."""

    person: str


@dataclass(frozen=True, slots=True)
class Remove:
    """The card is taken out."""


@dataclass(frozen=True, slots=True)
class Show:
    """A person's phone with a fresh insurance code is held before the camera."""

    person: str


@dataclass(frozen=True, slots=True)
class Hide:
    """The phone is put away."""


@dataclass(frozen=True, slots=True)
class See:
    """A screen that must come, and what must be on it."""

    screen: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """A finger on whatever tells `intent`. `arg`: a letter, a code, or a number: the n-th of a list."""

    intent: str
    arg: str = ""


@dataclass(frozen=True, slots=True)
class Type:
    """Letters on the keys on glass, one tap each."""

    letters: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next `operation` of `peer`."""

    peer: str
    operation: str
    fault: Literal["lost_after", "lost_before", "refuse"]


@dataclass(frozen=True, slots=True)
class PayOrder:
    """The phone approves exactly this much."""

    amount_fen: int


@dataclass(frozen=True, slots=True)
class Declare:
    """The hospital declares this visit's settlement due back."""

    reason: str


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Until this visit's newest attempt has ended so."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Then:
    """What the books must say in the end."""

    facts: tuple[Fact, ...]


Step: TypeAlias = (
    Insert | Remove | Show | Hide | See | Touch | Type | Fault | PayOrder | Declare | WaitUntil | Then
)
