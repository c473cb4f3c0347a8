"""The few words that parent and reading process exchange over their pipe."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hw.scanner.port import Failure

CLOSED = 0
"""The parent sends the number of a visit to open the source for it, or this to close it."""


class Word(enum.Enum):
    BEAT = enum.auto()
    WATCHING = enum.auto()
    FAILED = enum.auto()
    SEEN = enum.auto()


@dataclass(frozen=True, slots=True)
class Message:
    """From the child. `failure` comes with FAILED, `text` with SEEN and never shows in a repr."""

    visit: int
    word: Word
    failure: Failure | None = None
    text: str = field(default="", repr=False)
