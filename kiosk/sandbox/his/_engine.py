"""One operation, one transaction, one stored answer per key."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.sandbox.his._books import Books, dumps, rfc3339
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._schema import open_books
from kiosk.sandbox.his.defects import promises_of

ZONE = "Asia/Shanghai"
HEALTH = ("ok", "degraded", "down")
KEYS_KEPT_S = 90 * 86_400.0
"""How long an answer is kept under its key: longer than a terminal is ever switched off."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """What makes a change repeatable: the operation, its key, the digest of path and body, its deadline."""

    operation: str
    key: str
    digest: str
    deadline: float


@dataclass(frozen=True, slots=True)
class Performed:
    """An answer of the hospital. `replayed`: it had been given before, and nothing was done now."""

    body: dict[str, Any]
    replayed: bool = False


class Engine:
    """The hospital's books at `path`. Safe to use from several threads; one transaction at a time.

    `clock` is the hospital's own clock (seconds since 1970). `defect` plants one of `defects.DEFECTS`.
    """

    def __init__(
        self,
        path: str | Path = ":memory:",
        *,
        clock: Callable[[], float] = time.time,
        defect: str | None = None,
        zone: str = ZONE,
    ) -> None:
        self.clock = clock
        self.zone = ZoneInfo(zone)
        self._promises = promises_of(defect)
        self._lock = threading.RLock()
        self._watchers: list[Callable[[], None]] = []
        self.health, self.health_since = "ok", self.now_text()
        self._path = path
        self._db: sqlite3.Connection = open_books(path)

    def set_health(self, state: str) -> None:
        """`ok`, `degraded`, or `down`, which refuses everything but health and capabilities."""
        if state not in HEALTH:
            raise ValueError(f"{state!r}: {', '.join(HEALTH)} expected")
        self.health, self.health_since = state, self.now_text()

    def close(self) -> None:
        """Close the books. What an answer spoke of is on disk already."""
        with self._lock:
            self._db.close()

    def crash(self) -> None:
        """As after a kill and a restart: what is not on disk is gone, all else is there again."""
        with self._lock:
            self._db.close()
            self._db = open_books(self._path)

    def on_change(self, watcher: Callable[[], None]) -> None:
        """Call `watcher`, from whatever thread, after each transaction that changed something."""
        self._watchers.append(watcher)

    @contextmanager
    def transaction(self, terminal: str = "") -> Iterator[Books]:
        """One transaction, all or nothing. A Problem, like any error, undoes it."""
        with self._lock:
            if self._db.in_transaction:
                self._db.execute("COMMIT")  # what a planted defect left unwritten
            before = self._db.total_changes
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield Books(self._db, self._promises, self.clock(), self.zone, terminal)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            if self._promises.disk_first():
                self._db.execute("COMMIT")
            changed = self._db.total_changes > before
        if changed:
            for watcher in self._watchers:
                watcher()

    def perform(
        self, terminal: str, act: Callable[[Books], dict[str, Any]], keyed: Keyed | None = None
    ) -> Performed:
        """Run one operation. Raises Problem for a refusal; then nothing of it is kept.

        Only what was done is stored under a key: a refused request may come again with the same key.
        """
        with self.transaction(terminal) as books:
            if keyed is None:
                return Performed(act(books))
            stored = books.one(
                "SELECT digest, body FROM answer WHERE operation = ? AND key = ?", keyed.operation, keyed.key
            )
            if stored is not None and not books.promises.same_request(stored["digest"], keyed.digest):
                raise Problem("IDEMPOTENCY_MISMATCH", effect="done")
            if stored is not None and books.promises.replays() and not _overtaken(books, keyed):
                return Performed(json.loads(stored["body"]), replayed=True)
            if not books.promises.in_time(keyed.deadline, books.now):
                raise Problem("DEADLINE_PASSED")
            body = act(books)
            books.write("DELETE FROM answer WHERE at < ?", books.now - KEYS_KEPT_S)
            books.write(
                "INSERT OR REPLACE INTO answer VALUES (?,?,?,?,?)",
                keyed.operation,
                keyed.key,
                keyed.digest,
                dumps(body),
                books.now,
            )
            return Performed(body)

    def now_text(self) -> str:
        """The hospital's clock as `X-Server-Time`."""
        return rfc3339(self.clock(), self.zone)


def _overtaken(books: Books, keyed: Keyed) -> bool:
    """A begin whose attempt was cancelled since is not answered "begun" again: the act refuses it."""
    tables = {"begin": ("attempt", "attempt_id"), "refund_begin": ("refund", "refund_id")}
    if keyed.operation not in tables:
        return False
    table, column = tables[keyed.operation]
    row = books.one(f"SELECT state FROM {table} WHERE {column} = ?", keyed.key)
    return row is not None and row["state"] == "cancelled"
