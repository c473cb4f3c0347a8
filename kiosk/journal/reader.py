"""Reading a journal that another process writes, under another user.

A reader never keeps a read transaction open (it would hold up the writer's checkpoints),
never needs the directory to be writable (a group-writable one lets a reader's -shm make the
writer's database read-only: measured), and notices when the file was replaced.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TypeVar

from kiosk.journal import _store
from kiosk.journal._entry import CHECKPOINT, GENESIS, Mark, Row
from kiosk.journal.errors import JournalDamaged, JournalMissing, JournalUnreadable

T = TypeVar("T")

_NO_SHARED_MEMORY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class Identity(NamedTuple):
    """Which journal this is. A new file has a new epoch."""

    epoch: str
    stream: str


class Start(NamedTuple):
    """Where the journal begins now: 1 and GENESIS, or what the last pruning left."""

    first_seq: int
    prev: bytes | None  # None: entries are missing and no checkpoint vouches for it


class JournalReader:
    """Short reads of one journal. Every method raises JournalUnreadable or JournalMissing, to be tried
    again later, and JournalDamaged when the file is no sound database.

    `connect` is for tests that bring their own SQLite; otherwise the file is opened `mode=ro`, and
    `immutable=1` for a single read when that fails and no -wal is present.
    """

    def __init__(self, path: Path, *, connect: _store.Connect | None = None) -> None:
        self.path = path
        self._connect = connect
        self._connection: _store.Connection | None = None
        self._opened_file: tuple[int, int] | None = None

    def identity(self) -> Identity:
        meta = self._read(lambda connection: dict(connection.execute(_store.SELECT_META).fetchall()))
        try:
            return Identity(meta["epoch"], meta["stream"])
        except KeyError:
            raise JournalMissing(self.path, "no journal yet") from None

    def head(self) -> Mark | None:
        """The newest entry; None while there is none."""
        epoch = self.identity().epoch
        row = self._one(_store.SELECT_LAST)
        return None if row is None else Mark(epoch, row.seq, row.hash)

    def row(self, seq: int) -> Row | None:
        return self._one(_store.SELECT_ONE, seq)

    def after(self, seq: int, *, entries_max: int, bytes_max: int) -> tuple[Row, ...]:
        """The entries that follow `seq`, in order; at least one if there is any, within both limits."""

        def ask(connection: _store.Connection) -> tuple[Row, ...]:
            taken: list[Row] = []
            size_bytes = 0
            for raw in connection.execute(_store.SELECT_AFTER, (seq, entries_max)):
                row = Row(*raw)
                size_bytes += len(row.header) + len(row.body)
                if taken and size_bytes > bytes_max:
                    break
                taken.append(row)
            return tuple(taken)

        return self._read(ask)

    def start(self) -> Start:
        first = self._one(_store.SELECT_FIRST)
        if first is None or first.seq == 1:
            return Start(1, GENESIS)
        checkpoint = self._one(_store.SELECT_LAST_OF_KIND, CHECKPOINT)
        if checkpoint is not None:
            try:
                left = json.loads(checkpoint.body)
                if left["through_seq"] == first.seq - 1:
                    return Start(first.seq, bytes.fromhex(left["hash"]))
            except (ValueError, KeyError, TypeError):
                return Start(first.seq, None)
        return Start(first.seq, None)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, trace: TracebackType | None) -> None:
        self.close()

    def _one(self, sql: str, *parameters: object) -> Row | None:
        def ask(connection: _store.Connection) -> Row | None:
            rows = connection.execute(sql, parameters).fetchall()
            return Row(*rows[0]) if rows else None

        return self._read(ask)

    def _read(self, ask: Callable[[_store.Connection], T]) -> T:
        if self._connect is not None:
            return ask(self._custom())
        try:
            return ask(self._current())
        except sqlite3.Error as exc:
            self.close()
            primary = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise JournalDamaged(self.path, f"not a sound database: {exc}") from exc
            if "no such table" in str(exc):
                raise JournalMissing(self.path, "no journal yet") from exc
            if primary not in _NO_SHARED_MEMORY:
                raise JournalUnreadable(self.path, str(exc)) from exc
        return self._read_unattended(ask)

    def _custom(self) -> _store.Connection:
        assert self._connect is not None
        if self._connection is None:
            self._connection = self._connect(self.path)
        return self._connection

    def _current(self) -> _store.Connection:
        """The open connection, renewed when another file lies at the path."""
        file = self._stat()[:2]
        if self._connection is None or file != self._opened_file:
            self.close()
            self._connection = _store.connect_read_only(self.path)
            self._opened_file = file
        return self._connection

    def _read_unattended(self, ask: Callable[[_store.Connection], T]) -> T:
        """One read of a file that nobody has open: SQLite takes no lock, so a change throws it away."""
        before = self._stat()
        if self._wal().exists():
            raise JournalUnreadable(self.path, "its writer was cut off; readable after its next start")
        try:
            with closing(_store.connect_read_only(self.path, immutable=True)) as connection:
                answer = ask(connection)
        except sqlite3.Error as exc:
            raise JournalUnreadable(self.path, str(exc)) from exc
        if self._wal().exists() or self._stat() != before:
            raise JournalUnreadable(self.path, "its writer came back during the read")
        return answer

    def _wal(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

    def _stat(self) -> tuple[int, int, int, int]:
        try:
            stat = self.path.stat()
        except OSError as exc:
            raise JournalMissing(self.path, exc.strerror or "no journal yet") from exc
        return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size
