"""Finding codes that no decoder located: blurred finder rings, then the timing pattern between them.

A rotation-free ring template finds finder candidates over a pyramid; ordered triples of them
are judged by the alternation of the timing pattern for every possible size, which is what tells
a code from texture (reference: qr-soft, 5.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.sight import Corners, Grey
from hw.scanner.soft.geometry import Geometry, from_points, is_plausible
from hw.scanner.soft.grid import MODULES_MAX, MODULES_MIN
from hw.scanner.soft.peaks import Levels, Peaks, find_peaks
from hw.scanner.soft.register import Fit, match, register
from hw.scanner.soft.timebox import TimeBox

Floats = npt.NDArray[np.float64]

COS_MAX = 0.55
RATIO_MAX = 2.2  # of the two sides of a triple
SCALE_RATIO_MAX = 2.2
DISTANCE_MIN, DISTANCE_MAX = 10.0, 240.0  # finder to finder, modules
SIZE_RATIO_MIN, SIZE_RATIO_MAX = 0.65, 1.4
"""What a peak says of its size is good to this much."""
SCREENED = 40  # triples whose timing is looked at closely
LINE_OFFSETS = (2.5, 3.0, 3.5)
"""Modules from the finders' middles to the timing line: 3, give or take perspective."""
NOISE_FLOOR = 8.0  # grey levels
ODD_SIZE_SHARE = 0.4  # lost by a size that is not what the peaks say
SHARED_MAX = 3
TRIPLE_SHARE = 0.25  # of the triple's own score in the ranking
ALIGNMENT_WINDOW = 8.0  # modules around the expected place
ALIGNMENT_PX = 3  # pixels a module
ACCEPT_NCC = 0.5
TRIAL_NCC = 0.25  # of the best fourth point, before any step
TRIAL_STEPS = 5
_TRIPLES_MS, _FIT_MS = 15.0, 10.0  # what a stage may be expected to take


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: pyramid `levels` of the picture, peaks and triples kept, candidates registered."""

    levels: Levels
    peaks: int
    triples: int
    candidates: int
    modules_max: int
    timing_min: float


_LITE_LEVELS = ((0.5, 1.0), (0.375, 0.75), (0.25, 0.5), (0.1875, 0.375), (0.125, 0.25))
_STILL_LEVELS = ((0.75, 1.0), *_LITE_LEVELS, (0.09375, 0.1875))
LITE = Effort(_LITE_LEVELS, 16, 80, 2, 61, 0.36)
FULL = Effort(((0.75, 1.0), *_LITE_LEVELS), 24, 200, 4, 61, 0.36)
STILL = Effort(_STILL_LEVELS, 48, 250, 10, MODULES_MAX, 0.2)


@dataclass(frozen=True, slots=True)
class Triple:
    """Middles of the top left, top right, bottom left finder (3, 2), the size, and how sure that is."""

    points: Floats
    n: int
    value: float


def locate(grey: Grey, effort: Effort, box: TimeBox, taken: Sequence[Corners] = ()) -> list[Fit]:
    """Codes in a picture, dark on light, best first, and registered; none inside the outlines `taken`.

    Stops between stages when time is up.
    """
    peaks = find_peaks(grey, effort.levels, effort.peaks, taken, box)
    fits = []
    for triple in triples(grey, peaks, effort) if box.has(_TRIPLES_MS) else ():
        if box.has(_FIT_MS) and (fit := _fitted(grey, triple)):
            fits.append(fit)
    return sorted(fits, key=lambda fit: -fit.ncc)


def triples(grey: Grey, peaks: Peaks, effort: Effort) -> list[Triple]:
    """Ordered triples of peaks with a timing pattern between them, best first."""
    chosen, score, distance = _shapes(peaks, effort.triples)
    if not len(chosen):
        return []
    corners = peaks.points[chosen]
    soft = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.8), dtype=np.uint8)
    value = _timing_by_size(soft, corners, distance, effort.modules_max, LINE_OFFSETS[1:2]).max(axis=1)
    # The other lines are looked at only where the middle one promises something.
    screened = np.argsort(-(value + TRIPLE_SHARE * score), kind="stable")[
        : max(SCREENED, effort.candidates * 6)
    ]
    corners, score = corners[screened], score[screened]
    values = _timing_by_size(soft, corners, distance[screened], effort.modules_max, LINE_OFFSETS)
    sizes = np.arange(MODULES_MIN, effort.modules_max + 1, 4)
    odd = np.abs(np.log((sizes - 7) / distance[screened][:, np.newaxis]))
    ranking = values + TRIPLE_SHARE * score[:, np.newaxis] - ODD_SIZE_SHARE * odd
    ranking = np.where(values > effort.timing_min, ranking, -np.inf)
    ranked = []
    for place in np.argsort(-ranking, axis=None, kind="stable")[: effort.candidates * 20]:
        row, column = divmod(int(place), ranking.shape[1])
        if np.isfinite(ranking[row, column]):
            ranked.append(Triple(corners[row], MODULES_MIN + 4 * column, float(values[row, column])))
    return _without_shared(ranked, effort.candidates)


def _timing_by_size(
    grey: Grey, corners: Floats, distance: Floats, modules_max: int, offsets: tuple[float, ...]
) -> Floats:
    """For each triple (count, 3, 2) the value of the timing test at every size: (count, sizes)."""
    sizes = range(MODULES_MIN, modules_max + 1, 4)
    values = np.zeros((len(corners), len(sizes)))
    for column, n in enumerate(sizes):
        ratio = (n - 7) / distance
        fits = np.nonzero((ratio > SIZE_RATIO_MIN) & (ratio < SIZE_RATIO_MAX))[0]
        if len(fits):
            values[fits, column] = _timing(grey, corners[fits], n, offsets)
    return values


def _without_shared(ranked: list[Triple], keep: int) -> list[Triple]:
    """At most `SHARED_MAX` candidates with the same top left finder, `keep` in all."""
    kept: list[Triple] = []
    for triple in ranked:
        shared = sum(np.array_equal(triple.points[0], other.points[0]) for other in kept)
        if shared < SHARED_MAX:
            kept.append(triple)
        if len(kept) == keep:
            break
    return kept


def _shapes(peaks: Peaks, keep: int) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Triples that could be three corners of a tilted square: (kept, 3) indices, score, side in modules."""
    count = len(peaks.ncc)
    if count < 3:
        return np.zeros((0, 3), np.int64), np.zeros(0), np.zeros(0)
    a, b, c = (axis.ravel() for axis in np.meshgrid(*[np.arange(count)] * 3, indexing="ij"))
    apart = (a != b) & (b != c) & (a != c)
    a, b, c = a[apart], b[apart], c[apart]
    u, v = peaks.points[b] - peaks.points[a], peaks.points[c] - peaks.points[a]
    long_u, long_v = np.hypot(*u.T) + 1e-9, np.hypot(*v.T) + 1e-9
    cos = (u * v).sum(axis=1) / (long_u * long_v)
    sides = np.maximum(long_u, long_v) / np.minimum(long_u, long_v)
    scales = np.stack((peaks.module_px[a], peaks.module_px[b], peaks.module_px[c]))
    spread = scales.max(axis=0) / scales.min(axis=0)
    distance = (long_u + long_v) / 2 / scales.mean(axis=0)
    ok = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0] > 0) & (np.abs(cos) < COS_MAX) & (sides < RATIO_MAX)
    ok &= (spread < SCALE_RATIO_MAX) & (distance > DISTANCE_MIN) & (distance < DISTANCE_MAX)
    rows = np.nonzero(ok)[0]
    sure = peaks.ncc[a[rows]] + peaks.ncc[b[rows]] + peaks.ncc[c[rows]]
    shape = 0.4 * np.abs(cos[rows]) + 0.3 * np.log(sides[rows]) + 0.15 * np.log(spread[rows])
    score = sure - shape
    best = np.argsort(-score, kind="stable")[:keep]
    rows = rows[best]
    return np.stack((a[rows], b[rows], c[rows]), axis=1), score[best], distance[rows]


def _timing(grey: Grey, corners: Floats, n: int, offsets: tuple[float, ...]) -> Floats:
    """How well both timing lines alternate if the codes had `n` modules: about 0.6 and more for true ones."""
    corner = corners[:, :1].astype(np.float32)
    u, v = ((corners[:, place] - corners[:, 0]).astype(np.float32) / (n - 7) for place in (1, 2))
    steps = np.arange(7, n - 7, dtype=np.float32) - 3  # from the finder's middle to module k, along the line
    sign = np.where(np.arange(8, n - 8) % 2 == 0, -1, 1).astype(np.float32)  # even modules are dark
    lines = []
    for along, beside in ((u, v), (v, u)):
        best = np.full(len(corners), -1.0, np.float32)
        for offset in offsets:
            start = corner[:, 0] + beside * np.float32(offset)
            x = start[:, :1] + along[:, :1] * steps
            y = start[:, 1:] + along[:, 1:] * steps
            seen = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
            change = seen[:, 1:-1] / 2 - (seen[:, :-2] + seen[:, 2:]) / 4
            size = np.sqrt(np.einsum("ij,ij->i", change, change) * len(sign)) + NOISE_FLOOR
            best = np.maximum(best, change @ sign / size)
        lines.append(best)
    return np.asarray(np.minimum(*lines) / 2 + (lines[0] + lines[1]) / 4, dtype=np.float64)


def _fitted(grey: Grey, triple: Triple) -> Fit | None:
    """The triple's geometry with the best of three fourth points, briefly registered."""
    n = triple.n
    middles = np.array([[3.5, 3.5], [n - 3.5, 3.5], [3.5, n - 3.5]])
    affine = from_points(n, middles, triple.points)
    square = np.vstack([middles, [n - 6.5, n - 6.5]])
    places = _alignment_places(grey, affine) if n > MODULES_MIN else []
    starts = [from_points(n, square, np.vstack([triple.points, place])) for place in places]
    fits = [(match(grey, start), start) for start in (*starts, affine) if is_plausible(start, grey.shape)]
    ncc, start = max(fits, key=lambda fit: fit[0], default=(0.0, affine))
    if ncc < TRIAL_NCC:
        return None
    fit = register(grey, start, coarse=TRIAL_STEPS, fine=0)
    return fit if fit is not None and fit.ncc > ACCEPT_NCC else None


@lru_cache(maxsize=1)
def _alignment_template() -> npt.NDArray[np.float32]:
    away = np.maximum(*np.abs(np.mgrid[-2:3, -2:3]))
    sharp = np.where(away == 1, 1.0, -1.0).repeat(ALIGNMENT_PX, 0).repeat(ALIGNMENT_PX, 1)
    return np.asarray(cv2.GaussianBlur(sharp, (0, 0), 0.5 * ALIGNMENT_PX), dtype=np.float32)


def _alignment_places(grey: Grey, affine: Geometry) -> list[Floats]:
    """Picture points of the two places near the fourth corner that look most like an alignment pattern."""
    n, reach = affine.n, ALIGNMENT_WINDOW + 2.5
    steps = n - 6.5 - reach + (np.arange(round(2 * reach * ALIGNMENT_PX)) + 0.5) / ALIGNMENT_PX
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    places = affine.to_picture(points).astype(np.float32)
    side = len(steps)
    across, down = places[:, 0].reshape(side, side), places[:, 1].reshape(side, side)
    window = cv2.remap(grey, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    window = cv2.GaussianBlur(window.astype(np.float32), (0, 0), 0.3 * ALIGNMENT_PX)
    map_ = cv2.matchTemplate(window, _alignment_template(), cv2.TM_CCOEFF_NORMED)
    found = []
    for _ in range(2):
        _, _, _, (column, row) = cv2.minMaxLoc(map_)
        middle = (
            np.array([steps[0], steps[0]])
            + (np.array([column, row]) + (5 * ALIGNMENT_PX - 1) / 2) / ALIGNMENT_PX
        )
        found.append(affine.to_picture(middle[np.newaxis])[0])
        cv2.circle(map_, (column, row), 2 * ALIGNMENT_PX, -1.0, -1)
    return found
