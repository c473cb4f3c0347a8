"""Places that look like a finder pattern: a ring from every direction first, then a square, at its size.

A blurred ring template, the same from every direction, gives candidates over a pyramid of the picture.
On sharp pictures much texture answers to it too, so the candidates are compared with the finder
itself, turned and tilted, at several sizes around the candidate's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.sight import Corners, Grey
from hw.scanner.soft.timebox import UNHURRIED, TimeBox

Floats = npt.NDArray[np.float64]
Template = npt.NDArray[np.float32]

RING_PX = 17
RING_MODULE_PX = 1.5
RING_BLUR = 0.55  # modules
RING_MIN = 0.44  # correlation
SQUARE_PX = 18  # of a patch of nine modules
SQUARE_BLUR = 0.45  # modules
SIZES = (0.85, 1.04, 1.27, 1.55, 1.89, 2.3, 2.8)
"""Times the candidate's size: the inner square alone answers to the ring at 0.35 of the size."""
TILTS = (0.62, 0.8)  # height of a tilted finder by its width
ANGLES = 9  # in a quarter turn
APART = 3.0  # modules between two finders
CANDIDATES_MAX = 200  # a level
_LEVEL_MS = 15.0  # what the largest level may be expected to take
_NEIGHBOURS = np.ones((7, 7), np.uint8)


@dataclass(frozen=True, slots=True)
class Peaks:
    """Finder candidates, best first: picture `points` (count, 2), `module_px` and correlation of each."""

    points: Floats
    module_px: Floats
    ncc: Floats

    def only(self, rows: npt.NDArray[np.int64]) -> Peaks:
        return Peaks(self.points[rows], self.module_px[rows], self.ncc[rows])


Levels = tuple[tuple[float, float], ...]
"""Factors of the picture's size, each with the factor of the level it is made from: halves are quick."""


def find_peaks(
    grey: Grey, levels: Levels, keep: int, taken: Sequence[Corners] = (), box: TimeBox = UNHURRIED
) -> Peaks:
    """The best `keep` finder candidates of a picture, dark on light, none inside the outlines `taken`.

    Levels, the largest first, are looked at while there is time.
    """
    pyramid = {1.0: grey}
    found = [Peaks(np.zeros((0, 2)), np.zeros(0), np.zeros(0))]
    for factor, source in levels:
        small = pyramid[factor] = _level(pyramid, factor, source)
        if min(small.shape) < RING_PX + 2 or not box.has(_LEVEL_MS):
            break
        rings = _rings(small)
        points = (rings.points + 0.5) / factor - 0.5
        free = np.nonzero(_outside(points, taken))[0]
        rings, points = rings.only(free), points[free]
        if len(free):
            ncc, times = _squareness(small, rings)
            found.append(Peaks(points, rings.module_px * times / factor, ncc))
    points, module_px, ncc = (
        np.concatenate([getattr(one, name) for one in found]) for name in ("points", "module_px", "ncc")
    )
    return _apart(Peaks(points, module_px, ncc), keep)


def _level(pyramid: dict[float, Grey], factor: float, source: float) -> Grey:
    if factor in pyramid:
        return pyramid[factor]
    larger = pyramid[source] if source in pyramid else _level(pyramid, source, 1.0)
    height, width = pyramid[1.0].shape
    size = max(1, int(width * factor)), max(1, int(height * factor))
    return np.asarray(cv2.resize(larger, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _rings(small: Grey) -> Peaks:
    """Maxima of the ring's correlation in one level, in its pixels."""
    map_ = _ring_map(small)
    highest = cv2.dilate(map_, _NEIGHBOURS)
    rows, columns = np.nonzero((map_ >= highest) & (map_ > RING_MIN))
    ncc = map_[rows, columns].astype(np.float64)
    best = np.argsort(-ncc, kind="stable")[:CANDIDATES_MAX]
    points = np.stack((columns, rows), axis=1)[best].astype(np.float64)
    return Peaks(points + (RING_PX - 1) / 2, np.full(len(best), RING_MODULE_PX), ncc[best])


def _ring_map(small: Grey) -> Template:
    """Normalised correlation with the ring, (height, width) less RING_PX - 1.

    What cv2.matchTemplate gives with TM_CCOEFF_NORMED, in two thirds of its time; below a grey level of
    deviation nothing is seen.
    """
    window, half, count = (RING_PX, RING_PX), RING_PX // 2, RING_PX * RING_PX
    inner = slice(half, -half), slice(half, -half)
    total = cv2.boxFilter(small, cv2.CV_32F, window, normalize=False)[inner]
    squares = cv2.sqrBoxFilter(small, cv2.CV_32F, window, normalize=False)[inner]
    spread = np.sqrt(np.maximum(squares - total * total / count, count))
    shared = cv2.matchTemplate(small.astype(np.float32), ring_template(), cv2.TM_CCORR)
    return np.asarray(shared / spread, dtype=np.float32)


@lru_cache(maxsize=1)
def ring_template() -> Template:
    """The nested squares of a finder, averaged over twelve angles, and blurred; of mean 0 and length 1."""
    fine = 8
    turns = np.arange(12) * np.pi / 24
    total = np.sum([_finder(RING_PX * fine, RING_MODULE_PX * fine, turn) for turn in turns], axis=0)
    soft = cv2.GaussianBlur(total, (0, 0), RING_BLUR * RING_MODULE_PX * fine)
    ring = soft.reshape(RING_PX, fine, RING_PX, fine).mean(axis=(1, 3))
    ring -= ring.mean()
    return np.asarray(ring / np.linalg.norm(ring), dtype=np.float32)


def _finder(side: int, module_px: float, turn: float, tilt: float = 1.0, axis: float = 0.0) -> Floats:
    """A finder with its light border in a (side, side) picture, dark -1, light +1, around it 0."""
    steps = (np.arange(side) + 0.5 - side / 2) / module_px
    x, y = np.meshgrid(steps, steps)
    along, across = x * np.cos(axis) + y * np.sin(axis), (y * np.cos(axis) - x * np.sin(axis)) / tilt
    x, y = along * np.cos(axis) - across * np.sin(axis), along * np.sin(axis) + across * np.cos(axis)
    right, down = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    ring = np.floor(np.maximum(np.abs(right), np.abs(down)) + 0.5)
    return np.select([ring < 2, ring < 3, ring < 4, ring < 5], [-1.0, 1.0, -1.0, 1.0], 0.0)


@lru_cache(maxsize=1)
def _square_templates() -> Template:
    """Finders turned and tilted, (pixels, templates), each of mean 0 and length 1."""
    fine, module_px = 4, SQUARE_PX / 9
    poses = [(turn, 1.0, 0.0) for turn in np.arange(ANGLES) * np.pi / 2 / ANGLES]
    poses += [
        (turn, tilt, axis)
        for turn in np.arange(4) * np.pi / 8
        for tilt in TILTS
        for axis in np.arange(6) * np.pi / 6
    ]
    columns = []
    for turn, tilt, axis in poses:
        large = _finder(SQUARE_PX * fine, module_px * fine, turn, tilt, axis)
        soft = cv2.GaussianBlur(large, (0, 0), SQUARE_BLUR * module_px * fine)
        small = soft.reshape(SQUARE_PX, fine, SQUARE_PX, fine).mean(axis=(1, 3)).ravel()
        columns.append((small - small.mean()) / np.linalg.norm(small - small.mean()))
    return np.asarray(np.stack(columns, axis=1), dtype=np.float32)


def _squareness(small: Grey, rings: Peaks) -> tuple[Floats, Floats]:
    """The best correlation with a finder around each candidate, and at how many times its size."""
    steps = ((np.arange(SQUARE_PX) + 0.5) / SQUARE_PX * 9 - 4.5).astype(np.float32)
    right, down = (axis.ravel() for axis in np.meshgrid(steps, steps))
    reach = rings.module_px[:, np.newaxis].astype(np.float32) * np.array(SIZES, np.float32)
    x = rings.points[:, 0, np.newaxis, np.newaxis].astype(np.float32) + reach[..., np.newaxis] * right
    y = rings.points[:, 1, np.newaxis, np.newaxis].astype(np.float32) + reach[..., np.newaxis] * down
    shape = -1, SQUARE_PX * SQUARE_PX
    seen = cv2.remap(
        small, x.reshape(shape), y.reshape(shape), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    seen -= seen.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", seen, seen)) + SQUARE_PX
    best = ((seen @ _square_templates()).max(axis=1) / length).reshape(-1, len(SIZES))
    return best.max(axis=1).astype(np.float64), np.array(SIZES)[best.argmax(axis=1)]


def _outside(points: Floats, taken: Sequence[Corners]) -> npt.NDArray[np.bool_]:
    """Which points lie in none of the convex outlines."""
    free = np.ones(len(points), bool)
    for outline in taken:
        corners = np.asarray(outline)
        sides = np.roll(corners, -1, axis=0) - corners
        away = points[:, np.newaxis, :] - corners[np.newaxis]
        turns = sides[:, 0] * away[:, :, 1] - sides[:, 1] * away[:, :, 0]
        free &= ~(np.all(turns >= 0, axis=1) | np.all(turns <= 0, axis=1))
    return free


def _apart(peaks: Peaks, keep: int) -> Peaks:
    """The best `keep` that are not on top of a better one."""
    kept: list[int] = []
    for index in np.argsort(-peaks.ncc, kind="stable"):
        if kept:
            near = np.hypot(*(peaks.points[kept] - peaks.points[index]).T)
            if np.any(near < APART * np.maximum(peaks.module_px[kept], peaks.module_px[index])):
                continue
        kept.append(int(index))
        if len(kept) == keep:
            break
    return peaks.only(np.array(kept, np.int64))
