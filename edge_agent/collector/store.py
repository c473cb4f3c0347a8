"""The collector's database, and all of its SQL.

One writer (the ingest loop), WAL with `synchronous=FULL`: a message is confirmed to the broker and
acknowledged to the terminal only after the commit that holds it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge_agent.collector._tables import TABLES, TABLES_V
from kiosk.journal import GENESIS, Entry

AMOUNTS = ("total_fen", "fund_fen", "account_fen", "cash_fen", "hospital_fen")
TRANSACTION_FIELDS = (
    "device", "settlement", "opened_at", "last_at", "last_kind", "last_seq", *AMOUNTS, "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """How far one journal is known here. `held_reason`: stopped until a person has looked."""

    device: str
    epoch: str
    stream: str
    watermark: int
    watermark_hash: bytes
    highest: int
    held_reason: str | None = None


class Store:
    """Methods that write belong inside `transaction`. Raises sqlite3.Error: the caller's process ends, and
    what was not confirmed comes again."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        if read_only:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._make_tables()
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One durable commit, or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    # Devices

    def device_count(self) -> int:
        (count,) = self._connection.execute("SELECT COUNT(*) FROM device").fetchone()
        return int(count)

    def knows_device(self, device: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM device WHERE device = ?", (device,)).fetchone()
        return found is not None

    def device_seen(self, device: str, now: str) -> None:
        self._connection.execute(
            "INSERT INTO device (device, first_seen, last_seen) VALUES (?, ?, ?)"
            " ON CONFLICT (device) DO UPDATE SET last_seen = excluded.last_seen",
            (device, now, now),
        )

    def keep_birth(self, device: str, bdseq: int, birth: str) -> None:
        self._connection.execute(
            "UPDATE device SET birth = ?, bdseq = MAX(bdseq, ?) WHERE device = ?", (birth, bdseq, device)
        )

    def keep_state(self, device: str, bdseq: int, online: bool) -> None:
        """A state of an older connection than the newest known is a late will: left aside."""
        self._connection.execute(
            "UPDATE device SET online = ?, bdseq = ? WHERE device = ? AND bdseq <= ?",
            (online, bdseq, device, bdseq),
        )

    def keep_health(self, device: str, health: str, now: str) -> None:
        self._connection.execute(
            "UPDATE device SET health = ?, health_at = ? WHERE device = ?", (health, now, device)
        )

    def birth(self, device: str) -> dict[str, Any] | None:
        row = self._connection.execute("SELECT birth FROM device WHERE device = ?", (device,)).fetchone()
        return None if row is None or row["birth"] is None else dict(json.loads(row["birth"]))

    # Streams and entries

    def stream(self, device: str, epoch: str) -> Stream | None:
        row = self._connection.execute(
            "SELECT device, epoch, stream, watermark, watermark_hash, highest, held_reason FROM stream"
            " WHERE device = ? AND epoch = ?",
            (device, epoch),
        ).fetchone()
        return None if row is None else Stream(*row)

    def begin_stream(self, device: str, epoch: str, stream: str) -> Stream:
        self._connection.execute(
            "INSERT INTO stream (device, epoch, stream, watermark, watermark_hash, highest)"
            " VALUES (?, ?, ?, 0, ?, 0)",
            (device, epoch, stream, GENESIS),
        )
        return Stream(device, epoch, stream, 0, GENESIS, 0)

    def move_stream(self, stream: Stream) -> None:
        self._connection.execute(
            "UPDATE stream SET watermark = ?, watermark_hash = ?, highest = ? WHERE device = ? AND epoch = ?",
            (stream.watermark, stream.watermark_hash, stream.highest, stream.device, stream.epoch),
        )

    def hold_stream(self, stream: Stream, reason: str, seq: int, digest: bytes, now: str) -> None:
        self._connection.execute(
            "UPDATE stream SET held_reason = ?, held_at = ?, held_seq = ?, held_hash = ?"
            " WHERE device = ? AND epoch = ?",
            (reason, now, seq, digest, stream.device, stream.epoch),
        )

    def entry_hash(self, device: str, epoch: str, seq: int) -> bytes | None:
        row = self._connection.execute(
            "SELECT hash FROM entry WHERE device = ? AND epoch = ? AND seq = ?", (device, epoch, seq)
        ).fetchone()
        return None if row is None else bytes(row["hash"])

    def add_entry(self, device: str, entry: Entry, now: str, poison: str | None) -> None:
        self._connection.execute(
            "INSERT INTO entry (device, epoch, seq, at, kind, settlement, received_at, poison, header, body,"
            " hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(device, entry.epoch, entry.seq, entry.at, entry.kind, entry.settlement, now, poison),
                *(entry.header, entry.body, entry.hash),
            ),
        )

    def add_gap(self, stream: Stream, last_seq: int, reason: str, now: str) -> None:
        """Entries after the watermark up to `last_seq` will not come."""
        self._connection.execute(
            "INSERT INTO gap (noticed_at, device, epoch, first_seq, last_seq, reason)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (now, stream.device, stream.epoch, stream.watermark + 1, last_seq, reason),
        )

    # What cannot be taken in

    def quarantine(
        self, device: str | None, topic: str, reason: str, payload: bytes, now: str, rows_max: int
    ) -> None:
        """Keep it for a person; beyond `rows_max` it is only counted."""
        self._count("quarantined")
        (rows,) = self._connection.execute("SELECT COUNT(*) FROM quarantine").fetchone()
        if rows >= rows_max:
            return
        self._connection.execute(
            "INSERT INTO quarantine (received_at, device, topic, reason, payload) VALUES (?, ?, ?, ?, ?)",
            (now, device, topic, reason, payload),
        )

    def _count(self, name: str) -> None:
        self._connection.execute(
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,)
        )

    def release(self, device: str, epoch: str, skip: bool, now: str) -> bool:
        """A person has looked: go on. `skip`: the entry it was held at is lost, go on behind it."""
        row = self._connection.execute(
            "SELECT * FROM stream WHERE device = ? AND epoch = ? AND held_reason IS NOT NULL", (device, epoch)
        ).fetchone()
        if row is None:
            return False
        stream = self.stream(device, epoch)
        assert stream is not None
        if skip and row["held_seq"] > stream.watermark:
            self.add_gap(stream, row["held_seq"], f"given up: {row['held_reason']}", now)
            self._connection.execute(
                "UPDATE stream SET watermark = held_seq, watermark_hash = held_hash,"
                " highest = MAX(highest, held_seq) WHERE device = ? AND epoch = ?",
                (device, epoch),
            )
        self._connection.execute(
            "UPDATE stream SET held_reason = NULL, held_at = NULL, held_seq = NULL, held_hash = NULL"
            " WHERE device = ? AND epoch = ?",
            (device, epoch),
        )
        return True

    # Transactions

    def project(self, device: str, entry: Entry, amounts: dict[str, int], outcome: str | None) -> None:
        """Fold one entry of a settlement into its row."""
        self._connection.execute(
            "INSERT INTO transactions (device, settlement, opened_at, last_at, last_kind, last_seq)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (device, settlement) DO UPDATE SET"
            " last_at = excluded.last_at, last_kind = excluded.last_kind, last_seq = excluded.last_seq",
            (device, entry.settlement, entry.at, entry.at, entry.kind, entry.seq),
        )
        fields = {**amounts, **({} if outcome is None else {"outcome": outcome})}
        for name, value in fields.items():
            self._connection.execute(
                f"UPDATE transactions SET {name} = ? WHERE device = ? AND settlement = ?",
                (value, device, entry.settlement),
            )

    # For the page, the metrics and the reports

    def transactions(self, device: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """Newest first."""
        where, parameters = ("", ()) if device is None else (" WHERE device = ?", (device,))
        rows = self._connection.execute(
            f"SELECT {', '.join(TRANSACTION_FIELDS)} FROM transactions{where}"
            " ORDER BY opened_at DESC, device, settlement LIMIT ?",
            (*parameters, limit),
        )
        return [dict(row) for row in rows]

    def devices(self) -> list[dict[str, Any]]:
        rows = self._connection.execute(
            "SELECT device, first_seen, last_seen, online, health, health_at FROM device ORDER BY device"
        )
        return [dict(row) for row in rows]

    def streams(self) -> list[dict[str, Any]]:
        rows = self._connection.execute(
            "SELECT device, epoch, stream, watermark, highest, held_reason, held_at, held_seq,"
            " (SELECT MAX(received_at) FROM entry WHERE entry.device = stream.device"
            "  AND entry.epoch = stream.epoch AND seq = watermark) AS watermark_at"
            " FROM stream ORDER BY device, stream, epoch"
        )
        return [dict(row) for row in rows]

    def gaps(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute("SELECT * FROM gap ORDER BY id")]

    def quarantined(self, limit: int = 1000) -> list[dict[str, Any]]:
        """Without the payloads: they may be anything."""
        rows = self._connection.execute(
            "SELECT id, received_at, device, topic, reason, LENGTH(payload) AS payload_bytes FROM quarantine"
            " ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [dict(row) for row in rows]

    def totals(self) -> dict[str, int]:
        (entries,) = self._connection.execute("SELECT COUNT(*) FROM entry").fetchone()
        (poison,) = self._connection.execute("SELECT COUNT(*) FROM entry WHERE poison IS NOT NULL").fetchone()
        row = self._connection.execute("SELECT value FROM counter WHERE name = 'quarantined'").fetchone()
        return {"entries": entries, "poison": poison, "quarantined": 0 if row is None else row["value"]}

    def _make_tables(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {TABLES_V}; COMMIT"
            )
        elif version != TABLES_V:
            raise sqlite3.DatabaseError(f"{self.path}: tables of layout {version}, expected {TABLES_V}")


def utc_text() -> str:
    """Now, as the database keeps it: sorts by time."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
