"""The writer's side of the database: its tables, what is open in them, and one commit at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from kiosk.journal import _store
from kiosk.journal._entry import GENESIS, Entry, HeaderUnreadable, Mark, Row, entry_hash, read
from kiosk.journal._store import Connection, transaction, translated
from kiosk.journal.errors import JournalDamaged
from kiosk.journal.retention import Retention

_TAIL_ENTRIES = 256
"""Checked at each open, a few milliseconds; `verify` checks all."""


class Table:
    """The entries of one journal. Raises JournalError; not for several threads at once."""

    def __init__(self, path: Path, connection: Connection, new_epoch: str, stream: str) -> None:
        self.path = path
        self.connection = connection
        meta = _store.open_tables(connection, path, new_epoch, stream)
        if meta.get("stream") != stream or not meta.get("epoch"):
            raise JournalDamaged(path, f"holds stream {meta.get('stream')!r}, not {stream!r}")
        self.epoch = meta["epoch"]
        with translated(path):
            self.seq, self.hash = self._check_tail()
            self.open_names = {name for name, _ in self._all(_store.SELECT_OPEN)}
            self._kinds: dict[str, int] = dict(self._all(_store.SELECT_KINDS))

    def close(self) -> None:
        self.connection.close()

    # Writing

    def commit(self, entries: Sequence[Entry], delete_through: int = 0) -> None:
        """Write `entries`, which follow the head, in one durable transaction."""
        if len(entries) == 1 and not delete_through and self._is_ordinary(entries[0]):
            try:
                self.connection.execute(_store.INSERT, _store.cells(entries[0]))
            except sqlite3.Error as exc:
                raise _store.own_error(self.path, exc) from exc
        else:
            with translated(self.path), transaction(self.connection):
                self._insert(entries, delete_through)
            self.open_names.update(e.settlement for e in entries if e.settlement is not None)
            self._kinds.update({e.kind: e.seq for e in entries})
        if entries:
            self.seq, self.hash = entries[-1].seq, entries[-1].hash

    def close_settlement(self, settlement: str) -> None:
        with translated(self.path):
            self.connection.execute(_store.CLOSE_SETTLEMENT, (self.seq, settlement))
        self.open_names.discard(settlement)

    def _is_ordinary(self, entry: Entry) -> bool:
        """Whether a single INSERT is the whole commit: one statement, one page."""
        known_since = self._kinds.get(entry.kind)
        return (
            known_since is not None
            and entry.seq - known_since < _store.KIND_STRIDE_ENTRIES
            and (entry.settlement is None or entry.settlement in self.open_names)
        )

    def _insert(self, entries: Sequence[Entry], delete_through: int) -> None:
        execute = self.connection.execute
        opened = {e.settlement: e.seq for e in reversed(entries) if e.settlement is not None}
        for entry in entries:
            execute(_store.INSERT, _store.cells(entry))
        for name, seq in opened.items():
            if name not in self.open_names:
                execute(_store.OPEN_SETTLEMENT, (name, seq))
        for since in {e.kind: e.seq for e in entries}.items():
            execute(_store.KEEP_KIND, since)
        if delete_through:
            execute(_store.DELETE_THROUGH, (delete_through,))
            execute(_store.DELETE_SETTLEMENTS_THROUGH, (delete_through,))

    # Reading

    def entries(self, kind: str | None, settlement: str | None, after_seq: int, limit: int) -> list[Entry]:
        sql, parameters = _store.select_entries(kind, settlement)
        with translated(self.path):
            first, last = self._stretch(settlement)
            rows = self._all(sql, max(after_seq, first - 1), last, *parameters, limit)
        return [self._entry(Row(*row)) for row in rows]

    def last(self, kind: str) -> Entry | None:
        with translated(self.path):
            rows = self._all(_store.SELECT_LAST_OF_KIND, kind)
        return self._entry(Row(*rows[0])) if rows else None

    def open_settlements(self, closed_by: Collection[str]) -> tuple[str, ...]:
        """Oldest first, without those whose newest entry is of a kind in `closed_by`."""
        with translated(self.path):
            kinds = {
                name: self._all(_store.SELECT_LAST_KIND_OF, name, first)
                for name, first in self._all(_store.SELECT_OPEN)
            }
        return tuple(name for name, rows in kinds.items() if not rows or rows[0][0] not in closed_by)

    def prunable(
        self, acked: Mark, retention: Retention, now: datetime, entries_max: int
    ) -> tuple[Row, int] | None:
        """The last entry of the stretch from the start that may go, and how many they are.

        Raises JournalDamaged when `acked` is not an entry of this journal.
        """
        with translated(self.path):
            oldest = [Row(*raw) for raw in self._all(_store.SELECT_OLDEST, entries_max)]
            if acked.epoch != self.epoch or not oldest or acked.seq < oldest[0].seq:
                return None
            known = self._all(_store.SELECT_ONE, acked.seq)
            if not known or Row(*known[0]).hash != acked.hash:
                raise JournalDamaged(self.path, f"acknowledged entry {acked.seq} is not this one")
            stop_before = min((first for _, first in self._all(_store.SELECT_OPEN)), default=self.seq)
        lasts = (self.last(kind) for kind in retention.keep_last_of)
        kept = (last.seq for last in lasts if last is not None)
        stop_before = min([stop_before, self.seq, acked.seq + 1, *kept])
        through = None
        for count, row in enumerate(oldest, start=1):
            entry = self._entry(row)
            if row.seq >= stop_before or entry.when + retention.period(entry.kind) > now:
                break
            through = row, count
        return through

    def _stretch(self, settlement: str | None) -> tuple[int, int]:
        """Where the entries of a settlement lie; of all, when None."""
        if settlement is None:
            return 1, self.seq
        rows = self._all(_store.SELECT_STRETCH, settlement)
        if not rows:
            return 1, 0
        first, last = rows[0]
        return first, self.seq if last is None else last

    def _check_tail(self) -> tuple[int, bytes]:
        """Seq and hash of the newest entry, 0 and GENESIS if none. Raises JournalDamaged."""
        newest = [Row(*raw) for raw in self._all(_store.SELECT_TAIL, _TAIL_ENTRIES)]
        if not newest:
            return 0, GENESIS
        if newest[-1].seq == 1:
            newest.append(Row(0, b"", b"", GENESIS))
        for row, before in pairwise(newest):
            if row.seq != before.seq + 1 or entry_hash(before.hash, row.header, row.body) != row.hash:
                text = f"the chain breaks at entry {row.seq}; keep the file, begin a new one"
                raise JournalDamaged(self.path, text)
        head = self._entry(newest[0])
        if (head.epoch, head.seq) != (self.epoch, newest[0].seq):
            text = f"entry {newest[0].seq} says epoch {head.epoch} seq {head.seq}"
            raise JournalDamaged(self.path, text)
        return newest[0].seq, newest[0].hash

    def _entry(self, row: Row) -> Entry:
        try:
            return read(row)
        except HeaderUnreadable as exc:
            raise JournalDamaged(self.path, str(exc)) from exc

    def _all(self, sql: str, *parameters: Any) -> list[Any]:
        return self.connection.execute(sql, parameters).fetchall()
