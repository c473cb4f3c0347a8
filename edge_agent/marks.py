"""`uplink.db`: how far the collector has acknowledged each stream, and the number of the connection.

Only a help: a lost or older mark makes the agent send again, which the collector ignores. So a damaged
file is thrown away, and `synchronous=NORMAL` will do.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from kiosk.journal import Mark, write_mark

log = logging.getLogger(__name__)

_TABLES = (
    """CREATE TABLE IF NOT EXISTS mark (stream TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
       hash BLOB NOT NULL) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS connection (id INTEGER PRIMARY KEY CHECK (id = 1), bdseq INTEGER NOT NULL)",
)


class Marks:
    """One row a stream. `acked` marks are also left as files, for the journal's writer to prune by."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        path = directory / "uplink.db"
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as exc:
            log.warning("%s: %s; begun anew, everything not pruned is sent again", path, exc)
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                (directory / name).unlink(missing_ok=True)
            self._connection = _open(path)

    def acked(self, stream: str, epoch: str) -> Mark | None:
        """The mark of a stream; None when it is of another epoch."""
        row = self._connection.execute(
            "SELECT epoch, seq, hash FROM mark WHERE stream = ? AND epoch = ?", (stream, epoch)
        ).fetchone()
        return None if row is None else Mark(*row)

    def keep(self, stream: str, mark: Mark) -> None:
        self._connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?)", (stream, *mark))
        write_mark(self._directory / f"{stream}.acked.json", mark)

    def next_connection(self) -> int:
        """The number of the connection about to be made: birth, state and will carry it, so that the late
        will of an older connection is known as such."""
        self._connection.execute(
            "INSERT INTO connection VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET bdseq = bdseq + 1"
        )
        (bdseq,) = self._connection.execute("SELECT bdseq FROM connection").fetchone()
        return int(bdseq)

    def close(self) -> None:
        self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    for table in _TABLES:
        connection.execute(table)
    return connection
