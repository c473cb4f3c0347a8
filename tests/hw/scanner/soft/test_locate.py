"""The locator: codes of several sizes and turns, through blur, and nothing where nothing is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner.soft.geometry import Geometry
from hw.scanner.soft.locate import FULL, LITE, STILL, locate
from hw.scanner.soft.peaks import find_peaks
from hw.scanner.soft.timebox import TimeBox

Signs = npt.NDArray[np.int8]
Pixels = npt.NDArray[np.uint8]
UNHURRIED_MS = math.inf


@pytest.mark.parametrize("module_px", [4.0, 6.0, 9.0])
@pytest.mark.parametrize("turn_deg", [0, 45, 160, 250])
def test_a_blurred_code_is_found_at_any_turn(
    module_px: float,
    turn_deg: float,
    signs_of: Callable[..., Signs],
    placed: Callable[..., Geometry],
    photo: Callable[..., Pixels],
    error_of: Callable[[Geometry, Geometry], float],
) -> None:
    signs = signs_of("424" + "0123456789012345678" + "990000", version=4)
    truth = placed(33, module_px * 33, turn_deg=turn_deg)
    grey = photo(signs, truth, blur_px=0.5 * module_px)
    found = locate(grey, LITE, TimeBox(UNHURRIED_MS))
    assert found
    assert found[0].geometry.n == 33
    assert error_of(truth, found[0].geometry) < 1.0


def test_several_codes_of_different_sizes_are_all_found(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> None:
    places = [(300, 200, 2), (900, 220, 4), (350, 540, 3)]
    grey = np.full((720, 1280), 150, np.uint8)
    for x, y, version in places:
        signs = signs_of("7F3A9C21", version=version)
        side = 7 * len(signs)
        one = photo(signs, placed(len(signs), side, middle=(x, y)), blur_px=2)
        half = side // 2 + 30
        grey[y - half : y + half, x - half : x + half] = one[y - half : y + half, x - half : x + half]
    found = locate(grey, STILL, TimeBox(UNHURRIED_MS))
    middles = [np.mean(fit.geometry.corners(), axis=0) for fit in found]
    for x, y, _ in places:
        assert any(np.hypot(*(middle - (x, y))) < 15 for middle in middles)


def test_nothing_is_found_inside_what_was_read_already(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> None:
    truth = placed(29, 200)
    grey = photo(signs_of("7F3A9C21", version=3), truth)
    assert locate(grey, FULL, TimeBox(UNHURRIED_MS))
    assert locate(grey, FULL, TimeBox(UNHURRIED_MS), [truth.corners()]) == []


def test_noise_and_flat_pictures_hold_no_code() -> None:
    random = np.random.default_rng(6)
    for grey in (random.integers(0, 255, (360, 640)), np.full((360, 640), 9), np.zeros((5, 700))):
        assert locate(grey.astype(np.uint8), FULL, TimeBox(UNHURRIED_MS)) == []


def test_it_stops_when_the_time_is_up(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> None:
    grey = photo(signs_of("7F3A9C21", version=3), placed(29, 200))
    assert locate(grey, FULL, TimeBox(0.0)) == []
    assert len(find_peaks(grey, FULL.levels, 24).ncc) >= 3
    assert len(find_peaks(grey, FULL.levels, 24, box=TimeBox(0.0)).ncc) == 0
