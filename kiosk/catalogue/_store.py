"""The file of a price list: tables, states of a version, and how the file is opened.

A rollback journal, not WAL: readers need no writable directory, and a list changes once a day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.catalogue._layout import postings_of
from kiosk.catalogue.model import CatalogueError

APPLICATION_ID = 0x6B63_6174  # "kcat"
SCHEMA = 1
BUSY_MS = 5_000
CACHE_KIB = 8_192  # of the file, held by a reader
HISTORY_VERSIONS_MAX = 1_000

PENDING, LIVE, FORMER, DROPPED = "pending", "live", "former", "dropped"

TABLES = """
CREATE TABLE version (
    version     INTEGER PRIMARY KEY AUTOINCREMENT,
    state       TEXT NOT NULL,   -- pending, live, former (rows kept), dropped (rows gone)
    as_of       TEXT NOT NULL,
    complaint   TEXT NOT NULL,
    note        TEXT NOT NULL,
    rows        INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    sources     TEXT NOT NULL,
    maker       TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    checker     TEXT,
    approved_at TEXT
);
CREATE TABLE item (
    id          INTEGER PRIMARY KEY,  -- version << 32 | rank: rows in the order in which hits are shown
    version     INTEGER NOT NULL,
    code        TEXT NOT NULL,
    code_rank   INTEGER NOT NULL,     -- place of the code among all codes of the version
    kind        TEXT NOT NULL,
    row_kind    TEXT NOT NULL,
    name        TEXT NOT NULL,
    aliases     TEXT NOT NULL,
    ingredient  TEXT NOT NULL,
    spec        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    price_fen   INTEGER,
    class       TEXT NOT NULL,
    preself_ratio TEXT NOT NULL,
    ceiling_fen INTEGER,
    prescription INTEGER NOT NULL,
    maker       TEXT NOT NULL,
    limits      TEXT NOT NULL,
    valid_from  TEXT NOT NULL,
    common      INTEGER NOT NULL
);
CREATE UNIQUE INDEX item_code ON item (version, code);
CREATE INDEX item_ingredient ON item (version, ingredient) WHERE ingredient <> '';
CREATE INDEX item_common ON item (version, id) WHERE common = 1;
CREATE TABLE part (version INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL,
                   PRIMARY KEY (version, name));
CREATE TABLE posting (id INTEGER PRIMARY KEY, positions BLOB NOT NULL);  -- id: see _layout.posting_id
"""


def open_to_read(path: Path) -> sqlite3.Connection:
    """Raises CatalogueError when the file is absent or is no price list."""
    if not path.is_file():
        raise CatalogueError(f"{path}: no such file")
    try:
        con = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        con.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        con.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        _check(con, path)
    except sqlite3.Error as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from error
    return con


def open_to_write(path: Path) -> sqlite3.Connection:
    """As `open_to_read`, for changes; makes the file when there is none."""
    new = not path.exists() or path.stat().st_size == 0
    try:
        con = sqlite3.connect(path, isolation_level=None)
        con.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        con.execute("PRAGMA synchronous = FULL")
        # Pages stay in memory until the commit: a spill would shut readers out for the whole import.
        con.execute("PRAGMA cache_spill = OFF")
        if new:
            con.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            con.execute(f"PRAGMA user_version = {SCHEMA}")
            con.executescript(f"BEGIN; {TABLES} COMMIT;")
        _check(con, path)
    except sqlite3.Error as error:
        raise CatalogueError(f"{path}: cannot be used: {error}") from error
    return con


@contextmanager
def change(con: sqlite3.Connection) -> Iterator[None]:
    """One transaction, whole or not at all."""
    con.execute("BEGIN IMMEDIATE")
    try:
        yield
        con.execute("COMMIT")
    finally:
        if con.in_transaction:
            con.execute("ROLLBACK")


def version_in(con: sqlite3.Connection, state: str) -> int | None:
    """The version in `state`: there is one pending and one live at most; of former ones the newest."""
    row = con.execute(
        "SELECT version FROM version WHERE state = ? ORDER BY version DESC LIMIT 1", (state,)
    ).fetchone()
    return None if row is None else int(row[0])


def drop_rows(con: sqlite3.Connection, version: int) -> None:
    """Take the rows and the index of a version out; its line in the history stays."""
    con.execute("DELETE FROM item WHERE id >= ? AND id < ?", (version << 32, (version + 1) << 32))
    con.execute(
        "DELETE FROM posting WHERE id >= ? AND id < ?", (postings_of(version), postings_of(version + 1))
    )
    con.execute("DELETE FROM part WHERE version = ?", (version,))
    con.execute("UPDATE version SET state = ? WHERE version = ?", (DROPPED, version))
    con.execute(
        "DELETE FROM version WHERE state = ? AND version <= ?", (DROPPED, version - HISTORY_VERSIONS_MAX)
    )


def _check(con: sqlite3.Connection, path: Path) -> None:
    application = con.execute("PRAGMA application_id").fetchone()[0]
    schema = con.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise CatalogueError(f"{path}: not a price list")
    if schema != SCHEMA:
        raise CatalogueError(f"{path}: written as schema {schema}, this program reads {SCHEMA}")
