"""Where a code lies in a picture: a homography from grid to picture, and for bent codes a bend before it.

Grid coordinates (x, y) run from (0, 0) to (n, n) modules, the middle of module (row, column) is at
(column + 0.5, row + 0.5). Picture coordinates are pixels, the middle of the first pixel is (0, 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.sight import Corners, Grey

Matrix = npt.NDArray[np.float64]
Patch = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

_FRONT_MAX_SHRINK = 2.0
"""Pixels of the picture per pixel of a patch above which the picture is halved first, against aliasing."""


@dataclass(frozen=True, slots=True)
class Bend:
    """A polynomial displacement of the grid, in modules: `coefficients` is (terms, 2)."""

    coefficients: Matrix

    def at(self, points: Points, n: int) -> Points:
        """The displacement at (count, 2) grid points."""
        return polynomial_terms(points, n, len(self.coefficients)) @ self.coefficients


def polynomial_terms(points: Points, n: int, terms: int) -> Matrix:
    """1, x, y, xx, xy, yy, xxx .. at grid points scaled to [-1, 1]: (count, terms), 6 quadratic, 10 cubic."""
    x, y = ((points[:, axis] * 2 - n) / n for axis in (0, 1))
    every = (
        *(np.ones_like(x), x, y, x * x, x * y, y * y),
        *(x * x * x, x * x * y, x * y * y, y * y * y),
    )
    return np.stack(every[:terms], axis=1)


@dataclass(frozen=True, slots=True)
class Halved:
    """A picture at half its size, `times` over."""

    grey: Grey = field(repr=False)
    times: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """`n` modules a side; `homography` (3, 3) takes grid to picture."""

    n: int
    homography: Matrix
    bend: Bend | None = None

    def corners(self) -> Corners:
        """The outline of the symbol, without quiet zone: top left, top right, bottom right, bottom left."""
        n = float(self.n)
        a, b, c, d = self.to_picture(np.array([[0, 0], [n, 0], [n, n], [0, n]]))
        return (tuple(a.tolist()), tuple(b.tolist()), tuple(c.tolist()), tuple(d.tolist()))

    def to_picture(self, points: Points) -> Points:
        """(count, 2) grid points as picture points."""
        if self.bend is not None:
            points = points + self.bend.at(points, self.n)
        return project(self.homography, points)

    def module_px(self) -> float:
        """Mean side of a module in the picture."""
        a, b, c, d = self.corners()
        return (math.dist(a, b) + math.dist(b, c) + math.dist(c, d) + math.dist(d, a)) / 4 / self.n

    def patch(self, grey: Grey, per_module: int, margin: int = 0) -> Patch:
        """The code from the front, `per_module` pixels a module, `margin` modules around it, grey levels."""
        return self.patch_of(halved_for(grey, self.module_px() / per_module), per_module, margin)

    def patch_of(self, halved: Halved, per_module: int, margin: int = 0) -> Patch:
        """The same of a picture that was halved before: for many patches at nearly one place."""
        side = (self.n + 2 * margin) * per_module
        down = np.array([[1 / per_module, 0, 0.5 / per_module - margin]] * 2)
        to_grid = np.array([down[0], [0, 1 / per_module, down[1, 2]], [0, 0, 1]])
        grey = halved.grey
        warp = _halving(halved.times) @ self.homography
        if self.bend is None:
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            seen = cv2.warpPerspective(
                grey, warp @ to_grid, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
            return np.asarray(seen, dtype=np.float32)
        steps = (np.arange(side) + 0.5) / per_module - margin
        points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        places = project(warp, points + self.bend.at(points, self.n)).astype(np.float32)
        across, along = places[:, 0].reshape(side, side), places[:, 1].reshape(side, side)
        seen = cv2.remap(grey, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, dtype=np.float32)


def project(homography: Matrix, points: Points) -> Points:
    """(count, 2) points through a (3, 3) homography."""
    through = points @ homography[:, :2].T + homography[:, 2]
    depth = through[:, 2:]
    return np.asarray(through[:, :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth))


def from_corners(n: int, corners: Corners) -> Geometry:
    """The plain geometry whose symbol outline is `corners`."""
    front = np.array([[0, 0], [n, 0], [n, n], [0, n]], dtype=np.float32)
    exact = cv2.getPerspectiveTransform(front, np.asarray(corners, dtype=np.float32))
    return Geometry(n, np.asarray(exact, dtype=np.float64))


def from_points(n: int, grid_points: Points, picture_points: Points) -> Geometry:
    """Through four point pairs, or affinely through three."""
    if len(grid_points) == 3:
        affine = cv2.getAffineTransform(grid_points.astype(np.float32), picture_points.astype(np.float32))
        return Geometry(n, np.vstack([affine, [0.0, 0.0, 1.0]]))
    exact = cv2.getPerspectiveTransform(grid_points.astype(np.float32), picture_points.astype(np.float32))
    return Geometry(n, np.asarray(exact, dtype=np.float64))


def is_plausible(geometry: Geometry, shape: tuple[int, ...]) -> bool:
    """A convex outline, not mirrored, of at least one pixel a module, its middle in the picture."""
    corners = geometry.corners()
    if not all(abs(place) <= 10 * max(shape) for point in corners for place in point):  # nan is not
        return False
    sides = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)]
    turns = [a[0] * b[1] - a[1] * b[0] for a, b in zip(sides, (*sides[1:], sides[0]), strict=True)]
    x, y = (sum(point[axis] for point in corners) / 4 for axis in (0, 1))
    inside = 0 <= x < shape[1] and 0 <= y < shape[0]
    return min(turns) > 0 and inside and min(x * x + y * y for x, y in sides) >= geometry.n**2


def halved_for(grey: Grey, shrink: float) -> Halved:
    """For patches that show `shrink` pixels of the picture in one of their own."""
    times = 0
    while shrink > _FRONT_MAX_SHRINK and min(grey.shape) > 64:
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        even = grey[: 2 * height, : 2 * width]  # OpenCV halves even sizes ten times as fast, and exactly
        grey = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        shrink /= 2
        times += 1
    return Halved(grey, times)


def _halving(times: int) -> Matrix:
    scale = 0.5**times
    shift = 0.5 * scale - 0.5
    return np.array([[scale, 0, shift], [0, scale, shift], [0, 0, 1.0]])


def normalised(patch: Patch, window_px: float, floor: float) -> tuple[Patch, Patch]:
    """(patch - local mean) / (local standard deviation + floor), and that deviation; Gaussian window."""
    # A Gaussian of many pixels is done on a smaller copy: the local mean is smooth.
    step = max(1, int(window_px / 3))
    small = _smaller(patch, step)
    sigma = window_px / step
    mean = cv2.GaussianBlur(small, (0, 0), sigma)
    square = cv2.GaussianBlur(_smaller(patch * patch, step), (0, 0), sigma)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    size = patch.shape[1], patch.shape[0]
    if step > 1:
        mean, deviation = (cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in (mean, deviation))
    return np.asarray((patch - mean) / (deviation + floor), dtype=np.float32), deviation


def _smaller(patch: Patch, step: int) -> Patch:
    if step == 1:
        return patch
    size = max(1, patch.shape[1] // step), max(1, patch.shape[0] // step)
    return np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
