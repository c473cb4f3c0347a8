"""From likelihoods to text: right within the margin, silent beyond it, wrong never."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner.soft.decode import candidates, decode
from hw.scanner.soft.grid import format_words, grid_of
from hw.scanner.soft.timebox import TimeBox

Signs = npt.NDArray[np.int8]
Signed = Callable[..., Signs]
LEVEL_L, LEVEL_M, LEVEL_H = 1, 0, 2

NOISE_GRIDS = {21: 400, 25: 200, 29: 100}
AROUND_TRUE, MIXTURES = 150, 150
"""A sample; `bench/fuzz_scanner.py` hunts through more than ten thousand."""


def _noisy(signs: Signs, sigma: float, seed: int) -> npt.NDArray[np.float64]:
    seen = signs + np.random.default_rng(seed).normal(0, sigma, signs.shape)
    return np.asarray(2 * seen / sigma**2)


@pytest.mark.parametrize("version", [1, 2, 5, 7, 12, 25, 40])
@pytest.mark.parametrize("level", [LEVEL_L, LEVEL_M, 3, LEVEL_H])
def test_a_clean_grid_is_read_at_every_level(version: int, level: int, signs_of: Signed) -> None:
    text = "7F3A9"[: 5 + version]
    found = decode(grid_of(17 + 4 * version), 4.0 * signs_of(text, version=version, level=level))
    assert found is not None
    assert (found.text, found.used) == (text, 0.0)


def test_noise_is_read_through_and_costs_parity(signs_of: Signed) -> None:
    signs = signs_of("424" + "0123456789012345678" + "990000")
    found = [decode(grid_of(len(signs)), _noisy(signs, 0.45, seed)) for seed in range(20)]
    read = [one for one in found if one is not None]
    assert len(read) >= 15
    assert all(np.array_equal(one.signs, signs) for one in read)
    assert all(0 < one.used <= 1 for one in read)


def test_what_is_doubted_may_be_twice_as_much_as_what_is_wrong(signs_of: Signed) -> None:
    signs = signs_of("424" + "0123456789012345678" + "990000", version=3)  # 26 of 70 codewords are parity
    grid = grid_of(len(signs))
    wrong = 4.0 * signs
    wrong.flat[grid.path[8 * 40 : 8 * 56]] *= -1  # sixteen codewords, wrong and sure of it
    doubted = 4.0 * signs
    doubted.flat[grid.path[8 * 40 : 8 * 56]] *= -0.01  # the same, and hardly believed
    assert decode(grid, wrong) is None
    found = decode(grid, doubted)
    assert found is not None
    assert np.array_equal(found.signs, signs)


def test_chinese_comes_out_exactly(signs_of: Signed) -> None:
    signs = signs_of("測試·门诊缴费")
    found = decode(grid_of(len(signs)), 4.0 * signs)
    assert found is not None
    assert found.text == "測試·门诊缴费"


def test_control_characters_stay_themselves(signs_of: Signed) -> None:
    signs = signs_of("a\x1db\x01")
    found = decode(grid_of(len(signs)), 4.0 * signs)
    assert found is not None
    assert found.text == "a\x1db\x01"


def test_a_second_format_is_tried_only_while_there_is_time(signs_of: Signed) -> None:
    signs = signs_of("7F3A9C21", version=2, level=LEVEL_M)
    grid = grid_of(25)
    likelihoods = 4.0 * signs
    true = likelihoods.flat[grid.format_places]
    nearest = sorted(format_words(), key=lambda word: -float(word @ true[0]))[1]
    likelihoods.flat[grid.format_places] = true + 4.5 * nearest  # now another format looks likelier
    assert decode(grid, likelihoods) is not None
    assert decode(grid, likelihoods, TimeBox(0.0, lambda: 1.0)) is None


@pytest.mark.parametrize("n", NOISE_GRIDS)
def test_pure_noise_is_never_a_code(n: int) -> None:
    random = np.random.default_rng(n)
    grid = grid_of(n)
    found = [list(candidates(grid, random.normal(0, 4, (n, n)))) for _ in range(NOISE_GRIDS[n])]
    assert not any(found)


def test_noise_around_true_function_patterns_and_format_is_never_a_code(signs_of: Signed) -> None:
    random = np.random.default_rng(11)
    signs = signs_of("7F3A9C21", version=2)
    grid = grid_of(25)
    found = [
        list(candidates(grid, np.where(grid.free, random.normal(0, 4, (25, 25)), 8.0 * signs)))
        for _ in range(AROUND_TRUE)
    ]
    assert not any(found)


def test_a_mixture_of_two_codes_is_one_of_them_or_nothing(signs_of: Signed) -> None:
    random = np.random.default_rng(12)
    one, other = signs_of("7F3A9C21", version=2), signs_of("0B4D8E66", version=2)
    grid = grid_of(25)
    texts = set()
    for _ in range(MIXTURES):
        share = random.random((25, 25)) < random.uniform(0.1, 0.9)
        found = decode(grid, np.where(share, one, other) * 4.0 + random.normal(0, 1.5, (25, 25)))
        texts.add(None if found is None else found.text)
    assert texts <= {None, "7F3A9C21", "0B4D8E66"}
    assert None in texts


def test_no_repr_shows_what_a_code_says(signs_of: Signed) -> None:
    signs = signs_of("7F3A9C21")
    assert "7F3A9C21" not in repr(decode(grid_of(len(signs)), 4.0 * signs))
