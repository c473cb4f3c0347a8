"""Where a code lies, and what is seen of it there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.scanner.soft.geometry import Geometry, from_corners, project
from hw.scanner.soft.register import register
from hw.scanner.soft.timebox import TimeBox

Signs = npt.NDArray[np.int8]
Pixels = npt.NDArray[np.uint8]
Error = Callable[[Geometry, Geometry], float]


def _shifted(geometry: Geometry, modules: float, seed: int) -> Geometry:
    away = np.random.default_rng(seed).uniform(-modules, modules, (4, 2)) * geometry.module_px()
    a, b, c, d = (tuple(point) for point in (np.asarray(geometry.corners()) + away).tolist())
    return from_corners(geometry.n, (a, b, c, d))


@pytest.mark.parametrize("version", [2, 4, 7, 10])
@pytest.mark.parametrize("blur", [0.1, 0.5])
def test_a_known_homography_is_recovered(
    version: int,
    blur: float,
    signs_of: Callable[..., Signs],
    placed: Callable[..., Geometry],
    photo: Callable[..., Pixels],
    error_of: Error,
) -> None:
    signs = signs_of("hello", version=version)
    truth = placed(len(signs), 6.0 * len(signs), turn_deg=17)
    grey = photo(signs, truth, blur_px=6 * blur)
    errors = []
    for seed in range(4):
        fit = register(grey, _shifted(truth, 0.6, seed))
        assert fit is not None
        errors.append(error_of(truth, fit.geometry))
    assert max(errors) < 0.5
    assert np.median(errors) < 0.35


def test_where_no_code_is_nothing_fits(placed: Callable[..., Geometry]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280)).astype(np.uint8)
    assert register(noise, placed(29, 200)) is None


def test_a_flat_picture_is_no_error(placed: Callable[..., Geometry]) -> None:
    assert register(np.full((720, 1280), 128, np.uint8), placed(29, 200)) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([21, 29, 57]))
def test_corners_are_where_the_homography_puts_them(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    a, b, c, d = (
        tuple(point)
        for point in (
            np.array([[100.0, 100], [400, 110], [410, 420], [90, 400]]) + random.uniform(-40, 40, (4, 2))
        ).tolist()
    )
    geometry = from_corners(n, (a, b, c, d))
    assert np.allclose(geometry.corners(), (a, b, c, d), atol=1e-2)
    back = project(np.linalg.inv(geometry.homography), np.asarray(geometry.corners()))
    assert np.allclose(back, [[0, 0], [n, 0], [n, n], [0, n]], atol=1e-3)


def test_a_time_box_lets_nothing_begin_that_would_not_fit() -> None:
    now_s = [0.0]
    box = TimeBox(60, lambda: now_s[0])
    assert box.has(60)
    now_s[0] = 0.050
    assert box.has(9)
    assert not box.has(11)
