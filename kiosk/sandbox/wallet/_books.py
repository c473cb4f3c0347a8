"""The file behind the wallet: tables, transactions, and how a row reads as an order or a refund."""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
import threading
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
"""The channel's day, by which its bill is cut."""

BUSY_S = 10.0

WAITING, PAID, CLOSED, REFUNDED = "waiting", "paid", "closed", "refunded"
PROCESSING, SUCCESS, FAILED = "processing", "success", "failed"

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    out_trade_no TEXT PRIMARY KEY,
    token        TEXT NOT NULL UNIQUE,  -- names the page behind the code
    state        TEXT NOT NULL,         -- waiting, paid, closed
    amount_fen   INTEGER NOT NULL,      -- 0: a tombstone
    subject      TEXT NOT NULL,
    valid_s      INTEGER NOT NULL,
    created_at   TEXT NOT NULL,
    paid_at      TEXT NOT NULL DEFAULT '',
    channel_no   TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS refunds (
    refund_id    TEXT PRIMARY KEY,
    out_trade_no TEXT NOT NULL REFERENCES orders (out_trade_no),
    state        TEXT NOT NULL,         -- processing, success, failed
    amount_fen   INTEGER NOT NULL,
    at           TEXT NOT NULL,
    channel_no   TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pay_codes (
    code         TEXT PRIMARY KEY,
    channel      TEXT NOT NULL,
    payer        TEXT NOT NULL,
    ends_at      TEXT NOT NULL,
    balance_fen  INTEGER NOT NULL,
    password     INTEGER NOT NULL       -- 1: the phone asks before it pays
);
CREATE TABLE IF NOT EXISTS charges (
    out_trade_no TEXT PRIMARY KEY REFERENCES orders (out_trade_no),
    code         TEXT NOT NULL,
    channel      TEXT NOT NULL,
    state        TEXT NOT NULL,         -- asking, charged, reversed, or the code of the refusal
    at           TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS charges_of_code ON charges (code);
CREATE INDEX IF NOT EXISTS refunds_of_order ON refunds (out_trade_no);
"""

SCANNED = "wechat"
"""The channel of every phone that scans the code of an order."""

CHANNEL_OF = (
    "coalesce((SELECT channel FROM charges WHERE out_trade_no = orders.out_trade_no"
    f" AND state = 'charged'), '{SCANNED}')"
)
"""SQL: which channel an order was paid by."""


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order. `state` is `refunded` once anything went back; `expired`: too late to pay."""

    out_trade_no: str
    token: str
    state: str
    amount_fen: int
    subject: str
    valid_s: int
    created_at: str
    paid_at: str
    channel_no: str
    returned_fen: int
    channel: str
    expired: bool


@dataclass(frozen=True, slots=True)
class StoredRefund:
    """A refund. A failed one moved nothing."""

    refund_id: str
    out_trade_no: str
    state: str
    amount_fen: int
    at: str
    channel_no: str


class Books:
    """One connection, used by one thread at a time; WAL with a synced commit for each change."""

    def __init__(self, path: Path, clock: Callable[[], dt.datetime]) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._con = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        self._con.row_factory = sqlite3.Row
        self._con.execute("PRAGMA journal_mode = WAL")
        self._con.execute("PRAGMA synchronous = FULL")
        self._con.executescript(TABLES)

    def close(self) -> None:
        with self._lock:
            self._con.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction, on disk when it ends, or nothing of it."""
        with self._lock:
            self._con.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._con.execute("COMMIT")
            finally:
                if self._con.in_transaction:
                    self._con.execute("ROLLBACK")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a question."""
        with self._lock:
            return self._con.execute(sql, values).fetchall()

    def write(self, sql: str, *values: Any) -> int:
        """One statement inside `change`: the number of rows that it changed."""
        return self._con.execute(sql, values).rowcount

    def now(self) -> dt.datetime:
        """Now."""
        return self._clock()

    def stamp(self) -> str:
        """Now, in the channel's zone."""
        return self._clock().astimezone(ZONE).isoformat(timespec="milliseconds")

    def leave_waiting(self, out_trade_no: str, state: str) -> bool:
        """The one door out of `waiting`: paying and closing pass it one at a time."""
        sql = "UPDATE orders SET state = ? WHERE out_trade_no = ? AND state = ?"
        return self.write(sql, state, out_trade_no, WAITING) == 1

    def pay(self, out_trade_no: str) -> bool:
        """The money moves. False when the order does not wait any more."""
        if not self.leave_waiting(out_trade_no, PAID):
            return False
        sql = "UPDATE orders SET paid_at = ?, channel_no = ? WHERE out_trade_no = ?"
        self.write(sql, self.stamp(), channel_number("42"), out_trade_no)
        return True

    def renew_token(self, out_trade_no: str, *, from_now: bool) -> None:
        """The code that was shown for an order is dead. `from_now`: its time to pay begins again."""
        sql = "UPDATE orders SET token = ? WHERE out_trade_no = ?"
        self.write(sql, secrets.token_urlsafe(12), out_trade_no)
        if from_now:
            sql = "UPDATE orders SET created_at = ? WHERE out_trade_no = ?"
            self.write(sql, self.stamp(), out_trade_no)

    def insert_order(
        self, out_trade_no: str, state: str, amount_fen: int, subject: str, valid_s: int
    ) -> None:
        self.write(
            "INSERT INTO orders (out_trade_no, token, state, amount_fen, subject, valid_s, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            out_trade_no,
            secrets.token_urlsafe(12),
            state,
            amount_fen,
            subject,
            valid_s,
            self.stamp(),
        )

    def order(self, out_trade_no: str) -> StoredOrder | None:
        rows = self.rows(
            "SELECT *, (SELECT coalesce(sum(amount_fen), 0) FROM refunds"
            "  WHERE out_trade_no = orders.out_trade_no AND state <> 'failed') AS returned_fen,"
            f" {CHANNEL_OF} AS channel"
            " FROM orders WHERE out_trade_no = ?",
            out_trade_no,
        )
        if not rows:
            return None
        row = dict(rows[0])
        if row["state"] == PAID and row["returned_fen"]:
            row["state"] = REFUNDED
        ends = dt.datetime.fromisoformat(row["created_at"]) + dt.timedelta(seconds=row["valid_s"])
        return StoredOrder(**row, expired=self._clock() >= ends)

    def refund(self, refund_id: str) -> StoredRefund | None:
        rows = self.rows("SELECT * FROM refunds WHERE refund_id = ?", refund_id)
        return StoredRefund(**dict(rows[0])) if rows else None


def channel_number(kind: str) -> str:
    """A channel's own number for a payment (`42`) or a refund (`50`): 28 digits."""
    return kind + "".join(secrets.choice("0123456789") for _ in range(26))
