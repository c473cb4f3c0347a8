"""What is known of a QR code (model 2) before it is read: function patterns, data path, blocks, masks.

Source: ISO/IEC 18004. Tables come from the package `qrcode`. A module is +1 dark, -1 light, 0 unknown;
all grids are (n, n), row first, n = 17 + 4 * version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import qrcode.base
import qrcode.util

Signs = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

MODULES_MIN, MODULES_MAX = 21, 177
LEVELS = "MLHQ"
"""Error correction levels in the order of their two format bits: 00 M, 01 L, 10 H, 11 Q."""
_FORMAT_BITS, _VERSION_BITS = 15, 18
_VERSION_FROM = 7  # smaller codes do not spell out their version


@dataclass(frozen=True, slots=True)
class Block:
    """One Reed-Solomon block: places of its codewords in the transmitted sequence, and its parity count."""

    codewords: Places
    parity: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything about a size that does not depend on the content.

    `known` has the function patterns; format modules are unknown, as they differ. `path`
    holds the flat indices of the data modules in reading order, whole codewords only.
    `format_places` are the (2, 15) flat indices of both copies, highest bit first.
    `free` marks all modules with data, remainder bits included.
    """

    n: int
    known: Signs
    free: Mask
    path: Places
    format_places: Places
    alignment: tuple[tuple[int, int], ...]

    @property
    def version(self) -> int:
        return (self.n - 17) // 4


@lru_cache(maxsize=40)
def grid_of(n: int) -> Grid:
    """The grid of a code with `n` modules a side. Raises ValueError where no such code exists."""
    if n not in range(MODULES_MIN, MODULES_MAX + 1, 4):
        raise ValueError(f"no QR code has {n} modules a side")
    known = np.zeros((n, n), np.int8)
    taken = np.zeros((n, n), bool)
    _lay_finders(known, taken)
    known[6, 8 : n - 8] = known[8 : n - 8, 6] = np.where(np.arange(8, n - 8) % 2 == 0, 1, -1)
    taken[6, :] = taken[:, 6] = True
    alignment = _lay_alignment(known, taken)
    _lay_version(known, taken)
    format_places = _format_places(n)
    taken.flat[format_places.ravel()] = True
    known[n - 8, 8] = 1  # the one module that is always dark
    taken[n - 8, 8] = True
    free = ~taken
    path = _reading_order(free)
    return Grid(n, known, free, path[: len(path) // 8 * 8], format_places, alignment)


def _lay_finders(known: Signs, taken: Mask) -> None:
    n = len(known)
    away = np.maximum(*np.abs(np.mgrid[-4:5, -4:5]))
    finder = np.where((away == 2) | (away == 4), -1, 1).astype(np.int8)  # with its separator
    for row, column in ((3, 3), (3, n - 4), (n - 4, 3)):
        top, left = max(0, row - 4), max(0, column - 4)
        bottom, right = min(n, row + 5), min(n, column + 5)
        part = finder[top - row + 4 : bottom - row + 4, left - column + 4 : right - column + 4]
        known[top:bottom, left:right] = part
        taken[top:bottom, left:right] = True


def _lay_alignment(known: Signs, taken: Mask) -> tuple[tuple[int, int], ...]:
    n = len(known)
    middles = qrcode.util.pattern_position((n - 17) // 4)
    away = np.maximum(*np.abs(np.mgrid[-2:3, -2:3]))
    pattern = np.where(away == 1, -1, 1).astype(np.int8)
    laid = []
    for row in middles:
        for column in middles:
            if (row, column) in ((6, 6), (6, n - 7), (n - 7, 6)):
                continue  # a finder is there
            known[row - 2 : row + 3, column - 2 : column + 3] = pattern
            taken[row - 2 : row + 3, column - 2 : column + 3] = True
            laid.append((row, column))
    return tuple(laid)


def _lay_version(known: Signs, taken: Mask) -> None:
    n = len(known)
    version = (n - 17) // 4
    if version < _VERSION_FROM:
        return
    bits = qrcode.util.BCH_type_number(version)
    for place in range(_VERSION_BITS):
        sign = 1 if bits >> place & 1 else -1
        row, column = place // 3, n - 11 + place % 3
        known[row, column] = known[column, row] = sign
        taken[row, column] = taken[column, row] = True


def _format_places(n: int) -> Places:
    beside = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    split = [(n - 1 - k, 8) for k in range(7)] + [(8, n - 8 + k) for k in range(8)]
    return np.array([[row * n + column for row, column in copy] for copy in (beside, split)], dtype=np.intp)


def _reading_order(free: Mask) -> Places:
    """Two columns at a time from the right, upwards and downwards in turn, around the timing column."""
    n = len(free)
    order = []
    upwards = True
    for right in [*range(n - 1, 6, -2), 5, 3, 1]:
        rows = range(n - 1, -1, -1) if upwards else range(n)
        order += [row * n + column for row in rows for column in (right, right - 1) if free[row, column]]
        upwards = not upwards
    return np.array(order, dtype=np.intp)


@lru_cache(maxsize=160)
def blocks_of(version: int, level: str) -> tuple[Block, ...]:
    """The blocks of a version and level, with the interleaving undone."""
    correction = {"L": 1, "M": 0, "Q": 3, "H": 2}[level]
    sizes = [(block.total_count, block.data_count) for block in qrcode.base.rs_blocks(version, correction)]
    places: list[list[int]] = [[] for _ in sizes]
    position = 0
    for step in range(max(data for _, data in sizes)):
        for own, (_, data) in zip(places, sizes, strict=True):
            if step < data:
                own.append(position)
                position += 1
    parity = sizes[0][0] - sizes[0][1]
    for _ in range(parity):
        for own in places:
            own.append(position)
            position += 1
    return tuple(Block(np.array(own, dtype=np.intp), parity) for own in places)


@lru_cache(maxsize=320)
def mask_signs(n: int, mask: int) -> Signs:
    """-1 where mask pattern 0 to 7 inverts a module, +1 elsewhere (ISO/IEC 18004, table 10)."""
    i, j = np.mgrid[:n, :n]
    rest = (
        *((i + j) % 2, i % 2, j % 3, (i + j) % 3, (i // 2 + j // 3) % 2),
        *(i * j % 2 + i * j % 3, (i * j % 2 + i * j % 3) % 2, ((i + j) % 2 + i * j % 3) % 2),
    )[mask]
    return np.where(rest == 0, -1, 1).astype(np.int8)


@lru_cache(maxsize=1)
def format_words() -> npt.NDArray[np.float64]:
    """The 32 format words as signs, (32, 15); row = level bits << 3 | mask."""
    words = [qrcode.util.BCH_type_info(data) for data in range(32)]
    return np.array(
        [[1.0 if word >> (_FORMAT_BITS - 1 - k) & 1 else -1.0 for k in range(_FORMAT_BITS)] for word in words]
    )
