"""A second try with what the first one decided: most modules are right long before all are.

Confident decisions join the known modules as training targets, and as a template over the whole
code (reference: qr-soft, 5.8). For bent codes a mesh of displacements follows the paper.
"""

from __future__ import annotations

import numpy as np

from hw.scanner._opencv import cv2
from hw.scanner.sight import Grey
from hw.scanner.soft.decode import Likelihoods
from hw.scanner.soft.equalise import Equalised, Samples, Weights, equalise
from hw.scanner.soft.geometry import Bend, Geometry, Matrix, Patch, Points, normalised, polynomial_terms
from hw.scanner.soft.grid import Signs, grid_of
from hw.scanner.soft.register import FLOOR, WINDOW, Fit, fine_px_of, refine, template_of

REGISTER_STEPS = 5
REGISTER_BLUR = 0.5  # modules

MESH_PX = 4  # pixels a module
MESH_BLOCK, MESH_STEP = 9, 4  # modules
MESH_REACH = 1.2  # modules
MESH_NCC_MIN = 0.35
MESH_BLOCKS_MIN = 8
CUBIC_FROM_BLOCKS = 16
_QUADRATIC, _CUBIC = 6, 10  # terms
_ROBUST_ROUNDS = 4
_OUTLIER = 0.15  # modules, scale of the Cauchy weights


def decided(likelihoods: Likelihoods) -> tuple[Weights, Weights]:
    """Targets (n, n), -1 to 1, and weights 0 to 1: known modules, and decisions as far as they are sure."""
    known = grid_of(len(likelihoods)).known
    soft = np.tanh(likelihoods / 2)
    sure = np.clip(2 * np.abs(soft) - 1, 0.0, 1.0)
    return np.where(known != 0, known, soft), np.where(known != 0, 1.0, sure)


def retrain(samples: Samples, likelihoods: Likelihoods) -> Equalised:
    """The equaliser trained on its own decisions too; judged by the known modules alone."""
    targets, weights = decided(likelihoods)
    return equalise(samples, targets, weights, grid_of(samples.n).known)


def register_decided(grey: Grey, start: Geometry, likelihoods: Likelihoods) -> Fit:
    """Registration on all modules that are decided."""
    targets, weights = decided(likelihoods)
    signs: Signs = np.where(targets > 0, 1, -1).astype(np.int8)
    template = template_of(signs, weights, REGISTER_BLUR, fine_px_of(start.n))
    return refine(grey, start, template, REGISTER_STEPS)


def bend_to(grey: Grey, start: Geometry, likelihoods: Likelihoods) -> Geometry | None:
    """One round of the mesh: blocks of modules are found again in the picture, and a polynomial follows them.

    Likelihoods of zero leave the known modules alone to be followed. None when too few blocks are found.
    """
    n = start.n
    targets, weights = decided(likelihoods)
    large = (targets * weights).astype(np.float32).repeat(MESH_PX, 0).repeat(MESH_PX, 1)
    wanted = np.asarray(cv2.GaussianBlur(large, (0, 0), REGISTER_BLUR * MESH_PX), dtype=np.float32)
    margin = int(np.ceil(MESH_REACH))
    seen = cv2.GaussianBlur(255.0 - start.patch(grey, MESH_PX, margin), (0, 0), REGISTER_BLUR * MESH_PX / 2)
    flat, _ = normalised(np.asarray(seen, dtype=np.float32), WINDOW * MESH_PX, FLOOR)
    reach = round(MESH_REACH * MESH_PX)
    middles, moves = [], []
    firsts = sorted({*range(0, n - MESH_BLOCK, MESH_STEP), n - MESH_BLOCK})
    size = MESH_BLOCK * MESH_PX
    for row in firsts:
        for column in firsts:
            top, left = row * MESH_PX, column * MESH_PX
            block = wanted[top : top + size, left : left + size]
            shift = margin * MESH_PX - reach
            area = flat[
                top + shift : top + shift + size + 2 * reach, left + shift : left + shift + size + 2 * reach
            ]
            move = _displacement(area, block, reach)
            if move is not None:
                middles.append((column + MESH_BLOCK / 2, row + MESH_BLOCK / 2))
                moves.append((move[0] / MESH_PX, move[1] / MESH_PX))
    if len(middles) < MESH_BLOCKS_MIN:
        return None
    terms = _CUBIC if len(middles) >= CUBIC_FROM_BLOCKS else _QUADRATIC
    found = _robust_fit(np.array(middles), np.array(moves), n, terms)
    whole = np.zeros((_CUBIC, 2))
    whole[:terms] = found
    if start.bend is not None:
        whole[: len(start.bend.coefficients)] += start.bend.coefficients
    return Geometry(n, start.homography, Bend(whole))


def _displacement(area: Patch, block: Patch, reach: int) -> tuple[float, float] | None:
    """(across, down) in pixels to the best match, to a fraction of a pixel; None below MESH_NCC_MIN."""
    map_ = np.nan_to_num(np.asarray(cv2.matchTemplate(area, block, cv2.TM_CCOEFF_NORMED), dtype=np.float64))
    row, column = np.unravel_index(int(np.argmax(map_)), map_.shape)
    if map_[row, column] < MESH_NCC_MIN or row in (0, 2 * reach) or column in (0, 2 * reach):
        return None
    across = column - reach + _vertex(map_[row, column - 1 : column + 2])
    down = row - reach + _vertex(map_[row - 1 : row + 2, column])
    return float(across), float(down)


def _vertex(three: Matrix) -> float:
    """Where the parabola through three neighbours is highest, relative to the middle one."""
    bend = float(three[0] - 2 * three[1] + three[2])
    return 0.0 if bend > -1e-6 else float(np.clip((three[0] - three[2]) / (2 * bend), -0.5, 0.5))


def _robust_fit(middles: Points, moves: Points, n: int, terms: int) -> Matrix:
    """Polynomial coefficients (terms, 2) by reweighted least squares with Cauchy weights."""
    columns = polynomial_terms(middles, n, terms)
    weights = np.ones(len(middles))
    coefficients = np.zeros((terms, 2))
    for _ in range(_ROBUST_ROUNDS):
        weighted = columns * weights[:, np.newaxis]
        normal = weighted.T @ columns + 1e-3 * np.eye(terms)
        coefficients = np.asarray(np.linalg.solve(normal, weighted.T @ moves), dtype=np.float64)
        off = np.linalg.norm(moves - columns @ coefficients, axis=1)
        weights = np.asarray(1 / (1 + (off / _OUTLIER) ** 2), dtype=np.float64)
    return coefficients
