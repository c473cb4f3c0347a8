"""Adding up what several pictures say of the same code."""

from __future__ import annotations

import numpy as np

from hw.scanner.soft.decode import Likelihoods
from hw.scanner.soft.grid import grid_of

SAME_CODE_MIN = 0.15
"""Agreement of a picture with the sum below which it shows another code."""
_AGREEMENT_CLIP = 3.0


class Accumulator:
    """The sum of log-likelihoods of one code, until it is read, changes, or leaves.

    One grid in memory. Noise and moving spots differ between pictures and cancel; what is hidden in
    all of them stays unknown.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._sum: Likelihoods | None = None

    def add(self, likelihoods: Likelihoods) -> Likelihoods:
        """The sum with this picture, (n, n). Starts afresh when size or content is that of another code."""
        if self._sum is None or self._sum.shape != likelihoods.shape or not self._continues(likelihoods):
            self._sum, self.frames = likelihoods.copy(), 1
        else:
            self._sum = self._sum + likelihoods
            self.frames += 1
        return self._sum

    def clear(self) -> None:
        self._sum, self.frames = None, 0

    def _continues(self, likelihoods: Likelihoods) -> bool:
        if self._sum is None or self.frames < 2:
            return True
        free = grid_of(len(likelihoods)).free
        seen = np.clip(likelihoods[free], -_AGREEMENT_CLIP, _AGREEMENT_CLIP)
        return float(np.sum(np.sign(self._sum[free]) * seen)) >= SAME_CODE_MIN * float(np.abs(seen).sum())
