"""Operation 33: the day's entries in their order, and the close that nobody can argue with."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Any

from kiosk.hospital.ledger import entry_line
from kiosk.hospital.port import LedgerEntry, Tender, TenderKind
from kiosk.sandbox.his._books import Books, dumps
from kiosk.sandbox.his._problems import Problem


@dataclass(frozen=True, slots=True)
class Booked:
    """Where an entry went."""

    day: str
    receipt_no: str


def book(
    books: Books,
    attempt_id: str,
    kind: str,
    total_fen: int,
    tenders: list[dict[str, Any]],
    setl_id: str,
    refund_id: str = "",
) -> Booked:
    """Append one entry to the business day: today, or the next day when today is closed already."""
    day = business_day(books)
    number = books.count("SELECT COUNT(*) FROM ledger WHERE day = ?", day) + 1
    stamp = day.replace("-", "")
    receipt_no = f"R{stamp}{number:06d}"
    books.write(
        "INSERT INTO ledger VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        day,
        number,
        attempt_id,
        kind,
        books.at(),
        total_fen,
        dumps([tender for tender in tenders if tender["amount_fen"]]),
        setl_id,
        receipt_no,
        f"{stamp}{number:06d}"[2:],
        refund_id,
    )
    return Booked(day, receipt_no)


def business_day(books: Books) -> str:
    day = books.today()
    while books.one("SELECT 1 FROM closed_day WHERE day = ?", day.isoformat()):
        day += dt.timedelta(days=1)
    return day.isoformat()


def entries(books: Books, day: str) -> list[dict[str, Any]]:
    """The day's entries, oldest first."""
    rows = books.all("SELECT * FROM ledger WHERE day = ? ORDER BY n", the_day(day))
    return [
        {
            "n": row["n"],
            "attempt_id": row["attempt_id"],
            "refund_id": row["refund_id"],
            "kind": row["kind"],
            "at": row["at"],
            "total_fen": row["total_fen"],
            "tenders": json.loads(row["tenders"]),
            "setl_id": row["setl_id"],
            "receipt_no": row["receipt_no"],
            "invoice_no": row["invoice_no"],
        }
        for row in rows
    ]


def the_day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as exc:
        raise Problem("BAD_REQUEST", "a date is YYYY-MM-DD") from exc


def close(books: Books, day: str) -> dict[str, Any]:
    """Totals, count and hash of a day that is over. A day still open is refused."""
    name = the_day(day)
    over = name < books.today().isoformat()
    if not over and not books.one("SELECT 1 FROM closed_day WHERE day = ?", name):
        raise Problem("DAY_OPEN", name)
    rows = books.all("SELECT * FROM ledger WHERE day = ? ORDER BY n", name)
    found = [ledger_entry(row) for row in rows]
    by_kind: Counter[str] = Counter()
    by_tender: Counter[str] = Counter()
    for entry in found:
        by_kind[entry.kind] += entry.total_fen
        for tender in entry.tenders:
            by_tender[tender.kind] += tender.amount_fen
    return {
        "date": name,
        "count": len(found),
        "total_fen": sum(entry.total_fen for entry in found),
        "by_kind_fen": dict(by_kind),
        "by_tender_fen": dict(by_tender),
        "sha256": books.promises.ledger_digest([entry_line(entry) for entry in found]),
    }


def close_today(books: Books) -> str:
    """End the business day early: what comes after counts to the next one."""
    day = business_day(books)
    books.write("INSERT INTO closed_day VALUES (?)", day)
    return day


def ledger_entry(row: sqlite3.Row) -> LedgerEntry:
    """A stored entry in the port's shape."""
    return LedgerEntry(
        number=row["n"],
        attempt_id=row["attempt_id"],
        kind=row["kind"],
        at=row["at"],
        total_fen=row["total_fen"],
        tenders=tuple(
            Tender(
                TenderKind(tender["kind"]),
                tender["amount_fen"],
                tender["out_trade_no"],
                tender["channel_no"],
                tender["paid_at"],
            )
            for tender in json.loads(row["tenders"])
        ),
        setl_id=row["setl_id"],
        receipt_no=row["receipt_no"],
    )
