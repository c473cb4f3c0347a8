"""A camera that gives the very same picture again and again is not watching any more."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FLAT_LEVELS = 8
"""A picture with fewer grey levels between its darkest and lightest point is a covered lens or a dark
night: there the noise of a sensor may fall below one level, and sameness says nothing."""


class SamePicture:
    """For how long the newest picture has been the same. A sensor's noise makes every picture another one."""

    def __init__(self) -> None:
        self._grey: npt.NDArray[np.uint8] | None = None
        self._since_s = 0.0

    def age_s(self, grey: npt.NDArray[np.uint8], taken_s: float) -> float:
        """Takes every picture of the stream in order (0.1 ms); 0 for one that is new."""
        same = self._grey is not None and np.array_equal(self._grey, grey)
        self._grey = grey
        if not same or int(np.ptp(grey[::8, ::8])) < FLAT_LEVELS:
            self._since_s = taken_s
        return taken_s - self._since_s
