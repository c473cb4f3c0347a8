"""What to tell a patient whose code is seen and not read: a judgement on measured values, and its patience.

A hint that flickers is worse than none. It comes only when a code has gone unread for a while and most
sightings of it agree, and it stays long enough to be read. The words hang on these names elsewhere.
"""

from __future__ import annotations

import enum
from collections import Counter, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the screen's process knows hints and stays without OpenCV
    from hw.scanner.sight import Sight


class Hint(enum.StrEnum):
    """What would help."""

    CLOSER = "closer"
    FARTHER = "farther"
    HOLD_STILL = "hold_still"
    BRIGHTER = "brighter"  # the phone's screen
    LOWER_BRIGHTNESS = "lower_brightness"  # the phone's screen
    AVOID_GLARE = "avoid_glare"  # a lamp is reflected on the code: turn the phone a little
    WRONG_CODE = "wrong_code"  # it was read, and is of a kind that is not wanted now


APPEAR_AFTER_S = 0.7
STAY_MIN_S = 1.0
LOOK_BACK_S = 1.5
SIGHTINGS_MIN = 3
AGREEMENT_MIN = 0.5
"""Of the sightings in the time looked back on, this share must ask for the same. One in three pictures is
searched for a code that the decoder cannot read, so most pictures without one say nothing."""
JUDGEMENTS_MAX = 64

MODULE_MIN_PX = 2.6
"""Smaller modules are at the limit of every decoder (reference: qr, 3.2: 70 pixels for 29 modules)."""
SIDE_MIN_PX = 80.0
SIDE_MAX_SHARE = 0.78
"""Of the picture's lower side; larger codes are read only now and then."""
MODULES_GUESS = 33
WASHED_SHARE, WASHED_DARK_LEVEL = 0.35, 120.0
"""This much of the code at white, and its ink no longer dark: the screen outshines the camera."""
GLARE_SHARE, PAPER_SHARE = 0.06, 0.56
"""Half of a code is paper. White on less than the washed share of it, or on more than all its paper, while
the ink is dark: a lamp's reflection on part of the code."""
DIM_LEVEL, FAINT_CONTRAST = 50.0, 40.0
MOVED_SHARE = 0.035
"""Of the code's side, from picture to picture: blurs by a module while the shutter is open."""
BLUR_MODULES = 0.6
NEAR_SHARE = 0.45
"""Out of focus and larger than this share of the picture: nearer than the lens can see sharp."""


def judge(sight: Sight, height_px: int, width_px: int) -> Hint:
    """What would most likely make this code readable, in a picture of this size.

    In this order: size, light, reflection, movement, sharpness. A code that nothing is wrong with is
    damaged or tilted; then holding still gives the soft reader more pictures of it.
    """
    side_px, module_px = sight.side_px, sight.module_px or sight.side_px / MODULES_GUESS
    frame_px = min(height_px, width_px)
    if side_px < SIDE_MIN_PX or module_px < MODULE_MIN_PX:
        return Hint.CLOSER
    if side_px > SIDE_MAX_SHARE * frame_px or not _inside(sight, height_px, width_px):
        return Hint.FARTHER
    if sight.saturated >= WASHED_SHARE and sight.dark_level >= WASHED_DARK_LEVEL:
        return Hint.LOWER_BRIGHTNESS
    if sight.light_level < DIM_LEVEL or sight.light_level - sight.dark_level < FAINT_CONTRAST:
        return Hint.BRIGHTER
    if GLARE_SHARE <= sight.saturated < WASHED_SHARE or sight.saturated >= PAPER_SHARE:
        return Hint.AVOID_GLARE
    moving = sight.moved_px is not None and sight.moved_px > MOVED_SHARE * side_px
    if not moving and sight.blur_px > BLUR_MODULES * module_px and side_px > NEAR_SHARE * frame_px:
        return Hint.FARTHER
    return Hint.HOLD_STILL


def _inside(sight: Sight, height_px: int, width_px: int) -> bool:
    return all(0 <= x < width_px and 0 <= y < height_px for x, y in sight.corners)


class HintKeeper:
    """Which hint is to be seen now, told what each looked-at picture gave. Times are elapsed seconds."""

    def __init__(self) -> None:
        self._judged: deque[tuple[float, Hint]] = deque(maxlen=JUDGEMENTS_MAX)
        self._unread_since_s: float | None = None
        self._shown: Hint | None = None
        self._shown_at_s = 0.0

    @property
    def shown(self) -> Hint | None:
        """The hint to be seen, if any."""
        return self._shown

    def unread(self, judgement: Hint | None, now_s: float) -> None:
        """A picture gave no text; `judgement` is None when no code was located in it either."""
        if judgement is not None:
            self._judged.append((now_s, judgement))
        while self._judged and now_s - self._judged[0][0] > LOOK_BACK_S:
            self._judged.popleft()
        asked = Counter(hint for _, hint in self._judged)
        if not asked:
            self._unread_since_s = None
        elif self._unread_since_s is None:
            self._unread_since_s = now_s
        stays = self._shown if asked else None  # while the code is in sight, if not in every picture
        self._change_to(self._agreed(asked, now_s) or stays, now_s)

    def read(self, now_s: float, *, wrong: bool = False) -> None:
        """A picture gave a text: no hint any more; or, at once, that this kind of code is not wanted."""
        self._judged.clear()
        self._unread_since_s = None
        self._shown = Hint.WRONG_CODE if wrong else None
        self._shown_at_s = now_s

    def _agreed(self, asked: Counter[Hint], now_s: float) -> Hint | None:
        if self._unread_since_s is None or now_s - self._unread_since_s < APPEAR_AFTER_S:
            return None
        hint, count = asked.most_common(1)[0]
        sightings = asked.total()
        return hint if sightings >= SIGHTINGS_MIN and count >= AGREEMENT_MIN * sightings else None

    def _change_to(self, hint: Hint | None, now_s: float) -> None:
        if hint == self._shown or (self._shown is not None and now_s - self._shown_at_s < STAY_MIN_S):
            return
        self._shown, self._shown_at_s = hint, now_s
