"""One call at work: the open transaction, the time it started, and who asks."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his.promises import Promises, Row

CHANGES_KEPT_MAX = 100_000
"""Rows of the list of changes; a terminal that slept longer reads its lists anew."""


@dataclass(frozen=True, slots=True)
class Books:
    """The hospital's books inside one transaction. `now` is the hospital's clock, seconds since 1970."""

    db: sqlite3.Connection
    promises: Promises
    now: float
    zone: ZoneInfo
    terminal: str = ""

    def one(self, sql: str, *values: object) -> Row | None:
        row: Row | None = self.db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        return self.db.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> None:
        self.db.execute(sql, values)

    def count(self, sql: str, *values: object) -> int:
        return int(self.db.execute(sql, values).fetchone()[0])

    def at(self, when: float | None = None) -> str:
        """RFC 3339 with the hospital's offset."""
        return rfc3339(self.now if when is None else when, self.zone)

    def today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self.now, self.zone).date()

    def tell(self, kind: str, name: str, version: int, state: str) -> None:
        """Add to the list of changes that terminals may wait for (operation 34)."""
        self.write(
            "INSERT INTO change (kind, id, version, state, at) VALUES (?,?,?,?,?)",
            kind,
            name,
            version,
            state,
            self.at(),
        )
        self.write("DELETE FROM change WHERE seq <= (SELECT MAX(seq) FROM change) - ?", CHANGES_KEPT_MAX)


def rfc3339(when: float, zone: ZoneInfo) -> str:
    """`2026-10-20T09:30:00.123+08:00`"""
    return dt.datetime.fromtimestamp(when, zone).isoformat(timespec="milliseconds")


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def epoch(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 text. Raises Problem(BAD_REQUEST) without a zone or sense."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as exc:
        raise Problem("BAD_REQUEST", "X-Deadline is not RFC 3339") from exc
    if moment.tzinfo is None:
        raise Problem("BAD_REQUEST", "X-Deadline has no offset")
    return moment.timestamp()
