"""The decoders of others, and the cheap changes to a picture that bring more codes into their reach.

zxing-cpp reads 93.7 % of real photographs at 1.1 ms, pyzbar 73.6 % at 8.1 ms
(reference: qr, 3.1), so zxing-cpp is first and pyzbar the second opinion on files, for
cracked and steeply tilted codes. pyzbar re-encodes bytes silently (UTF-8 Chinese
came back as other hanzi), so only its ASCII texts are believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import zxingcpp
from pyzbar import pyzbar

from hw.scanner._opencv import cv2
from hw.scanner.classify import TEXT_MAX_CHARS
from hw.scanner.sight import Corners, Grey, Point
from hw.scanner.soft import Geometry, from_corners

VERSION_MAX = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One code in one picture. `corners` go round the symbol, in pixels of the picture given."""

    text: str = field(repr=False)
    corners: Corners
    by: str


@dataclass(frozen=True, slots=True)
class Finds:
    """What one decoder made of one picture: codes that it read, and codes that it only located."""

    readings: list[Reading]
    located: list[Geometry]


Attempt = Callable[[Grey], Finds]

_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
"""Looking for every format costs seven times as much."""


def by_zxing(grey: Grey, name: str = "zxing", scale: float = 1.0, coarse: bool = False) -> Finds:
    """Every QR code that zxing-cpp reads or locates. `scale` is the size of `grey` by the original's."""
    found = zxingcpp.read_barcodes(
        grey,
        formats=_QR_ONLY,
        binarizer=zxingcpp.Binarizer.GlobalHistogram if coarse else zxingcpp.Binarizer.LocalAverage,
        text_mode=zxingcpp.TextMode.Plain,  # the mode for people writes control characters as "<GS>"
        return_errors=True,
    )
    readings, located = [], []
    for code in found:
        modules = _modules_of(code)
        if modules is None:
            continue  # a rectangular or micro code, which texture imitates easily
        corners = moved(_zxing_points(code.position), scale)
        if code.valid and 0 < len(code.text) <= TEXT_MAX_CHARS:
            readings.append(Reading(code.text, corners, name))
        elif not code.valid and _area(corners) > modules**2:
            located.append(from_corners(modules, corners))
    return Finds(readings, located)


def _modules_of(code: Any) -> int | None:
    """None for rectangular and micro codes (versions "R.." and "M.."), which come with this format too."""
    extra = code.extra
    version = str(extra.get("Version", "")) if isinstance(extra, dict) else ""
    return 17 + 4 * int(version) if version.isdigit() and 1 <= int(version) <= VERSION_MAX else None


def by_pyzbar(grey: Grey, name: str = "pyzbar", scale: float = 1.0) -> Finds:
    """The QR codes that pyzbar reads, ASCII only: of other texts nobody can say what it made of them."""
    try:
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:
        # Some ordinary codes have orientation -1, which pyzbar 0.1.9 turns into this (pyzbar#139).
        return Finds([], [])
    return Finds(
        [
            Reading(code.data.decode("ascii"), moved(_zbar_points(code), scale), name)
            for code in found
            if 0 < len(code.data) <= TEXT_MAX_CHARS and code.data.isascii()
        ],
        [],
    )


def _zxing_points(position: Any) -> list[Point]:
    ring = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return [(point.x, point.y) for point in ring]


_ZBAR_TOP_LEFT = {"UP": (-1, -1), "RIGHT": (1, -1), "DOWN": (1, 1), "LEFT": (-1, 1)}
"""Where from the middle the code's own top left corner lies, by what zbar says of its orientation."""


def _zbar_points(code: Any) -> list[Point]:
    """Round the symbol from its own top left corner, clockwise: pyzbar's outline begins anywhere."""
    left, top, width, height = code.rect
    ring = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    if len(code.polygon) == 4:
        ring = [(point.x, point.y) for point in code.polygon]
    if cv2.contourArea(np.asarray(ring, dtype=np.float32), oriented=True) < 0:
        ring.reverse()
    across, down = _ZBAR_TOP_LEFT.get(str(code.orientation), (-1, -1))
    first = max(range(4), key=lambda place: ring[place][0] * across + ring[place][1] * down)
    return ring[first:] + ring[:first]


def _area(corners: Corners) -> float:
    return abs(float(cv2.contourArea(np.asarray(corners, dtype=np.float32))))


def moved(points: list[Point] | Corners, scale: float) -> Corners:
    """Points of a picture `scale` times the original's size, in the original."""
    # A pixel is an area: the middle of the first pixel is 0.5 in both pictures.
    a, b, c, d = (((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5) for x, y in points)
    return a, b, c, d


def resized(grey: Grey, scale: float) -> Grey:
    """Area means when it gets smaller, cubic when it gets larger; at least one pixel."""
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


def zxing_half(grey: Grey) -> Finds:
    """Half size gathers light and noise, and brings very large codes into reach (0.3-0.5 ms)."""
    return by_zxing(resized(grey, 0.5), "zxing-half", 0.5)


def _pyzbar_half(grey: Grey) -> Finds:
    return by_pyzbar(resized(grey, 0.5), "pyzbar-half", 0.5)


def _zxing_larger(grey: Grey) -> Finds:
    return by_zxing(resized(grey, 1.5), "zxing-larger", 1.5)


def _zxing_sharp(grey: Grey) -> Finds:
    return by_zxing(_sharpened(grey), "zxing-sharp")


def _zxing_gamma(grey: Grey) -> Finds:
    return by_zxing(np.asarray(cv2.LUT(grey, _GAMMA_2), dtype=np.uint8), "zxing-gamma")


def _zxing_coarse(grey: Grey) -> Finds:
    return by_zxing(resized(grey, 0.5), "zxing-coarse", 0.5, coarse=True)


def _zxing_median(grey: Grey) -> Finds:
    return by_zxing(np.asarray(cv2.medianBlur(grey, 3), dtype=np.uint8), "zxing-median")


def _zxing_threshold(grey: Grey) -> Finds:
    return by_zxing(_thresholded(grey), "zxing-threshold")


def _pyzbar_threshold(grey: Grey) -> Finds:
    return by_pyzbar(_thresholded(grey), "pyzbar-threshold")


HARD_TRIES: tuple[Attempt, ...] = (
    *(_zxing_larger, _zxing_sharp, _zxing_threshold, _zxing_gamma),
    *(_zxing_larger, _zxing_sharp, _zxing_median, _zxing_coarse),
)
"""One of these, in turn, for each picture that the first two did not read (reference: qr, 4d).

More than one per picture makes the time to the first reading worse, not better. pyzbar is not among them:
beside the soft reader it gained nothing in 78 streams, and takes 30 to 300 ms on what looks like finders.
"""

STILL_TRIES: tuple[Attempt, ...] = (
    *(_zxing_larger, _zxing_sharp, _zxing_gamma, _zxing_coarse, _zxing_median, _zxing_threshold),
    *(by_pyzbar, _pyzbar_half, _pyzbar_threshold),
)
