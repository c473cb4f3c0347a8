"""Codes as signs of their modules, and pictures of them with a known geometry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import qrcode

from hw.scanner._opencv import cv2
from hw.scanner.soft.geometry import Geometry, from_corners

Signs = npt.NDArray[np.int8]
Pixels = npt.NDArray[np.uint8]

MODULE_PX, QUIET = 8, 4


def make_signs(
    text: str, *, level: int = qrcode.constants.ERROR_CORRECT_M, version: int | None = None
) -> Signs:
    """All modules of a code, +1 dark, -1 light, without quiet zone."""
    code = qrcode.QRCode(version=version, error_correction=level, border=0)
    code.add_data(text)
    code.make(fit=version is None)
    return np.where(np.asarray(code.get_matrix()), 1, -1).astype(np.int8)


def place(
    n: int, side_px: float, *, turn_deg: float = 0.0, middle: tuple[float, float] = (640, 360)
) -> Geometry:
    """A code seen a little from the side."""
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tilted = np.array([[-1.0, -1.0], [1.0, -0.96], [1.03, 1.0], [-0.95, 1.02]]) * side_px / 2
    a, b, c, d = (tuple(point) for point in (tilted @ turn.T + middle).tolist())
    return from_corners(n, (a, b, c, d))


def photograph(
    signs: Signs, geometry: Geometry, *, blur_px: float = 0.7, noise: float = 3.0, seed: int = 0
) -> Pixels:
    """1280x720 grey: the code on a white card before a wall with large soft shapes."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 190, (9, 16)).astype(np.uint8)
    wall = np.asarray(cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC))
    card = np.where(np.pad(signs, QUIET, constant_values=-1) > 0, 25, 225).astype(np.uint8)
    large = card.repeat(MODULE_PX, 0).repeat(MODULE_PX, 1)
    shift = 0.5 / MODULE_PX - QUIET
    to_grid = np.array([[1 / MODULE_PX, 0, shift], [0, 1 / MODULE_PX, shift], [0, 0, 1]])
    way = geometry.homography @ to_grid
    seen = cv2.warpPerspective(
        large, way, (1280, 720), dst=wall, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    soft = cv2.GaussianBlur(seen, (0, 0), blur_px)
    return np.clip(soft + random.normal(0, noise, soft.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def signs_of() -> Callable[..., Signs]:
    return make_signs


@pytest.fixture
def placed() -> Callable[..., Geometry]:
    return place


@pytest.fixture
def photo() -> Callable[..., Pixels]:
    return photograph


@pytest.fixture
def error_of() -> Callable[[Geometry, Geometry], float]:
    """The largest distance between corners, in modules of the first."""

    def error(truth: Geometry, found: Geometry) -> float:
        away: Any = np.asarray(truth.corners()) - np.asarray(found.corners())
        return float(np.hypot(*away.T).max()) / truth.module_px()

    return error
