"""The writer: one append-only, hash-chained log per terminal, and nothing is done until it is in it."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from kiosk.journal import _seal, _store
from kiosk.journal._build import Place, build
from kiosk.journal._entry import CHECKPOINT, Entry, Mark, NewEntry
from kiosk.journal._keyring import Keyring
from kiosk.journal._reserve import RESERVE_BYTES, Reserve
from kiosk.journal._store import Connect, connect_sqlite
from kiosk.journal._table import Table
from kiosk.journal._wake import Waker
from kiosk.journal.errors import JournalBroken, JournalFull, KeyGone
from kiosk.journal.retention import Pruned, Retention

Clock: TypeAlias = Callable[[], datetime]
"""The wall clock, aware. It only stamps entries; order is by sequence number."""

PRUNE_ENTRIES_MAX = 2000
"""One pruning commit deletes no more; call again while it returns this many."""

_CHUNK_ENTRIES = 500


def utc_now() -> datetime:
    """The machine's wall clock."""
    return datetime.now(UTC)


class Journal:
    """The one writer of a journal file. Safe to call from several threads; every call that writes
    returns after its commit is on disk (`synchronous=FULL`), and raises JournalError if it is not.
    """

    def __init__(
        self,
        path: Path,
        stream: str,
        hospital_seal: X25519PublicKey | None,
        clock: Clock,
        waker: Waker,
        reserve: Reserve,
        lock_descriptor: int,
        connect: Connect,
    ) -> None:
        self.path = path
        self.stream = stream
        self._seal = hospital_seal
        self._clock = clock
        self._waker = waker
        self._reserve = reserve
        self._lock_descriptor = lock_descriptor
        self._lock = threading.RLock()
        self._broken: JournalBroken | None = None
        self._closed = False
        self._table = Table(path, connect(path), secrets.token_hex(8), stream)
        self.epoch = self._table.epoch
        self._keyring: Keyring | None = None
        if hospital_seal is not None:
            self._keyring = Keyring(path.with_name("open.db"), connect)
            self._keyring.keep_only(self._table.open_names)

    @classmethod
    def open(
        cls,
        path: Path,
        stream: str = "kiosk",
        *,
        hospital_seal: X25519PublicKey | None,
        clock: Clock = utc_now,
        wake: Path | None = None,
        reserve_bytes: int = RESERVE_BYTES,
        connect: Connect = connect_sqlite,
    ) -> Journal:
        """Open the journal at `path`, or begin one with a new epoch.

        `hospital_seal` None: sealed fields are refused. `wake`: the agent's datagram socket.
        Raises JournalBusy (another writer), JournalDamaged, SchemaUnknown, JournalFull, JournalBroken.
        """
        _store.prepare_file(path, _store.DATABASE_MODE)
        reserve = Reserve(path.with_name(path.name + ".reserve"), reserve_bytes)
        with ExitStack() as if_refused:
            descriptor = _store.lock_writer(path)
            if_refused.callback(os.close, descriptor)
            journal = cls(path, stream, hospital_seal, clock, Waker(wake), reserve, descriptor, connect)
            if_refused.pop_all()
        reserve.restore()
        return journal

    def close(self) -> None:
        """Let go of the files. Doing it twice is no error."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            with ExitStack() as every_one:  # also when one of them fails
                every_one.callback(os.close, self._lock_descriptor)
                every_one.callback(self._waker.close)
                if self._keyring is not None:
                    every_one.callback(self._keyring.close)
                every_one.callback(self._table.close)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, trace: TracebackType | None) -> None:
        self.close()

    # Writing

    def append(
        self,
        kind: str,
        body: Mapping[str, object],
        *,
        settlement: str | None = None,
        key: str | None = None,
        sealed: Mapping[str, object] | None = None,
    ) -> Entry:
        """Write one entry in one durable commit. The first of a `settlement` opens it.

        `body` is readable on this terminal for ever: no person data in it; `sealed` is for that, and
        needs a settlement. Members named `*_fen` are integers. Raises BodyRefused, SealMissing,
        JournalFull (nothing written, the reserve already spent), JournalBroken.
        """
        return self.append_many((NewEntry(kind, body, settlement, key, sealed),))[0]

    def append_many(self, items: Sequence[NewEntry]) -> tuple[Entry, ...]:
        """Write all of `items` in one durable commit, or none. Raises as `append`."""
        with self._lock:
            try:
                entries = self._write(items)
            except JournalFull:
                if not self._reserve.release():
                    raise
                entries = self._write(items)  # the reserve is for what is under way
        self._waker.ring()
        return entries

    def close_settlement(self, settlement: str) -> None:
        """The settlement has its closing entry: delete its key. Doing it twice is no error."""
        with self._lock:
            self._refuse_if_broken()
            self._table.close_settlement(settlement)
            if self._keyring is not None:  # after a cut between the two commits, the next open deletes it
                self._keyring.forget(settlement)

    def prune(self, acked: Mark, retention: Retention) -> Pruned:
        """Delete from the start what the collector has and nobody needs here any more.

        It stops before the first entry that is not acknowledged, belongs to an open settlement, is
        within its retention or is kept as the last of its kind; a `checkpoint` entry in the same commit
        vouches for the new start. Raises JournalDamaged when `acked` is not an entry of this journal.
        """
        with self._lock:
            self._refuse_if_broken()
            found = self._table.prunable(acked, retention, self._clock(), PRUNE_ENTRIES_MAX)
            if found is None:
                return Pruned(0, 0)
            through, count = found
            body = {"through_seq": through.seq, "hash": through.hash.hex(), "entries": count}
            self._write((NewEntry(CHECKPOINT, body),), delete_through=through.seq)
            self._reserve.restore()
        self._waker.ring()
        return Pruned(count, through.seq)

    # Reading

    @property
    def head(self) -> Mark | None:
        """The newest entry; None in an empty journal."""
        with self._lock:
            return Mark(self.epoch, self._table.seq, self._table.hash) if self._table.seq else None

    def entries(
        self,
        *,
        kind: str | None = None,
        settlement: str | None = None,
        after_seq: int = 0,
    ) -> Iterator[Entry]:
        """Entries in order, filtered: by settlement found at once, by kind alone by walking them all."""
        while True:
            with self._lock:
                chunk = self._table.entries(kind, settlement, after_seq, _CHUNK_ENTRIES)
            yield from chunk
            if len(chunk) < _CHUNK_ENTRIES:
                return
            after_seq = chunk[-1].seq

    def last(self, kind: str) -> Entry | None:
        """The newest entry of a kind, found at once."""
        with self._lock:
            return self._table.last(kind)

    def open_settlements(self, closed_by: Collection[str] = ()) -> tuple[str, ...]:
        """Settlements with an entry that were not closed, oldest first.

        Those whose newest entry is of a kind in `closed_by` are left out: they only await their
        `close_settlement`.
        """
        with self._lock:
            return self._table.open_settlements(closed_by)

    def unseal(self, entry: Entry) -> dict[str, Any]:
        """The sealed fields of an entry of an open settlement; {} when it has none.

        Raises KeyGone once the settlement is closed, SealBroken when the bytes were changed.
        """
        if not entry.has_sealed:
            return {}
        key = None
        if self._keyring is not None and entry.settlement is not None:
            key = self._keyring.key_of(entry.settlement)
        if key is None:
            raise KeyGone(self.path, f"settlement {entry.settlement} is closed")
        return _seal.decrypt(key, entry)

    def can_start_settlement(self) -> bool:
        """Whether there is room to end what would begin. False stops new settlements *before* money moves."""
        return self._broken is None and self._reserve.restore()

    # Inside

    def _write(self, items: Sequence[NewEntry], delete_through: int = 0) -> tuple[Entry, ...]:
        self._refuse_if_broken()
        fresh = self._fresh_keys(items)
        entries = self._built(items, fresh)
        try:
            if fresh and self._keyring is not None:
                self._keyring.add(fresh)
            self._table.commit(entries, delete_through)
        except JournalBroken as exc:
            self._broken = exc  # after a failed sync nobody knows what is on disk: reopen to find out
            raise
        return tuple(entries)

    def _built(self, items: Sequence[NewEntry], fresh: Mapping[str, bytes]) -> list[Entry]:
        entries: list[Entry] = []
        seq, prev, unwrapped = self._table.seq, self._table.hash, set(fresh)
        for item in items:
            seq += 1
            name = item.settlement
            key = wrap_for = None
            if name is not None and self._keyring is not None:
                key = fresh.get(name) or self._keyring.key_of(name)
                if name in unwrapped:  # only its first entry carries the key
                    wrap_for = self._seal
                    unwrapped.discard(name)
            place = Place(self.path, self.stream, self.epoch, seq, prev, self._clock())
            entries.append(build(item, place, key, wrap_for))
            prev = entries[-1].hash
        return entries

    def _fresh_keys(self, items: Sequence[NewEntry]) -> dict[str, bytes]:
        """A key for each settlement that has none yet; it goes to `open.db` before its first entry.

        One that is in `open.db` without an entry was left by a write that failed: make another.
        """
        keyring = self._keyring
        if keyring is None:
            return {}
        fresh: dict[str, bytes] = {}
        for item in items:
            name = item.settlement
            if name is None or name in fresh:
                continue
            if name not in self._table.open_names or keyring.key_of(name) is None:
                fresh[name] = _seal.new_key()
        return fresh

    def _refuse_if_broken(self) -> None:
        if self._broken is not None:
            raise JournalBroken(self.path, "a write failed before; reopen the journal") from self._broken
