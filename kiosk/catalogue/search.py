"""Searching the live price list: by a part of the name, by pinyin initials, by the beginning of a code.

What is found:
- a query of letters alone: names that have these initials side by side, in any reading of each character;
  signs and digits of a name count for nothing, so WSSBP finds 维生素B1片;
- any other query: names that hold this text; and, if it has a digit, rows whose code begins with it.
Spaces, case and full width make no difference. An alias counts as a name.

The order, the same on every terminal:
1. names (or codes) that are the query;
2. names of common items, marked so by the hospital;
3. names that begin with it;
4. names that hold it;
5. codes that begin with it;
6. names found only through a reading that is unusual in their word (in the order 1 to 4).
Within each: medicines, services, supplies; shorter names first; then by code. Rows of one name stand
together.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.catalogue import _store as store
from kiosk.catalogue._matcher import Matcher
from kiosk.catalogue._text import normal
from kiosk.catalogue.model import (
    NAME_CHARS_MAX,
    PAGE_ROWS_MAX,
    CatalogueError,
    Hit,
    Kind,
    Meta,
    Page,
    RowKind,
)

_COLUMNS = (
    "code, name, spec, unit, price_fen, class, kind, maker, prescription, ceiling_fen, preself_ratio,"
    " valid_from, row_kind, ingredient, limits"
)
_KINDS = {str(kind): kind for kind in Kind}
_ROW_KINDS = {str(kind): kind for kind in RowKind}
_decimal = lru_cache(maxsize=1_000)(Decimal)
_date = lru_cache(maxsize=5_000)(dt.date.fromisoformat)


class Catalogue:
    """The live version of a price list, held open to read. One thread at a time.

    About 10 bytes of memory for each character of all different names; the rest stays in the file.
    """

    def __init__(self, path: Path) -> None:
        """Open the live version of `path`. Raises CatalogueError: no such file, no price list, none live."""
        self._path = path
        self._con = store.open_to_read(path)
        try:
            self._file_id = _file_id(path)
            self.meta = self._read_meta()
            self._matcher = Matcher(self._con, self.meta.version)
        except sqlite3.Error as error:
            self._con.close()
            raise CatalogueError(f"{path}: cannot be read: {error}") from error
        except CatalogueError as error:
            self._con.close()
            raise CatalogueError(f"{path}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        self._con.close()

    def stale(self) -> bool:
        """Whether another version has gone live, or another file taken this place, since the opening."""
        try:
            live = store.version_in(self._con, store.LIVE)
            return live != self.meta.version or _file_id(self._path) != self._file_id
        except (sqlite3.Error, OSError):
            return True

    def search(self, query: str, kind: Kind | None = None, limit: int = 20, offset: int = 0) -> Page:
        """The ranked hits from `offset` on, at most `limit` (1 to 200), and how many there are in all.

        `kind` keeps hits of that kind alone. A query without any sign finds nothing.
        Raises ValueError for a limit or offset out of range, CatalogueError when the file cannot be read.
        """
        if not 1 <= limit <= PAGE_ROWS_MAX or offset < 0:
            raise ValueError(f"limit {limit}, offset {offset}: 1 to {PAGE_ROWS_MAX}, 0 or more expected")
        text = normal(query)
        if not text or len(text) > NAME_CHARS_MAX:
            return Page(0, (), offset)
        try:
            # One transaction for all reads of a query: taking the file's lock costs more than a look-up.
            self._con.execute("BEGIN")
            try:
                total, ranks = self._matcher.find(text, kind, limit, offset)
                return Page(total, self._hits(ranks), offset)
            finally:
                self._con.execute("COMMIT")
        except sqlite3.Error as error:
            raise CatalogueError(f"{self._path}: cannot be read: {error}") from error

    def item(self, code: str) -> Hit | None:
        """The row of `code`, or None."""
        return next(
            iter(self._select("version = ? AND code = ?", (self.meta.version, code.upper()), 1)), None
        )

    def same_ingredient(self, code: str, limit: int = 20) -> tuple[Hit, ...]:
        """Other rows with the ingredient of `code`, the cheapest first."""
        found = self.item(code)
        if found is None or not found.ingredient:
            return ()
        where = "version = ? AND ingredient = ? AND ingredient <> '' AND code <> ?"
        values = (self.meta.version, found.ingredient, found.code)
        return self._select(where, values, limit, order="price_fen IS NULL, price_fen, id")

    def common(self, kind: Kind | None = None, limit: int = 20) -> tuple[Hit, ...]:
        """The items that the hospital marked as common, for the first page (S2-F.3)."""
        where = "version = ? AND common = 1"
        if kind is None:
            return self._select(where, (self.meta.version,), limit)
        return self._select(f"{where} AND kind = ?", (self.meta.version, str(kind)), limit)

    def _read_meta(self) -> Meta:
        row = self._con.execute(
            "SELECT version, as_of, approved_at, rows, complaint, note, digest FROM version WHERE state = ?",
            (store.LIVE,),
        ).fetchone()
        if row is None:
            raise CatalogueError("no version is live yet; one must be imported and approved")
        version, as_of, approved_at, rows, complaint, note, digest = row
        return Meta(
            version=version,
            as_of=dt.date.fromisoformat(as_of),
            approved_at=dt.datetime.fromisoformat(approved_at),
            rows=rows,
            complaint=complaint,
            note=note,
            digest=digest,
        )

    def _hits(self, ranks: Sequence[int]) -> tuple[Hit, ...]:
        if not ranks:
            return ()
        ordered = sorted(ranks)
        first = self.meta.version << 32
        sql = f"SELECT {_COLUMNS} FROM item WHERE id IN ({','.join('?' * len(ranks))}) ORDER BY id"
        rows = dict(zip(ordered, self._con.execute(sql, [first | rank for rank in ordered]), strict=True))
        return tuple([self._hit(rows[rank]) for rank in ranks])

    def _select(self, where: str, values: Sequence[object], limit: int, order: str = "id") -> tuple[Hit, ...]:
        if not 1 <= limit <= PAGE_ROWS_MAX:
            raise ValueError(f"limit {limit}: 1 to {PAGE_ROWS_MAX} expected")
        try:
            rows = self._con.execute(
                f"SELECT {_COLUMNS} FROM item WHERE {where} ORDER BY {order} LIMIT {limit}", tuple(values)
            ).fetchall()
        except sqlite3.Error as error:
            raise CatalogueError(f"{self._path}: cannot be read: {error}") from error
        return tuple(self._hit(row) for row in rows)

    def _hit(self, row: tuple[Any, ...]) -> Hit:
        (code, name, spec, unit, price, class_, kind, maker, prescription, ceiling, ratio, *rest) = row
        valid_from, row_kind, ingredient, limits = rest
        return Hit(
            code,
            name,
            spec,
            unit,
            price,
            class_,
            _KINDS[kind],
            maker,
            prescription == 1,
            ceiling,
            _decimal(ratio),
            self.meta.as_of,
            _date(valid_from),
            _ROW_KINDS[row_kind],
            ingredient,
            limits,
        )


def _file_id(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
