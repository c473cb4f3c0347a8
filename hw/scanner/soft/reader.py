"""The soft reader of a stream: follows a code from picture to picture, looks for new ones, keeps to its time.

Only pictures that no decoder read come here. A code that is followed, or that zxing-cpp
located, is looked at in every one of them; the own locator runs in each third (reference: qr-soft, 6).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw.scanner.sight import Grey
from hw.scanner.soft.decode import Decoded, decode
from hw.scanner.soft.equalise import QUALITY_MIN
from hw.scanner.soft.fuse import Accumulator
from hw.scanner.soft.geometry import Geometry
from hw.scanner.soft.grid import grid_of, mask_signs
from hw.scanner.soft.locate import FULL, LITE, locate
from hw.scanner.soft.patience import Patience
from hw.scanner.soft.read import (
    Look,
    SoftReading,
    look,
    look_again,
    look_from,
    look_from_ms,
    look_ms,
)
from hw.scanner.soft.register import prepare as prepare_register
from hw.scanner.soft.timebox import UNHURRIED, Clock, TimeBox, thread_s

ATTEMPT_MAX_MS = 60.0
LOCATE_EVERY = 3  # unread pictures
FULL_EVERY = 3  # runs of the locator
INVERTED_EVERY = 4
LOST_AFTER_FRAMES = 25  # without geometry: what was summed belongs to a code that is gone
USUAL_MODULES = range(21, 62, 4)  # version 1 to 11: all that the locator looks for in a stream
MODULES_MAX = 97  # version 20; larger ones that another reader "located" in a stream were never codes
SURE_SHARE = 0.5
"""Share of the usable parity; a reading that needed more of it must come twice with the same text."""
_LITE_MS, _FULL_MS = 30.0, 45.0  # what a run of the locator may take


@dataclass(frozen=True, slots=True)
class Place:
    """Where a code lies, and whether it is light on dark."""

    geometry: Geometry
    inverted: bool = False


Sighted = tuple[Grey, Look, bool]
"""The picture as it was looked at, what was seen, and whether the picture was inverted for it."""


@functools.cache
def prepare() -> None:
    """Makes the tables of the usual sizes and reads one code, so that no picture waits for what is done
    once (about 0.2 s)."""
    for n in USUAL_MODULES:
        prepare_register(n)
        for mask in range(8):
            mask_signs(n, mask)
    signs = np.where(grid_of(29).known > 0, 30, 220).astype(np.uint8)
    rehearsal = np.pad(signs, 10, constant_values=220).repeat(6, 0).repeat(6, 1)
    for fit in locate(rehearsal, FULL, UNHURRIED):
        look_again(rehearsal, look_from(rehearsal, fit), UNHURRIED)


class SoftReader:
    """Reads pictures of one stream in order; holds one code's sum of likelihoods, and where it was."""

    def __init__(self, clock_s: Clock = thread_s) -> None:
        prepare()
        self._clock_s = clock_s
        self._sum = Accumulator()
        self._track: Place | None = None
        self._unread = 0
        self._runs = 0
        self._lost_for = 0
        self._doubtful = ""
        self._patience = Patience()
        self.seen: Look | None = None

    def forget(self) -> None:
        """After a text was accepted, or when the stream starts afresh."""
        self._sum.clear()
        self._track, self._doubtful, self.seen = None, "", None
        self._unread = self._runs = self._lost_for = 0

    def read(
        self, grey: Grey, located: Sequence[Geometry] = (), box: TimeBox | None = None
    ) -> SoftReading | None:
        """One unread picture; `located` is what another reader located and could not read."""
        box = box or TimeBox(ATTEMPT_MAX_MS, self._clock_s)
        self.seen = None
        patient = self._patience.has_for(grey)
        may_locate = patient and self._unread % LOCATE_EVERY == 0
        self._unread += 1
        seen = self._look_at_known(grey, located, box)
        if seen is None and may_locate:
            seen = self._look_for_more(grey, box)
        if seen is not None:
            return self._use(*seen, box)
        self._track = None
        self._lost_for += 1
        if self._lost_for > LOST_AFTER_FRAMES:
            self._sum.clear()
            self._doubtful = ""
        return None

    def _look_at_known(self, grey: Grey, located: Sequence[Geometry], box: TimeBox) -> Sighted | None:
        """Where the code was, and where another reader located one; both ways round, for it cannot tell."""
        places = [] if self._track is None else [self._track]
        usual = [one for one in located if one.n <= MODULES_MAX]
        places += [Place(one, inverted) for one in usual for inverted in (False, True)]
        for place in places:
            if not box.has(look_ms(place.geometry.n)):
                continue
            seen = _turned(grey, place.inverted)
            found = look(seen, place.geometry, box)
            if found is not None and found.quality >= QUALITY_MIN:
                return seen, found, place.inverted
        return None

    def _look_for_more(self, grey: Grey, box: TimeBox) -> Sighted | None:
        if not box.has(_LITE_MS):
            return None
        full = self._runs % FULL_EVERY == FULL_EVERY - 1 and box.has(_FULL_MS)
        inverted = self._runs % INVERTED_EVERY == INVERTED_EVERY - 1 and self._sum.frames == 0
        self._runs += 1
        seen = _turned(grey, inverted)
        fits = locate(seen, FULL if full else LITE, box)
        looks = (look_from(seen, fit, box) for fit in fits if box.has(look_from_ms(fit.geometry.n)))
        best = max(looks, key=lambda found: found.quality, default=None)
        return None if best is None or best.quality < QUALITY_MIN else (seen, best, inverted)

    def _use(self, grey: Grey, found: Look, inverted: bool, box: TimeBox) -> SoftReading | None:
        self._lost_for = 0
        self._track = Place(found.geometry, inverted)
        self.seen = found
        total = self._sum.add(found.likelihoods)
        decoded = found.decoded
        n = found.geometry.n
        if decoded is None and self._sum.frames > 1 and box.has(look_from_ms(n)):
            decoded = decode(grid_of(n), total, box)
        if decoded is None:
            found = look_again(grey, found, box)
            decoded = found.decoded
        return None if decoded is None else self._believed(decoded, found.geometry)

    def _believed(self, decoded: Decoded, geometry: Geometry) -> SoftReading | None:
        if decoded.used > SURE_SHARE and decoded.text != self._doubtful:
            self._doubtful = decoded.text
            return None
        return SoftReading(decoded.text, geometry.corners())


def _turned(grey: Grey, inverted: bool) -> Grey:
    return np.asarray(255 - grey, dtype=np.uint8) if inverted else grey
