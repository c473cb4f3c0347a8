"""What a new list would change: the checker reads this before letting it go live."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.catalogue import _store as store
from kiosk.catalogue.model import CatalogueError

COMPARED = (
    "name",
    "price_fen",
    "class",
    "unit",
    "spec",
    "preself_ratio",
    "ceiling_fen",
    "prescription",
    "kind",
    "row_kind",
    "aliases",
    "ingredient",
    "maker",
    "limits",
    "valid_from",
    "common",
)
_ROW = "code, " + ", ".join(COMPARED)


@dataclass(frozen=True, slots=True)
class Item:
    """A row that came or went. `price_fen` is None for a row without a price of its own."""

    code: str
    name: str
    price_fen: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row, as it was and as it will be."""

    code: str
    name: str
    field: str
    old: str | int | None
    new: str | int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """From version `old` (None: there was none) to version `new`, in the order of codes.

    `pending`: whether `new` still waits for approval. `maker` imported it.
    """

    old: int | None
    new: int
    pending: bool
    maker: str
    as_of: str
    rows: int
    digest: str
    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    changes: tuple[Change, ...]

    @property
    def price_changes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.field == "price_fen")


def difference(db: Path) -> Difference:
    """What the pending version changes of the live one; with none pending, what the live one changed.

    Raises:
        CatalogueError: there is no version to compare, or the file cannot be read.
    """
    with closing(store.open_to_read(db)) as con:
        try:
            pending = store.version_in(con, store.PENDING)
            live = store.version_in(con, store.LIVE)
            new, old = (pending, live) if pending else (live, store.version_in(con, store.FORMER))
            if new is None:
                raise CatalogueError(f"{db}: no version to compare")
            return _between(con, old, new, pending is not None)
        except sqlite3.Error as error:
            raise CatalogueError(f"{db}: cannot be read: {error}") from error


def _between(con: sqlite3.Connection, old: int | None, new: int, pending: bool) -> Difference:
    before, after = _rows(con, old), _rows(con, new)
    maker, as_of, rows, digest = con.execute(
        "SELECT maker, as_of, rows, digest FROM version WHERE version = ?", (new,)
    ).fetchone()
    changes = tuple(
        Change(code, str(after[code][0]), field, was, will)
        for code in sorted(before.keys() & after.keys())
        for field, was, will in zip(COMPARED, before[code], after[code], strict=True)
        if was != will
    )
    return Difference(
        old=old,
        new=new,
        pending=pending,
        maker=maker,
        as_of=as_of,
        rows=rows,
        digest=digest,
        added=_items(after, after.keys() - before.keys()),
        removed=_items(before, before.keys() - after.keys()),
        changes=changes,
    )


def _rows(con: sqlite3.Connection, version: int | None) -> dict[str, tuple[str | int | None, ...]]:
    found = con.execute(f"SELECT {_ROW} FROM item WHERE version = ?", (version,))
    return {row[0]: tuple(row[1:]) for row in found}


def _items(rows: dict[str, tuple[str | int | None, ...]], codes: set[str]) -> tuple[Item, ...]:
    return tuple(
        Item(code, str(rows[code][0]), price if isinstance(price := rows[code][1], int) else None)
        for code in sorted(codes)
    )
