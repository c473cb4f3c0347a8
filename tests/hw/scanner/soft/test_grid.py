"""What is known of a code before it is read, against codes that another program made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import qrcode.base
import qrcode.util

from hw.scanner.soft.grid import LEVELS, blocks_of, format_words, grid_of, mask_signs

Signs = npt.NDArray[np.int8]
CORRECTION = {"L": 1, "M": 0, "Q": 3, "H": 2}


@pytest.mark.parametrize("version", [1, 2, 6, 7, 13, 14, 21, 28, 36, 40])
def test_every_known_module_is_what_a_real_code_has_there(
    version: int, signs_of: Callable[..., Signs]
) -> None:
    signs = signs_of("0123456789", version=version)
    known = grid_of(17 + 4 * version).known
    assert np.array_equal(signs[known != 0], known[known != 0])


@pytest.mark.parametrize("version", range(1, 41))
def test_every_level_fills_the_data_path_with_its_blocks(version: int) -> None:
    codewords = len(grid_of(17 + 4 * version).path) // 8
    for level in LEVELS:
        blocks = blocks_of(version, level)
        places = np.concatenate([block.codewords for block in blocks])
        assert np.array_equal(np.sort(places), np.arange(codewords))
        rows = qrcode.base.rs_blocks(version, CORRECTION[level])
        assert [block.parity for block in blocks] == [row.total_count - row.data_count for row in rows]


@pytest.mark.parametrize("mask", range(8))
def test_masks_are_those_of_the_standard(mask: int) -> None:
    rule = qrcode.util.mask_func(mask)
    expected = [[-1 if rule(row, column) else 1 for column in range(45)] for row in range(45)]
    assert np.array_equal(mask_signs(45, mask), expected)


def test_both_copies_of_the_format_say_the_same(signs_of: Callable[..., Signs]) -> None:
    signs = signs_of("hello", version=3)
    first, second = signs.flat[grid_of(29).format_places]
    assert np.array_equal(first, second)
    (row,) = np.nonzero((format_words() == first).all(axis=1))[0]
    assert LEVELS[row >> 3] == "M"


@pytest.mark.parametrize("n", [0, 17, 20, 22, 181, -21])
def test_a_size_that_no_code_has_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=str(n)):
        grid_of(n)
