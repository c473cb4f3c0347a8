"""Changing the price list: one person imports, another one approves, and both see the difference first.

Prices are published; a wrong row is a complaint. So a list with one bad row is refused as a whole, an import
alone changes nothing that a patient sees, and the same person cannot do both steps.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.catalogue import _store as store
from kiosk.catalogue._cells import NO_DATE
from kiosk.catalogue._index import Group, grouped, write_index
from kiosk.catalogue._text import normal
from kiosk.catalogue.listing import Listing, read_listing
from kiosk.catalogue.model import CatalogueError, Row

PERSON_CHARS_MAX = 40
SOURCES_CHARS_MAX = 500

_INSERT = """
INSERT INTO item (id, version, code, code_rank, kind, row_kind, name, aliases, ingredient, spec, unit,
                  price_fen, class, preself_ratio, ceiling_fen, prescription, maker, limits, valid_from,
                  common)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """A pending version. `replaced` is the pending one that it took the place of."""

    version: int
    rows: int
    as_of: dt.date
    digest: str
    replaced: int | None


@dataclass(frozen=True, slots=True)
class Approved:
    """The version that is live now, and the one before."""

    version: int
    rows: int
    former: int | None


def import_files(files: Sequence[Path], db: Path, maker: str, now: dt.datetime | None = None) -> Imported:
    """Check `files` and put them into `db` as the pending version.

    The date of the list is its `#as_of`, else its newest `valid_from`. Without a complaint channel in the
    files, the one of the live version stays.

    Raises:
        BadListError: a file or row is wrong; nothing was written.
        CatalogueError: no maker, no date, no complaint channel, or the database cannot be used.
    """
    maker = _person("maker", maker)
    listing = read_listing(files)
    as_of = _date_of(listing)
    digest = _digest(listing.rows)
    groups = grouped(listing.rows)
    with closing(store.open_to_write(db)) as con:
        try:
            with store.change(con):
                replaced = store.version_in(con, store.PENDING)
                if replaced is not None:
                    store.drop_rows(con, replaced)
                cursor = con.execute(
                    "INSERT INTO version (state, as_of, complaint, note, rows, digest, sources, maker,"
                    " imported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        store.PENDING,
                        as_of.isoformat(),
                        listing.complaint or _complaint_now(con),
                        listing.note or "",
                        len(listing.rows),
                        digest,
                        ", ".join(file.name for file in files)[:SOURCES_CHARS_MAX],
                        maker,
                        _stamp(now),
                    ),
                )
                version = cursor.lastrowid or 0
                _insert_rows(con, version, groups)
                write_index(con, version, groups)
        except sqlite3.Error as error:
            raise CatalogueError(f"{db}: cannot be changed: {error}") from error
    return Imported(version, len(listing.rows), as_of, digest, replaced)


def approve(db: Path, checker: str, version: int | None = None, now: dt.datetime | None = None) -> Approved:
    """Let the pending version go live. The rows of the one before stay, for the difference.

    Raises:
        CatalogueError: nothing is pending, `version` is no longer the pending one, or `checker` made it.
    """
    checker = _person("checker", checker)
    if not db.is_file():
        raise CatalogueError(f"{db}: no such file")
    with closing(store.open_to_write(db)) as con:
        try:
            with store.change(con):
                pending = store.version_in(con, store.PENDING)
                if pending is None:
                    raise CatalogueError("no version waits for approval")
                if version is not None and version != pending:
                    raise CatalogueError(f"version {version} does not wait for approval, {pending} does")
                maker, rows = con.execute(
                    "SELECT maker, rows FROM version WHERE version = ?", (pending,)
                ).fetchone()
                if normal(maker) == normal(checker):
                    raise CatalogueError(
                        f"{maker} imported version {pending}: another person must approve it"
                    )
                live = store.version_in(con, store.LIVE)
                former = store.version_in(con, store.FORMER)
                if former is not None:
                    store.drop_rows(con, former)
                con.execute("UPDATE version SET state = ? WHERE state = ?", (store.FORMER, store.LIVE))
                con.execute(
                    "UPDATE version SET state = ?, checker = ?, approved_at = ? WHERE version = ?",
                    (store.LIVE, checker, _stamp(now), pending),
                )
        except sqlite3.Error as error:
            raise CatalogueError(f"{db}: cannot be changed: {error}") from error
    return Approved(pending, int(rows), live)


def _person(role: str, name: str) -> str:
    name = name.strip()
    if not normal(name) or len(name) > PERSON_CHARS_MAX or not name.isprintable():
        raise CatalogueError(f"{role}: a name of 1 to {PERSON_CHARS_MAX} characters is needed")
    return name


def _stamp(now: dt.datetime | None) -> str:
    return (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).isoformat(timespec="seconds")


def _date_of(listing: Listing) -> dt.date:
    newest = max(row.valid_from for row in listing.rows)
    as_of = listing.as_of or newest
    if as_of == NO_DATE:
        raise CatalogueError("the list has no date: add a first line #as_of: or a column valid_from")
    if newest > as_of:
        late = next(row.code for row in listing.rows if row.valid_from == newest)
        raise CatalogueError(f"{late}: valid from {newest}, but the list is of {as_of}")
    return as_of


def _complaint_now(con: sqlite3.Connection) -> str:
    row = con.execute("SELECT complaint FROM version WHERE state = ?", (store.LIVE,)).fetchone()
    if row is None:
        raise CatalogueError("the first list needs a line #complaint: with the complaint channel (S3-6.3.1)")
    return str(row[0])


def _digest(rows: Sequence[Row]) -> str:
    """SHA-256 over the rows by code: the same list has the same digest, whatever its order or files."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row.code):
        digest.update(repr(_cells(row)).encode())
    return digest.hexdigest()


def _cells(row: Row) -> tuple[object, ...]:
    return (
        str(row.kind),
        str(row.row_kind),
        row.name,
        "|".join(row.aliases),
        row.ingredient,
        row.spec,
        row.unit,
        row.price_fen,
        row.class_,
        f"{row.preself_ratio:f}",
        row.price_ceiling_fen,
        int(row.prescription),
        row.maker,
        row.limits,
        row.valid_from.isoformat(),
        int(row.common),
    )


def _insert_rows(con: sqlite3.Connection, version: int, groups: Sequence[Group]) -> None:
    rows = [row for group in groups for row in group.rows]
    place = {code: number for number, code in enumerate(sorted(row.code for row in rows))}
    con.executemany(
        _INSERT,
        (
            (version << 32 | rank, version, row.code, place[row.code], *_cells(row))
            for rank, row in enumerate(rows)
        ),
    )
