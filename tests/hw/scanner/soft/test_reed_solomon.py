"""Errors and erasures: corrected within the parity, and never passed for right beyond it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.scanner.soft.reed_solomon import correct, syndromes

Words = npt.NDArray[np.uint8]


def _code_word(data: Words, parity: int) -> Words:
    """The parity is what makes all syndromes zero: found as an erasure of all its places."""
    word = np.concatenate([data, np.zeros(parity, np.uint8)])[np.newaxis]
    erased = np.arange(word.shape[1]) >= len(data)
    fixed = correct(word, erased[np.newaxis], parity)
    assert fixed.ok[0]
    return fixed.words[0]


@st.composite
def damaged(draw: st.DrawFn, *, beyond: bool = False) -> tuple[Words, Words, npt.NDArray[np.bool_], int, int]:
    """(word, damaged word, erased places, parity, errors): within the parity, or clearly beyond."""
    parity = draw(st.sampled_from([7, 10, 13, 16, 18, 22, 26, 30]))
    data = draw(st.binary(min_size=9, max_size=60))
    word = _code_word(np.frombuffer(data, np.uint8), parity)
    if beyond:
        erasures, errors = 0, draw(st.integers(parity // 2 + 1, min(len(word), parity)))
    else:
        erasures = draw(st.integers(0, parity))
        errors = draw(st.integers(0, (parity - erasures) // 2))
    places = draw(st.permutations(range(len(word))))[: erasures + errors]
    spoiled = word.copy()
    for place in places:
        spoiled[place] ^= draw(st.integers(1, 255))
    erased = np.zeros(len(word), bool)
    erased[places[:erasures]] = True
    return word, spoiled, erased, parity, errors


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_what_is_within_the_parity_is_corrected(
    case: tuple[Words, Words, npt.NDArray[np.bool_], int, int],
) -> None:
    word, spoiled, erased, parity, errors = case
    fixed = correct(spoiled[np.newaxis], erased[np.newaxis], parity)
    assert fixed.ok[0]
    assert fixed.errors[0] == errors
    assert np.array_equal(fixed.words[0], word)


@settings(max_examples=100, deadline=None)
@given(damaged(beyond=True))
def test_what_is_beyond_the_parity_is_refused_or_says_how_much_it_changed(
    case: tuple[Words, Words, npt.NDArray[np.bool_], int, int],
) -> None:
    _, spoiled, erased, parity, _ = case
    fixed = correct(spoiled[np.newaxis], erased[np.newaxis], parity)
    if fixed.ok[0]:  # another word was nearer: it is a word, and the distance is told
        assert not syndromes(fixed.words, parity).any()
        assert np.count_nonzero(fixed.words[0] != spoiled) == fixed.errors[0]
    else:
        assert np.array_equal(fixed.words[0], spoiled)


def test_many_rows_are_corrected_as_each_alone() -> None:
    random = np.random.default_rng(3)
    word = _code_word(random.integers(0, 256, 30).astype(np.uint8), 16)
    rows = np.tile(word, (40, 1))
    erased = np.zeros(rows.shape, bool)
    for row in range(40):
        places = random.permutation(rows.shape[1])
        erased[row, places[: row % 9]] = True
        rows[row, places[: row % 12]] ^= 0x5A
    together = correct(rows, erased, 16)
    alone = [correct(rows[row : row + 1], erased[row : row + 1], 16) for row in range(40)]
    assert np.array_equal(together.words, np.concatenate([one.words for one in alone]))
    assert np.array_equal(together.ok, np.concatenate([one.ok for one in alone]))


def test_noise_is_hardly_ever_a_word() -> None:
    noise = np.random.default_rng(4).integers(0, 256, (20_000, 44)).astype(np.uint8)
    assert not correct(noise, np.zeros(noise.shape, bool), 26).ok.any()
