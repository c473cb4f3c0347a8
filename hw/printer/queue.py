"""Which papers are wanted, on their way, or out: remembered across a power cut.

That a job is on its way is on disk before its first byte leaves. Found there after a restart it may
have printed: it is unknown, and what is printed for it from then on is a marked copy. No path leads
to a second unmarked original. Kept are a settlement's reference, the kind of paper, numbers and a
time: nothing of the paper itself and nothing of the person. The caller composes the paper again.
"""

from __future__ import annotations

import enum
import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hw.printer.document import Document
from hw.printer.port import Printed, Printer, PrintFailed, PrintOutcome, PrintUnknown

log = logging.getLogger(__name__)

RETENTION_S = 30 * 86_400
"""Jobs older than this are forgotten, whatever became of them."""
JOBS_MAX = 20_000
"""Kept at most; the oldest finished ones go first."""
LOCK_WAIT_S = 5.0
"""For a process that is just ending to let go of the file."""

_SETTLEMENT = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_KIND = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    settlement TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    first_copy INTEGER NOT NULL,
    sent_copy INTEGER,
    at_s INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_of_each ON job (settlement, kind, sent_copy)
    WHERE sent_copy IS NOT NULL;
"""


class JobState(enum.StrEnum):
    """Where a job stands. `SENDING` on disk after a restart is read as `UNKNOWN`."""

    QUEUED = "queued"  # nothing of it was sent
    SENDING = "sending"
    PRINTED = "printed"
    FAILED = "failed"  # no complete paper came out
    UNKNOWN = "unknown"  # it may have printed
    DROPPED = "dropped"  # nobody wants it any more


WAITING = (JobState.QUEUED, JobState.FAILED, JobState.UNKNOWN)
FINISHED = (JobState.PRINTED, JobState.DROPPED)


@dataclass(frozen=True, slots=True)
class Job:
    """One paper that is wanted. `sent_copy`: the last number that may be on a paper (0 the original)."""

    number: int
    settlement: str
    kind: str
    state: JobState
    sent_copy: int | None


class QueueError(Exception):
    """The queue cannot be read or written, is in use by another process, or is full."""


class NotWaiting(Exception):
    """That job is printed, dropped, on its way or forgotten."""


class PaperQueue:
    """The queue in one file, for one process; its threads may share it. Raises QueueError.

    A file that is damaged is set aside as `*.damaged` and a new one begun: a terminal without
    memory of its papers is better than none.
    """

    def __init__(self, path: Path, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._printing = threading.Lock()
        self._db = _open(path)
        with self._change() as db:
            db.execute(
                "UPDATE job SET state = ? WHERE state = ?", (JobState.UNKNOWN.value, JobState.SENDING.value)
            )

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def add(self, settlement: str, kind: str, first_copy: int = 0) -> Job:
        """Wants a paper: on disk when this returns. `first_copy` 1 for every reprint that a patient asks for.

        Raises QueueError, and ValueError for what is no reference or no kind: no free text is kept.
        """
        if not _SETTLEMENT.fullmatch(settlement) or not _KIND.fullmatch(kind) or first_copy < 0:
            raise ValueError("a job is a settlement's reference, a kind of paper, and a number from 0")
        at_s = int(self._now_s())
        with self._lock, self._change() as db:
            _forget(db, at_s)
            number = db.execute(
                "INSERT INTO job (settlement, kind, state, first_copy, at_s) VALUES (?, ?, ?, ?, ?)",
                (settlement, kind, JobState.QUEUED.value, first_copy, at_s),
            ).lastrowid
        assert number is not None, "an INSERT has a row number"
        return Job(number, settlement, kind, JobState.QUEUED, None)

    def unfinished(self) -> tuple[Job, ...]:
        """The jobs that wait, oldest first: never sent, failed, or unknown."""
        marks = ", ".join("?" * len(WAITING))
        with self._lock, _as_queue_error():
            rows = self._db.execute(
                f"SELECT number, settlement, kind, state, sent_copy FROM job WHERE state IN ({marks})"
                " ORDER BY number",
                [state.value for state in WAITING],
            ).fetchall()
        return tuple(Job(number, who, kind, JobState(state), sent) for number, who, kind, state, sent in rows)

    def drop(self, number: int) -> None:
        """This paper is not wanted any more. Raises NotWaiting, QueueError."""
        with self._lock, self._change() as db:
            _waiting(db, number)
            _set_state(db, number, JobState.DROPPED)

    def print(self, number: int, printer: Printer, compose: Callable[[int], Document]) -> PrintOutcome:
        """Prints one waiting job. `compose(n)` makes its document: n is 0 for the original, else the copy.

        A number that may be on a paper is never given again. Blocks as the printer does; one job
        at a time. Raises NotWaiting, and QueueError when nothing was sent because it could not be
        written down.
        """
        with self._printing:
            with self._lock, _as_queue_error():
                copy, before = _next_copy(self._db, number)
            document = compose(copy)
            with self._lock, self._change() as db:
                _waiting(db, number)
                _set_state(db, number, JobState.SENDING, copy)
            outcome: PrintOutcome = PrintUnknown()
            try:
                outcome = printer.print(document, copy)
            finally:
                self._write_down(number, outcome, copy, before)
            return outcome

    def _write_down(self, number: int, outcome: PrintOutcome, copy: int, before: int | None) -> None:
        """What became of it. When that cannot be written the job stays `sending`, and unknown later."""
        sent: int | None = copy
        match outcome:
            case Printed():
                state = JobState.PRINTED
            case PrintFailed(begun=False):
                state, sent = JobState.FAILED, before
            case PrintFailed():
                state = JobState.FAILED
            case PrintUnknown():
                state = JobState.UNKNOWN
        try:
            with self._lock, self._change() as db:
                _set_state(db, number, state, sent)
        except QueueError as error:
            log.error("paper %d is %s, and that could not be written down: %s", number, state, error)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One durable commit, or nothing and a QueueError."""
        with _as_queue_error():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


@contextmanager
def _as_queue_error() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise QueueError(str(error)) from error


def _open(path: Path) -> sqlite3.Connection:
    with _as_queue_error():
        try:
            return _opened(path)
        except sqlite3.OperationalError:
            raise  # in use, no such folder, no room: nothing that another file would mend
        except sqlite3.DatabaseError as error:
            log.error("%s is damaged and set aside: %s", path, error)
        for suffix in ("", "-wal"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(path.with_name(path.name + ".damaged" + suffix))
        return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise QueueError(f"{path}: {error.strerror}") from error
    db = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("quick_check")
        db.executescript(_SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


def _waiting(db: sqlite3.Connection, number: int) -> tuple[str, str, int, int | None]:
    row: tuple[str, str, int, int | None, str] | None = db.execute(
        "SELECT settlement, kind, first_copy, sent_copy, state FROM job WHERE number = ?", (number,)
    ).fetchone()
    if row is None or row[-1] not in WAITING:
        raise NotWaiting(f"job {number} is {row[-1] if row else 'not there'}")
    return row[:-1]


def _next_copy(db: sqlite3.Connection, number: int) -> tuple[int, int | None]:
    """The number of the next paper, and the last one that may be out for this job."""
    settlement, kind, first, before = _waiting(db, number)
    (highest,) = db.execute(
        "SELECT max(sent_copy) FROM job WHERE settlement = ? AND kind = ?", (settlement, kind)
    ).fetchone()
    return max(first, 0 if highest is None else highest + 1), before


def _set_state(db: sqlite3.Connection, number: int, state: JobState, sent: int | None = None) -> None:
    if state is JobState.DROPPED:
        db.execute("UPDATE job SET state = ? WHERE number = ?", (state.value, number))
    else:
        db.execute("UPDATE job SET state = ?, sent_copy = ? WHERE number = ?", (state.value, sent, number))


def _forget(db: sqlite3.Connection, at_s: int) -> None:
    """Old jobs, and the oldest finished ones where there are too many. Raises QueueError when all wait."""
    db.execute("DELETE FROM job WHERE at_s < ? AND state <> ?", (at_s - RETENTION_S, JobState.SENDING.value))
    (count,) = db.execute("SELECT count(*) FROM job").fetchone()
    if count < JOBS_MAX:
        return
    marks = ", ".join("?" * len(FINISHED))
    gone = db.execute(
        f"DELETE FROM job WHERE number IN (SELECT number FROM job WHERE state IN ({marks})"
        " ORDER BY number LIMIT ?)",
        [*(state.value for state in FINISHED), count - JOBS_MAX + 1],
    ).rowcount
    if gone <= count - JOBS_MAX:
        raise QueueError(f"{count} papers wait")
