"""The search index as it lies in the file: arrays that the import writes and the search reads.

Rows of one kind with the same names form a *group*; groups are searched, rows are shown. All names of all
groups stand in one long text, a 0 before each name and after the last: once as characters, once as initials.
A posting is the list of places where two or three neighbours stand, so a longer query starts at its rarest
three.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.integer[Any]]

CHARS = "chars"  # code points of all characters; number + 1 is the character's id
TEXT = "text"  # names as ids, 0 between them
TEXT_STARTS = "text_starts"  # where each group begins in TEXT
USUAL = "usual"  # the usual initial, 1 to 26, of every character that has one; 0 between names
READINGS = "readings"  # bit 0 (A) to bit 25 (Z): every initial of the same character
LETTER_STARTS = "letter_starts"  # where each group begins in USUAL and READINGS
GROUP_ROWS = "group_rows"  # rank of the first row of each group, and the number of rows
GROUP_FLAGS = "group_flags"  # bits 0-1: kind, bit 2: has a common item
CODE_ORDER = "code_order"  # ranks of the rows in the order of their codes

DTYPES: Final[dict[str, Any]] = {
    CHARS: np.dtype("<u4"),
    TEXT: np.dtype("<u2"),
    TEXT_STARTS: np.dtype("<i4"),
    USUAL: np.dtype("u1"),
    READINGS: np.dtype("<u4"),
    LETTER_STARTS: np.dtype("<i4"),
    GROUP_ROWS: np.dtype("<i4"),
    GROUP_FLAGS: np.dtype("u1"),
    CODE_ORDER: np.dtype("<i4"),
}
POSITION: Final[Any] = np.dtype("<i4")

KIND_BITS = 3
COMMON_BIT = 4
KIND_NUMBERS = {"medicine": 0, "service": 1, "supply": 2}
SYMBOL_BITS = 14
CHARS_MAX = (1 << SYMBOL_BITS) - 1

BY_TEXT, BY_LETTERS = 0, 1


def postings_of(version: int) -> int:
    """Where the postings of a version begin; they end where those of the next one begin."""
    return version << 3 * SYMBOL_BITS + 1


def posting_id(version: int, space: int, first: int, second: int, third: int = 0) -> int:
    """Key of the posting of two or three neighbours: ids of characters, or letters from 1 to 26."""
    symbols = first << 2 * SYMBOL_BITS | second << SYMBOL_BITS | third
    return postings_of(version) | space << 3 * SYMBOL_BITS | symbols


def letter_number(letter: str) -> int:
    """A is 1, Z is 26."""
    return ord(letter) - ord("A") + 1
