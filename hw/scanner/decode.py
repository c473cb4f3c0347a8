"""From a picture to texts: which decoders, in which order, at what cost.

A stream gets two cheap looks at each picture, then the soft reader, then one hard try; a file
gets everything. What zxing-cpp says of a code is the truth, also for what the soft reader
corrected (reference: qr, 4, and qr-soft, 5).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from hw.scanner import soft
from hw.scanner._opencv import cv2
from hw.scanner.classify import TEXT_MAX_CHARS
from hw.scanner.decoders import (
    HARD_TRIES,
    STILL_TRIES,
    Attempt,
    Finds,
    Reading,
    by_pyzbar,
    by_zxing,
    moved,
    resized,
    zxing_half,
)
from hw.scanner.sight import Corners, Grey, Point, Sight, look_at
from hw.scanner.soft.timebox import Clock, TimeBox, thread_s

__all__ = [
    "Corners",
    "PictureError",
    "Reading",
    "StreamDecoder",
    "as_grey",
    "by_pyzbar",
    "by_zxing",
    "read_still",
]

ATTEMPT_MAX_MS = 60.0
"""All that is done for one picture, in time of the clock given; asked for between stages."""
HARD_TRY_MAX_MS = 30.0
"""A hard try begins only when so much is left, and after taking longer sits out `PENALTY_TURNS` turns."""
HARD_TRY_LOOKS = 2.5
"""And only when so many times the first look's time is left: a texture that is slow once stays slow."""
PENALTY_TURNS = 8
STREAM_AREA_MAX_PX = 1280 * 800
"""Of a stream's picture after the two cheap looks: the locator's time goes with the area."""
STILL_SIDE_MAX_PX = 1600
"""Longest side at which the costly tries look at a still picture; the first decoder sees all of it."""
SIDE_MAX_PX = 32_000  # OpenCV's warps count pixels in 16 bit
STILL_SOFT_MAX_MS = 400.0
SOFT = "soft"


class PictureError(ValueError):
    """What was given is no picture; the message says why."""


def as_grey(picture: npt.NDArray[Any]) -> Grey:
    """(height, width) 8 bit of any array with one to four channels and numbers in it.

    16 bit is scaled down, other numbers are clipped to 0..255. Raises PictureError for empty
    arrays, other shapes, more than SIDE_MAX_PX, and arrays of no numbers.
    """
    if picture.ndim not in (2, 3) or 0 in picture.shape or (picture.ndim == 3 and picture.shape[2] > 4):
        raise PictureError(f"an array of shape {picture.shape} is no picture")
    if max(picture.shape[:2]) > SIDE_MAX_PX:
        raise PictureError(f"a side of {max(picture.shape[:2])} pixels is more than {SIDE_MAX_PX}")
    if picture.dtype.kind not in "buif":
        raise PictureError(f"{picture.dtype} is no grey level")
    flat = picture if picture.dtype == np.uint8 else _to_8_bit(picture)
    if flat.ndim == 3:
        channels = flat.shape[2]
        flat = flat[:, :, 0] if channels < 3 else cv2.cvtColor(flat[:, :, :3], cv2.COLOR_BGR2GRAY)
    return np.ascontiguousarray(flat, dtype=np.uint8)


def _to_8_bit(picture: npt.NDArray[Any]) -> Grey:
    if picture.dtype == np.uint16:
        return np.asarray(picture >> 8, dtype=np.uint8)
    if picture.dtype == np.bool_:
        return np.asarray(picture * np.uint8(255))
    known = (
        np.nan_to_num(picture, nan=0.0, posinf=255.0, neginf=0.0) if picture.dtype.kind == "f" else picture
    )
    return np.asarray(np.clip(known, 0, 255), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the sight of a picture is measured from, if somebody asks for it."""

    grey: Grey = field(repr=False)
    corners: Corners
    modules: int
    quality: float | None


class StreamDecoder:
    """Reads one picture of a stream after another, and remembers what it saw of a code it could not read."""

    def __init__(self, clock_s: Clock = thread_s) -> None:
        self._clock_s = clock_s
        self._turn = 0
        self._sits_out: dict[Attempt, int] = {}
        self._soft = soft.SoftReader(clock_s)
        self._seen: _Seen | None = None
        self._seen_before: Corners | None = None

    def read(self, picture: npt.NDArray[Any]) -> list[Reading]:
        """The codes of one picture. Empty when nothing could be read; raises PictureError as `as_grey`."""
        grey = as_grey(picture)
        box = TimeBox(ATTEMPT_MAX_MS, self._clock_s)
        self._seen_before = None if self._seen is None else self._seen.corners
        self._seen = None
        first = by_zxing(grey)
        first_ms = ATTEMPT_MAX_MS - box.left_ms()
        second = zxing_half(grey) if not first.readings and box.has(first_ms) else Finds([], [])
        readings = first.readings or second.readings
        if readings:
            self._soft.forget()
            return readings
        scale = min(1.0, math.sqrt(STREAM_AREA_MAX_PX / grey.size))
        small = grey if scale == 1.0 else resized(grey, scale)
        readings = self._read_soft(grey, small, scale, first.located or second.located, box)
        if not readings and box.has(max(HARD_TRY_MAX_MS, HARD_TRY_LOOKS * first_ms)):
            readings = _at_scale(Finds(self._hard_try(small), []), scale).readings
        return readings

    @property
    def sight(self) -> Sight | None:
        """What is known of a code that the newest picture holds unread; None without one."""
        if self._seen is None:
            return None
        seen = self._seen
        return look_at(
            seen.grey, seen.corners, modules=seen.modules, quality=seen.quality, before=self._seen_before
        )

    def _read_soft(
        self, grey: Grey, small: Grey, scale: float, located: list[soft.Geometry], box: TimeBox
    ) -> list[Reading]:
        """The soft reader on `small`, which is `scale` times the size of `grey`."""
        reading = self._soft.read(small, [_on_small(one, scale) for one in located], box)
        if (look := self._soft.seen) is not None:
            corners = _back(look.geometry.corners(), scale)
            self._seen = _Seen(grey, corners, look.geometry.n, look.quality)
        elif located:
            self._seen = _Seen(grey, located[0].corners(), located[0].n, None)
        if reading is None or not 0 < len(reading.text) <= TEXT_MAX_CHARS:
            return []
        self._soft.forget()
        self._seen = None
        return [Reading(reading.text, _back(reading.corners, scale), SOFT)]

    def _hard_try(self, grey: Grey) -> list[Reading]:
        attempt = HARD_TRIES[self._turn % len(HARD_TRIES)]
        self._turn += 1
        if self._sits_out.get(attempt, 0) > 0:
            self._sits_out[attempt] -= 1
            return []
        began_s = self._clock_s()
        readings = attempt(grey).readings
        if (self._clock_s() - began_s) * 1000 > HARD_TRY_MAX_MS:
            self._sits_out[attempt] = PENALTY_TURNS
        if readings:
            self._soft.forget()
            self._seen = None
        return readings


def read_still(picture: npt.NDArray[Any]) -> list[Reading]:
    """Every code of a single picture, each once, with all tries: for files, not for a stream.

    Two codes with one text at two places are two codes. Where two decoders read the
    same place, the earlier one in the order of trust is believed. Raises PictureError as `as_grey`.
    """
    grey = as_grey(picture)
    scale = min(1.0, STILL_SIDE_MAX_PX / max(grey.shape))
    small = grey if scale == 1.0 else resized(grey, scale)
    finds = [_at_scale(by_zxing(small, "zxing"), scale)] if scale < 1 else []
    finds = [by_zxing(grey), zxing_half(grey), *finds]
    finds += [_at_scale(attempt(small), scale) for attempt in STILL_TRIES]
    readings = _each_once(reading for find in finds for reading in find.readings)
    located = [_on_small(one, scale) for find in finds for one in find.located]
    taken = [_scaled(reading.corners, scale) for reading in readings]
    more = soft.read_still(small, located, taken, TimeBox(STILL_SOFT_MAX_MS))
    found = [
        Reading(one.text, _back(one.corners, scale), SOFT) for one in more if len(one.text) <= TEXT_MAX_CHARS
    ]
    return _each_once([*readings, *found])


def _at_scale(finds: Finds, scale: float) -> Finds:
    """What was found in a picture `scale` times the original's size, in the original."""
    if scale == 1.0:
        return finds
    readings = [Reading(one.text, moved(one.corners, scale), one.by) for one in finds.readings]
    located = [soft.from_corners(one.n, moved(one.corners(), scale)) for one in finds.located]
    return Finds(readings, located)


def _on_small(geometry: soft.Geometry, scale: float) -> soft.Geometry:
    return geometry if scale == 1.0 else soft.from_corners(geometry.n, _scaled(geometry.corners(), scale))


def _scaled(corners: Corners, scale: float) -> Corners:
    return moved(corners, 1 / scale)


def _back(corners: Corners, scale: float) -> Corners:
    return corners if scale == 1.0 else moved(corners, scale)


def _each_once(readings: Iterable[Reading]) -> list[Reading]:
    kept: list[Reading] = []
    for reading in readings:
        if not any(_same_place(reading.corners, other.corners) for other in kept):
            kept.append(reading)
    return kept


def _same_place(one: Corners, other: Corners) -> bool:
    """True when the middle of either lies inside the other."""
    return _holds(one, _middle(other)) or _holds(other, _middle(one))


def _middle(corners: Corners) -> Point:
    return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4


def _holds(corners: Corners, point: Point) -> bool:
    outline = np.asarray(corners, dtype=np.float32)
    return bool(cv2.pointPolygonTest(outline, point, False) >= 0)
