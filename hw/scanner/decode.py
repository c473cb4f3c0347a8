"""From a grey picture to texts: which decoders, in which order, at what cost.

zxing-cpp reads 93.7 % of real photographs at 1.1 ms, pyzbar 73.6 % at 8.1 ms
(reference: qr, 3.1), so zxing-cpp is first and pyzbar the second opinion, for
cracked and steeply tilted codes. pyzbar re-encodes bytes silently (UTF-8 Chinese
came back as other hanzi), so only its ASCII texts are believed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import zxingcpp
from pyzbar import pyzbar

from hw.scanner._opencv import cv2
from hw.scanner.classify import TEXT_MAX_CHARS

Grey = npt.NDArray[np.uint8]
Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]

HARD_TRY_MAX_MS = 30.0
"""A hard try that took longer on this machine sits out `PENALTY_TURNS` of its turns."""
PENALTY_TURNS = 8
STILL_SIDE_MAX_PX = 1600
"""Longest side at which the costly tries look at a still picture; the first decoder sees all of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One code in one picture. `corners` go round the symbol, in pixels of the picture given."""

    text: str = field(repr=False)
    corners: Corners
    by: str


_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
"""Looking for every format costs seven times as much."""

Attempt = Callable[[Grey], list[Reading]]


def by_zxing(grey: Grey, name: str = "zxing", scale: float = 1.0, coarse: bool = False) -> list[Reading]:
    """Every QR code that zxing-cpp reads. `scale` is the size of `grey` relative to the original picture."""
    found = zxingcpp.read_barcodes(
        grey,
        formats=_QR_ONLY,
        binarizer=zxingcpp.Binarizer.GlobalHistogram if coarse else zxingcpp.Binarizer.LocalAverage,
    )
    return [
        Reading(code.text, _corners(_zxing_points(code.position), scale), name)
        for code in found
        if code.valid and 0 < len(code.text) <= TEXT_MAX_CHARS
    ]


def by_pyzbar(grey: Grey, name: str = "pyzbar", scale: float = 1.0) -> list[Reading]:
    """The QR codes that pyzbar reads, ASCII only: of other texts nobody can say what it made of them."""
    try:
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:
        # Some ordinary codes have orientation -1, which pyzbar 0.1.9 turns into this (pyzbar#139).
        return []
    return [
        Reading(code.data.decode("ascii"), _corners(_zbar_points(code), scale), name)
        for code in found
        if code.data and code.data.isascii()
    ]


def _zxing_points(position: Any) -> list[Point]:
    ring = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return [(point.x, point.y) for point in ring]


def _zbar_points(code: Any) -> list[Point]:
    if len(code.polygon) == 4:
        return [(point.x, point.y) for point in code.polygon]
    left, top, width, height = code.rect
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


def _corners(points: list[Point], scale: float) -> Corners:
    # A pixel is an area: the middle of the first pixel is 0.5 in both pictures.
    a, b, c, d = (((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5) for x, y in points)
    return a, b, c, d


def _resized(grey: Grey, scale: float) -> Grey:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=way), dtype=np.uint8)


def _sharpened(grey: Grey) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), 4.0)
    return np.asarray(cv2.addWeighted(grey, 4.0, soft, -3.0, 0), dtype=np.uint8)


_GAMMA_2 = np.asarray([round(255 * (level / 255) ** 2) for level in range(256)], dtype=np.uint8)


def _thresholded(grey: Grey) -> Grey:
    local = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 51, 5)
    return np.asarray(local, dtype=np.uint8)


def zxing_half(grey: Grey) -> list[Reading]:
    """Half size gathers light and noise, and brings very large codes into reach (0.3-0.5 ms)."""
    return by_zxing(_resized(grey, 0.5), "zxing-half", 0.5)


def _pyzbar_half(grey: Grey) -> list[Reading]:
    return by_pyzbar(_resized(grey, 0.5), "pyzbar-half", 0.5)


def _zxing_larger(grey: Grey) -> list[Reading]:
    return by_zxing(_resized(grey, 1.5), "zxing-larger", 1.5)


def _zxing_sharp(grey: Grey) -> list[Reading]:
    return by_zxing(_sharpened(grey), "zxing-sharp")


def _zxing_gamma(grey: Grey) -> list[Reading]:
    return by_zxing(np.asarray(cv2.LUT(grey, _GAMMA_2), dtype=np.uint8), "zxing-gamma")


def _zxing_coarse(grey: Grey) -> list[Reading]:
    return by_zxing(_resized(grey, 0.5), "zxing-coarse", 0.5, coarse=True)


def _zxing_median(grey: Grey) -> list[Reading]:
    return by_zxing(np.asarray(cv2.medianBlur(grey, 3), dtype=np.uint8), "zxing-median")


def _zxing_threshold(grey: Grey) -> list[Reading]:
    return by_zxing(_thresholded(grey), "zxing-threshold")


def _pyzbar_threshold(grey: Grey) -> list[Reading]:
    return by_pyzbar(_thresholded(grey), "pyzbar-threshold")


HARD_TRIES: tuple[Attempt, ...] = (
    *(_pyzbar_half, _zxing_larger, _zxing_sharp, _pyzbar_half, _zxing_gamma, _zxing_median),
    *(by_pyzbar, _zxing_larger, _zxing_sharp, _pyzbar_half, _zxing_coarse, _zxing_median),
)
"""One of these, in turn, for each picture that the first two did not read (reference: qr, 4d).

More than one per picture makes the time to the first reading worse, not better.
"""

STILL_TRIES: tuple[Attempt, ...] = (
    *(_zxing_larger, _zxing_sharp, _zxing_gamma, _zxing_coarse, _zxing_median, _zxing_threshold),
    *(by_pyzbar, _pyzbar_half, _pyzbar_threshold),
)


class StreamDecoder:
    """Reads one picture of a stream after another: two cheap looks, then at most one hard try."""

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._turn = 0
        self._sits_out: dict[Attempt, int] = {}

    def read(self, grey: Grey) -> list[Reading]:
        """The codes of one picture, (height, width) 8 bit. Empty when nothing could be read."""
        return by_zxing(grey) or zxing_half(grey) or self._hard_try(grey)

    def _hard_try(self, grey: Grey) -> list[Reading]:
        attempt = HARD_TRIES[self._turn % len(HARD_TRIES)]
        self._turn += 1
        if self._sits_out.get(attempt, 0) > 0:
            self._sits_out[attempt] -= 1
            return []
        began_s = self._clock_s()
        readings = attempt(grey)
        if (self._clock_s() - began_s) * 1000 > HARD_TRY_MAX_MS:
            self._sits_out[attempt] = PENALTY_TURNS
        return readings


def read_still(grey: Grey) -> list[Reading]:
    """Every code of a single picture, each once, with all tries: for files, not for a stream.

    Two codes with one text at two places are two codes. Where two decoders read the
    same place, the earlier one in the order of trust is believed.
    """
    scale = min(1.0, STILL_SIDE_MAX_PX / max(grey.shape))
    small = grey if scale == 1.0 else _resized(grey, scale)
    fitted = by_zxing(small, "zxing-fitted", scale) if scale < 1 else []
    first = chain(by_zxing(grey), zxing_half(grey), fitted)
    more = chain.from_iterable(_rescaled(attempt(small), scale) for attempt in STILL_TRIES)
    return _each_once(chain(first, more))


def _rescaled(readings: Iterable[Reading], scale: float) -> Iterator[Reading]:
    for reading in readings:
        yield Reading(reading.text, _corners(list(reading.corners), scale), reading.by)


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
