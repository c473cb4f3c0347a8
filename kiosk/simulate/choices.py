"""Where a schedule comes from: a seed, or a list of choices tried exhaustively."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Protocol


class Chooser(Protocol):
    """Answers "which of these n?" ; 0 is always the quiet choice."""

    def choose(self, n: int) -> int: ...


class Seeded:
    """Choices from a seed: mostly quiet, so that a run gets far before it gets hurt."""

    def __init__(self, seed: int, fault_rate: float = 0.12) -> None:
        self._random = random.Random(seed)
        self._rate = fault_rate

    def choose(self, n: int) -> int:
        """0 with 1 - fault_rate, else one of the others."""
        if self._random.random() >= self._rate:
            return 0
        return self._random.randrange(1, n)


class Listed:
    """A fixed list of (position, choice); everything else is quiet. Notes how wide each position was."""

    def __init__(self, picks: tuple[tuple[int, int], ...]) -> None:
        self._picks = dict(picks)
        self.widths: list[int] = []

    def choose(self, n: int) -> int:
        """The listed choice of this position."""
        position = len(self.widths)
        self.widths.append(n)
        return self._picks.get(position, 0)


def schedules(widths: list[int], after: int) -> Iterator[tuple[int, int]]:
    """Every single non-quiet pick at or after position `after` of a run with these widths."""
    for position in range(after, len(widths)):
        for choice in range(1, widths[position]):
            yield position, choice
