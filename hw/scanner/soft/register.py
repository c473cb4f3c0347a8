"""Fitting a homography to the modules that are known: finders, timing, alignment, a light ring around.

Gauss-Newton on eight parameters, by normalised cross-correlation (reference: qr-soft, 5.4). The
template's own gradients serve for all steps (inverse composition): they are free of noise, and
are computed once a size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.sight import Grey
from hw.scanner.soft.geometry import Geometry, Halved, Matrix, Patch, halved_for, is_plausible, normalised
from hw.scanner.soft.grid import Signs, grid_of

COARSE_PX, FINE_PX, FINE_PX_LARGE = 2, 4, 3
"""Pixels a module of the patch: blurred by 0.9 module, two of them hold everything."""
LARGE_FROM = 49  # modules a side
RING = 1  # modules of light border
RING_WEIGHT = 0.5
COARSE_BLUR, FINE_BLUR = 0.9, 0.5  # modules
COARSE_STEPS, FINE_STEPS = 7, 5
STEP_MAX = 1.0  # modules
WINDOW = 3.0  # modules
FLOOR = 2.0  # grey levels
NCC_MIN = 0.42
_RIDGE = 1e-3
_SMALL_STEP = 0.01  # modules: the fit stands


@dataclass(frozen=True, slots=True)
class Fit:
    """A geometry, and how well the known modules lie on it: normalised cross-correlation, 1 is exact."""

    geometry: Geometry
    ncc: float


@dataclass(frozen=True, slots=True)
class Template:
    """Known modules as a soft picture, with what a Gauss-Newton step needs of it."""

    n: int
    blur: float
    per_module: int
    places: npt.NDArray[np.intp]
    values: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    solver: Matrix


def template_of(signs: Signs, weights: npt.NDArray[np.float64], blur: float, px: int) -> Template:
    """Of (n, n) signs with (n, n) weights; a light ring is added. `blur` in modules, `px` a module."""
    n = len(signs)
    side = (n + 2 * RING) * px
    framed = np.pad(signs.astype(np.float32) * (weights > 0), RING, constant_values=-1.0)
    weight = np.pad(weights.astype(np.float64), RING, constant_values=RING_WEIGHT)
    large = framed.repeat(px, 0).repeat(px, 1)
    soft = cv2.GaussianBlur(large, (0, 0), blur * px)
    every = weight.repeat(px, 0).repeat(px, 1).ravel()
    places = np.nonzero(every > 0)[0]
    down, across = (axis.ravel()[places] for axis in np.gradient(soft.astype(np.float64)))
    half = side / 2
    x, y = (places % side + 0.5 - half) / half, (places // side + 0.5 - half) / half
    across, down = across * half, down * half
    turn = -(across * x + down * y)
    motion = (across * x, across * y, across, down * x, down * y, down, turn * x, turn * y)
    values = soft.ravel()[places].astype(np.float64)
    columns = np.stack((*motion, values, np.ones_like(values)), axis=1)
    weighted = columns * every[places, np.newaxis]
    hessian = weighted.T @ columns
    ridge = np.diag(np.diag(hessian)) * _RIDGE
    return Template(n, blur, px, places, values, every[places], np.linalg.solve(hessian + ridge, weighted.T))


@lru_cache(maxsize=48)
def _known_template(n: int, blur: float, px: int) -> Template:
    known = grid_of(n).known
    return template_of(known, np.abs(known).astype(np.float64), blur, px)


def prepare(n: int) -> None:
    """Makes what registering a code of `n` modules needs, which is then kept."""
    for blur, px in ((COARSE_BLUR, COARSE_PX), (FINE_BLUR, fine_px_of(n))):
        _known_template(n, blur, px)


def register(
    grey: Grey, start: Geometry, *, coarse: int = COARSE_STEPS, fine: int = FINE_STEPS
) -> Fit | None:
    """The best fit near `start`, about one module around; None below NCC_MIN. A bend is kept as it is."""
    fit = Fit(start, -1.0)
    fine_px = fine_px_of(start.n)
    for steps, blur, px in ((coarse, COARSE_BLUR, COARSE_PX), (fine, FINE_BLUR, fine_px)):
        if steps:
            fit = refine(grey, fit.geometry, _known_template(start.n, blur, px), steps)
    return fit if fit.ncc >= NCC_MIN else None


def match(grey: Grey, geometry: Geometry) -> float:
    """How well the known modules lie on a geometry as it is, coarsely seen."""
    return refine(grey, geometry, _known_template(geometry.n, COARSE_BLUR, COARSE_PX), 0).ncc


def fine_px_of(n: int) -> int:
    """Pixels a module at which a code of `n` modules is fitted last."""
    return FINE_PX if n < LARGE_FROM else FINE_PX_LARGE


def refine(grey: Grey, start: Geometry, template: Template, steps: int) -> Fit:
    """At most `steps` Gauss-Newton steps; the best one of them."""
    best, best_ncc = start, -1.0
    geometry = start
    halved = halved_for(grey, start.module_px() / template.per_module)
    for step in range(steps + 1):
        seen = _seen(halved, geometry, template).ravel()[template.places].astype(np.float64)
        ncc = _weighted_ncc(seen, template)
        if ncc > best_ncc:
            best, best_ncc = geometry, ncc
        if step == steps:
            break
        change = np.einsum("ij,j->i", template.solver, seen)
        gain = change[8]
        if gain < 1e-3:  # nothing here looks like the template
            break
        moved = _composed(geometry, change[:8] / gain)
        if moved is None or not is_plausible(moved, grey.shape):
            break
        if np.abs(np.subtract(moved.corners(), geometry.corners())).max() < _SMALL_STEP * 2:
            break
        geometry = moved
    return Fit(best, best_ncc)


def _seen(halved: Halved, geometry: Geometry, template: Template) -> Patch:
    patch = 255.0 - geometry.patch_of(halved, template.per_module, RING)
    soft = cv2.GaussianBlur(patch, (0, 0), template.blur * template.per_module / 2)
    return normalised(np.asarray(soft, dtype=np.float32), WINDOW * template.per_module, FLOOR)[0]


def _weighted_ncc(seen: npt.NDArray[np.float64], template: Template) -> float:
    # einsum and not a product of matrices: BLAS would start threads for these, and wait for them.
    weights = template.weights / template.weights.sum()
    a = seen - np.einsum("i,i", weights, seen)
    b = template.values - np.einsum("i,i", weights, template.values)
    shared, own_a, own_b = (np.einsum("i,i,i", weights, x, y) for x, y in ((a, b), (a, a), (b, b)))
    return float(shared / np.sqrt(max(float(own_a * own_b), 1e-12)))


def _composed(geometry: Geometry, change: npt.NDArray[np.float64]) -> Geometry | None:
    """The geometry after an inverse-compositional step; longer steps than STEP_MAX are cut."""
    n, half = geometry.n, geometry.n / 2 + RING
    corner = np.array([[-1.0, -1.0], [1, -1], [1, 1], [-1, 1]])
    a, b, c, d, e, f, g, h = change
    across = a * corner[:, 0] + b * corner[:, 1] + c - corner[:, 0] * (g * corner[:, 0] + h * corner[:, 1])
    down = d * corner[:, 0] + e * corner[:, 1] + f - corner[:, 1] * (g * corner[:, 0] + h * corner[:, 1])
    longest = float(np.hypot(across, down).max()) * half
    if not np.isfinite(longest):
        return None
    a, b, c, d, e, f, g, h = change * min(1.0, STEP_MAX / max(longest, 1e-9))
    warp = np.array([[1 + a, b, c], [d, 1 + e, f], [g, h, 1.0]])
    scale = np.array([[1 / half, 0, -n / 2 / half], [0, 1 / half, -n / 2 / half], [0, 0, 1]])
    back = np.array([[half, 0, n / 2], [0, half, n / 2], [0, 0, 1]])
    if abs(np.linalg.det(warp)) < 1e-6:
        return None
    # seen(x) = template(warp x): the picture's grid is found by undoing the warp.
    homography = geometry.homography @ back @ np.linalg.inv(warp) @ scale
    return Geometry(n, homography / homography[2, 2], geometry.bend)
