"""The motion gate: most pictures of a waiting camera show the same lobby and need no decoding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

STRIDE_PX = 16
CHANGED_MIN = 18  # grey levels; above the noise of a small sensor
CHANGED_SHARE_MIN = 0.004  # of the sampled points
QUIET_AFTER_FRAMES = 8
QUIET_LOOK_EVERY = 5
"""Values of the measured pipeline (reference: qr, 4a). A gated frame costs about 0.01 ms."""
ATTENTION_FRAMES = 15
ATTENTION_MAX_FRAMES = 45
"""A code that was seen and not read keeps the gate open for a second, without movement for three in all."""


class MotionGate:
    """Says which pictures of a stream are worth decoding: all while something moves, each fifth when not."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.int16] | None = None
        self._quiet_frames = 0
        self._attentive_frames = 0
        self._attention_left = ATTENTION_MAX_FRAMES

    def lets_through(self, grey: Grey) -> bool:
        """Takes every picture of the stream in order. `grey` is (height, width), 8 bit."""
        sample = grey[::STRIDE_PX, ::STRIDE_PX].astype(np.int16)
        last, self._last = self._last, sample
        if last is None or last.shape != sample.shape:
            self._quiet_frames = 0
            return True
        changed = np.count_nonzero(np.abs(sample - last) > CHANGED_MIN)
        if changed > CHANGED_SHARE_MIN * sample.size:
            self._quiet_frames, self._attention_left = 0, ATTENTION_MAX_FRAMES
        else:
            self._quiet_frames += 1
        if self._quiet_frames <= QUIET_AFTER_FRAMES or self._quiet_frames % QUIET_LOOK_EVERY == 0:
            return True
        return self._is_worth_attention()

    def stay_open(self) -> None:
        """A code was located in the picture that was let through, and not read: the next ones may do.

        A phone in a steady hand moves less than the gate notices.
        """
        self._attentive_frames = ATTENTION_FRAMES

    def _is_worth_attention(self) -> bool:
        if self._attentive_frames == 0 or self._attention_left == 0:
            return False
        self._attentive_frames -= 1
        self._attention_left -= 1
        return True
