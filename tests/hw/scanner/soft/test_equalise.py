"""The equaliser against sampling the middle of each module, and the sum of several pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner.soft.decisions import retrain
from hw.scanner.soft.decode import decode
from hw.scanner.soft.equalise import QUALITY_MIN, Equalised, equalise_known, sample
from hw.scanner.soft.fuse import Accumulator
from hw.scanner.soft.geometry import Geometry
from hw.scanner.soft.grid import grid_of

Signs = npt.NDArray[np.int8]
Pixels = npt.NDArray[np.uint8]
TEXT = "424" + "0123456789012345678" + "990000"
MODULE_PX = 6.0

Seen = Callable[..., tuple[Equalised, npt.NDArray[np.float32], Signs]]


@pytest.fixture
def seen(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> Seen:
    """What the equaliser makes of a picture at its true place, the grey level of each middle, the truth."""

    def see(
        blur: float, noise: float = 3.0, seed: int = 0, text: str = TEXT
    ) -> tuple[Equalised, npt.NDArray[np.float32], Signs]:
        signs = signs_of(text, version=4)
        geometry = placed(len(signs), MODULE_PX * len(signs))
        grey = photo(signs, geometry, blur_px=blur * MODULE_PX, noise=noise, seed=seed)
        equalised = equalise_known(sample(grey, geometry), grid_of(len(signs)).known)
        return equalised, geometry.patch(grey, 7)[3::7, 3::7], signs

    return see


@pytest.mark.parametrize("blur", [0.45, 0.55, 0.65])
def test_it_sees_more_through_blur_than_the_middle_of_each_module(blur: float, seen: Seen) -> None:
    equalised, middles, signs = seen(blur)
    free = grid_of(len(signs)).free
    wrong = np.mean((np.sign(equalised.likelihoods) != signs)[free])
    hard = np.mean((np.where(middles < np.median(middles), 1, -1) != signs)[free])
    assert wrong < hard / 2


def test_quality_falls_with_blur_and_says_when_there_is_nothing(seen: Seen) -> None:
    qualities = [seen(blur)[0].quality for blur in (0.1, 0.4, 0.6, 0.8)]
    assert qualities == sorted(qualities, reverse=True)
    assert qualities[0] > 4
    noise = np.random.default_rng(2).integers(0, 255, (720, 1280)).astype(np.uint8)
    grid = grid_of(29)
    nothing = equalise_known(sample(noise, Geometry(29, np.diag([8.0, 8.0, 1.0]))), grid.known)
    assert nothing.quality < QUALITY_MIN


def test_its_own_decisions_teach_it_more(
    signs_of: Callable[..., Signs], placed: Callable[..., Geometry], photo: Callable[..., Pixels]
) -> None:
    signs = signs_of(TEXT, version=4)
    geometry = placed(len(signs), MODULE_PX * len(signs))
    before = after = 0.0
    for seed in range(6):
        samples = sample(photo(signs, geometry, blur_px=0.6 * MODULE_PX, noise=5, seed=seed), geometry)
        first = equalise_known(samples, grid_of(len(signs)).known)
        before += float(np.mean(np.sign(first.likelihoods) != signs))
        after += float(np.mean(np.sign(retrain(samples, first.likelihoods).likelihoods) != signs))
    assert after < before


def test_pictures_that_cannot_be_read_alone_are_read_together(seen: Seen) -> None:
    total, read_alone, read = Accumulator(), 0, []
    for seed in range(12):
        equalised, _, signs = seen(0.55, noise=60.0, seed=seed)
        grid = grid_of(len(signs))
        read_alone += decode(grid, equalised.likelihoods) is not None
        read.append(decode(grid, total.add(equalised.likelihoods)))
    assert read_alone < 12
    assert read[-1] is not None
    assert read[-1].text == TEXT
    assert sum(one is not None for one in read) > read_alone


def test_another_code_starts_a_new_sum(seen: Seen) -> None:
    total = Accumulator()
    for seed in range(3):
        total.add(seen(0.2, seed=seed)[0].likelihoods)
    assert total.frames == 3
    other, _, signs = seen(0.2, text="an entirely different text")
    summed = total.add(other.likelihoods)
    assert total.frames == 1
    assert np.array_equal(np.sign(summed), signs)
