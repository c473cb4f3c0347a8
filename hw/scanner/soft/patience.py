"""When to stop looking: a scene that stayed unread for seconds is looked at again when it has changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hw.scanner.sight import Grey

UNREAD_MAX_FRAMES = 45  # 3 s at 15 pictures a second
STRIDE_PX = 16
CHANGED_MIN = 18  # grey levels
CHANGED_SHARE_MIN = 0.02  # of the sampled points


class Patience:
    """Counts unread pictures of one scene. It is compared with the one that began the count, not with
    the newest: what creeps is a change too."""

    def __init__(self) -> None:
        self._began: npt.NDArray[np.int16] | None = None
        self._unread = 0

    def has_for(self, grey: Grey) -> bool:
        """Takes every unread picture. False while the scene is the one that was given up."""
        sample = grey[::STRIDE_PX, ::STRIDE_PX].astype(np.int16)
        if self._began is None or self._began.shape != sample.shape or self._differs(sample, self._began):
            self._began, self._unread = sample, 0
        self._unread += 1
        return self._unread <= UNREAD_MAX_FRAMES

    @staticmethod
    def _differs(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> bool:
        changed = np.count_nonzero(np.abs(one - other) > CHANGED_MIN)
        return bool(changed > CHANGED_SHARE_MIN * one.size)
