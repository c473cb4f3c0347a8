"""The journal's SQL, in one place, and how its files are opened.

WAL with `synchronous=FULL`: NORMAL lost acknowledged commits in 182 of 344 simulated
power cuts, FULL in none of 736. The same statements run on another SQLite when a
test passes its own `connect`.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from kiosk.journal._entry import Entry
from kiosk.journal.errors import (
    JournalBroken,
    JournalBusy,
    JournalDamaged,
    JournalError,
    JournalFull,
    SchemaUnknown,
)

TABLES_V = 1
"""Layout of the tables, in `user_version`. Another layout is another file with a new epoch."""

KIND_STRIDE_ENTRIES = 1000
"""The newest entry of a kind lies within so many entries from the kind's `since_seq`."""

DIRECTORY_MODE = 0o2750  # the agent's group reads and enters; its files inherit the group
DATABASE_MODE = 0o640
KEYS_MODE = 0o600
_BUSY_WAIT_S = 5.0

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE entry (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, settlement TEXT,
       hash BLOB NOT NULL, header BLOB NOT NULL, body BLOB NOT NULL)""",
    # An index over all entries would cost every commit another page. These two cost one now and then.
    """CREATE TABLE settlement (settlement TEXT PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER)
       WITHOUT ROWID""",  # last_seq NULL: open
    "CREATE TABLE kind (kind TEXT PRIMARY KEY, since_seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX settlement_open ON settlement (first_seq) WHERE last_seq IS NULL",
    f"PRAGMA user_version = {TABLES_V}",
)

_ROW = "seq, CAST(header AS BLOB), CAST(body AS BLOB), CAST(hash AS BLOB)"
"""A tampered cell of another type reads as bytes, too, and fails the chain check instead of the program."""

INSERT = "INSERT INTO entry (seq, kind, settlement, hash, header, body) VALUES (?, ?, ?, ?, ?, ?)"
OPEN_SETTLEMENT = """INSERT INTO settlement (settlement, first_seq) VALUES (?, ?)
    ON CONFLICT (settlement) DO UPDATE SET last_seq = NULL"""
CLOSE_SETTLEMENT = "UPDATE settlement SET last_seq = ? WHERE settlement = ? AND last_seq IS NULL"
SELECT_OPEN = "SELECT settlement, first_seq FROM settlement WHERE last_seq IS NULL ORDER BY first_seq"
SELECT_STRETCH = "SELECT first_seq, last_seq FROM settlement WHERE settlement = ?"
DELETE_SETTLEMENTS_THROUGH = "DELETE FROM settlement WHERE last_seq <= ?"
SELECT_META = "SELECT name, value FROM meta"
SELECT_ONE = f"SELECT {_ROW} FROM entry WHERE seq = ?"
SELECT_LAST = f"SELECT {_ROW} FROM entry ORDER BY seq DESC LIMIT 1"
SELECT_LAST_OF_KIND = f"""SELECT {_ROW} FROM entry, (SELECT since_seq FROM kind WHERE kind = ?1)
    WHERE kind = ?1 AND seq BETWEEN since_seq AND since_seq + {KIND_STRIDE_ENTRIES}
    ORDER BY seq DESC LIMIT 1"""
SELECT_KINDS = "SELECT kind, since_seq FROM kind"
KEEP_KIND = "INSERT OR REPLACE INTO kind (kind, since_seq) VALUES (?, ?)"
SELECT_FIRST = f"SELECT {_ROW} FROM entry ORDER BY seq LIMIT 1"
SELECT_AFTER = f"SELECT {_ROW} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"
SELECT_TAIL = f"SELECT {_ROW} FROM entry ORDER BY seq DESC LIMIT ?"
SELECT_LAST_KIND_OF = """SELECT kind FROM entry WHERE settlement = ? AND seq >= ?
    ORDER BY seq DESC LIMIT 1"""
SELECT_OLDEST = f"SELECT {_ROW} FROM entry ORDER BY seq LIMIT ?"
DELETE_THROUGH = "DELETE FROM entry WHERE seq <= ?"


def select_entries(kind: str | None, settlement: str | None) -> tuple[str, tuple[str, ...]]:
    """The query for entries after one seq and up to another, filtered, and the filters' parameters.

    Parameters: after_seq, through_seq, the filters', limit.
    """
    filters = {"kind": kind, "settlement": settlement}
    given = {column: value for column, value in filters.items() if value is not None}
    clauses = "".join(f" AND {column} = ?" for column in given)
    sql = f"SELECT {_ROW} FROM entry WHERE seq > ? AND seq <= ?{clauses} ORDER BY seq LIMIT ?"
    return sql, tuple(given.values())


class Cursor(Protocol):
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """The little of a database connection that the journal uses; autocommit, `?` parameters."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor: ...
    def close(self) -> None: ...


Connect: TypeAlias = Callable[[Path], Connection]


def connect_sqlite(path: Path) -> Connection:
    """The real thing."""
    return sqlite3.connect(path, timeout=_BUSY_WAIT_S, isolation_level=None, check_same_thread=False)


def connect_read_only(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A reader's connection. `immutable` is for a journal with no writer and no -wal, one read only."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro" + ("&immutable=1" if immutable else "")
    return sqlite3.connect(uri, uri=True, timeout=1.0, isolation_level=None, check_same_thread=False)


def prepare_file(path: Path, mode: int) -> None:
    """Make an empty file with `mode` unless there is one; SQLite gives -wal and -shm the same mode."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(DIRECTORY_MODE)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, mode)
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def lock_writer(path: Path) -> int:
    """Take the writer's lock; the kernel frees it however the process ends. Raises JournalBusy."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise JournalBusy(path, "another process writes this journal") from None
    return descriptor


def open_tables(connection: Connection, path: Path, new_epoch: str, stream: str) -> dict[str, str]:
    """Set the journal's modes, make the tables of a new file, and return `meta`. Raises JournalError."""
    with translated(path):
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":  # SQLite does not fail here, it goes on in another mode
            raise JournalBroken(path, f"the file system gives no write-ahead log (journal mode {mode})")
        connection.execute("PRAGMA synchronous = FULL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0 and connection.execute("SELECT name FROM sqlite_master").fetchone() is None:
            with transaction(connection):
                for statement in _TABLES:
                    connection.execute(statement)
                for name, value in (("epoch", new_epoch), ("stream", stream)):
                    connection.execute("INSERT INTO meta (name, value) VALUES (?, ?)", (name, value))
        elif version != TABLES_V:
            raise SchemaUnknown(path, f"tables of layout {version}, this release writes {TABLES_V}")
        return dict(connection.execute(SELECT_META).fetchall())


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """One durable commit, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as the journal's own."""
    try:
        yield
    except sqlite3.Error as exc:
        raise own_error(path, exc) from exc


def own_error(path: Path, error: sqlite3.Error) -> JournalError:
    """The journal's error for one of SQLite's."""
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return JournalFull(path, "no space left for the journal")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return JournalBusy(path, f"locked by another connection: {error}")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return JournalDamaged(path, f"not a sound database: {error}")
    return JournalBroken(path, f"the disk or the file system failed: {error}")


def cells(entry: Entry) -> tuple[int, str, str | None, bytes, bytes, bytes]:
    """An entry as the parameters of INSERT."""
    return entry.seq, entry.kind, entry.settlement, entry.hash, entry.header, entry.body
