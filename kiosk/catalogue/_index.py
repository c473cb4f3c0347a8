"""Making the search index of a version, once, at import. The layout is in `_layout`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from kiosk.catalogue import _layout as layout
from kiosk.catalogue._layout import Ints
from kiosk.catalogue._text import normal
from kiosk.catalogue.model import CatalogueError, Row
from kiosk.catalogue.pinyin import initials, readings


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind under the same names. `names` are normalised, the proper name first."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]


def grouped(rows: Sequence[Row]) -> list[Group]:
    """The rows in the order in which equal hits are shown.

    Groups: medicines, services, supplies; shorter names first, then by code. Rows of a group: common ones
    first, then by specification, maker and code.
    """

    def same(row: Row) -> tuple[str, str, tuple[str, ...]]:
        return row.kind, row.name, row.aliases

    groups = []
    for _, members in groupby(sorted(rows, key=same), key=same):
        ordered = sorted(members, key=lambda row: (not row.common, row.spec, row.maker, row.code))
        first = ordered[0]
        groups.append(Group(tuple(normal(name) for name in (first.name, *first.aliases)), tuple(ordered)))
    groups.sort(
        key=lambda group: (
            layout.KIND_NUMBERS[group.rows[0].kind],
            len(group.names[0]),
            min(row.code for row in group.rows),
        )
    )
    return groups


def write_index(con: sqlite3.Connection, version: int, groups: Sequence[Group]) -> None:
    """Write parts and postings of `version`. Raises CatalogueError when it has too many characters."""
    chars = sorted({char for group in groups for name in group.names for char in name})
    if len(chars) > layout.CHARS_MAX:
        raise CatalogueError(f"more than {layout.CHARS_MAX} different characters in names")
    ids = {char: number + 1 for number, char in enumerate(chars)}
    text, text_starts = _long_text(groups, ids)
    usual, masks, letter_starts = _long_initials(groups)
    parts = {
        layout.CHARS: [ord(char) for char in chars],
        layout.TEXT: text,
        layout.TEXT_STARTS: text_starts,
        layout.USUAL: usual,
        layout.READINGS: masks,
        layout.LETTER_STARTS: letter_starts,
        layout.GROUP_ROWS: np.cumsum([0, *(len(group.rows) for group in groups)]),
        layout.GROUP_FLAGS: [_flags(group) for group in groups],
        layout.CODE_ORDER: _code_order(groups),
    }
    arrays = {name: np.asarray(values, dtype=layout.DTYPES[name]) for name, values in parts.items()}
    con.executemany(
        "INSERT INTO part (version, name, data) VALUES (?, ?, ?)",
        ((version, name, array.tobytes()) for name, array in arrays.items()),
    )
    con.executemany(
        "INSERT INTO posting (id, positions) VALUES (?, ?)",
        (
            (layout.posting_id(version, space, *symbols), places.astype(layout.POSITION).tobytes())
            for space, neighbours in (
                (layout.BY_TEXT, _in_text(arrays[layout.TEXT], 2)),
                (layout.BY_TEXT, _in_text(arrays[layout.TEXT], 3)),
                (layout.BY_LETTERS, _in_letters(arrays[layout.READINGS])),
            )
            for symbols, places in neighbours
        ),
    )


def _flags(group: Group) -> int:
    kind = layout.KIND_NUMBERS[group.rows[0].kind]
    return kind | (layout.COMMON_BIT if any(row.common for row in group.rows) else 0)


def _code_order(groups: Sequence[Group]) -> list[int]:
    codes = [row.code for group in groups for row in group.rows]
    return sorted(range(len(codes)), key=codes.__getitem__)


def _long_text(groups: Sequence[Group], ids: dict[str, int]) -> tuple[list[int], list[int]]:
    text: list[int] = []
    starts: list[int] = []
    for group in groups:
        starts.append(len(text))
        for name in group.names:
            text.append(0)
            text.extend(ids[char] for char in name)
    text.append(0)
    return text, starts


def _long_initials(groups: Sequence[Group]) -> tuple[list[int], list[int], list[int]]:
    """Initials of all names. Characters without any are left out: a letter keyboard has no digits."""
    usual: list[int] = []
    masks: list[int] = []
    starts: list[int] = []
    for group in groups:
        starts.append(len(usual))
        for name in group.names:
            usual.append(0)
            masks.append(0)
            for char, letter in zip(name, initials(name), strict=True):
                if letter != ".":
                    usual.append(layout.letter_number(letter))
                    masks.append(sum(1 << layout.letter_number(known) - 1 for known in readings(char)))
    usual.append(0)
    masks.append(0)
    return usual, masks, starts


def _in_text(text: Any, count: int) -> Iterator[tuple[tuple[int, ...], Ints]]:
    """Every `count` neighbouring characters with the places where they stand, ascending."""
    columns = [text[step : len(text) - count + 1 + step].astype(np.int64) for step in range(count)]
    places = np.flatnonzero(np.all([column != 0 for column in columns], axis=0)).astype(np.int32)
    keys = np.zeros(len(places), dtype=np.int64)
    for column in columns:
        keys = keys << layout.SYMBOL_BITS | column[places]
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    cuts = np.flatnonzero(np.diff(keys)) + 1
    for begin, end in zip([0, *cuts], [*cuts, len(keys)], strict=True):
        if begin < end:
            first = places[begin]
            yield tuple(int(text[first + step]) for step in range(count)), places[begin:end]


def _in_letters(masks: Any) -> Iterator[tuple[tuple[int, ...], Ints]]:
    """Every two and three letters with the places where they are among the readings, ascending."""
    bits = [np.uint32(1 << number) for number in range(26)]
    padded = np.append(masks, np.zeros(2, dtype=masks.dtype))
    for first, first_bit in enumerate(bits, start=1):
        ones = np.flatnonzero(masks & first_bit).astype(np.int32)
        for second, second_bit in enumerate(bits, start=1):
            twos = ones[(padded[ones + 1] & second_bit) != 0]
            if len(twos) == 0:
                continue
            yield (first, second), twos
            for third, third_bit in enumerate(bits, start=1):
                threes = twos[(padded[twos + 2] & third_bit) != 0]
                if len(threes):
                    yield (first, second, third), threes
