"""Exposure biased down: before a bright screen, dark pictures are read and washed-out ones are not.

At a tenth of the light every decoder still reads; saturated glare defeats all of them (reference: qr, 3.2
and 5). A camera left to itself exposes for the dark hall behind the phone, and in dim light also halves its
rate. What is set is read back: many cameras accept a value and keep their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hw.scanner.port import Exposure

AUTO_EXPOSURE = 0x009A0901
EXPOSURE_TIME = 0x009A0902  # in units of 100 us
BRIGHTNESS = 0x00980900
"""Control ids of videodev2.h and v4l2-controls.h."""

MANUAL = 1
EXPOSURE_UNIT_US = 100
BRIGHTNESS_STEP_DOWN = 0.25
"""Of the way from the default down to the least, where only brightness can be set."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a camera says of one of its controls."""

    minimum: int
    maximum: int
    step: int
    default: int


class Controls(Protocol):
    """The controls of an open camera."""

    def range(self, control: int) -> Range | None:
        """None when the camera has no such control, or not now."""
        ...

    def get(self, control: int) -> int | None:
        """None when it cannot be read."""
        ...

    def set(self, control: int, value: int) -> bool:
        """False when the camera refuses."""
        ...


def lower_exposure(controls: Controls, exposure_max_us: int) -> Exposure:
    """Exposes no longer than `exposure_max_us` where the camera allows it, else lowers its brightness.

    Whatever did not come out as asked is put back, so that AS_FOUND means what it says.
    """
    if _shorten(controls, exposure_max_us):
        return Exposure.SHORTENED
    if _darken(controls):
        return Exposure.DARKENED
    return Exposure.AS_FOUND


def _shorten(controls: Controls, exposure_max_us: int) -> bool:
    time, mode_before = controls.range(EXPOSURE_TIME), controls.get(AUTO_EXPOSURE)
    if time is None or mode_before is None or time.minimum * EXPOSURE_UNIT_US > exposure_max_us:
        return False
    if not controls.set(AUTO_EXPOSURE, MANUAL):
        return False
    wanted = _fitted(exposure_max_us // EXPOSURE_UNIT_US, time)
    accepted = controls.set(EXPOSURE_TIME, wanted)
    there = controls.get(EXPOSURE_TIME)
    if accepted and controls.get(AUTO_EXPOSURE) == MANUAL and there is not None and 0 < there <= wanted:
        return True
    controls.set(AUTO_EXPOSURE, mode_before)
    return False


def _darken(controls: Controls) -> bool:
    brightness, before = controls.range(BRIGHTNESS), controls.get(BRIGHTNESS)
    if brightness is None or before is None:
        return False
    down = brightness.default - round((brightness.default - brightness.minimum) * BRIGHTNESS_STEP_DOWN)
    wanted = _fitted(down, brightness)
    if before <= wanted:
        return True  # of an earlier opening: a camera keeps its controls
    controls.set(BRIGHTNESS, wanted)
    there = controls.get(BRIGHTNESS)
    if there is not None and there < before:
        return True
    controls.set(BRIGHTNESS, before)
    return False


def _fitted(value: int, allowed: Range) -> int:
    """The nearest value not above that is a whole number of steps from the least."""
    inside = min(max(value, allowed.minimum), allowed.maximum)
    return inside - (inside - allowed.minimum) % max(1, allowed.step)
