"""The few words that parent and reading process exchange over their pipe."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hw.scanner.classify import CodeKind
from hw.scanner.hint import Hint
from hw.scanner.port import Exposure, Failure

CLOSED = 0
"""The number of no visit."""


@dataclass(frozen=True, slots=True)
class Order:
    """From the parent: open the source for a visit, or close it (`visit` is CLOSED).

    `wanted` are the kinds of codes of use in this visit; None when nobody says.
    """

    visit: int = CLOSED
    wanted: frozenset[CodeKind] | None = None


class Word(enum.Enum):
    BEAT = enum.auto()
    WATCHING = enum.auto()
    FAILED = enum.auto()
    SEEN = enum.auto()
    HINT = enum.auto()


@dataclass(frozen=True, slots=True)
class Message:
    """From the child, about one visit. What a field belongs to:

    `exposure` to WATCHING, `failure` to FAILED, `hint` to HINT (None: no more), `text` to SEEN; a text
    never shows in a repr.
    """

    visit: int
    word: Word
    failure: Failure | None = None
    text: str = field(default="", repr=False)
    exposure: Exposure | None = None
    hint: Hint | None = None
