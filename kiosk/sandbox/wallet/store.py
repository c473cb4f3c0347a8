"""The wallet's books: orders keyed by attempt, refunds keyed by refund id. On disk before any answer."""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    attempt TEXT PRIMARY KEY, state TEXT NOT NULL, amount_fen INTEGER NOT NULL, subject TEXT NOT NULL,
    ends_at REAL NOT NULL, channel TEXT NOT NULL, channel_no TEXT NOT NULL, paid_at TEXT NOT NULL,
    made_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refunds (
    refund TEXT PRIMARY KEY, attempt TEXT NOT NULL, amount_fen INTEGER NOT NULL, channel_no TEXT NOT NULL,
    made_at TEXT NOT NULL
);
"""

CHANNEL = "wechat"


class WalletProblem(Exception):
    """A refusal without effect: `code` of the gateway's closed list."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class WalletStore:
    """Orders and refunds. Safe from several threads; survives being killed."""

    def __init__(self, path: Path, clock: Callable[[], dt.datetime] = _now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def create(self, attempt: str, amount_fen: int, subject: str, valid_s: int) -> dict[str, Any]:
        """The order; the same one again when it is asked for again.

        Raises WalletProblem: ORDER_MISMATCH (other amount), ORDER_PAID, ORDER_CLOSED.
        """
        with self._transaction():
            order = self._order(attempt)
            if order is None:
                end_s = self._clock().timestamp() + valid_s
                self._insert(attempt, "waiting", amount_fen, subject, end_s)
                order = self._order(attempt)
                assert order is not None, "just written"
            if order["state"] == "closed":
                raise WalletProblem("ORDER_CLOSED")
            if order["amount_fen"] != amount_fen:
                raise WalletProblem("ORDER_MISMATCH")
            if order["state"] != "waiting":
                raise WalletProblem("ORDER_PAID")
            return order

    def query(self, attempt: str) -> dict[str, Any]:
        """The order as it stands. Raises WalletProblem("ORDER_NOT_FOUND"), which is not final."""
        with self._transaction():
            order = self._order(attempt)
        if order is None:
            raise WalletProblem("ORDER_NOT_FOUND")
        return order

    def end(self, attempt: str) -> dict[str, Any]:
        """Close an unpaid order, leave a tombstone for one never seen, or say that it is paid."""
        with self._transaction():
            order = self._order(attempt)
            if order is None:
                self._insert(attempt, "closed", 0, "", self._clock().timestamp())
            elif order["state"] == "waiting":
                self._db.execute("UPDATE orders SET state = 'closed' WHERE attempt = ?", (attempt,))
            done = self._order(attempt)
            assert done is not None, "just written"
            return done

    def refund(self, refund: str, attempt: str, amount_fen: int) -> dict[str, Any]:
        """Send money back. The channel keys by refund id: another id is another refund.

        Raises WalletProblem: ORDER_NOT_PAID, REFUND_EXCEEDS, REFUND_MISMATCH.
        """
        with self._transaction():
            known = self._row("SELECT * FROM refunds WHERE refund = ?", refund)
            if known is not None:
                if (known["attempt"], known["amount_fen"]) != (attempt, amount_fen):
                    raise WalletProblem("REFUND_MISMATCH")
                return known
            order = self._order(attempt)
            if order is None or order["state"] not in ("paid", "refunded"):
                raise WalletProblem("ORDER_NOT_PAID")
            if amount_fen <= 0 or self._returned_fen(attempt) + amount_fen > order["amount_fen"]:
                raise WalletProblem("REFUND_EXCEEDS")
            self._db.execute(
                "INSERT INTO refunds VALUES (?,?,?,?,?)", (refund, attempt, amount_fen, _number(), self._at())
            )
            if self._returned_fen(attempt) == order["amount_fen"]:
                self._db.execute("UPDATE orders SET state = 'refunded' WHERE attempt = ?", (attempt,))
            made = self._row("SELECT * FROM refunds WHERE refund = ?", refund)
            assert made is not None, "just written"
            return made

    def refund_query(self, refund: str) -> dict[str, Any]:
        """The refund. Raises WalletProblem("REFUND_NOT_FOUND")."""
        with self._transaction():
            row = self._row("SELECT * FROM refunds WHERE refund = ?", refund)
        if row is None:
            raise WalletProblem("REFUND_NOT_FOUND")
        return row

    def approve(self, attempt: str) -> bool:
        """The phone pays. False when the code is closed, over, paid or unknown."""
        return self._touched(attempt, "paid")

    def decline(self, attempt: str) -> bool:
        """The phone says no: the channel closes the order."""
        return self._touched(attempt, "closed")

    def _touched(self, attempt: str, state: str) -> bool:
        with self._transaction():
            order = self._order(attempt)
            now_s = self._clock().timestamp()
            if order is None or order["state"] != "waiting" or order["ends_at"] < now_s:
                return False
            self._db.execute(
                "UPDATE orders SET state = ?, channel_no = ?, paid_at = ? WHERE attempt = ?",
                (state, _number(), self._at(), attempt),
            )
            return True

    def newest_waiting(self) -> str | None:
        """The order that a phone would see now."""
        row = self._locked("SELECT attempt FROM orders WHERE state = 'waiting' ORDER BY rowid DESC LIMIT 1")
        return None if row is None else str(row["attempt"])

    def orders(self) -> list[dict[str, Any]]:
        """All orders, newest first."""
        with self._lock:
            rows = self._db.execute("SELECT * FROM orders ORDER BY rowid DESC").fetchall()
        return [dict(row) for row in rows]

    def bill(self, day: dt.date) -> list[dict[str, Any]]:
        """The channel's rows of a day (UTC)."""
        with self._lock:
            paid = self._db.execute(
                "SELECT attempt, 'pay' AS kind, amount_fen, paid_at AS at, '' AS refund_id FROM orders"
                " WHERE state IN ('paid', 'refunded') AND paid_at LIKE ? ORDER BY rowid",
                (f"{day}%",),
            ).fetchall()
            back = self._db.execute(
                "SELECT attempt, 'refund' AS kind, amount_fen, made_at AS at, refund AS refund_id"
                " FROM refunds WHERE made_at LIKE ? ORDER BY rowid",
                (f"{day}%",),
            ).fetchall()
        return [dict(row) for row in (*paid, *back)]

    def sums(self) -> dict[str, int]:
        """What phones paid, what went back, and what is left, fen."""
        with self._lock:
            paid = self._db.execute(
                "SELECT coalesce(sum(amount_fen), 0), count(*) FROM orders"
                " WHERE state IN ('paid', 'refunded')"
            ).fetchone()
            back = self._db.execute("SELECT coalesce(sum(amount_fen), 0) FROM refunds").fetchone()
        return {
            "paid_fen": paid[0],
            "returned_fen": back[0],
            "net_fen": paid[0] - back[0],
            "payments": paid[1],
        }

    def _insert(self, attempt: str, state: str, amount_fen: int, subject: str, end_s: float) -> None:
        values = (attempt, state, amount_fen, subject, end_s, CHANNEL, "", "", self._at())
        self._db.execute("INSERT INTO orders VALUES (?,?,?,?,?,?,?,?,?)", values)

    def _order(self, attempt: str) -> dict[str, Any] | None:
        return self._row("SELECT * FROM orders WHERE attempt = ?", attempt)

    def _row(self, query: str, value: str) -> dict[str, Any] | None:
        row = self._db.execute(query, (value,)).fetchone()
        return None if row is None else dict(row)

    def _locked(self, query: str) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(query).fetchone()
            return row

    def _returned_fen(self, attempt: str) -> int:
        query = "SELECT coalesce(sum(amount_fen), 0) FROM refunds WHERE attempt = ?"
        return int(self._db.execute(query, (attempt,)).fetchone()[0])

    def _at(self) -> str:
        return self._clock().isoformat(timespec="seconds")


def _number() -> str:
    """A channel's number for a payment or a refund."""
    return "42" + "".join(secrets.choice("0123456789") for _ in range(26))
