"""Finding and ordering the groups and rows of one version. What is found and in which order: see `search`.

A query of three or more symbols takes the places of its rarest three neighbours and drops those where another
symbol does not fit. Few hits are graded one by one, many as arrays: an array operation costs as much as ten
to thirty looks, and most queries of three symbols have fewer hits than that.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kiosk.catalogue import _layout as layout
from kiosk.catalogue._layout import Ints
from kiosk.catalogue.model import CatalogueError, Kind

Levels: TypeAlias = NDArray[np.uint8]

# A level orders hits, the lowest first. These bits say what a hit is not.
NOT_BEGIN, NOT_COMMON, NOT_WHOLE = 1, 2, 4
CODE_LEVEL = 8
UNUSUAL = 16
NO_HIT = 255

FEW_STARTS_MAX = 150
STEPS_MAX = 4  # postings read for one query

_DIGIT = re.compile("[0-9]")
_NOWHERE: Ints = np.empty(0, dtype=np.int32)


class Matcher:
    """The index of one version: the arrays in memory, the postings in the file."""

    def __init__(self, con: sqlite3.Connection, version: int) -> None:
        """Raises CatalogueError when parts of the index are missing, sqlite3.Error as SQLite does."""
        parts = dict(con.execute("SELECT name, data FROM part WHERE version = ?", (version,)).fetchall())
        if parts.keys() != layout.DTYPES.keys():
            raise CatalogueError("the search index is incomplete; import the list again")
        arrays: dict[str, Any] = {
            name: np.frombuffer(data, dtype=layout.DTYPES[name]) for name, data in parts.items()
        }
        self._con = con
        self._version = version
        self._text = arrays[layout.TEXT]
        self._usual = arrays[layout.USUAL]
        self._readings = arrays[layout.READINGS]
        self._first_row = arrays[layout.GROUP_ROWS]
        self._flags = arrays[layout.GROUP_FLAGS]
        self._code_order = arrays[layout.CODE_ORDER]
        self._group_of_text = _group_of(arrays[layout.TEXT_STARTS], len(self._text))
        self._group_of_letter = _group_of(arrays[layout.LETTER_STARTS], len(self._usual))
        self._rows = int(self._first_row[-1])
        points = np.append(np.zeros(1, dtype="<u4"), arrays[layout.CHARS])
        self._ids = {chr(point): number for number, point in enumerate(points.tolist()) if number}
        self._text_str = points[self._text].tobytes().decode("utf-32-le")
        self._usual_str = (
            np.where(self._usual, self._usual + ord("@"), 0).astype("u1").tobytes().decode("ascii")
        )
        self._one_letter = _OneLetter(self._usual, self._readings, arrays[layout.LETTER_STARTS])
        # A single number out of a view costs half of what it costs out of an array.
        self._first_row_view = memoryview(self._first_row)
        self._flags_view = memoryview(self._flags)

    def find(self, text: str, kind: Kind | None, limit: int, offset: int) -> tuple[int, list[int]]:
        """How many rows a normalised query finds, and the ranks of those from `offset` on, in order."""
        with_codes = _DIGIT.search(text) is not None
        by_letters = text.isascii() and text.isalpha()
        if by_letters and len(text) == 1:
            groups, levels = self._one_letter.find(layout.letter_number(text))
        else:
            starts = self._starts_of_letters(text) if by_letters else self._starts_of_text(text)
            group_of = self._group_of_letter if by_letters else self._group_of_text
            if len(starts) <= FEW_STARTS_MAX and not with_codes:
                few = self._levels_of_few(text, starts, by_letters)
                return self._page_of_few(
                    zip(group_of[starts].tolist(), few, strict=True), kind, limit, offset
                )
            levels = self._levels(text, starts, by_letters)
            groups, levels = _best(group_of[starts], levels)
        levels[(self._flags[groups] & layout.COMMON_BIT) != 0] &= 0xFF ^ NOT_COMMON
        if kind is not None:
            same = self._of_kind(groups, kind)
            groups, levels = groups[same], levels[same]
        if with_codes:
            return self._page_with_codes(text, groups, levels, kind, limit, offset)
        return self._page(groups, levels, limit, offset)

    def _starts_of_text(self, text: str) -> Ints:
        """Where `text` stands in the names, ascending."""
        ids = [self._ids.get(char, 0) for char in text]
        if 0 in ids:  # a character that no name has
            return _NOWHERE
        if len(ids) == 1:
            return np.flatnonzero(self._text == ids[0])
        step, width, starts = self._rarest(layout.BY_TEXT, ids)
        for other, char in enumerate(ids):
            if not step <= other < step + width:
                starts = starts[self._text[starts + other] == char]
        return starts

    def _starts_of_letters(self, text: str) -> Ints:
        """Where the names can be read with these two or more initials, ascending."""
        letters = [layout.letter_number(char) for char in text]
        step, width, starts = self._rarest(layout.BY_LETTERS, letters)
        for other, letter in enumerate(letters):
            if not step <= other < step + width:
                starts = starts[(self._readings[starts + other] & (1 << letter - 1)).astype(np.bool_)]
        return starts

    def _rarest(self, space: int, symbols: Sequence[int]) -> tuple[int, int, Ints]:
        """The rarest neighbours of a query: their step in it, their number, where the query would start."""
        width = min(len(symbols), 3)
        steps = range(min(len(symbols) - width + 1, STEPS_MAX))
        keys = [layout.posting_id(self._version, space, *symbols[step : step + width]) for step in steps]
        sql = f"SELECT id, positions FROM posting WHERE id IN ({','.join('?' * len(keys))})"
        found = dict(self._con.execute(sql, keys))
        if len(found) < len(set(keys)):
            return 0, width, _NOWHERE
        step = min(steps, key=lambda step: len(found[keys[step]]))
        # A start may lie outside the text. The 0 beside the first and the last name then fits no symbol.
        return step, width, np.frombuffer(found[keys[step]], dtype=layout.POSITION) - step

    def _levels_of_few(self, text: str, starts: Ints, by_letters: bool) -> Iterator[int]:
        """The level of each start; common items are not told apart here."""
        whole, size = self._usual_str if by_letters else self._text_str, len(text)
        for start in starts.tolist():
            if whole[start - 1] != "\0":
                level = NOT_WHOLE | NOT_COMMON | NOT_BEGIN
            else:
                level = NOT_WHOLE | NOT_COMMON if whole[start + size] != "\0" else NOT_COMMON
            yield level if whole.startswith(text, start) else level | UNUSUAL

    def _levels(self, text: str, starts: Ints, by_letters: bool) -> Levels:
        """As `_levels_of_few`, for many."""
        whole = self._usual if by_letters else self._text
        levels = np.full(len(starts), NOT_WHOLE | NOT_COMMON | NOT_BEGIN, dtype=np.uint8)
        begins = whole[starts - 1] == 0
        levels[begins] = NOT_WHOLE | NOT_COMMON
        levels[begins & (whole[starts + len(text)] == 0)] = NOT_COMMON
        if by_letters:
            for step, char in enumerate(text):
                levels[whole[starts + step] != layout.letter_number(char)] |= UNUSUAL
        return levels

    def _page_of_few(
        self, hits: Iterable[tuple[int, int]], kind: Kind | None, limit: int, offset: int
    ) -> tuple[int, list[int]]:
        """As `_page`, for groups that may come several times."""
        best: dict[int, int] = {}
        for group, level in hits:
            flags = self._flags_view[group]
            if kind is not None and flags & layout.KIND_BITS != layout.KIND_NUMBERS[kind]:
                continue
            if flags & layout.COMMON_BIT:
                level &= ~NOT_COMMON
            if level < best.get(group, NO_HIT):
                best[group] = level
        first_row = self._first_row_view
        ranks: list[int] = []
        for _, group in sorted((level, group) for group, level in best.items()):
            ranks.extend(range(first_row[group], first_row[group + 1]))
        return len(ranks), ranks[offset : offset + limit]

    def _of_kind(self, groups: Ints, kind: Kind) -> NDArray[np.bool_]:
        same: NDArray[np.bool_] = (self._flags[groups] & layout.KIND_BITS) == layout.KIND_NUMBERS[kind]
        return same

    def _page(self, groups: Ints, levels: Levels, limit: int, offset: int) -> tuple[int, list[int]]:
        """Number of rows of all groups, and the ranks of the rows of one page."""
        ordered = groups[np.argsort(levels, kind="stable")]
        begins = self._first_row[ordered]
        ends = np.cumsum(self._first_row[ordered + 1] - begins)
        total = int(ends[-1]) if len(ends) else 0
        ranks: list[int] = []
        at = int(np.searchsorted(ends, offset, side="right"))
        skip = offset - (int(ends[at - 1]) if at else 0)
        while at < len(ordered) and len(ranks) < limit:
            begin = int(begins[at]) + skip
            ranks.extend(range(begin, int(self._first_row[ordered[at] + 1])))
            at, skip = at + 1, 0
        return total, ranks[:limit]

    def _page_with_codes(
        self, text: str, groups: Ints, levels: Levels, kind: Kind | None, limit: int, offset: int
    ) -> tuple[int, list[int]]:
        """As `_page`, with the rows whose code begins with `text` among the hits."""
        best = np.full(self._rows, NO_HIT, dtype=np.uint8)
        begins = self._first_row[groups]
        sizes = self._first_row[groups + 1] - begins
        inside = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        best[np.repeat(begins, sizes) + inside] = np.repeat(levels, sizes)
        first, last, whole = self._codes_from(text)
        coded = self._code_order[first:last]
        best[coded] = np.minimum(best[coded], CODE_LEVEL)
        if whole:
            best[coded[0]] = 0
        if kind is not None:
            sizes_of_all = np.diff(self._first_row)
            best[np.repeat(~self._of_kind(np.arange(len(sizes_of_all)), kind), sizes_of_all)] = NO_HIT
        ranks = np.flatnonzero(best != NO_HIT)
        ordered = ranks[np.argsort(best[ranks], kind="stable")]
        return len(ordered), ordered[offset : offset + limit].tolist()

    def _codes_from(self, text: str) -> tuple[int, int, bool]:
        """The span of codes that begin with `text`, and whether its first is `text` itself."""
        after = text[:-1] + chr(ord(text[-1]) + 1)
        sql = "SELECT code_rank, code FROM item WHERE version = ? AND code >= ? ORDER BY code LIMIT 1"
        low = self._con.execute(sql, (self._version, text)).fetchone()
        high = self._con.execute(sql, (self._version, after)).fetchone()
        first = self._rows if low is None else int(low[0])
        last = self._rows if high is None else int(high[0])
        return first, last, low is not None and low[1] == text


class _OneLetter:
    """Groups by a single initial, the first key that a patient touches: masks of the initials of each."""

    def __init__(self, usual: Any, readings: Any, starts: Ints) -> None:
        bits = np.where(usual, np.uint32(1) << (np.maximum(usual, 1) - 1).astype(np.uint32), 0).astype(
            np.uint32
        )
        alone = np.zeros(len(usual), dtype=np.bool_)
        begins = np.zeros(len(usual), dtype=np.bool_)
        begins[1:] = usual[:-1] == 0
        alone[1:-1] = begins[1:-1] & (usual[2:] == 0)
        # From the worst level to the best: a later mask overrules an earlier one.
        self._masks = [
            (mark | level, np.bitwise_or.reduceat(np.where(chosen, letters, np.uint32(0)), starts))
            for mark, letters in ((UNUSUAL, readings), (0, bits))
            for level, chosen in (
                (NOT_WHOLE | NOT_COMMON | NOT_BEGIN, True),
                (NOT_WHOLE | NOT_COMMON, begins),
                (NOT_COMMON, alone),
            )
        ]

    def find(self, letter: int) -> tuple[Ints, Levels]:
        """Groups with a name that has the letter among its initials, ascending, and how well it fits."""
        bit = np.uint32(1 << letter - 1)
        groups = np.flatnonzero((self._masks[0][1] & bit) != 0)
        levels = np.full(len(groups), NO_HIT, dtype=np.uint8)
        for level, masks in self._masks:
            levels[(masks[groups] & bit) != 0] = level
        return groups, levels


def _best(groups: Ints, levels: Levels) -> tuple[Ints, Levels]:
    """Each group once, with its best level. `groups` is ascending."""
    if len(groups) == 0:
        return groups, levels
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    return groups[first], np.minimum.reduceat(levels, first)


def _group_of(starts: Ints, size: int) -> Ints:
    """For each place in a long text the number of its group."""
    lengths = np.diff(starts, append=np.int32(size))
    return np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
