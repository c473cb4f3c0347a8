"""How long an attempt may take: stages ask before they begin, so that none is cut short."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds, from any beginning."""

thread_s: Clock = time.thread_time
"""This thread's processor time: what reading costs, not what others on the machine take."""


class TimeBox:
    """An amount of time, running from now."""

    def __init__(self, limit_ms: float, clock_s: Clock = thread_s) -> None:
        self._clock_s = clock_s
        self._until_s = clock_s() + limit_ms / 1000

    def left_ms(self) -> float:
        return (self._until_s - self._clock_s()) * 1000

    def has(self, ms: float) -> bool:
        """Whether a stage that may take `ms` may begin."""
        return self.left_ms() >= ms


UNHURRIED = TimeBox(float("inf"), lambda: 0.0)
"""For what is not about time."""
