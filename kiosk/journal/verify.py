"""Checks the chain of a journal, entry by entry, against the bytes that are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kiosk.journal._entry import GENESIS, HeaderUnreadable, Mark, Row, entry_hash, read
from kiosk.journal._store import Connect
from kiosk.journal.reader import Identity, JournalReader

What = Literal["changed", "missing", "misplaced", "foreign", "unreadable", "truncated", "rewritten", "start"]
"""changed: bytes and hash disagree. missing: seq leaps. misplaced: the header says another seq.
foreign: the header says another epoch or stream. unreadable: the header is no header.
truncated: a known entry is beyond the end. rewritten: a known entry has another hash.
start: entries are gone before the first, and no checkpoint vouches for it."""

FAULTS_MAX = 100
"""A report lists this many faults; `faults_total` counts them all."""

_CHUNK_ENTRIES = 500
_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    seq: int
    what: What


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. `head_seq` is 0 and `head_hash` GENESIS in an empty journal."""

    path: Path
    stream: str
    epoch: str
    first_seq: int
    head_seq: int
    head_hash: bytes
    entries: int
    faults: tuple[Fault, ...]
    faults_total: int

    @property
    def ok(self) -> bool:
        return self.faults_total == 0


def verify(path: Path, *, known: Mark | None = None, connect: Connect | None = None) -> Report:
    """Walk the chain from its start or the last checkpoint to its end.

    A chain cannot show that its own end was cut off: `known`, an entry that somebody else saw
    (the agent's mark, the collector's watermark), shows that. Raises JournalError.
    """
    with JournalReader(path, connect=connect) as reader:
        identity = reader.identity()
        start = reader.start()
        walk = _Walk(identity, start.first_seq, start.prev, known)
        if start.prev is None:
            walk.fault(start.first_seq, "start")
        while rows := reader.after(walk.seq, entries_max=_CHUNK_ENTRIES, bytes_max=_CHUNK_BYTES):
            for row in rows:
                walk.take(row)
    return walk.report(path, start.first_seq)


class _Walk:
    """The state of a check. After a fault it goes on from the stored hash: one flip, one fault."""

    def __init__(self, identity: Identity, first_seq: int, prev: bytes | None, known: Mark | None) -> None:
        self.seq = first_seq - 1
        self._identity = identity
        self._prev = prev
        self._known = known if known is not None and known.epoch == identity.epoch else None
        self._entries = 0
        self._faults: list[Fault] = []
        self._faults_total = 0
        if known is not None and self._known is None:
            self.fault(known.seq, "rewritten")

    def fault(self, seq: int, what: What) -> None:
        self._faults_total += 1
        if len(self._faults) < FAULTS_MAX:
            self._faults.append(Fault(seq, what))

    def take(self, row: Row) -> None:
        if row.seq != self.seq + 1:
            self.fault(self.seq + 1, "missing")
        elif self._prev is not None and entry_hash(self._prev, row.header, row.body) != row.hash:
            self.fault(row.seq, "changed")
        self._check_header(row)
        if self._known is not None and row.seq == self._known.seq and row.hash != self._known.hash:
            self.fault(row.seq, "rewritten")
        self.seq, self._prev = row.seq, row.hash
        self._entries += 1

    def _check_header(self, row: Row) -> None:
        try:
            entry = read(row)
        except HeaderUnreadable:
            self.fault(row.seq, "unreadable")
            return
        if (entry.epoch, entry.stream) != self._identity:
            self.fault(row.seq, "foreign")
        elif entry.seq != row.seq:
            self.fault(row.seq, "misplaced")

    def report(self, path: Path, first_seq: int) -> Report:
        if self._known is not None and self._known.seq > self.seq:
            self.fault(self._known.seq, "truncated")
        return Report(
            path=path,
            stream=self._identity.stream,
            epoch=self._identity.epoch,
            first_seq=first_seq,
            head_seq=self.seq,
            head_hash=self._prev or GENESIS,
            entries=self._entries,
            faults=tuple(self._faults),
            faults_total=self._faults_total,
        )
