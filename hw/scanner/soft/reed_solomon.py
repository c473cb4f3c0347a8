"""Reed-Solomon decoding with errors and erasures over GF(256), many words at once.

The code of QR: field polynomial 0x11d, generator with the roots alpha^0 .. alpha^(parity-1)
(ISO/IEC 18004, 7.5). Words are rows, so that a block is tried with many sets of erasures at the
cost of a few array operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

FIELD_POLYNOMIAL = 0x11D


def _tables() -> tuple[Words, npt.NDArray[np.int64], Words]:
    power = np.zeros(512, np.uint8)
    log = np.zeros(256, np.int64)
    value = 1
    for exponent in range(255):
        power[exponent] = power[exponent + 255] = value
        log[value] = exponent
        value <<= 1
        if value & 0x100:
            value ^= FIELD_POLYNOMIAL
    times = power[(log[:, np.newaxis] + log[np.newaxis, :]) % 255]
    times[0, :] = times[:, 0] = 0
    return power, log, times.ravel()


_POWER, _LOG, _TIMES = _tables()


def _product(a: Words, b: Words) -> Words:
    return np.asarray(_TIMES[(a.astype(np.intp) << 8) | b], dtype=np.uint8)


def _inverse(a: Words) -> Words:
    return np.asarray(_POWER[255 - _LOG[a]], dtype=np.uint8)  # of zero it is 1: callers mask it


def _sum(a: Words, axis: int) -> Words:
    return np.asarray(np.bitwise_xor.reduce(a, axis=axis), dtype=np.uint8)


def _at_powers(coefficients: Words, exponents: npt.NDArray[np.int64]) -> Words:
    """Polynomials (rows, lowest coefficient first) at alpha^exponents: (rows, points)."""
    degrees = np.arange(coefficients.shape[1])
    powers = _POWER[(exponents[:, np.newaxis] * degrees[np.newaxis, :]) % 255]
    return _sum(_product(coefficients[:, np.newaxis, :], powers[np.newaxis, :, :]), 2)


def syndromes(words: Words, parity: int) -> Words:
    """(rows, parity); all zero for a code word. `words` is (rows, length), highest coefficient first."""
    return _at_powers(words[:, ::-1], np.arange(parity))


@dataclass(frozen=True, slots=True)
class Corrected:
    """Row by row: the corrected words, how many errors outside the erasures, and whether it worked at all."""

    words: Words
    errors: Counts
    ok: Flags


def correct(words: Words, erased: Flags, parity: int) -> Corrected:
    """Corrects each row; possible as long as erasures + 2 * errors <= parity.

    `words` and `erased` are (rows, length), length at most 255. A row whose errors cannot
    be found is not ok, and its word is as it was given. Close to the limit a wrong word
    may be accepted as ok: the caller keeps a margin (reference: qr-soft, 0.8).
    """
    length = words.shape[1]
    seen = syndromes(words, parity)
    gamma, erasures = _erasure_locator(erased, parity)
    locator, errors = _berlekamp_massey(seen, gamma, erasures, parity)
    # A root at alpha^-i means that the coefficient of x^i is wrong; the first column is the highest.
    exponents = np.arange(length - 1, -1, -1)
    roots = _at_powers(locator, -exponents % 255) == 0
    degree = erasures + errors
    evaluator = _evaluator(seen, locator, parity)
    odd = locator.copy()
    odd[:, ::2] = 0
    slope = np.zeros_like(odd)
    slope[:, :-1] = odd[:, 1:]
    above = _at_powers(evaluator, -exponents % 255)
    below = _at_powers(slope, -exponents % 255)
    size = _product(_product(above, _inverse(below)), np.broadcast_to(_POWER[exponents], above.shape))
    fixed = words ^ np.where(roots, size, 0).astype(np.uint8)
    ok = (roots.sum(axis=1) == degree) & (errors >= 0) & (degree + errors <= parity)
    ok &= ~np.any(roots & (below == 0), axis=1)
    ok &= ~np.any(syndromes(fixed, parity), axis=1)
    return Corrected(np.where(ok[:, np.newaxis], fixed, words), errors, ok)


def _erasure_locator(erased: Flags, parity: int) -> tuple[Words, Counts]:
    """Product of (1 - X x) over the erased places, with the number of them."""
    rows, length = erased.shape
    count = erased.sum(axis=1)
    gamma = np.zeros((rows, parity + 2), np.uint8)
    gamma[:, 0] = 1
    places = np.argsort(~erased, axis=1, kind="stable")
    for step in range(min(int(count.max(initial=0)), parity)):
        place = _POWER[length - 1 - places[:, step]]
        place = np.where(step < count, place, 0).astype(np.uint8)
        gamma[:, 1:] ^= _product(gamma[:, :-1].copy(), place[:, np.newaxis])
    return gamma, np.minimum(count, parity + 1)


def _berlekamp_massey(seen: Words, gamma: Words, erasures: Counts, parity: int) -> tuple[Words, Counts]:
    """The locator of errors and erasures, started from the erasures' own (Blahut)."""
    locator, previous = gamma.copy(), gamma.copy()
    length = erasures.copy()
    for step in range(parity):
        active = step >= erasures
        if not active.any():
            continue
        wanted = _sum(_product(locator[:, : step + 1], seen[:, step::-1]), 1)
        previous[active, 1:] = previous[active, :-1]
        previous[active, 0] = 0
        off = active & (wanted != 0)
        longer = off & (2 * length <= step + erasures)
        changed = locator ^ _product(previous, wanted[:, np.newaxis])
        shorter = _product(locator, _inverse(wanted)[:, np.newaxis])
        previous = np.where(longer[:, np.newaxis], shorter, previous)
        locator = np.where(off[:, np.newaxis], changed, locator)
        length = np.where(longer, step + 1 + erasures - length, length)
    return locator, length - erasures


def _evaluator(seen: Words, locator: Words, parity: int) -> Words:
    """Syndromes times locator, modulo x^parity."""
    result = np.zeros_like(seen)
    for step in range(parity):
        result[:, step:] ^= _product(seen[:, : parity - step], locator[:, step, np.newaxis])
    return result
