"""What the collector keeps, and all of its SQL.

One writer (the ingest loop): a message is confirmed to the broker and acknowledged to the terminal only
after the durable commit that holds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge_agent.collector.database import Row, open_database
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
    """Methods that write belong inside `transaction`. Raises DatabaseFailure: the caller's process ends, and
    what was not confirmed comes again."""

    def __init__(self, where: str | Path, *, read_only: bool = False) -> None:
        self._database = open_database(str(where), read_only=read_only)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One durable commit, or nothing."""
        with self._database.transaction():
            yield

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        return next(iter(self._database.rows(sql, parameters)), None)

    # Devices

    def device_count(self) -> int:
        return self._count_of("device")

    def knows_device(self, device: str) -> bool:
        return self._one("SELECT 1 AS found FROM device WHERE device = ?", (device,)) is not None

    def device_seen(self, device: str, now: str) -> None:
        self._database.write(
            "INSERT INTO device (device, first_seen, last_seen) VALUES (?, ?, ?)"
            " ON CONFLICT (device) DO UPDATE SET last_seen = excluded.last_seen",
            (device, now, now),
        )

    def keep_birth(self, device: str, bdseq: int, birth: str, now: str) -> None:
        """The broker tells the last one again at each of our connections: heard is when it came first."""
        self._database.write(
            "UPDATE device SET birth_at = CASE WHEN birth = ? THEN birth_at ELSE ? END, birth = ?,"
            " bdseq = CASE WHEN bdseq > ? THEN bdseq ELSE ? END WHERE device = ?",
            (birth, now, birth, bdseq, bdseq, device),
        )

    def keep_state(self, device: str, bdseq: int, online: bool) -> None:
        """A state of an older connection than the newest known is a late will: left aside."""
        self._database.write(
            "UPDATE device SET online = ?, bdseq = ? WHERE device = ? AND bdseq <= ?",
            (int(online), bdseq, device, bdseq),
        )

    def keep_health(self, device: str, health: str, now: str) -> None:
        self._database.write(
            "UPDATE device SET health = ?, health_at = ? WHERE device = ?", (health, now, device)
        )

    def birth(self, device: str) -> dict[str, Any] | None:
        row = self._one("SELECT birth FROM device WHERE device = ?", (device,))
        return None if row is None or row["birth"] is None else dict(json.loads(row["birth"]))

    # Streams and entries

    def stream(self, device: str, epoch: str) -> Stream | None:
        row = self._one(
            "SELECT device, epoch, stream, watermark, watermark_hash, highest, held_reason FROM stream"
            " WHERE device = ? AND epoch = ?",
            (device, epoch),
        )
        return None if row is None else Stream(**row)

    def begin_stream(self, device: str, epoch: str, stream: str) -> Stream:
        self._database.write(
            "INSERT INTO stream (device, epoch, stream, watermark, watermark_hash, highest)"
            " VALUES (?, ?, ?, 0, ?, 0)",
            (device, epoch, stream, GENESIS),
        )
        return Stream(device, epoch, stream, 0, GENESIS, 0)

    def move_stream(self, stream: Stream) -> None:
        self._database.write(
            "UPDATE stream SET watermark = ?, watermark_hash = ?, highest = ? WHERE device = ? AND epoch = ?",
            (stream.watermark, stream.watermark_hash, stream.highest, stream.device, stream.epoch),
        )

    def hold_stream(self, stream: Stream, reason: str, seq: int, digest: bytes, now: str) -> None:
        self._database.write(
            "UPDATE stream SET held_reason = ?, held_at = ?, held_seq = ?, held_hash = ?"
            " WHERE device = ? AND epoch = ?",
            (reason, now, seq, digest, stream.device, stream.epoch),
        )

    def entry_hash(self, device: str, epoch: str, seq: int) -> bytes | None:
        row = self._one(
            "SELECT hash FROM entry WHERE device = ? AND epoch = ? AND seq = ?", (device, epoch, seq)
        )
        return None if row is None else bytes(row["hash"])

    def add_entry(self, device: str, entry: Entry, now: str, poison: str | None) -> None:
        self._database.write(
            "INSERT INTO entry (device, epoch, seq, at, kind, settlement, received_at, poison, header, body,"
            " hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(device, entry.epoch, entry.seq, entry.at, entry.kind, entry.settlement, now, poison),
                *(entry.header, entry.body, entry.hash),
            ),
        )

    def add_gap(self, stream: Stream, last_seq: int, reason: str, now: str) -> None:
        """Entries after the watermark up to `last_seq` will not come."""
        self._database.write(
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
        if self._count_of("quarantine") >= rows_max:
            return
        self._database.write(
            "INSERT INTO quarantine (received_at, device, topic, reason, payload) VALUES (?, ?, ?, ?, ?)",
            (now, device, topic, reason, payload),
        )

    def _count(self, name: str) -> None:
        self._database.write(
            "INSERT INTO counter (name, value) VALUES (?, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1",
            (name,),
        )

    def release(self, device: str, epoch: str, skip: bool, now: str) -> bool:
        """A person has looked: go on. `skip`: the entry it was held at is lost, go on behind it."""
        row = self._one(
            "SELECT * FROM stream WHERE device = ? AND epoch = ? AND held_reason IS NOT NULL", (device, epoch)
        )
        if row is None:
            return False
        stream = self.stream(device, epoch)
        assert stream is not None
        if skip and row["held_seq"] > stream.watermark:
            self.add_gap(stream, row["held_seq"], f"given up: {row['held_reason']}", now)
            self._database.write(
                "UPDATE stream SET watermark = held_seq, watermark_hash = held_hash,"
                " highest = CASE WHEN highest > held_seq THEN highest ELSE held_seq END"
                " WHERE device = ? AND epoch = ?",
                (device, epoch),
            )
        self._database.write(
            "UPDATE stream SET held_reason = NULL, held_at = NULL, held_seq = NULL, held_hash = NULL"
            " WHERE device = ? AND epoch = ?",
            (device, epoch),
        )
        return True

    # Transactions

    def project(self, device: str, entry: Entry, amounts: dict[str, int], outcome: str | None) -> None:
        """Fold one entry of a settlement into its row."""
        self._database.write(
            "INSERT INTO transactions (device, settlement, opened_at, last_at, last_kind, last_seq)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (device, settlement) DO UPDATE SET"
            " last_at = excluded.last_at, last_kind = excluded.last_kind, last_seq = excluded.last_seq",
            (device, entry.settlement, entry.at, entry.at, entry.kind, entry.seq),
        )
        fields = {**amounts, **({} if outcome is None else {"outcome": outcome})}
        for name, value in fields.items():
            self._database.write(
                f"UPDATE transactions SET {name} = ? WHERE device = ? AND settlement = ?",
                (value, device, entry.settlement),
            )

    # For the page, the metrics and the reports

    def transactions(self, device: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """Newest first."""
        where, parameters = ("", ()) if device is None else (" WHERE device = ?", (device,))
        return self._database.rows(
            f"SELECT {', '.join(TRANSACTION_FIELDS)} FROM transactions{where}"
            " ORDER BY opened_at DESC, device, settlement LIMIT ?",
            (*parameters, limit),
        )

    def devices(self) -> list[dict[str, Any]]:
        return self._database.rows(
            "SELECT device, first_seen, last_seen, online, birth, birth_at, health, health_at FROM device"
            " ORDER BY device"
        )

    def streams(self) -> list[dict[str, Any]]:
        return self._database.rows(
            "SELECT device, epoch, stream, watermark, highest, held_reason, held_at, held_seq,"
            " (SELECT MAX(received_at) FROM entry WHERE entry.device = stream.device"
            "  AND entry.epoch = stream.epoch AND seq = watermark) AS watermark_at"
            " FROM stream ORDER BY device, stream, epoch"
        )

    def gaps(self) -> list[dict[str, Any]]:
        return self._database.rows("SELECT * FROM gap ORDER BY id")

    def quarantined(self, limit: int = 1000) -> list[dict[str, Any]]:
        """Without the payloads: they may be anything."""
        return self._database.rows(
            "SELECT id, received_at, device, topic, reason, LENGTH(payload) AS payload_bytes FROM quarantine"
            " ORDER BY id DESC LIMIT ?",
            (limit,),
        )

    def incidents(self) -> list[dict[str, Any]]:
        """What each agent noted of itself since its last start."""
        return self._database.rows(
            "SELECT entry.device, entry.at, entry.kind FROM entry"
            " JOIN stream ON stream.device = entry.device AND stream.epoch = entry.epoch"
            " WHERE stream.stream = 'agent' AND entry.kind <> 'agent.started' AND entry.seq >"
            " (SELECT COALESCE(MAX(seq), 0) FROM entry AS start WHERE start.device = entry.device"
            "  AND start.epoch = entry.epoch AND start.kind = 'agent.started') ORDER BY entry.id"
        )

    def of_no_use(self) -> list[dict[str, Any]]:
        """By device: entries whose content cannot be used, and payloads put aside."""
        return self._database.rows(
            "SELECT device, COUNT(*) AS count, 'entries of no use' AS what FROM entry"
            " WHERE poison IS NOT NULL GROUP BY device UNION ALL"
            " SELECT device, COUNT(*) AS count, 'payloads put aside' AS what FROM quarantine"
            " WHERE device IS NOT NULL GROUP BY device ORDER BY device, what"
        )

    def totals(self) -> dict[str, int]:
        row = self._one("SELECT value FROM counter WHERE name = 'quarantined'")
        return {
            "entries": self._count_of("entry"),
            "poison": self._count_of("entry WHERE poison IS NOT NULL"),
            "quarantined": 0 if row is None else row["value"],
        }

    def _count_of(self, what: str) -> int:
        row = self._one(f"SELECT COUNT(*) AS count FROM {what}")
        assert row is not None, "a count has one row"
        return int(row["count"])


def utc_text() -> str:
    """Now, as the database keeps it: sorts by time."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
